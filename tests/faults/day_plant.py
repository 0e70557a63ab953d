"""The daemons of a plant's day: one on an SQLite store that has a small file system of its own, one on PostgreSQL. Each follows
all sources and has its own stand-in of WeCom."""
import base64
import hashlib
import json
import os
import re
import signal
import ssl
import subprocess
import time
import urllib.request

from day_mappings import TEXTS
from day_sources import TOKEN
from day_views import VIEWS
from processes import BenchError, free_port
from rig import NEXT_SETTING
from send import AGENT, CORP, SECRET, Sandbox

PATIENCE_S = 60  # of this machine's time
BUTTON_EVERY = 8  # messages
PEOPLE = 20
BUTTON = "finding.seen/1"
CALLBACK_TOKEN, CALLBACK_KEY = "plantedcallbacktoken", base64.b64encode(bytes(range(7, 39))).decode().rstrip("=")
# Each for itself: none may stand in a log.
SECRETS = {"seal_keys": "day:" + base64.b64encode(bytes(range(32))).decode(), "wecom_secret": SECRET, "token": TOKEN,
           "callback_token": CALLBACK_TOKEN, "callback_key": CALLBACK_KEY}
CONFIG = """store: {store}
seal_keys: {{file: seal_keys}}
mappings: mappings
rules: rules
zone: Asia/Shanghai
control_socket: control.sock
state_folder: state
findings_every: 45m
backup: {{folder: shelf, keep: 3, schedule: "{backup}"}}
retention: {{disk_reserve: 1MiB, runs_days: 1, rejects_days: 1, callbacks_days: 1, sessions_days: 1}}
web: {{port: {port}{certificate}}}
wecom:
  base_url: {wecom}
  corp_id: {corp}
  agent_id: {agent}
  secret: {{file: wecom_secret}}
  hr_receivers: [p0]
  page_url: https://hr.example
  callback: {{token: {{file: callback_token}}, aes_key: {{file: callback_key}}}}
sources:
  erp:
    {erp}
    guard: {{sessions: 2, query_seconds: 600}}
  people:
    {people}
  shop: {{kind: sqlite, path: {shop}}}
  interface:
    kind: http
    base_url: https://127.0.0.1:{interface}
    ca_file: {authority}
    connect_timeout: 2m
    auth: {{kind: bearer, token: {{file: token}}}}
"""


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


class Sources:
    def __init__(self, erp, shop, interface, authority):
        self.erp, self.shop, self.interface, self.authority = erp, shop, interface, authority


class Daemon:
    """The released program, its store and its stand-in of WeCom. `store` is one of stores.py; `tls`: its pages have it."""

    def __init__(self, programs, folder, store, sources, schedule, tls, disk=None):
        self.program, self.folder, self.store, self.sources = programs.hrbridge, folder, store, sources
        self.inside = disk.inside if disk else []
        self.name, self.port, self.process, self.sent, self.pressed = store.kind, free_port(), None, 0, {}
        self.view = VIEWS[store.kind](store, disk and os.path.join(disk.folder, "hr.db"), self.inside)
        for each in ("state", "shelf", "rules"):
            os.makedirs(self.path(each))
        for name, secret in {**SECRETS, "password": sources.erp.PASSWORD}.items():
            write(self.path(name), secret)
        for name in TEXTS:
            write(self.path(f"mappings/{name.partition('/')[2]}.map.yaml"), schedule.mapping(name))
        self.sandbox = Sandbox(programs.sandbox, folder)
        # Certificates are of the fast clock's time, which is still to come here.
        self.scheme, self.context = ("https" if tls else "http"), ssl._create_unverified_context()
        if tls:
            sources.authority.make(folder, 30)
        write(self.path("hrbridge.yaml"), self._config(schedule, tls))

    def _config(self, schedule, tls):
        erp = self.sources.erp
        return CONFIG.format(
            store=self.store.settings, backup=schedule.backup, port=self.port, wecom=self.sandbox.url, corp=CORP, agent=AGENT,
            certificate=", certificate: server.pem, key: server.key" if tls else "",
            erp=NEXT_SETTING.join(erp.settings("mariadb", erp.READER)), people=NEXT_SETTING.join(erp.settings("odbc", erp.READER)),
            shop=self.sources.shop.path, interface=self.sources.interface.port, authority=self.sources.authority.file)

    def path(self, name):
        return os.path.join(self.folder, name)

    def command(self, *words):
        done = subprocess.run([*self.inside, self.program, *words, "--config", self.path("hrbridge.yaml")], cwd=self.folder,
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BenchError(f"{self.name}: hrbridge {' '.join(words)} ended with {done.returncode}: {(done.stdout + done.stderr)[-2000:]}")
        return done.stdout

    def start(self):
        self.command("store", "upgrade")
        with open(self.path("log"), "ab") as log:
            self.process = subprocess.Popen([*self.inside, self.program, "run", "--config", self.path("hrbridge.yaml")],
                                            cwd=self.folder, stdout=log, stderr=log)
        until = time.monotonic() + PATIENCE_S
        while not self.get("/ready"):
            if self.process.poll() is not None or time.monotonic() > until:
                raise BenchError(f"{self.name} does not get ready: {self.last_lines()}")
            time.sleep(0.1)
        if self.scheme == "http":  # the platform's stand-in trusts the machine's own authorities only
            self.sandbox.post("/sandbox/callback", {"url": f"http://127.0.0.1:{self.port}/wecom/callback", "token": CALLBACK_TOKEN,
                                                    "encoding_aes_key": CALLBACK_KEY})

    def get(self, path):
        """None: no good answer."""
        try:
            with urllib.request.urlopen(f"{self.scheme}://127.0.0.1:{self.port}{path}", timeout=10,
                                        **({"context": self.context} if self.scheme == "https" else {})) as answer:
                return answer.read().decode()
        except OSError:
            return None

    def metrics(self):
        """Name with labels to value; empty: no answer."""
        lines = (self.get("/metrics") or "").splitlines()
        return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if line and not line.startswith("#")}

    def memory(self):
        """KiB and numbers of the running process."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            found = dict(re.findall(r"^(RssAnon|VmRSS|Threads):\s+(\d+)", file.read(), re.MULTILINE))
        return {"anonymous": int(found["RssAnon"]), "resident": int(found["VmRSS"]), "threads": int(found["Threads"]),
                "files": len(os.listdir(f"/proc/{self.process.pid}/fd"))}

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def message(self, now):
        """The outbox gets a message, now and then a card with a button; not while the store takes nothing."""
        number = self.sent + 1
        person, key = f"p{number % PEOPLE}", f"day-{number}"
        content = {"touser": person, "agentid": AGENT, "enable_duplicate_check": 1, "duplicate_check_interval": 14400}
        if number % BUTTON_EVERY == 0 and self.scheme == "http":
            task = f"{key}-{hashlib.sha256(person.encode()).hexdigest()[:12]}"
            content |= {"msgtype": "template_card", "template_card": {
                "card_type": "button_interaction", "main_title": {"title": key}, "task_id": task,
                "button_list": [{"text": "seen", "style": 1, "key": BUTTON}]}}
        else:
            content |= {"msgtype": "text", "text": {"content": key}}
        if self.view.add_message(key, person, json.dumps(content), now):
            self.sent = number

    def press(self):
        """The person of the newest card presses its button."""
        person = f"p{self.sent // BUTTON_EVERY * BUTTON_EVERY % PEOPLE}"
        cards = [each for each in self.sandbox.get(f"/sandbox/messages?userid={person}")["messages"]
                 if each["message"]["msgtype"] == "template_card"]
        if self.scheme == "http" and cards and cards[-1]["id"] not in self.pressed:
            answer = self.sandbox.post("/sandbox/press", {"id": cards[-1]["id"], "key": BUTTON})
            self.pressed[cards[-1]["id"]] = answer["status"]

    def last_lines(self):
        with open(self.path("log"), encoding="utf-8", errors="replace") as log:
            return "".join(log.readlines()[-25:])

    def end(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait()

    def close(self):
        self.end()
        self.view.close()
        self.sandbox.close()
        self.store.close()
