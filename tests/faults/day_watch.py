"""What is seen of a daemon through the day, from outside: its memory, its queues, how old each job's last success is."""
from day_mappings import CAUSE, OPERATION, PERSON, TEAM

ALL, OF_ERP = (TEAM, PERSON, OPERATION, CAUSE), (TEAM, PERSON)
# What a fault of a kind, or of a kind and way, may make late or let wait; of which daemons, where not of all.
TOUCHES = {
    ("source_down", "mariadb"): OF_ERP, ("source_down", "interface"): (CAUSE,),
    ("slow_source", "mariadb"): OF_ERP, ("slow_source", "interface"): (CAUSE,),
    "bad_rows": ("rejects",), "wecom_45009": ("outbox",), "wecom_60020": ("outbox",), "expired_certificate": (CAUSE,),
    ("store_down", "postgres"): (*ALL, "outbox", "callbacks", "jobs", "rejects"),
    ("store_down", "sqlite_locked"): (*ALL, "outbox", "callbacks", "jobs", "rejects"),
    "full_disk": (*ALL, "outbox", "callbacks", "jobs", "rejects")}
ONLY = {"full_disk": "sqlite", ("store_down", "sqlite_locked"): "sqlite", ("store_down", "postgres"): "postgres"}
MINUTE = 60
# Seconds that a run may take, and wait for its turn, beside its schedule.
ALLOWED = {"sync": 420, "outbox": 300, "callbacks": 300, "jobs": 420}
QUEUES = {
    "outbox": "SELECT count(*), min({created}) FROM outbox WHERE state IN ('waiting', 'sending')",
    "callbacks": "SELECT count(*), min({received}) FROM callback_inbox WHERE handled_at IS NULL",
    "rejects": "SELECT count(*), min({first}) FROM reject WHERE state = 'open'",
    "jobs": "SELECT count(*), min({next}) FROM job WHERE NOT ({paused}) AND holder IS NULL AND {next} < {now}"}

RUNNING = "SELECT count(*) FROM job WHERE holder IS NOT NULL"


def touched(fault, daemon):
    """What it may make late at this daemon."""
    for key in (fault.kind.name, (fault.kind.name, fault.way)):
        if key in TOUCHES and ONLY.get(key, daemon.name) == daemon.name:
            return TOUCHES[key]
    return ()


class Watch:
    """Of one daemon. `every`: seconds between two starts of each mapping and sweep; `slack`: for which all may be late."""

    def __init__(self, daemon, every, faults, start, slack):
        self.daemon, self.every, self.faults, self.start, self.slack = daemon, every, faults, start, slack
        self.samples, self.late, self.judged, self.worst, self.most = [], [], 0, {}, {}

    def covered(self, what, now, within):
        """Whether something excuses that this is late: a fault, or one that ended less than its time and `within` ago."""
        mapping = what[0] if isinstance(what, tuple) else what
        return now < self.start + within or any(
            fault.way is not None and mapping in touched(fault, self.daemon) and
            (fault.ended is None or now < fault.ended + fault.kind.settles + within) for fault in self.faults)

    def quiet(self, now):
        return not any(fault.way is not None and touched(fault, self.daemon) and (fault.ended is None or now < fault.ended + 600)
                       for fault in self.faults)

    def look(self, now):
        metrics = self.daemon.metrics()
        self._look_at_memory(now)
        for what, every in self.every.items():
            name = (f'hrbridge_last_success_timestamp_seconds{{mapping="{what}"}}' if isinstance(what, str) else
                    f'hrbridge_sweep_last_success_timestamp_seconds{{kind="{what[1]}",mapping="{what[0]}"}}')
            if metrics:
                self._judge(what, now, now - max(metrics.get(name, 0), self.start), every + ALLOWED["sync"], every)
        for what in QUEUES:
            self._judge_queue(what, now)

    def _look_at_memory(self, now):
        """At rest, that is when no job runs: what a job needs while it runs is no leak."""
        before, memory, after = self._at_rest(), self.daemon.memory(), self._at_rest()
        self.samples.append({"at": now, "quiet": before and after and self.quiet(now), **memory})

    def _at_rest(self):
        found = self.daemon.view.ask(RUNNING)
        return found is not None and found[0][0] == "0"

    def _judge_queue(self, what, now):
        view = self.daemon.view
        seconds = view.SECONDS.format
        found = view.ask(QUEUES[what].format(
            created=seconds("created_at"), received=seconds("received_at"), first=seconds("first_seen"), next=seconds("next_start"),
            paused=view.PAUSED, now=now))
        if found is None:
            if not self.covered("jobs", now, MINUTE):
                self.late.append({"what": f"{what} cannot be asked: {view.why}", "at": self._minute(now)})
            return
        count, oldest = int(found[0][0]), found[0][1]
        self.most[what] = max(self.most.get(what, 0), count)
        age = now - float(oldest) if count else 0
        # A refused row that is deleted before anybody reads it mended is found to be gone by the next sweep of keys.
        every = self.every[(TEAM, "keys")] if what == "rejects" else self.every[TEAM]
        self._judge(what, now, age, ALLOWED.get(what, ALLOWED["sync"] + every), every)

    def _judge(self, what, now, age, allowed, within):
        allowed, within = allowed + self.slack, within + self.slack
        if self.covered(what, now, within):
            return
        label = "/".join(what) if isinstance(what, tuple) else what
        self.judged += 1
        self.worst[label] = max(self.worst.get(label, 0), round(age))
        if age > allowed:
            self.late.append({"what": label, "at": self._minute(now), "age": round(age), "allowed": allowed})

    def _minute(self, now):
        return round((now - self.start) / 60)
