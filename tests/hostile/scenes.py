"""What people and the program do over planted secrets and people."""
import http.client
import re
import secrets
import time
import urllib.parse

from hostile_site import BenchError

PASSWORD = "korrekt-" + secrets.token_urlsafe(12)
LEAST_REFUSED = 6
KNOWN_BY_A_DAEMON = {"configuration.yaml", "disks.json", "log.txt", "metrics.txt", "rejects.json", "runs.json", "status.json"}


class Person:
    """Who uses the pages."""

    def __init__(self, home, name):
        self.home = home
        self.headers = {}
        form = urllib.parse.urlencode({"name": name, "password": PASSWORD})
        _, head, _ = self.ask("POST", "/login", form, keep=False)
        self.cookie = re.search("hrbridge_session=([^;]*)", head["Set-Cookie"]).group(1)
        self.headers = {"Cookie": f"hrbridge_session={self.cookie}"}
        _, _, page = self.ask("GET", "/findings" if name == "hr" else "/runs", keep=False)
        self.token = re.search('name="form_token" value="([^"]*)"', page).group(1)
        home.secrets[f"session of {name}"], home.secrets[f"form token of {name}"] = self.cookie.encode(), self.token.encode()

    def ask(self, method, path, form=None, keep=True):
        connection = http.client.HTTPConnection("127.0.0.1", self.home.port)
        kind = {"Content-Type": "application/x-www-form-urlencoded"} if form is not None else {}
        connection.request(method, path, form, {**self.headers, **kind})
        answer = connection.getresponse()
        out = answer.status, answer.headers, answer.read().decode()
        connection.close()
        if keep:  # without the token that a page gives out
            self.home.said[f"{len(self.home.said)}: {method} {path}"] = out[2].replace(self.token, "").encode()
        return out

    def fail(self):
        """Pages that refuse or fail, whose text a stranger may see."""
        for method, path, form in (("GET", "/findings/999", None), ("GET", "/nothing", None),
                                   ("POST", "/jobs/pause", f"name={self.token}&form_token={self.token}"),
                                   ("POST", "/jobs/pause", f"name=x&form_token={self.token}0"),
                                   ("POST", "/rejects/replay", f"mapping=nothing&form_token={self.token}")):
            status, _, body = self.ask(method, path, form, keep=False)
            if status < 400:
                raise BenchError(f"{method} {path} gave {status}")
            self.home.said[f"{len(self.home.said)}: refused {method} {path}"] = body.encode()


def add_accounts(home):
    home.secrets["password of an account"] = PASSWORD.encode()
    for role in ("operator", "hr"):
        home.run("user", "add", role, "--role", role, text=PASSWORD + "\n")
    home.run("user", "add", "operator", "--role", "operator", text=PASSWORD + "\n", fails=True)


def sync(home, *words):
    """Waits for the daemon's own where that is under way."""
    for _ in range(20):
        if "running elsewhere" not in home.run("sync", *words, fails=None):
            return
        time.sleep(0.5)
    raise BenchError(f"sync {' '.join(words)} found no turn")


def work(home):
    """Sync with rejects, checks, pages, commands that show rows."""
    sync(home, "all")
    sync(home, "planted/person", "--full")
    sync(home, "planted/pay", "--full")
    operator, hr = Person(home, "operator"), Person(home, "hr")
    for path in ("/runs", "/rejects", "/outbox", "/live", "/ready"):
        operator.ask("GET", path)
    operator.ask("POST", "/rejects/replay", f"mapping=planted/person&form_token={operator.token}")
    hr.ask("GET", "/findings")
    operator.fail()
    listed = home.run("rejects", "list", "--json")
    numbers = re.findall(r'"id": ?([0-9]+)', listed)
    if len(numbers) < LEAST_REFUSED:
        raise BenchError(f"too few rows were refused: {listed}")
    for number in numbers:
        home.run("rejects", "show", number)
    home.run("rejects", "replay", "planted/pay")
    sync(home, "planted/person", "--sweep", "hashes")
    home.run("findings", "evaluate", fails=None)
    home.run("status", "--json")
    home.run("check", fails=None)
    home.run("check", "--all", fails=True)
    home.run("migrate", "plan")
    home.run("migrate", "rehearse", "planted")
    home.run("migrate", "check", "planted", fails=None)
    home.run("store", "head")
    home.run("store", "verify", fails=None)
    home.metrics_hold(b"")
    if missing := KNOWN_BY_A_DAEMON - home.bundle():
        raise BenchError(f"the support bundle has no {missing}")


def fail(home, ports):
    """Each secret, where it is of no use or not well formed."""
    source, store, wecom = ports
    home.run("sync", "nothing", fails=True)
    home.run("outbox", "retry", "999", fails=True)
    dead = home.configure("dead.yaml", 9, 9, "http://127.0.0.1:9")
    socketless(home, dead)
    for words in (("store", "verify"), ("check", "--all"), ("sync", "planted/person"), ("user", "list")):
        home.run(*words, config=dead, fails=True)
    home.bundle(dead)
    no_wecom = home.configure("wecom.yaml", 9, store, "http://127.0.0.1:9")
    socketless(home, no_wecom)
    home.run("check", "--all", config=no_wecom, fails=True)
    home.run("sync", "planted/person", config=no_wecom, fails=True)
    for file in ("store_password", "keys", "ledger_key", "callback_key", "http_token"):
        broken = home.configure("broken.yaml", source, store, wecom)
        socketless(home, broken)
        with open(home.path(file), encoding="utf-8") as good:
            home.write(f"broken_{file}", "?" + good.read().strip() + "\n?\x01")
        replace(broken, f"{{file: {file}}}", f"{{file: broken_{file}}}")
        home.run("check", "--all", config=broken, fails=True)
        home.run("store", "verify", config=broken, fails=None)
        home.bundle(broken)
        with open(home.path(file), encoding="utf-8") as good:
            written = good.read().strip().replace("\n", " ")
        open_text = home.configure("open.yaml", source, store, wecom)
        replace(open_text, f"{{file: {file}}}", f"'{written}'")
        home.run("check", config=open_text, fails=True)
        home.bundle(open_text)


def replace(path, before, after):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if before not in text:
        raise BenchError(f"{path} does not have {before}")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(before, after))


def socketless(home, config):
    """So that the command works by itself, not in the daemon."""
    replace(config, "control_socket: control.sock", f"control_socket: {home.path('none.sock')}")
