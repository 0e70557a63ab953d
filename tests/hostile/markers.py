"""Plants secrets and people, lets the program work, fail and crash over them, and searches all that it said for them.

usage: markers.py --hrbridge PROGRAM --sandbox PROGRAM
"""
import argparse
import glob
import os
import secrets
import sys
import tempfile
import threading

from planted import PLAIN, People, check_the_search, search
from scenes import Person, add_accounts, fail, sync, work
from secret_home import BUNDLE, Journal, Sandbox, SecretHome
from servers import MariaDb, Postgres

# Said everywhere, so that a search which finds nothing there has looked at nothing.
CONTROL = {"name of a mapping": b"planted/person"}
HELD = ("store password", "source's password", "secret of WeCom", "seal key")


class Source(MariaDb):
    def fill(self, people):
        self.execute("CREATE TABLE people (no varchar(20) PRIMARY KEY, name varchar(40), idno varchar(20), born date, mobile varchar(20),"
                     " pay varchar(20), changed datetime, KEY (changed))")
        rows = ",".join(f"('{no}','{name}','{idno}','1980-03-07','{mobile}','{pay}', UTC_TIMESTAMP() + INTERVAL 8 HOUR - INTERVAL 5 MINUTE)"
                        for no, name, idno, mobile, pay in people.rows)
        self.execute(f"INSERT INTO people VALUES {rows}")


class Store(Postgres):
    def make(self, password):
        self.execute("postgres", f"CREATE ROLE hrbridge LOGIN PASSWORD '{password}'")
        self.execute("postgres", "CREATE DATABASE hr OWNER hrbridge")
        rules = self.path("data/pg_hba.conf")
        with open(rules, encoding="utf-8") as file:
            text = file.read()
        with open(rules, "w", encoding="utf-8") as file:
            file.write("host all hrbridge 127.0.0.1/32 scram-sha-256\n" + text)
        self.execute("postgres", "SELECT pg_reload_conf()")


class CommandLines:
    """Of all processes of this program, while it is open."""

    def __init__(self, program):
        self.program = program.encode()
        self.seen, self.over = set(), threading.Event()
        self.thread = threading.Thread(target=self.watch, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()

    def watch(self):
        while not self.over.wait(0.02):
            for name in glob.glob("/proc/[0-9]*/cmdline"):
                try:
                    with open(name, "rb") as file:
                        text = file.read()
                except OSError:
                    continue
                if self.program in text.split(b"\0") and b"markers.py" not in text:
                    self.seen.add(text)


def found_in(said, markers):
    return [f"{name} ({form}) in {where}" for where, text in said.items() for name, form in search(text, markers)]


def crash(home, people):
    """The core files must hold nothing, and what they would hold is what is searched for: else the search proves nothing."""
    problems = []
    if cores := home.crash():
        problems.append(f"a core file was left: {cores}")
    home.start(HRBRIDGE_CORE_DUMPS="yes")
    Person(home, "operator")
    sync(home, "planted/person", "--full")
    images = {"the memory": home.memory()}
    for path in home.crash():
        with open(path, "rb") as file:
            images["the core file"] = file.read()
        os.remove(path)
    with open("/proc/sys/kernel/core_pattern", encoding="utf-8") as file:
        if file.read().strip() in ("core", "core.%p", "%e.core") and "the core file" not in images:
            problems.append("no core file was left though it was asked for")
    for where, image in images.items():
        held = {name for name, text in home.secrets.items() if text in image}
        problems += [f"{where} does not hold the {name}: the search of it proves nothing" for name in HELD if name not in held]
        if not any(text in image for text in people.markers.values()):
            problems.append(f"{where} holds nobody's number: the search of it proves nothing")
    return problems


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hrbridge", required=True)
    parser.add_argument("--sandbox", required=True)
    options = parser.parse_args()
    check_the_search()
    people = People(1)
    closing = []
    with tempfile.TemporaryDirectory(prefix="hrbridge-markers-") as folder:
        os.chmod(folder, 0o755)
        try:
            source, store = Source(os.path.join(folder, "mariadb"), 64), Store(os.path.join(folder, "postgres"))
            closing += [source, store]
            source.fill(people)
            store_password, wecom_secret = secrets.token_urlsafe(18), secrets.token_urlsafe(32)
            store.make(store_password)
            os.mkdir(os.path.join(folder, "home"))
            sandbox = Sandbox(options.sandbox, folder, wecom_secret)
            closing.append(sandbox)
            home = SecretHome(os.path.join(folder, "home"), options.hrbridge, source.port, source.PASSWORD, store.port, store_password,
                              wecom_secret, sandbox.url)
            problems = everything(home, people, (source.port, store.port, sandbox.url))
        finally:
            if "home" in locals() and home.process is not None and home.process.poll() is None:
                home.process.kill()
                home.process.wait()
            for each in closing:
                each.close()
    for problem in problems:
        print(problem)
    if problems:
        sys.exit(f"{len(problems)} problems")
    print(f"{len(home.secrets)} secrets and {len(people.markers)} numbers of people were found nowhere in {len(home.said)} outputs")


def everything(home, people, ports):
    journal = Journal(home.path("journal.sock"))
    with CommandLines(home.hrbridge) as lines:
        home.run("store", "upgrade")
        add_accounts(home)
        home.start(journal)
        work(home)
        fail(home, ports)
        crashed = crash(home, people)
    journal.close()
    home.said.update({"the journal": bytes(journal.bytes), "standard error": home.daemon_log().encode(),
                      "command lines": b"\n".join(lines.seen)})
    problems = found_in(home.said, {**home.secrets, **people.markers})
    bundles = {where: text for where, text in home.said.items() if BUNDLE in where}
    problems += found_in(bundles, people.people)
    told = ("status.json", "runs.json", "rejects.json", "metrics.txt", "log.txt")
    first = [next(where for where in bundles if where.endswith(name)) for name in told]
    for where in ("the journal", "standard error", "/metrics", "command lines", *first):
        if ("name of a mapping", PLAIN) not in search(home.said[where], CONTROL):
            problems.append(f"{where} does not even hold the mapping's name: the search of it proves nothing")
    return problems + crashed


if __name__ == "__main__":
    main()
