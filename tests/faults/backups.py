"""Backups and restores by the real program: beside syncs that write, killed at an instant or inside a system call, and on a
disk that is full. A folder that looks like a backup must be one, and a store must be the former or the restored one, whole."""
import json
import os
import random
import shutil
import signal
import subprocess
import threading
import time

from content import MAPPING_NAME
from kills import Lost
from rig import BenchError, Home
from stores import PostgresStore, SqliteStore

FINISHED, UNFINISHED = "hrbridge-", "."
MIB = 1 << 20
OF_BATCHES = ("SELECT (SELECT count(*) FROM org_unit) - (SELECT sum(rows_inserted) FROM batch), "
              "(SELECT count(*) FROM org_unit u WHERE NOT EXISTS (SELECT 1 FROM batch b WHERE b.id = u.batch_id)), "
              "(SELECT count(*) FROM org_unit WHERE batch_id = (SELECT max(id) FROM batch)) - "
              "(SELECT rows_inserted + rows_updated FROM batch ORDER BY id DESC LIMIT 1)")
ROWS = "SELECT count(*) FROM org_unit"


def read_counts(path):
    with open(path, "rb") as file:
        return dict(zip(("sync", "write", "send"), (int.from_bytes(file.read(8), "little") for _ in range(3))))


class Syncs:
    """Changes rows of the source and syncs them, again and again, until it ends."""

    def __init__(self, home, source):
        self.home, self.source, self.ended, self.runs, self.failure = home, source, False, 0, None
        self.client = source.new_client()
        self.thread = threading.Thread(target=self._work)
        self.thread.start()

    def _work(self):
        try:
            while not self.ended:
                self.client.rows(f"UPDATE dept SET name = concat('第', {self.runs}, '次'), changed = utc_timestamp() "
                                 "WHERE right(code, 1) < '5'")
                process = self.home.start("sync", MAPPING_NAME, "--once", output="sync_output")
                if process.wait() != 0:
                    raise BenchError(f"a sync ended with {process.returncode}: {self.home.read('sync_output')[-800:]}")
                self.runs += 1
        except BenchError as error:
            self.failure = error

    def end(self):
        self.ended = True
        self.thread.join()
        self.client.close()
        if self.failure:
            raise self.failure


class Backups:
    """One store with its shelf, and the place where its backups are restored."""

    def __init__(self, site, kind, folder):
        self.kind, self.site, self.folder = kind, site, folder
        os.mkdir(folder)
        self.shelf = os.path.join(folder, "shelf")
        os.mkdir(self.shelf)
        self.home = self._home("home", self._store("live"))
        self.home.run("store", "upgrade")
        self.home.run("sync", MAPPING_NAME, "--once")
        self.move_ledger("li")
        self.targets = 0

    def move_ledger(self, person):
        """An entry about the key of somebody new, so that it has an end, and another one than before."""
        key, password = self.home.path(person + ".key"), f"a password of {person}\n"
        self.typed(password, "user", "add", person, "--role", "implementer")
        self.typed("", "migrate", "key", "new", "--unencrypted", "--out", key)
        self.typed(password, "migrate", "key", "register", "--account", person, "--key", key)

    def typed(self, text, *words):
        done = subprocess.run([self.home.hrbridge, *words, "--config", self.home.config], input=text, capture_output=True,
                              text=True, check=False)
        if done.returncode != 0:
            raise BenchError(f"hrbridge {' '.join(words)}: {done.stdout}{done.stderr}")

    def _store(self, name):
        if self.kind == "sqlite":
            os.mkdir(os.path.join(self.folder, name))
            return SqliteStore(os.path.join(self.folder, name))
        return PostgresStore(self.site.server, self.site.server.port, name)

    def _home(self, name, store):
        arguments = self.site.arguments
        more = f"ledger_key: {{file: ledger_key}}\nbackup: {{folder: {self.shelf}}}\n"
        home = Home(os.path.join(self.folder, name), arguments.hrbridge, arguments.shim, store.settings, self.site.source,
                    self.site.mapping, more=more)
        home.store = store
        key = os.path.join(self.folder, "ledger_key")
        if not os.path.exists(key):
            subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=True)
            os.chmod(key, 0o600)
        shutil.copy(key, home.path("ledger_key"))
        os.chmod(home.path("ledger_key"), 0o600)
        return home

    def target(self):
        self.targets += 1
        name = f"target{self.targets}"
        return self._home(f"home_{name}", self._store(name))

    def on_shelf(self, prefix):
        return sorted(os.path.join(self.shelf, name) for name in os.listdir(self.shelf) if name.startswith(prefix))

    def back_up(self):
        self.home.run("store", "backup", "--json")
        return json.loads(self.home.read("output"))

    def held(self, home):
        """What a store holds, when it stands as a whole; None when there is no store."""
        if not self.is_there(home):
            return None
        home.run("store", "verify", "--json")
        verified = json.loads(home.read("output"))
        look = home.store.look()
        damage = home.store.damage(look)
        off = [int(number) for number in look(OF_BATCHES)[0]]
        home.store.stop_watching()
        if damage or verified["outcome"] == "fail" or any(off):
            raise Lost(f"{home.folder} is not whole: {damage or verified or off} {off}")
        look = home.store.look()
        rows = int(look(ROWS)[0][0])
        home.store.stop_watching()
        home.run("store", "head", "--json")
        return {"rows": rows, "line": json.loads(home.read("output"))["line"]}

    def is_there(self, home):
        if self.kind == "sqlite":
            return os.path.exists(home.store.path)
        found = int(home.store.client().value("SELECT count(*) FROM pg_class WHERE relname = 'org_unit' AND "
                                              "relnamespace = 'public'::regnamespace"))
        home.store.stop_watching()
        return found > 0

    def restored(self, path, home=None, *words):
        home = home or self.target()
        home.run("store", "restore", path, "--json", *words)
        return self.held(home)

    # --- beside writers

    def under_load(self, many):
        syncs = Syncs(self.home, self.site.source)
        made = []
        try:
            for _ in range(many):
                before = syncs.runs
                made.append(self.back_up())
                while syncs.runs < before + 1 and not syncs.failure:
                    time.sleep(0.05)
        finally:
            syncs.end()
        for backup in made:
            self.restored(backup["path"])
        self.made = [backup["path"] for backup in made]
        return [{"seed": i, "store": self.kind, "how": "under load", "verdict": "ok"} for i in range(many)]

    # --- kills

    def measured(self, home, *words):
        counts, started = home.path("counts"), time.monotonic()
        process = home.start(*words, counts=counts)
        if process.wait() != 0:
            raise BenchError(f"{words} ended with {process.returncode}: {home.output()}")
        return time.monotonic() - started, read_counts(counts)

    def killed(self, home, words, chance, measured):
        """Runs it and kills it; gives how."""
        seconds, calls = measured
        inside = ("sync-before", "sync-after", "write", "send")
        how = chance.choice(["time"] + [way for way in inside if calls[way.split("-")[0]]])
        if how == "time":
            process = home.start(*words)
            try:
                process.wait(chance.random() * seconds)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
        else:
            process = home.start(*words, at=f"{how}:{chance.randint(1, calls[how.split('-')[0]])}")
        code = process.wait()
        if code not in (0, -signal.SIGKILL):
            raise Lost(f"{words} ended with {code}: {home.output()}")
        return how + ("" if code else ", too late")

    def kills_of_backups(self, seeds):
        words = ("store", "backup")
        measured = self.measured(self.home, *words)
        lines = []
        for seed in range(1, seeds + 1):
            before = set(self.on_shelf(FINISHED))
            how = self.killed(self.home, words, random.Random(seed), measured)
            for path in set(self.on_shelf(FINISHED)) - before:
                self.restored(path)
            self.back_up()
            if self.on_shelf(UNFINISHED):
                raise Lost(f"seed {seed} ({how}) left {self.on_shelf(UNFINISHED)}")
            lines.append({"seed": seed, "store": self.kind, "how": f"backup killed: {how}", "verdict": "ok"})
        return lines

    def kills_of_restores(self, seeds):
        """Of an empty place, and of one where the oldest backup stands."""
        old = self.on_shelf(FINISHED)[0]
        self.move_ledger("wang")
        new = self.back_up()["path"]
        is_old, is_new = self.restored(old), self.restored(new)
        if is_old == is_new:
            raise BenchError("the oldest backup and the newest hold the same, so that nobody could tell them apart")
        measured = self.measured(self.target(), "store", "restore", new)
        lines = []
        for seed in range(1, seeds + 1):
            home, replaces = self.target(), seed % 2 == 0
            words = ("store", "restore", new)
            if replaces:
                self.restored(old, home)
                words += ("--replace",)
            how = self.killed(home, words, random.Random(seed), measured)
            self.judge(home, is_old if replaces else None, is_new, f"seed {seed} ({how})")
            if self.held(home) != is_new and self.restored(new, home, *words[3:]) != is_new:
                raise Lost(f"seed {seed} ({how}): restored again it is another store")
            self.leaves_nothing(home, seed)
            lines.append({"seed": seed, "store": self.kind, "verdict": "ok",
                          "how": f"restore {'over another ' if replaces else ''}killed: {how}"})
        return lines

    def judge(self, home, former, restored, what):
        held = self.held(home)
        if held not in (former, restored):
            raise Lost(f"{what}: {held} is neither {former} nor {restored}")

    def leaves_nothing(self, home, seed):
        if self.kind == "sqlite":
            left = [name for name in os.listdir(os.path.dirname(home.store.path)) if "restoring" in name]
        else:
            left = home.store.client().rows("SELECT nspname FROM pg_namespace WHERE nspname = 'hrbridge_restoring'")
            home.store.stop_watching()
        if left:
            raise Lost(f"seed {seed} left {left}")

    # --- a full disk

    def full_disks(self, disk, seeds):
        """The shelf is on a small file system. Little room is seen before the copy, room that goes during it at a write."""
        lines = []
        for seed in range(1, seeds + 1):
            chance = random.Random(seed)
            shelf = os.path.join(disk.folder, f"shelf{seed}")
            disk.resize(512 * MIB)
            if seed % 2 == 0:
                disk.leave(MIB // 4)
            inside = Home.__new__(Home)
            inside.__dict__.update(self.home.__dict__, inside=disk.inside)
            process = inside.start("store", "backup", "--to", shelf)
            if seed % 2 == 1:
                seen = os.path.join(disk.seen, f"shelf{seed}")
                while process.poll() is None and not (os.path.exists(seen) and os.listdir(seen)):
                    time.sleep(0.001)
                disk.leave(int(chance.random() * MIB))
            code = process.wait()
            found = os.listdir(os.path.join(disk.seen, f"shelf{seed}"))
            if code == 0:
                how = "room enough"
            elif code == 1 and any(word in inside.output() for word in ("free space", "disk full", "No space")) and not found:
                how = "too little room" if seed % 2 == 0 else "room that went"
            else:
                raise Lost(f"seed {seed}: ended with {code}, left {found}: {inside.output()}")
            disk.resize(512 * MIB)
            inside.run("store", "backup", "--to", shelf)
            shutil.rmtree(os.path.join(disk.seen, f"shelf{seed}"))
            lines.append({"seed": seed, "store": self.kind, "how": f"disk full: {how}", "verdict": "ok"})
        return lines


def judged(site, kinds, seeds, disk):
    """All lines of the stores of these kinds."""
    lines = []
    for kind in kinds:
        backups = Backups(site, kind, os.path.join(site.folder, f"backups_{kind}"))
        lines += backups.under_load(3)
        lines += backups.kills_of_backups(seeds)
        lines += backups.kills_of_restores(seeds)
        lines += backups.full_disks(disk, max(4, seeds // 4))
    return lines
