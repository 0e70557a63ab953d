"""A small daemon of its own: TLS, a sealed ledger, files that come in, one mapping that refuses rows and one that drifts."""
import os
import signal
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


CONFIG = """store: {{kind: sqlite, path: hr.db}}
seal_keys: {{file: seal_keys}}
ledger_key: {{file: ledger_key}}
migration: mappings/migration.yaml
backup: {{folder: shelf}}
control_socket: control.sock
web: {{port: {port}, certificate: server.pem, key: server.key}}
sources:
  terminal: {{kind: file, folder: in, stable: 1s}}
{more}"""


def make_certificate(folder, days):
    """server.pem and server.key for 127.0.0.1."""
    write(os.path.join(folder, "server.key"), "")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", str(days),
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", os.path.join(folder, "server.key"), "-out", os.path.join(folder, "server.pem")],
        check=True, capture_output=True)


class Plant:
    def __init__(self, program, folder, port, more=""):
        self.program, self.folder, self.port = program, folder, port
        self.certificate = self.path("server.pem")
        os.makedirs(self.path("rules"))
        os.makedirs(self.path("shelf"))
        self._make_keys()
        write(self.path("mappings/operation.map.yaml"), OPERATION)
        write(self.path("mappings/names.map.yaml"), NAMES)
        write(self.path("mappings/migration.yaml"), PROJECT)
        write(self.path("in/operations.csv"), "code,name,kind\nOP10,焊接,production\nOP20,装配,unheard\n")
        write(self.path("in/names.csv"), "code,name\nOP30,检验\n")  # a column is gone
        self.configure(more)
        self.daemon = None

    def path(self, name):
        return os.path.join(self.folder, name)

    @property
    def config(self):
        return self.path("hrbridge.yaml")

    def configure(self, more=""):
        write(self.config, CONFIG.format(port=self.port, more=more))

    def _make_keys(self):
        random = subprocess.run(["openssl", "rand", "-base64", "32"], check=True, capture_output=True, text=True)
        write(self.path("seal_keys"), "k1:" + random.stdout)
        write(self.path("ledger_key"), "")
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.path("ledger_key")], check=True)
        make_certificate(self.folder, 30)

    def start(self):
        with open(self.path("log"), "a", encoding="utf-8") as log:
            self.daemon = subprocess.Popen([self.program, "run", "--config", self.config], stderr=log)

    def last_lines(self):
        """Of its log, as far as there is one."""
        if not os.path.exists(self.path("log")):
            return ""
        with open(self.path("log"), encoding="utf-8") as log:
            return "".join(log.readlines()[-30:])

    def reload(self):
        self.daemon.send_signal(signal.SIGHUP)

    def kill(self):
        self.daemon.kill()
        self.daemon.wait()

    def command(self, *words):
        return subprocess.run([self.program, *words, "--config", self.config], check=False, capture_output=True, text=True)

    def wait(self, patience):
        """Until it serves."""
        context = ssl.create_default_context(cafile=self.certificate)
        end = time.monotonic() + patience
        while True:
            try:
                with urllib.request.urlopen(f"https://127.0.0.1:{self.port}/ready", context=context) as answer:
                    answer.read()
                return
            except OSError:
                if time.monotonic() > end or self.daemon.poll() is not None:
                    raise SystemExit("the daemon does not get ready:\n" + self.last_lines()) from None
                time.sleep(0.2)

    def rehearse(self):
        rehearsed = self.command("migrate", "rehearse", "production")
        if rehearsed.returncode not in (0, 3):
            raise SystemExit("the rehearsal failed: " + rehearsed.stdout + rehearsed.stderr)

    def back_up(self):
        made = self.command("store", "backup")
        if made.returncode != 0:
            raise SystemExit("the backup failed: " + made.stdout + made.stderr)

    def end(self):
        if self.daemon is not None:
            self.daemon.terminate()
            self.daemon.wait()
