"""The judgement at the end of a plant's day."""
import json
import os
import re
import statistics
import time

import changing
from day_mappings import PERSON, TEAM
from day_plant import SECRETS
from processes import BenchError

FLAT = 0.05
TRIES = 20
FOUND = ("changed", "added", "missing", "gone", "pending")
PERSONAL = re.compile(r"110101\d{11}[\dX]|13977\d{6}|张伟|李强")
PEOPLE = "SELECT no, name FROM person"
STORED = {"people": "SELECT person_no, name FROM person WHERE gone_at IS NULL",
          "operations": "SELECT code, name FROM operation WHERE gone_at IS NULL",
          "causes": "SELECT code, name, class FROM cause_code WHERE gone_at IS NULL"}


def growth(samples, name):
    """Of quiet samples behind the warm-up: the last third's median against the first's, and what the line through them (the
    median of all pairs' slopes) grows from its begin to its end; both as a part of the first."""
    size = len(samples) // 3
    first, last = (statistics.median(each[name] for each in part) for part in (samples[:size], samples[-size:]))
    thin = samples[::max(1, len(samples) // 200)]
    slopes = [(b[name] - a[name]) / (b["at"] - a["at"]) for place, a in enumerate(thin) for b in thin[place + 1:]]
    trend = statistics.median(slopes) * (samples[-1]["at"] - samples[0]["at"])
    return {"first": first, "last": last, "medians": round(last / first - 1, 4), "trend": round(trend / first, 4),
            "least": min(each[name] for each in samples), "most": max(each[name] for each in samples)}


def is_flat(name, grown):
    """What is resident may shrink: code that nobody uses is given back."""
    size = abs if name == "anonymous" else lambda each: each
    return max(size(grown["medians"]), size(grown["trend"])) <= FLAT


class Judge:
    """Of one daemon. `faults_found` is empty where all holds."""

    def __init__(self, watch, plant, warm_until):
        self.watch, self.daemon, self.plant, self.faults_found = watch, watch.daemon, plant, []
        self.steady = [each for each in watch.samples if each["quiet"] and each["at"] > warm_until]

    def say(self, what):
        self.faults_found.append(what)

    def line(self):
        """What was measured; the daemon still runs."""
        memory = {name: growth(self.steady, name) for name in ("anonymous", "resident", "threads", "files")} \
            if len(self.steady) >= 30 else {}
        for name in ("anonymous", "resident"):
            if self.plant.is_long and not (memory and is_flat(name, memory[name])):
                self.say(f"{name} memory is not flat: {memory.get(name)}")
        for late in self.watch.late[:5]:
            self.say(f"late: {late}")
        self._queues()
        self._jobs()
        self._sweeps()
        self._rows()
        self._messages()
        self._backups()
        self.daemon.end()
        self._log()
        self._verified()
        return {"store": self.daemon.name, "samples": len(self.watch.samples), "steady": len(self.steady), "memory": memory,
                "judged": self.watch.judged, "late": len(self.watch.late), "worst_age": self.watch.worst, "most": self.watch.most,
                "sent": self.daemon.sent, "pressed": len(self.daemon.pressed), "verdict": "; ".join(self.faults_found) or "ok"}

    def _ask(self, sql):
        found = self.daemon.view.ask(sql)
        if found is None:
            raise BenchError(f"{self.daemon.name}: the store does not answer {sql}: {self.daemon.view.why}")
        return found

    def _queues(self):
        for what, query in (("open rejects", "SELECT count(*) FROM reject WHERE state = 'open'"),
                            ("callbacks that wait", "SELECT count(*) FROM callback_inbox WHERE handled_at IS NULL")):
            if (left := int(self._ask(query)[0][0])) > 0:
                self.say(f"{left} {what} are left")

    def _jobs(self):
        """None is paused, none given up, each has its next time before it, and each but those of the night has run today."""
        for name, last, following in self._ask("SELECT name, {}, {} FROM job".format(
                *(self.daemon.view.SECONDS.format(each) for each in ("last_start", "next_start")))):
            now = self.plant.clock.now()
            of_night = name in ("retention", "ledger") and not self.plant.is_long
            if following not in (None, "") and float(following) < now - 420 - self.watch.slack:
                self.say(f"{name} was due {now - float(following):.0f} s ago")
            if not of_night and (last in (None, "") or float(last) < self.watch.start):
                self.say(f"{name} never ran")

    def _sweeps(self):
        """A sweep of hashes, which sees sealed cells as well, finds nothing."""
        for mapping in (TEAM, PERSON):
            output = "\n" + self._command_when_free("sync", mapping, "--sweep", "hashes", "--json")
            report = json.loads(output[output.index("\n[\n"):])[0]
            if any(report[each] for each in FOUND):
                self.say(f"a sweep of {mapping} finds {({each: report[each] for each in FOUND})}")

    def _command_when_free(self, *words):
        """The daemon's own sync or sweep may be under way."""
        for _ in range(TRIES):
            try:
                return self.daemon.command(*words)
            except BenchError as error:
                last = error
                time.sleep(1)
        raise last

    def _rows(self):
        # A session of its own: the server ends one that nobody uses for hours.
        erp, view = self.plant.sources.erp.new_client(), self.daemon.view
        cells = changing.STORE_CELLS.format(valid_from=view.DAY.format("valid_from"), valid_to=view.DAY.format("valid_to"))
        pairs = {"teams": ({tuple(row[:5]) for row in erp.rows(changing.SOURCE_CELLS)},
                           {tuple(row[:5]) for row in self._ask(cells) if str(row[5]) == "0"}),
                 "people": ({tuple(row) for row in erp.rows(PEOPLE)}, set(self._ask(STORED["people"]))),
                 "operations": (self.plant.sources.shop.rows(), set(self._ask(STORED["operations"]))),
                 "causes": (self.plant.sources.interface.rows(), set(self._ask(STORED["causes"])))}
        erp.close()
        for what, (source, stored) in pairs.items():
            if source != stored:
                self.say(f"{what}: {len(source - stored)} are not as in the source, such as {sorted(source - stored)[:2]}; "
                         f"{len(stored - source)} stand in the store alone, such as {sorted(stored - source)[:2]}")

    def _messages(self):
        states = {state: int(count) for state, count in self._ask("SELECT state, count(*) FROM outbox GROUP BY state")}
        received, deliveries = {}, self.daemon.sandbox.get("/sandbox/messages")["messages"]
        renewed = {each["replaced_by"] for each in deliveries}  # cards after their button was pressed
        for each in deliveries:
            message = each["message"]
            key = message["text"]["content"] if "text" in message else message["template_card"]["main_title"]["title"]
            received[key] = received.get(key, 0) + (each["id"] not in renewed)
        expected = {f"day-{number}": 1 for number in range(1, self.daemon.sent + 1)}
        received = {key: times for key, times in received.items() if key.startswith("day-")}
        if states.keys() - {"sent"} or received != expected:
            wrong = sorted(expected.items() ^ received.items())
            self.say(f"messages: {states}, received otherwise than once: {wrong[:4]}")

    def _backups(self):
        made = sorted(name for name in os.listdir(self.daemon.path("shelf")) if name.startswith("hrbridge-"))
        age = self.plant.clock.now() - self.daemon.metrics().get("hrbridge_backup_last_success_timestamp_seconds", 0)
        if not made or age > self.plant.schedule.backup_every + 1800 or len(made) > 3:
            self.say(f"{len(made)} backups, the newest {age:.0f} s old")

    def _log(self):
        with open(self.daemon.path("log"), encoding="utf-8", errors="replace") as file:
            log = file.read()
        planted = [name for name, value in {**SECRETS, "password": self.plant.sources.erp.PASSWORD}.items()
                   if value.rpartition(":")[2] in log]
        if planted or PERSONAL.search(log):
            self.say(f"the log has secrets: {planted or PERSONAL.search(log).group()}")

    def _verified(self):
        try:
            self.daemon.command("store", "verify")
        except BenchError as error:
            self.say(str(error))
