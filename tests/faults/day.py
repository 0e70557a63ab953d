"""A plant's day of work in fast time, among faults that a seed draws. See README.md."""
import json
import os
import subprocess
import sys
import time

import day_faults
from day_judge import Judge
from day_mappings import DAY, HOUR
from day_plant import Daemon, Sources
from day_sources import Authority, Erp, Interface, Shop, Writer
from day_watch import Watch
from fast_time import FastTime
from kills import Lost
from mishaps import Tmpfs
from rig import StoreServer
from processes import BenchError
from stores import PostgresStore, SqliteStore

MINUTE = 60
AT_START = "hrbridge_ledger_verified_timestamp_seconds"
SLACK_S = 20  # of this machine, beside what its programs may take: others may have it just then
LONG = 8 * 3600  # from so long on memory is judged, and faults come three times


class Plant:
    """All that takes part, in fast time."""

    def __init__(self, arguments, folder, seed):
        self.is_long = arguments.hours * 3600 >= LONG
        self.seconds, self.schedule = arguments.hours * 3600, DAY if self.is_long else HOUR
        self.clock, self.started, self.daemons = FastTime(arguments.fast_clock, folder, arguments.factor), [], {}
        self.clock.begin()
        authority = self._folder(folder, "authority")
        authority = Authority(authority)
        erp = self._started(Erp(os.path.join(folder, "source")))
        self.server = self._started(StoreServer(os.path.join(folder, "store")))
        erp.quiet = self.server.quiet = True
        interface = Interface(os.path.join(folder, "interface"), self.clock, authority)
        self.sources = Sources(erp, Shop(os.path.join(folder, "shop.db")), interface, authority)
        self.disk = self._started(Tmpfs(os.path.join(folder, "disk")))
        self.writer = Writer(seed, self.clock, erp, self.sources.shop, interface, MINUTE if self.is_long else MINUTE / 3)
        self._add(arguments, folder, SqliteStore(self._folder(folder, "sqlite"), self.disk), False, self.disk)
        self._add(arguments, folder, PostgresStore(self.server, self.server.port, more=" connect_timeout=120"), True)

    @staticmethod
    def _folder(folder, name):
        path = os.path.join(folder, name)
        os.mkdir(path)
        return path

    def _started(self, what):
        self.started.append(what)
        return what

    def _add(self, arguments, folder, store, tls, disk=None):
        path = os.path.join(folder, store.kind)
        os.makedirs(path, exist_ok=True)
        self.daemons[store.kind] = self._started(Daemon(arguments, path, store, self.sources, self.schedule, tls, disk))

    def check_clocks(self):
        """One time holds for all, and all wait by it."""
        asked = {"MariaDB": lambda: self.sources.erp.session.value("SELECT SLEEP(60) + UNIX_TIMESTAMP(SYSDATE(6))"),
                 "PostgreSQL": lambda: self.server.execute("postgres", "SELECT extract(epoch FROM clock_timestamp()) FROM pg_sleep(60)"),
                 "a program": lambda: subprocess.run(["date", "+%s.%N"], check=True, capture_output=True, text=True).stdout}
        for daemon in self.daemons.values():
            asked[daemon.name] = lambda daemon=daemon: daemon.metrics().get(AT_START, 0)
        for name, ask in asked.items():
            before, time_there, after = self.clock.now(), float(ask()), self.clock.now()
            earliest = before - MINUTE * 60 if name in self.daemons else before - 1
            if not earliest < time_there < after + 1 or after - before > 60 + SLACK_S * self.clock.factor:
                raise BenchError(f"the clock of {name} says {time_there}, but it is from {before} to {after}")

    def close(self):
        for each in reversed(self.started):
            each.close()
        self.clock.end()


class Day:
    """The plant's work between two times of the fast clock."""

    def __init__(self, plant, seed):
        self.plant, self.seed, self.clock = plant, seed, plant.clock
        self.start = self.clock.now()
        # Behind the last fault there is time enough for what it stopped to come in; nobody changes rows in the last part.
        self.end, long = self.start + plant.seconds, plant.is_long
        first, last = self.start + (MINUTE * 60 if long else MINUTE * 10), self.end - (MINUTE * 60 * 4 if long else MINUTE * 25)
        self.faults, self.chance = day_faults.drawn(seed, plant, first, last, 4 if long else 1, *(
            (10 * MINUTE, 45 * MINUTE) if long else (3 * MINUTE, 8 * MINUTE)))
        self.warm_until = self.start + plant.seconds / 6
        self.quiet_from = self.end - (MINUTE * 60 * 3 if long else MINUTE * 20)
        every = plant.schedule.every()
        self.watches = [Watch(daemon, every, self.faults, self.start, SLACK_S * plant.clock.factor) for daemon in plant.daemons.values()]
        self.waiting, self.under_way, self.ticks = list(self.faults), [], 0

    def run(self):
        self.plant.writer.start()
        while self.clock.now() < self.end:
            due = self.clock.now() + MINUTE
            self._tick()
            self.clock.sleep(due - self.clock.now())
        if not self.plant.writer.ended.is_set():
            raise Lost("the day was too short for its writer to end")

    def _tick(self):
        self._mend_and_befall(self.clock.now())
        self.ticks += 1
        for daemon in self.plant.daemons.values():
            if daemon.process.poll() is not None:
                raise Lost(f"the daemon on {daemon.name} ended: {daemon.last_lines()}")
            # The platform's own silence before the end lets what waits be sent.
            if self.ticks % 2 == 0 and self.clock.now() < self.quiet_from:
                daemon.message(self.clock.now())
            if self.ticks % 10 == 0:
                daemon.press()
        for watch in self.watches:
            watch.look(self.clock.now())
        if self.clock.now() > self.quiet_from and not self.plant.writer.ended.is_set():
            self.plant.writer.end()

    def _mend_and_befall(self, now):
        for fault in [each for each in self.under_way if each.end <= now]:
            fault.kind.end()
            self.under_way.remove(fault)
            fault.ended = self.clock.now()
            self._say(fault, "is over")
        while self.waiting and self.waiting[0].begin <= now:
            fault = self.waiting.pop(0)
            fault.begin = self.clock.now()
            fault.way = fault.kind.begin(self.chance) or ""
            self.under_way.append(fault)
            self._say(fault, "begins")

    def _say(self, fault, what):
        minutes = (self.clock.now() - self.start) / MINUTE
        print(f"{minutes:6.0f} min  {fault.kind.name} {fault.way or ''} {what}", file=sys.stderr, flush=True)

    def lines(self):
        """One a daemon."""
        shared = {"seed": self.seed, "kind": "day", "how": f"{self.plant.seconds / 3600:g} h", "factor": self.clock.factor,
                  "written": self.plant.writer.done, "faults": [fault.line(self.start) for fault in self.faults]}
        return [{**shared, **Judge(watch, self.plant, self.warm_until).line()} for watch in self.watches]


def lived(arguments, folder, seed):
    """The lines of one day."""
    where = os.path.join(folder, f"day-{seed}")
    os.mkdir(where)
    os.chmod(where, 0o711)
    plant = Plant(arguments, where, seed)
    try:
        for daemon in plant.daemons.values():
            daemon.start()
        plant.check_clocks()
        day = Day(plant, seed)
        began = time.monotonic()
        day.run()
        lines = day.lines()
        for line in lines:
            line["real_seconds"] = round(time.monotonic() - began)
            print(json.dumps({name: line[name] for name in line if name != "faults"}), file=sys.stderr)
        if arguments.keep:
            with open(os.path.join(where, "samples.json"), "w", encoding="utf-8") as file:
                json.dump({watch.daemon.name: {"samples": watch.samples, "late": watch.late} for watch in day.watches}, file)
        return lines
    finally:
        plant.close()
