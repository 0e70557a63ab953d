"""A small daemon of its own: TLS, a sealed ledger, files that come in, one mapping that refuses rows and one that drifts."""
import os
import ssl
import subprocess
import time
import urllib.request

OPERATION = """map: plant/operation
source:
  conn: terminal
  files: 'operations*.csv'
  key: [code]
  columns: {code: text!, name: text!, kind: text!}
target: {entity: operation, key: [code], write: upsert}
sync: {every: 10s}
fields:
  code: {from: code, type: text(32), id: F01}
  name: {from: name, type: text(80), id: F02}
  kind: {from: kind, type: text(16), one_of: [production, inspection], id: F03}
"""
NAMES = """map: plant/operation_names
source:
  conn: terminal
  files: 'names*.csv'
  key: [code]
  columns: {code: text!, name: text!, gone: text!}
target: {entity: operation, key: [code], write: upsert}
sync: {every: 10s}
fields:
  code: {from: code, type: text(32), id: F01}
  name: {from: name, type: text(80), id: F02}
  kind: {from: gone, type: text(16), id: F03}
"""
PROJECT = """project: plant
modules:
  - module: production
    title: {zh: 生产, en: Production}
    mappings: [plant/operation]
    cut_over: 1h
"""


def write(path, text, mode=0o600):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as file:
        file.write(text)


class Plant:
    def __init__(self, program, folder, port):
        self.program, self.folder, self.port = program, folder, port
        self.certificate = os.path.join(folder, "server.pem")
        self._make_keys()
        write(os.path.join(folder, "mappings/operation.map.yaml"), OPERATION)
        write(os.path.join(folder, "mappings/names.map.yaml"), NAMES)
        write(os.path.join(folder, "mappings/migration.yaml"), PROJECT)
        write(os.path.join(folder, "in/operations.csv"), "code,name,kind\nOP10,焊接,production\nOP20,装配,unheard\n")
        write(os.path.join(folder, "in/names.csv"), "code,name\nOP30,检验\n")  # a column is gone
        os.makedirs(os.path.join(folder, "rules"))
        write(self.config, f"""store: {{kind: sqlite, path: hr.db}}
seal_keys: {{file: seal_keys}}
ledger_key: {{file: ledger_key}}
migration: mappings/migration.yaml
control_socket: control.sock
web: {{port: {port}, certificate: server.pem, key: server.key}}
sources:
  terminal: {{kind: file, folder: in, stable: 1s}}
""")
        self.daemon = subprocess.Popen([program, "run", "--config", self.config])

    @property
    def config(self):
        return os.path.join(self.folder, "hrbridge.yaml")

    def _make_keys(self):
        os.makedirs(self.folder)
        random = subprocess.run(["openssl", "rand", "-base64", "32"], check=True, capture_output=True, text=True)
        write(os.path.join(self.folder, "seal_keys"), "k1:" + random.stdout)
        write(os.path.join(self.folder, "ledger_key"), "")
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", os.path.join(self.folder, "ledger_key")], check=True)
        write(os.path.join(self.folder, "server.key"), "")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
             "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
             "-keyout", os.path.join(self.folder, "server.key"), "-out", self.certificate],
            check=True, capture_output=True)

    def command(self, *words):
        return subprocess.run([self.program, *words, "--config", self.config], check=False, capture_output=True, text=True)

    def wait(self, patience):
        """Until it serves, then until its module was rehearsed."""
        context = ssl.create_default_context(cafile=self.certificate)
        end = time.monotonic() + patience
        while True:
            try:
                with urllib.request.urlopen(f"https://127.0.0.1:{self.port}/ready", context=context) as answer:
                    answer.read()
                break
            except OSError:
                if time.monotonic() > end or self.daemon.poll() is not None:
                    raise SystemExit("the daemon does not get ready") from None
                time.sleep(0.2)
        rehearsed = self.command("migrate", "rehearse", "production")
        if rehearsed.returncode not in (0, 3):
            raise SystemExit("the rehearsal failed: " + rehearsed.stdout + rehearsed.stderr)

    def end(self):
        self.daemon.terminate()
        self.daemon.wait()
