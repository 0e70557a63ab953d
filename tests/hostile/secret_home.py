"""The program with a secret of each kind, a source with planted people, and all that it says: logs, journal, metrics, errors."""
import array
import base64
import glob
import json
import os
import resource
import secrets
import signal
import socket
import string
import subprocess
import threading
import time
import urllib.request
import zipfile

from hostile_site import BenchError, checked, free_port

CORP, AGENT = "wwsandbox", 1000002
BUNDLE = "support bundle:"
LETTERS = string.ascii_letters + string.digits
MAPPING_HEAD = """map: planted/{name}
source:
  conn: hr
  read_as: {{charset: utf-8, zone: Asia/Shanghai}}
  query: |
    SELECT no, name, idno, born, mobile, pay, changed FROM people WHERE {{window}} AND {{page}}
  key: [no]
  columns: {{no: 'varchar(20)!', name: 'varchar(40)!', idno: varchar(20), born: date, mobile: varchar(20), pay: varchar(20), changed: 'datetime!'}}
sync: {{every: 1h, window: {{by: changed, overlap: 30m, hold_back: 1s}}}}
"""
PERSON = MAPPING_HEAD.format(name="person") + """target: {entity: person, key: [person_no], write: upsert}
fields:
  person_no:     {from: no, do: [trim, upper], type: text(32), match: '[A-Z]\\d{6}', id: F01}
  name:          {from: name, type: text(80), pii: name, id: F02}
  birth_date:    {from: born, type: date, opt: true, pii: high, id: F04}
  id_number:     {from: idno, do: [trim], type: text(18), check: cn_id_card, pii: high, id: F05}
  id_birth_date: {from: idno, do: [trim, cn_id_birth], type: date, opt: true, store: false, pii: high, id: F06}
  mobile:        {from: mobile, type: text(20), check: cn_mobile, pii: high, id: F07}
logic:
  - {id: L01, row: 'id_birth_date IS NULL OR birth_date IS NULL OR birth_date = id_birth_date', say: 出生日期与身份证号码不一致}
"""
SPELL = MAPPING_HEAD.format(name="pay").replace("source:", "needs: [planted/person]\nsource:", 1) + """target: {entity: employment_spell, key: [employee_no], write: history}
fields:
  employee_no: {from: no, do: [trim, upper], type: text(32), match: '[A-Z]\\d{6}', id: F01}
  person_id:   {from: no, do: [trim, upper], ref: person.person_no, type: text(32), else: hold, id: F02}
  kind:        {value: permanent, type: text(16), id: F03}
  hire_date:   {from: born, type: date, id: F04}
  base_salary: {from: pay, do: [trim], type: 'decimal(12,2)', opt: true, range: [0, 1000000], pii: high, id: F07}
"""
PROJECT = """project: planted
modules:
  - module: planted
    title: {zh: 人, en: People}
    mappings: [planted/person, planted/pay]
    sample: {limit: 1%, confidence: 95%}
    cut_over: 8h
    rules:
      - {id: K01, entity: person, unique: [id_number], say: 身份证号码重复}
"""


class Journal:
    """Stands for systemd's: what is sent to its socket."""

    def __init__(self, path):
        self.path, self.bytes, self.over = path, bytearray(), threading.Event()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        self.socket.settimeout(0.1)
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()

    def listen(self):
        while not self.over.is_set():
            try:
                data, extra, _, _ = self.socket.recvmsg(1 << 20, socket.CMSG_SPACE(4))
            except TimeoutError:
                continue
            self.bytes += data
            for _, _, numbers in extra:  # a long message comes as a file
                file = array.array("i", numbers)[0]
                self.bytes += os.pread(file, os.fstat(file).st_size, 0)
                os.close(file)

    def close(self):
        time.sleep(0.2)
        self.over.set()
        self.thread.join()
        self.socket.close()


class Sandbox:
    def __init__(self, program, folder, secret):
        people = os.path.join(folder, "sandbox.json")
        with open(people, "w", encoding="utf-8") as file:
            json.dump({"people": [{"userid": "hr01", "name": "HR"}]}, file)
        self.process = subprocess.Popen([program, "--corp-id", CORP, "--agent-id", str(AGENT), "--people", people],
                                        stdout=subprocess.PIPE, text=True, env={**os.environ, "WECOM_SECRET": secret})
        self.url = self.process.stdout.readline().split()[1].rstrip("/")

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


class SecretHome:
    def __init__(self, folder, hrbridge, source_port, source_password, store_port, store_password, wecom_secret, wecom_url):
        self.folder, self.hrbridge, self.port = folder, hrbridge, free_port()
        self.said, self.secrets, self.process = {}, {}, None  # by who said it
        seal, ledger = secrets.token_bytes(32), os.path.join(folder, "ledger_key")
        self.secret("store password", "store_password", store_password)
        self.secret("source's password", "source_password", source_password)
        self.secret("password that a source refuses", "odbc_password", secrets.token_urlsafe(18))
        self.secret("token of an HTTP source", "http_token", secrets.token_urlsafe(24))
        self.secret("secret of WeCom", "wecom_secret", wecom_secret)
        self.secret("token of callbacks", "callback_token", secrets.token_hex(12))
        self.secret("key of callbacks", "callback_key", "".join(secrets.choice(LETTERS) for _ in range(42)) + "A")
        self.secret("seal key as text", "keys", "k1:" + base64.b64encode(seal).decode(), lambda text: text[3:46])
        self.secrets["seal key"] = seal
        checked(["openssl", "genpkey", "-algorithm", "ed25519", "-out", ledger])
        os.chmod(ledger, 0o600)
        with open(ledger, encoding="ascii") as file:
            pem = "".join(file.read().split("\n")[1:-2])
        self.secrets["ledger key as text"], self.secrets["ledger key"] = pem[20:].encode(), base64.b64decode(pem)[-32:]
        self.write("mappings/person.map.yaml", PERSON)
        self.write("mappings/pay.map.yaml", SPELL)
        self.write("migration.yaml", PROJECT)
        self.write("rules/none", "")
        self.config = self.configure("hrbridge.yaml", source_port, store_port, wecom_url)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(os.open(self.path(name), os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def secret(self, name, file, text, what=lambda text: text):
        self.secrets[name] = what(text).encode()
        self.write(file, text)

    def configure(self, name, source_port, store_port, wecom_url):
        driver = glob.glob("/usr/lib/*/odbc/libmaodbc.so")[0]
        return self.write(name, f"""store: {{kind: postgres, connection: host=127.0.0.1 port={store_port} dbname=hr user=hrbridge, password: {{file: store_password}}}}
seal_keys: {{file: keys}}
ledger_key: {{file: ledger_key}}
control_socket: control.sock
log_level: debug
migration: migration.yaml
web: {{port: {self.port}}}
wecom:
  base_url: {wecom_url}
  corp_id: {CORP}
  agent_id: {AGENT}
  secret: {{file: wecom_secret}}
  hr_receivers: [hr01]
  page_url: http://127.0.0.1:{self.port}
  callback: {{token: {{file: callback_token}}, aes_key: {{file: callback_key}}}}
sources:
  hr: {{kind: mariadb, host: 127.0.0.1, port: {source_port}, database: mes, user: reader, password: {{file: source_password}}}}
  refused: {{kind: odbc, driver: {driver}, attributes: {{Server: 127.0.0.1, Port: '{source_port}', Database: mes}}, user: reader,
            password: {{file: odbc_password}}}}
  silent: {{kind: http, base_url: 'http://127.0.0.1:9', auth: {{kind: bearer, token: {{file: http_token}}}}, retries: 0}}
""")

    def run(self, *words, text=None, config=None, fails=False):
        """Keeps what the command says."""
        command = [self.hrbridge, *words, "--config", config or self.config]
        done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, cwd=self.folder)
        name = f"{len(self.said)}: hrbridge {' '.join(words)}"
        self.said[name] = (done.stdout + done.stderr).encode()
        if fails != (done.returncode != 0) and fails is not None:
            raise BenchError(f"{name} ended with {done.returncode}: {done.stdout[-1500:]}{done.stderr[-1500:]}")
        return done.stdout

    def bundle(self, config=None):
        """Keeps each file of a support bundle, unpacked; gives their names."""
        path = self.path("bundle.zip")
        self.run("support", "bundle", "--out", path, config=config)
        with zipfile.ZipFile(path) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        os.remove(path)
        self.said.update({f"{len(self.said)}: {BUNDLE} {name}": text for name, text in files.items()})
        return set(files)

    def start(self, journal=None, **env):
        """The daemon, with core files as large as they may be; it writes to the journal where there is one."""
        inside = []
        with open(self.path("daemon.log"), "ab") as log:
            if journal:
                about = os.fstat(log.fileno())
                env["JOURNAL_STREAM"] = f"{about.st_dev}:{about.st_ino}"
                script = ("mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/journal && touch /run/systemd/journal/socket && "
                          "mount --bind \"$0\" /run/systemd/journal/socket && exec \"$@\"")
                inside = ["unshare", "-m", *([] if os.geteuid() == 0 else ["-r"]), "sh", "-c", script, journal.path]
            self.process = subprocess.Popen([*inside, self.hrbridge, "run", "--config", self.config], stdout=log, stderr=log,
                                            cwd=self.folder, env={**os.environ, **env}, preexec_fn=allow_cores)
        until = time.monotonic() + 60
        while not self.metrics_hold(b"hrbridge_"):
            if self.process.poll() is not None or time.monotonic() > until:
                raise BenchError("the daemon did not start: " + self.daemon_log()[-1000:])
            time.sleep(0.1)

    def daemon_log(self):
        with open(self.path("daemon.log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def metrics_hold(self, text):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics") as answer:
                body = answer.read()
        except OSError:
            return False
        self.said["/metrics"] = self.said.get("/metrics", b"") + body
        return text in body

    def crash(self):
        """Gives the core files that it leaves."""
        self.process.send_signal(signal.SIGABRT)
        if self.process.wait() != -signal.SIGABRT:
            raise BenchError(f"the daemon ended with {self.process.returncode}")
        return [each for each in glob.glob(self.path("*core*")) if os.path.isfile(each)]

    def memory(self):
        """What a core file would hold: all of its own that can be written."""
        out = bytearray()
        with open(f"/proc/{self.process.pid}/maps", encoding="utf-8") as maps, open(f"/proc/{self.process.pid}/mem", "rb", 0) as memory:
            for line in maps:
                place, rights, _, _, inode, *_ = line.split()
                if rights.startswith("rw") and inode == "0":
                    begin, end = (int(each, 16) for each in place.split("-"))
                    memory.seek(begin)
                    out += memory.read(end - begin)
        return bytes(out)


def allow_cores():
    most = resource.getrlimit(resource.RLIMIT_CORE)[1]
    if os.geteuid() == 0:
        most = resource.RLIM_INFINITY
    resource.setrlimit(resource.RLIMIT_CORE, (most, most))
