"""The disaster drill of daemon/backup/README.md by the real program: a backup while the daemon syncs, the machine gone with its store,
another machine with the backup and what was kept elsewhere, restored, verified, started. Nothing may be lost or be there twice.

usage: drill.py --hrbridge PROGRAM [--store sqlite|postgres] [--rows N]
"""
import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from rig import BenchError, Home, Source, StoreServer
from stores import PostgresStore, SqliteStore

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench"))
from processes import free_port  # noqa: E402

NAME = "drill/person"
MAPPING = f"""map: {NAME}
source:
  conn: erp
  read_as: {{charset: utf-8, zone: UTC}}
  query: SELECT no, name, mobile, changed FROM people WHERE {{window}} AND {{page}}
  key: [no]
  columns: {{no: 'varchar(20)!', name: varchar(40), mobile: varchar(20), changed: 'datetime!'}}
sync: {{every: 1s, window: {{by: changed, overlap: 30m, hold_back: 0s}}, batch: {{rows: 2000}}}}
target: {{entity: person, key: [person_no], write: upsert}}
fields:
  person_no: {{from: no, type: text(32), id: F01}}
  name:      {{from: name, type: text(80), pii: name, id: F02}}
  mobile:    {{from: mobile, type: text(20), pii: high, id: F03}}
"""
TABLE = "CREATE TABLE people (no varchar(20) PRIMARY KEY, name varchar(40), mobile varchar(20), changed datetime NOT NULL, KEY (changed))"
NUMBERS = "SELECT seq FROM seq_{}_to_{}"
ADD = ("INSERT INTO people SELECT concat('P', lpad(seq, 8, '0')), concat('人', seq), concat('138', lpad(seq, 8, '0')), utc_timestamp() "
       "FROM seq_{}_to_{}")
CHANGE = ("UPDATE people SET name = concat('改', {}, no), mobile = concat('139', lpad({} + right(no, 8), 8, '0')), changed = utc_timestamp() "
          "WHERE right(no, 2) = '{:02}'")
HELD = "SELECT person_no, name FROM person ORDER BY person_no"
# Rows that no batch counted, and those whose batch is not there.
UNEVEN = ("SELECT (SELECT count(*) FROM person) - (SELECT sum(rows_inserted) FROM batch), "
          "(SELECT count(*) FROM person p WHERE NOT EXISTS (SELECT 1 FROM batch b WHERE b.id = p.batch_id)), "
          "(SELECT count(*) - count(DISTINCT person_no) FROM person)")
NOTHING_FOUND = {"outcome": "done", "changed": 0, "added": 0, "missing": 0, "gone": 0, "refused": 0}


class Writer:
    """People come and change in the source, all the time."""

    def __init__(self, source, rows):
        self.source, self.rows, self.over, self.rounds, self.failure = source, rows, threading.Event(), 0, None
        self.client = source.new_client()
        self.thread = threading.Thread(target=self.write, daemon=True)
        self.thread.start()

    def write(self):
        try:
            while not self.over.wait(0.05):
                self.rounds += 1
                self.client.rows(ADD.format(self.rows + 1, self.rows + 20))
                self.client.rows(CHANGE.format(self.rounds, self.rounds, self.rounds % 100))
                self.rows += 20
        except BenchError as error:
            self.failure = error

    def end(self):
        self.over.set()
        self.thread.join()
        self.client.close()
        if self.failure:
            raise self.failure


class Machine:
    """A folder, a store of its own and the program. The daemon runs between start and kill."""

    def __init__(self, folder, kind, options, source, kept=None):
        self.folder, self.server = folder, None
        os.mkdir(folder)
        if kind == "postgres":
            self.server = StoreServer(os.path.join(folder, "server"))
            self.store = PostgresStore(self.server, self.server.port)
        else:
            os.mkdir(os.path.join(folder, "store"))
            self.store = SqliteStore(os.path.join(folder, "store"))
        self.shelf = os.path.join(folder, "shelf")
        os.mkdir(self.shelf)
        more = f"ledger_key: {{file: ledger_key}}\nbackup: {{folder: {self.shelf}}}\nweb: {{port: {free_port()}}}\n"
        self.home = Home(os.path.join(folder, "home"), options.hrbridge, "", self.store.settings, source, MAPPING, more, reader="mariadb")
        for name in ("keys", "ledger_key"):
            if kept:
                shutil.copy(os.path.join(kept, name), self.home.path(name))
        if not kept:
            subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.home.path("ledger_key")], check=True)
            os.chmod(self.home.path("ledger_key"), 0o600)
        self.process = None

    def command(self, *words, text=None):
        done = subprocess.run([self.home.hrbridge, *words, "--config", self.home.config], input=text, capture_output=True, text=True,
                              check=False, cwd=self.folder)
        if done.returncode != 0:
            raise BenchError(f"hrbridge {' '.join(words)} ended with {done.returncode}: {done.stdout[-1500:]}{done.stderr[-1500:]}")
        return done.stdout

    def start(self):
        self.process = self.home.start("run", output="daemon.log")
        wait_until(lambda: self.answers() or self.process.poll() is not None, "the daemon does not start")
        if self.process.poll() is not None:
            raise BenchError("the daemon ended: " + self.home.read("daemon.log")[-1500:])

    def answers(self):
        try:
            return json.loads(self.command("status", "--json"))["daemon"]["runs"]
        except BenchError:
            return False

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def asked(self, sql):
        """While the daemon is at work, which keeps its sessions on a server."""
        return [tuple(row) for row in (self.store.client().rows(sql) if self.server else self.store.look()(sql))]

    def count(self):
        """Of people."""
        return int(self.asked("SELECT count(*) FROM person")[0][0])

    def rows(self):
        return self.asked(HELD)

    def goes_on(self):
        """The newest batch's number."""
        while (number := self.store.last_batch()) is None:
            time.sleep(0.05)
        return number

    def close(self):
        self.kill()
        self.store.close()
        if self.server:
            self.server.close()


def wait_until(holds, what, seconds=120):
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            raise BenchError(what)
        time.sleep(0.1)


def timed(figures, name, work):
    began = time.monotonic()
    out = work()
    figures[name] = round(time.monotonic() - began, 2)
    return out


def an_entry_of_the_ledger(machine):
    """So that it has an end to be held against: the key of a person."""
    password, key = "drill-password-1\n", machine.home.path("li.key")
    machine.command("user", "add", "li", "--role", "implementer", text=password)
    machine.command("migrate", "key", "new", "--unencrypted", "--out", key)
    machine.command("migrate", "key", "register", "--account", "li", "--key", key, text=password)


def back_up(machine, figures, first_rows):
    """While syncs write: people came before it, and there is a batch behind it. Gives what was made and the printed head."""
    wait_until(lambda: machine.count() > first_rows, "no sync brings people before the backup")
    made = json.loads(timed(figures, "backup_seconds", lambda: machine.command("store", "backup", "--json")))
    behind = machine.goes_on()
    wait_until(lambda: machine.goes_on() > behind, "no sync writes behind the backup")
    figures["backup_mib"] = round(made["bytes"] / (1 << 20), 2)
    return made, json.loads(machine.command("store", "head", "--json"))["line"]


def restore(machine, backup, line, figures, first_rows):
    copied = os.path.join(machine.shelf, os.path.basename(backup["path"]))
    shutil.copytree(backup["path"], copied)
    timed(figures, "restore_seconds", lambda: machine.command("store", "restore", copied))
    verified = json.loads(timed(figures, "verify_seconds", lambda: machine.command("store", "verify", "--head", line, "--json")))
    if verified["outcome"] != "pass":
        raise BenchError(f"store verify of what was restored: {verified}")
    if json.loads(machine.command("store", "head", "--json"))["line"] != line:
        raise BenchError("the ledger ends elsewhere than the store's that was backed up")
    figures["rows_restored"] = len(machine.rows())
    if figures["rows_restored"] <= first_rows:
        raise BenchError("nothing came between the first load and the backup: it was no backup under load")
    even(machine)


def even(machine):
    uneven = [int(number or 0) for number in machine.store.look()(UNEVEN)[0]]
    if any(uneven):
        raise BenchError(f"rows and batches are not of one moment: {uneven}")


def same_as_source(machine, source):
    """All that the source holds, once, with the same values, sealed ones too: else a sweep by hashes finds it."""
    wanted = [tuple(row) for row in source.session.rows("SELECT no, name FROM people ORDER BY no")]
    wait_until(lambda: machine.rows() == wanted, "the store does not come to hold what the source holds")
    machine.kill()
    even(machine)
    sweep = json.loads(machine.command("sync", NAME, "--sweep", "hashes", "--dry-run", "--json"))[0]
    if sweep["read"] != len(wanted) or any(sweep[name] != value for name, value in NOTHING_FOUND.items()):
        raise BenchError(f"a sweep by hashes found a difference: {sweep}")
    return len(wanted)


def drill(kind, folder, options):
    figures = {"store": kind}
    source = Source(os.path.join(folder, "source"))
    with contextlib.ExitStack() as closing:
        closing.callback(source.close)
        source.execute(TABLE)
        source.execute(ADD.format(1, options.rows))
        old = Machine(os.path.join(folder, "old"), kind, options, source)
        closing.callback(old.close)
        old.command("store", "upgrade")
        an_entry_of_the_ledger(old)
        old.command("sync", NAME)
        writer = Writer(source, options.rows)
        old.start()
        backup, line = back_up(old, figures, options.rows)
        # What is kept elsewhere: backups, key files, the printed head. The rest goes with the machine.
        kept = os.path.join(folder, "kept")
        os.mkdir(kept)
        for name in ("keys", "ledger_key"):
            shutil.copy(old.home.path(name), kept)
        backup["path"] = shutil.copytree(backup["path"], os.path.join(kept, os.path.basename(backup["path"])))
        batches_before = old.goes_on()
        old.close()
        shutil.rmtree(os.path.join(folder, "old"))
        began = time.monotonic()
        new = Machine(os.path.join(folder, "new"), kind, options, source, kept)
        closing.callback(new.close)
        restore(new, backup, line, figures, options.rows)
        restored_batches = new.goes_on()
        timed(figures, "start_seconds", new.start)
        wait_until(lambda: new.goes_on() > restored_batches, "no sync goes on behind the restore")
        figures["down_seconds"] = round(time.monotonic() - began, 2)
        writer.end()
        figures["rows_in_the_end"] = same_as_source(new, source)
        figures["batches_gone_with_the_machine"] = batches_before - restored_batches
    return figures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--hrbridge", required=True)
    parser.add_argument("--store", choices=("sqlite", "postgres"))
    parser.add_argument("--rows", type=int, default=20_000)
    options = parser.parse_args()
    options.hrbridge = os.path.realpath(options.hrbridge)
    for kind in [options.store] if options.store else ["sqlite", "postgres"]:
        with tempfile.TemporaryDirectory(prefix="hrbridge-drill-") as folder:
            os.chmod(folder, 0o755)
            print(json.dumps(drill(kind, folder, options), ensure_ascii=False), flush=True)


if __name__ == "__main__":
    try:
        main()
    except BenchError as error:
        sys.exit(f"the drill failed: {error}")
