"""The real daemon over TLS on a store of its own: accounts of each role, a finding, a callback address, a terminal."""
import base64
import hashlib
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.parse

from wire import Wire, trusting

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench"))
from processes import BenchError, checked, free_port  # noqa: E402

ROLES = ("operator", "implementer", "hr", "checker")
PASSWORD = "correct horse battery"
TERMINAL_TOKEN = "0123456789abcdef"
SERVED_AT_ONCE = 32  # connections of the pages' listener
# What good people and the daemon's own jobs write beside the enemies.
OWN_TABLES = ("audit", "session", "lease", "sqlite_sequence")
GOOD_ACTS = {"login", "login.refused", "logout", "rejects.read", "findings.read", "finding.read", "outbox.read", "check.read"}
MONTHS = '[{"month":"2024-04","n":1000,"bad":80,"peer_n":9000,"peer_bad":270}]'
EVIDENCE = ('{"reason":"evidence","subject":{"rate":0.08,"low":0.06,"high":0.1,"n":1000,"bad":80},"peers":{"rate":0.03,"n":9000,'
            '"bad":270,"people":9},"chance_warnings":0.01,"chance_watches":1.5,"people":100,"causes":[],"gap":0.05,"tail":0.0001,'
            f'"alpha_each":0.0005,"phi":1.0,"n_min":100,"months":{MONTHS},"history":{MONTHS}}}')


class Site:
    def __init__(self, folder, hrbridge, source_folder):
        self.folder, self.hrbridge = folder, hrbridge
        self.port, self.terminal_port = free_port(), free_port()
        self.configure(source_folder)
        self.process = None
        self.tls = trusting(self.path("server.pem"))
        self.sessions = {}

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(os.open(self.path(name), os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)

    def configure(self, source_folder):
        checked(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
                 self.path("server.key"), "-out", self.path("server.pem"), "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
                 "subjectAltName=IP:127.0.0.1"])
        shipped = os.path.join(source_folder, "mappings", "iclock")
        with open(os.path.join(shipped, "punch.map.yaml"), encoding="utf-8") as file:
            mapping = file.read()
        # Without the mapping that it needs, and run by nobody.
        for line in ("needs: [erp/employment_spell]\n", "sync: {every: 1m}\n"):
            mapping = mapping.replace(line, "")
        self.write("mappings/punch.map.yaml", mapping)
        shutil.copytree(os.path.join(shipped, "codes"), self.path("mappings/codes"))
        self.write("rules/none", "")
        self.write("keys", "k1:" + base64.b64encode(os.urandom(32)).decode())
        self.write("wecom_secret", "wecom-secret")
        self.write("callback_token", "QDG6eK")
        self.write("callback_key", "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C")
        self.write("terminal_token", TERMINAL_TOKEN)
        self.write("hrbridge.yaml", f"""store: {{kind: sqlite, path: hr.db}}
seal_keys: {{file: keys}}
control_socket: control.sock
web: {{port: {self.port}, certificate: server.pem, key: server.key}}
wecom:
  base_url: http://127.0.0.1:9
  corp_id: wwsandbox
  agent_id: 1000002
  secret: {{file: wecom_secret}}
  hr_receivers: [hr01]
  page_url: https://127.0.0.1:{self.port}
  callback: {{token: {{file: callback_token}}, aes_key: {{file: callback_key}}}}
sources:
  gates: {{kind: iclock, token: {{file: terminal_token}}, listen: {{host: 127.0.0.1, port: {self.terminal_port}}},
          terminals: {{A1: {{site: gate-1}}}}}}
""")

    def command(self, *words, text=None):
        done = subprocess.run([self.hrbridge, *words, "--config", self.path("hrbridge.yaml")], input=text, capture_output=True,
                              text=True, check=False, cwd=self.folder)
        if done.returncode != 0:
            raise BenchError(f"hrbridge {' '.join(words)}: {done.stdout}{done.stderr}")

    def start(self):
        self.command("store", "upgrade")
        for role in ROLES:
            self.command("user", "add", role, "--role", role, text=PASSWORD + "\n")
        self.fill()
        with open(self.path("log"), "wb") as log:
            # Else only root may look at its open files.
            self.process = subprocess.Popen([self.hrbridge, "run", "--config", self.path("hrbridge.yaml")], stdout=log,
                                            stderr=log, cwd=self.folder, env={**os.environ, "HRBRIDGE_CORE_DUMPS": "yes"})
        self.wait_until_ready()
        for role in ROLES:
            self.sessions[role] = self.log_in(role)

    def wait_until_ready(self):
        until = time.monotonic() + 60
        while time.monotonic() < until and self.process.poll() is None:
            try:
                if self.ask(b"GET /ready HTTP/1.1\r\nHost: here\r\n\r\n").status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise BenchError("the daemon did not start: " + self.log()[-1000:])

    def fill(self):
        """A person with a finding, so that pages have something to show."""
        with sqlite3.connect(self.path("hr.db")) as store:
            store.executescript(f"""
INSERT INTO person (person_no, name, row_hash, batch_id, known_from) VALUES ('P1', '张三', x'00', 0, 0);
INSERT INTO employment_spell (employee_no, person_id, kind, hire_date, row_hash, batch_id, known_from)
  VALUES ('E1', 1, 'permanent', 0, x'00', 0, 0);
INSERT INTO finding (rule, rule_version, level, kpi_code, spell_id, period, evidence, inputs_hash, state, raised_at, updated_at)
  VALUES ('R1', 1, 'warning', 'defect_rate', 1, 19814, '{EVIDENCE}', x'00', 'raised', 0, 0);
""")

    def ask(self, data, **how):
        with Wire(self.port, self.tls, **how) as wire:
            return wire.exchange(data)

    def log_in(self, name, **how):
        """(cookie, form token) of a new session."""
        form = urllib.parse.urlencode({"name": name, "password": PASSWORD}).encode()
        outcome = self.ask(b"POST /login HTTP/1.1\r\nHost: here\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                           b"Content-Length: %d\r\n\r\n%s" % (len(form), form), **how)
        cookie = re.search(rb"__Host-hrbridge_session=([^;]*)", outcome.head).group(1)
        page = {"hr": b"/findings", "checker": b"/checks"}.get(name, b"/runs")
        shown = self.ask(b"GET %s HTTP/1.1\r\nHost: here\r\nCookie: __Host-hrbridge_session=%s\r\n\r\n" % (page, cookie), **how)
        return cookie, re.search(rb'name="form_token" value="([^"]*)"', shown.body).group(1)

    def good(self, **how):
        """Seconds that a person waits for a page; None when he does not get it."""
        began = time.monotonic()
        try:
            outcome = self.ask(b"GET /runs HTTP/1.1\r\nHost: here\r\nCookie: __Host-hrbridge_session=%s\r\n\r\n"
                               % self.sessions["operator"][0], **how)
        except OSError:
            return None
        return time.monotonic() - began if outcome.status == 200 else None

    def digest(self):
        """Of all that the store holds beside what good people do."""
        with sqlite3.connect(f"file:{self.path('hr.db')}?mode=ro", uri=True) as store:
            names = [name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
            out = hashlib.sha256()
            for name in (each for each in names if each not in OWN_TABLES):
                what = "name, paused, paused_by" if name == "job" else "*"
                out.update(repr((name, sorted(map(repr, store.execute(f'SELECT {what} FROM "{name}"'))))).encode())
            return out.hexdigest()

    def hash_of_a_session(self):
        with sqlite3.connect(f"file:{self.path('hr.db')}?mode=ro", uri=True) as store:
            return store.execute("SELECT hex(token_hash) FROM session").fetchone()[0].lower().encode()

    def acts(self, since=0):
        """What the audit says was done, with the number of each row."""
        with sqlite3.connect(f"file:{self.path('hr.db')}?mode=ro", uri=True) as store:
            return {number: act for number, act in store.execute("SELECT id, act FROM audit WHERE id > ?", (since,))}

    def status(self, name):
        """A number of /proc/PID/status."""
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as file:
            return int(re.search(rf"(?m)^{name}:\s*([0-9]+)", file.read()).group(1))

    def files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def log(self):
        with open(self.path("log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return None if self.process is None else self.process.returncode
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
