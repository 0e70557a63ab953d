"""Kills of a sync. Each is a seed: it says how the process dies and how far from its start. A sync that was killed is
started again until it is done, so that several seeds share one sync; then all that the store holds is compared."""
import random
import signal
import statistics
import time

import stores
from content import BATCH_ROWS, MAPPING_NAME

KILLS_A_SYNC = 8
PAGE_ROWS = 20_000  # that a driver which cannot stream holds, beyond the batch under way
AHEAD_ROWS = 12_000  # between reader, mapper and writer: three blocks at each of the two stages
ASIDE_ROWS = 200  # the source's clock, proofs of order, a count of future rows
SLOW = 2.0  # times a clean start until the first batch
TRIES = 5  # of a slow start: the machine has other work as well
HOWS = {
    "sqlite": {"time": 40, "sync-before": 15, "sync-after": 15, "write": 30},
    "postgres": {"time": 30, "send": 20, "swallow": 15, "lose": 10, "delay": 10, "swallow-cut": 5, "lose-cut": 5, "delay-cut": 5},
}
PATIENCE_S = 300


class Lost(Exception):
    """What a store held that it must not, or did not hold."""


class Whole:
    """What a sync without kills takes: seconds, and calls of each kind."""

    def __init__(self, seconds, calls, commits):
        self.seconds, self.calls, self.commits = seconds, calls, commits

    def most(self, how):
        """So that with increments from 1 to this, about KILLS_A_SYNC fall into one sync."""
        syncs, writes, sends = self.calls
        total = {"sync-before": syncs, "sync-after": syncs, "write": writes, "send": sends}.get(how, self.commits)
        return max(2, 2 * total // KILLS_A_SYNC)


class Lane:
    """One store and the kills of its seeds."""

    def __init__(self, home, store, source, content, proxy, how=None):
        self.home, self.store, self.source, self.content, self.proxy = home, store, source, content, proxy
        self.hows = {how: 1} if how in HOWS[store.kind] else HOWS[store.kind]
        self.units, self.rejects = content.units(), content.open_rejects()
        self.clean, self.pending, self.whole = [], [], None
        home.run("store", "upgrade")
        if content.earlier:
            home.run("sync", MAPPING_NAME, "--once")
        store.keep_as_template()

    def sync(self, **faults):
        return self.home.start("sync", MAPPING_NAME, "--once", **faults)

    def first_batch(self, process, before, until=None):
        """Seconds from now until the store holds a further batch; None when the process ended, or `until` came, before."""
        started = time.monotonic()
        while process.poll() is None and (until is None or not until()):
            last = self.store.last_batch()
            if last is not None and last > before:
                return time.monotonic() - started
            time.sleep(0.001)
        return None

    def begin(self):
        """A new store and the kill-free start that the seeds of its sync are measured by."""
        self.store.renew()
        first = self._committed(self.store.look())[1]
        process = self.sync()
        self.clean.append(self.first_batch(process, first))
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.source.sent_rows()
        self.store.look()
        self.store.renew()
        self.sent, self.committed, self.batches = self.source.sent_rows(), 0, first

    def measure(self):
        """One sync without kills, which must come out right as well."""
        self.store.renew()
        counts = self.home.path("counts")
        before, started = self.proxy.commits, time.monotonic()
        process = self.sync(counts=counts)
        process.wait()
        seconds = time.monotonic() - started
        with open(counts, "rb") as file:
            calls = [int.from_bytes(file.read(8), "little") for _ in range(3)]
        if process.returncode != 0:
            raise Lost(f"a sync without kills failed: {self.home.output()}")
        self.whole = Whole(seconds, calls, self.proxy.commits - before)
        self.compare()

    def seed(self, seed):
        """Kills once; the line is complete when its sync has been compared. False: the sync was done before the kill."""
        if self.whole is None:
            self.measure()
        if not self.pending:
            self.begin()
        chance = random.Random(seed)
        how = chance.choices(list(self.hows), list(self.hows.values()))[0]
        line = {"seed": seed, "store": self.store.kind, "how": how, "at_rows": self.committed}
        if not self._kill(how, chance.random(), line):
            return False
        line.update(self._examine())
        self._try_slow_start_again()
        self.pending.append(line)
        return True

    def _committed(self, look):
        """How many of the content's rows, and the last batch."""
        rows, batch = map(int, look(stores.COMMITTED)[0])
        return rows - len(self.content.earlier), batch

    def _measured(self, process, until=None):
        """Notes how long the start after the last kill takes to get on."""
        seconds = self.first_batch(process, self.batches, until)
        if self.pending and seconds is not None:
            self.pending[-1].setdefault("progress_s", round(seconds, 3))

    def _is_slow(self, line):
        return line.get("progress_s", 0) > SLOW * statistics.median(self.clean)

    def _try_slow_start_again(self):
        """From where the last kill left the store: what is slow by nature is slow each time."""
        for _ in range(TRIES - 1):
            if not self.pending or not self._is_slow(self.pending[-1]):
                return
            process = self.sync()
            seconds = self.first_batch(process, self.batches)
            process.send_signal(signal.SIGKILL)
            process.wait()
            self._examine()
            self.pending[-1]["tries"] = self.pending[-1].get("tries", 1) + 1
            if seconds is not None:
                self.pending[-1]["progress_s"] = min(self.pending[-1]["progress_s"], round(seconds, 3))

    def _kill(self, how, share, line):
        delay = 0.001 + share * 2 * self.whole.seconds / KILLS_A_SYNC
        nth = 1 + int(share * self.whole.most(how))
        line["fell"] = f"{delay:.3f}s" if how == "time" else nth
        if how == "time":
            started = time.monotonic()
            process = self.sync()
            self._measured(process, lambda: time.monotonic() - started >= delay)
            _wait_for(process, started + delay)
            process.send_signal(signal.SIGKILL)
        elif how in ("sync-before", "sync-after", "write", "send"):
            process = self.sync(at=f"{how}:{nth}")
            self._measured(process)
        else:
            return self._kill_at_commit(how, nth, share, line)
        code = process.wait(PATIENCE_S)
        if code not in (0, -signal.SIGKILL):
            raise Lost(f"{how}: the sync ended with {code}: {self.home.output()}")
        return code == -signal.SIGKILL

    def _kill_at_commit(self, how, nth, share, line):
        way, _, cut = how.partition("-")
        self.proxy.plan(way, nth, bool(cut))
        process = self.sync()
        self._measured(process, self.proxy.fell.is_set)
        while process.poll() is None and not self.proxy.fell.wait(0.002):
            pass
        if not self.proxy.fell.is_set():
            self.proxy.plan(None)
            return False
        if cut:
            line["progress_s"] = 0  # the process lives on, and has to find out what became of its commit
            time.sleep(0.05 + 1.5 * share if way == "delay" else 0)
            self.proxy.deliver()
            if process.wait(PATIENCE_S) != 0:
                raise Lost(f"{how}: the sync did not go on after its connection was cut: {self.home.output()}")
            return True
        process.send_signal(signal.SIGKILL)
        process.wait()
        if way == "delay":
            # The commit arrives while the next process starts.
            process = self.sync()
            time.sleep(0.05)
            self.proxy.deliver()
            self.first_batch(process, self.batches)
            process.send_signal(signal.SIGKILL)
            process.wait()
        return True

    def _examine(self):
        """After a kill: the checkpoint stands where the rows end, and how many rows were read in vain."""
        look = self.store.look()
        committed, self.batches = self._committed(look)
        position = look(stores.POSITION)
        if committed > 0 and not position:
            raise Lost("there are rows and no checkpoint")
        of_before = self.content.earlier and committed == 0
        if position and committed < self.content.rows and int(position[0][1]) and not of_before:
            raise Lost(f"the checkpoint is complete with {committed} rows")
        known = {row[0] for row in look("SELECT code FROM org_unit")}
        known.update(row[0] for row in look("SELECT source_key FROM reject WHERE state = 'open'"))
        expected = {self.content.code(number) for number in self.content.order[:committed]}
        expected.update(row[0] for row in self.content.earlier)
        if known != expected:
            raise Lost(f"{committed} rows are committed; {len(expected - known)} of them are not there and "
                       f"{len(known - expected)} others are")
        sent = self.source.sent_rows()
        in_vain = (sent - self.sent) - (committed - self.committed)
        self.sent, self.committed = sent, committed
        if in_vain > BATCH_ROWS + AHEAD_ROWS + PAGE_ROWS + ASIDE_ROWS:
            raise Lost(f"{in_vain} rows were read in vain")
        return {"read_again": max(0, in_vain)}

    def finish(self):
        """Starts the sync until it is done, compares all, and gives the lines of the seeds that it had."""
        process = self.sync()
        self._measured(process)
        if self.pending and self._is_slow(self.pending[-1]):
            process.send_signal(signal.SIGKILL)
            process.wait()
            self._examine()
            self._try_slow_start_again()
            process = self.sync()
        if process.wait(PATIENCE_S) != 0:
            raise Lost(f"the last start failed: {self.home.output()}")
        self.compare()
        lines, self.pending = self.pending, []
        for line in lines:
            slow = self._is_slow(line)
            line.update(lost=0, doubled=0, clean_s=round(statistics.median(self.clean), 3), verdict="slow" if slow else "ok")
        return lines

    def compare(self):
        look = self.store.look()
        damage = self.store.damage(look)
        units, rejects = look(stores.UNITS), look(stores.REJECTS)
        for what, got, expected in (("org_unit", units, self.units), ("reject", rejects, self.rejects)):
            if got != expected:
                missing, surplus = set(expected) - set(got), set(got) - set(expected)
                raise Lost(f"{what}: {len(missing)} lost such as {sorted(missing)[:2]}, {len(surplus)} wrong such as "
                           f"{sorted(surplus)[:2]}, {len(got) - len(set(got))} doubled")
        left = int(look(stores.LEFT_RUNNING)[0][0])
        read = self._committed(look)[0]
        put_off = int(look(stores.PUT_OFF)[0][0])
        if damage or left or put_off or read != self.content.rows:
            raise Lost(damage or f"{left} runs are still said to run, {read} rows are counted as read, {put_off} indexes and "
                       "foreign keys are not made again")


def _wait_for(process, until):
    while process.poll() is None and time.monotonic() < until:
        time.sleep(0.0005)
