#!/usr/bin/env python3
"""Kills what takes part in a sync, a seed a kill, and compares what the store holds. See README.md."""
import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time

from backups import judged as judged_backups
from clocks import ClockSteps
from content import MAPPING, OVERLAP_S, TABLE, WINDOW_MAPPING, Content
from daemons import DAEMONS, FINDINGS_S, Daemons, summary as summary_of_daemons
from day import lived
from following import Follower, Storm, summary as summary_of_followers
from guarding import Guard, Log, make_tables, summary as summary_of_guards
from kills import Lane, Lost
from mishaps import DiskIsFull, SourceDies, StoreDies, Tmpfs
from pooler import Pooler
from proxy import CommitProxy
from send import AGENT, CORP, WECOM, Sandbox, Sending
from rig import BenchError, Home, Source, StoreServer
from stores import PostgresStore, SqliteStore

SEEDS_A_TURN = 8
READERS = ("mariadb", "odbc")
POOLED_SESSIONS = {"session": 200, "transaction": 4}  # so few that daemons wait for one another


class Results:
    """A file with a line a seed; a run goes on behind the last one."""

    def __init__(self, path):
        self.path, self.lines = path, []
        if path and os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                self.lines = [json.loads(line) for line in file if line.endswith("\n")]

    def next_seed(self, first):
        return max([line["seed"] + 1 for line in self.lines] + [first])

    def add(self, lines):
        self.lines += lines
        if self.path:
            with open(self.path, "a", encoding="utf-8") as file:
                file.writelines(json.dumps(line) + "\n" for line in lines)
                file.flush()
                os.fsync(file.fileno())


def counts(lines):
    """How many of each there were."""
    print("| store | how | seeds |\n| --- | --- | ---: |")
    for store, how in sorted({(line["store"], line["how"]) for line in lines}):
        print(f"| {store} | {how} | {sum((line['store'], line['how']) == (store, how) for line in lines)} |")
    print(f"{len(lines)} seeds, {sum(line['verdict'] != 'ok' for line in lines)} bad")
    return all(line["verdict"] == "ok" for line in lines)


def summary(lines):
    """Median and worst of what was measured, for each store and way to die."""
    print("| store | how | seeds | rows read again, median / worst | progress / clean start, median / worst |")
    print("| --- | --- | ---: | ---: | ---: |")
    groups = {}
    for line in lines:
        for how in (line["how"], "all"):
            groups.setdefault((line["store"], how), []).append(line)
    for (store, how), group in sorted(groups.items()):
        rows = sorted(line["read_again"] for line in group)
        ratios = sorted(line["progress_s"] / line["clean_s"] for line in group if line.get("progress_s"))
        ratio = f"{ratios[len(ratios) // 2]:.2f} / {ratios[-1]:.2f}" if ratios else "-"
        print(f"| {store} | {how} | {len(group)} | {rows[len(rows) // 2]} / {rows[-1]} | {ratio} |")
    bad = [line for line in lines if line["verdict"] != "ok"]
    print(f"{len(lines)} seeds, {len(bad)} bad{': ' + json.dumps(bad[:5]) if bad else ''}")
    return not bad


class Site:
    """The servers and the source's rows."""

    def __init__(self, arguments, folder):
        self.arguments, self.folder = arguments, folder
        self.content = Content(arguments.rows, arguments.kind == "window")
        self.source, self.server = Source(os.path.join(folder, "source")), StoreServer(os.path.join(folder, "store"))
        self.source.session.rows(TABLE.rstrip(";\n"))
        for code, name, kind, _ in self.content.earlier:
            self.source.session.rows(f"INSERT INTO dept VALUES ('{code}', '{name}', '{kind}', NULL, '2024-05-01')")
        if not self.content.in_window:
            self.fill()
        self.source.session.rows("SET GLOBAL innodb_flush_log_at_trx_commit = 1")
        self.proxy = CommitProxy(self.server.port)
        self.tmpfs = self.sandbox = None
        self.pooler = arguments.pool and Pooler(os.path.join(folder, "pooler"), self.server, arguments.pool,
                                                POOLED_SESSIONS[arguments.pool])

    def fill(self):
        rows = self.content.source_file(self.folder)
        self.source.session.rows(f"LOAD DATA LOCAL INFILE '{rows}' INTO TABLE dept CHARACTER SET utf8mb4")

    def lane(self, store, inside=()):
        home = Home(os.path.join(self.folder, store.kind), self.arguments.hrbridge, self.arguments.shim, store.settings,
                    self.source, WINDOW_MAPPING if self.content.in_window else MAPPING, inside=inside)
        return Lane(home, store, self.source, self.content, self.proxy, self.arguments.how)

    def sqlite(self):
        return self.lane(SqliteStore(self.folder))

    def postgres(self):
        return self.lane(PostgresStore(self.server, self.proxy.port))

    def sqlite_on_tmpfs(self):
        self.tmpfs = Tmpfs(os.path.join(self.folder, "disk"))
        return DiskIsFull(self.lane(SqliteStore(self.folder, self.tmpfs), self.tmpfs.inside), self.tmpfs)

    def sending(self, store):
        self.sandbox = self.sandbox or Sandbox(self.arguments.sandbox, self.folder)
        wecom = WECOM.format(port=self.sandbox.port, corp=CORP, agent=AGENT)
        return Sending(Home(os.path.join(self.folder, store.kind), self.arguments.hrbridge, self.arguments.shim,
                            store.settings, self.source, MAPPING, more=wecom), store, self.sandbox)

    def clocks(self):
        store = SqliteStore(self.folder)
        return ClockSteps(Home(os.path.join(self.folder, store.kind), self.arguments.hrbridge, self.arguments.shim,
                               store.settings, self.source, ""), store, self.source)

    def follower(self, store_kind, reader):
        name = f"{store_kind}_{reader}"
        folder = os.path.join(self.folder, name)
        shutil.rmtree(folder, ignore_errors=True)
        os.mkdir(folder)
        store = SqliteStore(folder) if store_kind == "sqlite" else PostgresStore(self.server, self.server.port, name)
        self.source.add_reader(name)
        home = Home(folder, self.arguments.hrbridge, self.arguments.shim, store.settings, self.source, "", reader=reader,
                    user=name)
        return Follower(home, store, self.source, reader, name)

    def storm(self, seed):
        """All followers of one and the same storm."""
        chosen = [(store, reader) for store in ("sqlite", "postgres") for reader in READERS
                  if self.arguments.store in (None, store) and self.arguments.reader in (None, reader)]
        return Storm(self.source, [self.follower(*each) for each in chosen], seed, self.arguments.seconds,
                     self.arguments.sweep_meanwhile)

    def guards(self):
        """One a kind of reader, each with a user of its own at the source."""
        make_tables(self.source)
        log = Log(self.source)
        for reader in READERS:
            if self.arguments.reader in (None, reader):
                folder, user = os.path.join(self.folder, reader), f"guarded_{reader}"
                os.mkdir(folder)
                self.source.add_reader(user)
                store = SqliteStore(folder)
                yield Guard(Home(folder, self.arguments.hrbridge, self.arguments.shim, store.settings, self.source, "",
                                 more="web: {port: 0}\n", reader=reader, user=user), store, self.source, log, reader, user)

    def daemons(self, seed):
        """Several on one new store."""
        store = PostgresStore(self.server, self.pooler.port if self.pooler else self.server.port)
        if self.sandbox:
            self.sandbox.close()
        self.sandbox = Sandbox(self.arguments.sandbox, self.folder)
        wecom = WECOM.format(port=self.sandbox.port, corp=CORP, agent=AGENT).replace("[p0]", "[p0, p1]")
        homes = []
        for number in range(DAEMONS):
            folder = os.path.join(self.folder, f"daemon_{seed}_{number}")
            homes.append(Home(folder, self.arguments.hrbridge, self.arguments.shim, store.settings, self.source, "",
                              more=f"findings_every: {FINDINGS_S}s\nstate_folder: state\n{wecom}", reader="mariadb"))
            os.mkdir(os.path.join(folder, "state"))
        return Daemons(homes, store, self.source, self.sandbox, seed, self.arguments.seconds, self.arguments.pool)

    def backups(self):
        self.mapping, self.tmpfs = MAPPING, Tmpfs(os.path.join(self.folder, "disk"))
        kinds = [self.arguments.store] if self.arguments.store else ["sqlite", "postgres"]
        return judged_backups(self, kinds, self.arguments.seeds or 50, self.tmpfs)

    def windows(self):
        lanes = [self.sqlite(), self.postgres()]
        self.fill()
        time.sleep(OVERLAP_S)  # a sync behind the one that has brought all brings nothing again
        return lanes

    def seeders(self):
        """What the seeds of a kind are given to, in turn."""
        return {
            "daemon": lambda: [self.sqlite(), self.postgres()],
            "window": self.windows,
            "store": lambda: [StoreDies(self.postgres())],
            "source": lambda: [SourceDies(self.sqlite()), SourceDies(self.postgres())],
            "send": lambda: [self.sending(SqliteStore(self.folder)), self.sending(PostgresStore(self.server, self.proxy.port))],
            "clock": lambda: [self.clocks()],
            "disk": lambda: [self.sqlite_on_tmpfs()],
        }[self.arguments.kind]()

    def close(self):
        for each in (self.tmpfs, self.sandbox, self.pooler):
            if each:
                each.close()
        self.source.close()
        self.server.close()


def run(arguments, folder):
    if arguments.kind == "day":
        return days(arguments, folder)
    site = Site(arguments, folder)
    try:
        if arguments.kind == "writers":
            return storms(arguments, site)
        if arguments.kind == "daemons":
            return storms_of_kills(arguments, site)
        if arguments.kind == "guard":
            return summary_of_guards([guard.judged() for guard in site.guards()])
        if arguments.kind == "backup":
            return counts(site.backups())
        seeders = site.seeders()
        if arguments.store:
            seeders = [each for each in seeders if each.store.kind == arguments.store]
        return strike_all(arguments, seeders)
    finally:
        site.close()


def days(arguments, folder):
    results = Results(arguments.results)
    for seed in range(results.next_seed(arguments.from_seed), arguments.from_seed + (arguments.seeds or 1)):
        results.add(lived(arguments, folder, seed))
    return counts(results.lines)


def storms(arguments, site):
    results = Results(arguments.results)
    for seed in range(results.next_seed(arguments.from_seed), arguments.from_seed + (arguments.seeds or 1)):
        results.add(site.storm(seed).run())
    return summary_of_followers(results.lines)


def storms_of_kills(arguments, site):
    results = Results(arguments.results)
    for seed in range(results.next_seed(arguments.from_seed), arguments.from_seed + (arguments.seeds or 1)):
        results.add([site.daemons(seed).run()])
    return summary_of_daemons(results.lines)


def strike_all(arguments, seeders):
    results = Results(arguments.results)
    first, end = results.next_seed(arguments.from_seed), arguments.from_seed + (arguments.seeds or 50)
    started, seed = time.monotonic(), first
    while seed < end:
        turn = (seed - arguments.from_seed) // SEEDS_A_TURN
        seeder = seeders[turn % len(seeders)]
        last = min(end, arguments.from_seed + (turn + 1) * SEEDS_A_TURN)
        while seed < last:
            if seeder.seed(seed):
                seed += 1
            else:
                results.add(seeder.finish())
        results.add(seeder.finish())
        print(f"\r{seed - first} seeds, {(time.monotonic() - started) / (seed - first):.2f} s each ", end="", file=sys.stderr)
    print(file=sys.stderr)
    return (summary if arguments.kind in ("daemon", "window") else counts)(results.lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hrbridge", required=True)
    parser.add_argument("--sandbox", help="the WeCom stand-in's program, for --kind send and daemons")
    parser.add_argument("--shim", required=True)
    parser.add_argument("--fast-clock", help="libfast_clock.so, for --kind day")
    parser.add_argument("--kind", default="daemon", choices=("daemon", "window", "store", "source", "disk", "send", "clock",
                                                             "writers", "guard", "backup", "daemons", "day"))
    parser.add_argument("--from-seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, help="50, and 1 for --kind writers, daemons and day")
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--seconds", type=int, default=180, help="of --kind writers and daemons")
    parser.add_argument("--hours", type=float, default=24, help="of --kind day, by its fast clock")
    parser.add_argument("--factor", type=int, default=72, help="how much faster the clock of --kind day goes")
    parser.add_argument("--results")
    parser.add_argument("--how", help="only this way to die, where a store has it")
    parser.add_argument("--store", choices=("sqlite", "postgres"), help="only this store")
    parser.add_argument("--reader", choices=READERS, help="only this kind of source, for --kind writers and guard")
    parser.add_argument("--sweep-meanwhile", action="store_true", help="also among the writers, for --kind writers")
    parser.add_argument("--pool", choices=("session", "transaction"), help="by PgBouncer, for --kind daemons")
    parser.add_argument("--keep", action="store_true", help="leave the folder of a failure")
    arguments = parser.parse_args()
    for name in ("hrbridge", "sandbox", "shim", "fast_clock"):
        setattr(arguments, name, getattr(arguments, name) and os.path.abspath(getattr(arguments, name)))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the servers end too
    folder = tempfile.mkdtemp(prefix="hrbridge-faults-")
    os.chmod(folder, 0o711)
    good = False
    try:
        good = run(arguments, folder)
    except (Lost, BenchError) as error:
        print(f"\nfaults: {error}", file=sys.stderr)
    finally:
        if good or not arguments.keep:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            print(f"kept: {folder}", file=sys.stderr)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
