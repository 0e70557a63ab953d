"""What befalls a plant on its day: which kind when, drawn by a seed, how it begins and how it is mended."""
import random
import signal
import time

from processes import BenchError, succeeds

MIB = 1 << 20
TIGHT = 64 << 10  # bytes that a full disk has left at most


class Kind:
    """`settles`: seconds behind its end until nothing is late any more, beside the schedule of each job."""
    name, settles = "", 600

    def __init__(self, plant):
        self.plant = plant

    def begin(self, chance):
        """Returns which way it was."""

    def end(self):
        pass


class SourceDown(Kind):
    name = "source_down"

    def begin(self, chance):
        self.way = chance.choice(("mariadb", "interface"))
        if self.way == "mariadb":
            self.plant.sources.erp.stop_at_once()
        else:
            self.plant.sources.interface.is_down = True
        return self.way

    def end(self):
        if self.way == "mariadb":
            self.plant.sources.erp.start_again()
        self.plant.sources.interface.is_down = False


class StoreDown(Kind):
    name = "store_down"

    def begin(self, chance):
        self.way = chance.choice(("postgres", "postgres", "sqlite_locked"))
        if self.way == "postgres":
            server = self.plant.server
            server.process.send_signal(signal.SIGKILL)
            server.process.wait()
        elif not self.plant.daemons["sqlite"].view.hold():
            self.way = "sqlite_unlocked"  # its disk is full just now
        return self.way

    def end(self):
        if self.way != "postgres":
            self.plant.daemons["sqlite"].view.release()
            return
        server = self.plant.server
        while True:
            # The children of the dead server hold its memory until they see that it is gone.
            try:
                return server.start(server.process.args, lambda: succeeds(server.psql("postgres", "SELECT 1")), "PostgreSQL")
            except BenchError:
                time.sleep(0.1)


class SlowSource(Kind):
    name = "slow_source"

    def begin(self, chance):
        self.way = chance.choice(("mariadb", "interface"))
        if self.way == "mariadb":
            self.plant.sources.erp.slow_down()
        else:
            self.plant.sources.interface.page_seconds = chance.uniform(10, 40)
        return self.way

    def end(self):
        if self.way == "mariadb":
            self.plant.sources.erp.release()
        self.plant.sources.interface.page_seconds = 0


class BadRows(Kind):
    """Which the source's people mend, once they are told."""
    name, settles = "bad_rows", 3600

    def begin(self, _chance):
        self.plant.writer.makes_bad = True

    def end(self):
        self.plant.writer.makes_bad = False


class TooManyCalls(Kind):
    """45009. A second one in succession stops the sender for an hour."""
    name, settles = "wecom_45009", 2 * 3600

    def begin(self, chance):
        times = chance.choice((1, 2)) if self.plant.is_long else 1
        for daemon in self.plant.daemons.values():
            daemon.sandbox.post("/sandbox/troubles", {"api": "message/send", "way": "refuse", "errcode": 45009, "times": times})
        return f"{times} times"


class StrangeAddress(Kind):
    """60020: nothing is sent for a quarter of an hour each time."""
    name, settles = "wecom_60020", 1800

    def begin(self, _chance):
        self._trust(["192.0.2.1"])

    def end(self):
        self._trust([])

    def _trust(self, addresses):
        for daemon in self.plant.daemons.values():
            daemon.sandbox.post("/sandbox/trusted_ips", {"addresses": addresses})


class FullDisk(Kind):
    """Of the SQLite store."""
    name, ROOM = "full_disk", 512 * MIB

    def begin(self, chance):
        left = int(chance.random() * TIGHT)
        self.plant.disk.leave(left)
        return f"{left} bytes left"

    def end(self):
        self.plant.disk.resize(self.ROOM)


class ExpiredCertificate(Kind):
    """The interface's, which the syncs must refuse, and that of the daemon's own pages."""
    name = "expired_certificate"

    def begin(self, _chance):
        self._renew(-1)

    def end(self):
        self._renew(30)

    def _renew(self, days):
        self.plant.sources.interface.renew(days)
        for daemon in self.plant.daemons.values():
            if daemon.scheme == "https":
                self.plant.sources.authority.make(daemon.folder, days)
                daemon.reload()


KINDS = (SourceDown, StoreDown, SlowSource, BadRows, TooManyCalls, StrangeAddress, FullDisk, ExpiredCertificate)


class Fault:
    def __init__(self, kind, begin, end):
        self.kind, self.begin, self.end, self.way, self.ended = kind, begin, end, None, None

    def line(self, start):
        return {"kind": self.kind.name, "way": self.way, "minute": round((self.begin - start) / 60, 1),
                "minutes": round(((self.ended or self.end) - self.begin) / 60, 1)}


def drawn(seed, plant, first, last, times, shortest, longest):
    """Each kind so many times between `first` and `last`, each time in a part of its own, so that none befalls itself."""
    chance = random.Random(f"faults {seed}")
    faults, part = [], (last - first) / times
    for kind in (kind(plant) for kind in KINDS):
        for each in range(times):
            length = chance.uniform(shortest, longest)
            begin = first + each * part + chance.uniform(0, part - length)
            faults.append(Fault(kind, begin, begin + length))
    return sorted(faults, key=lambda fault: fault.begin), chance
