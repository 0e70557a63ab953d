"""Three daemons on one PostgreSQL, one of them killed every few seconds while they sync, sweep, judge and send."""
import json
import os
import random
import signal
import threading
import time
from collections import Counter

from claims import LATE_S, LATE_SWEEP_S, Judge, pid
from company import BAD, CELLS, HOLD_BACK_S, HR, ON_DEMAND, Company, bad_worker, files
from kills import Lost
from rig import BenchError
from send import AGENT, PEOPLE, SECRET, STALE_S

DAEMONS = 3
BETWEEN_KILLS_S = 5
MESSAGES_A_SECOND = 6
PATIENCE_S = 240
# Whom a kill meets: anyone, or who runs that job just then, if anyone does before its time is over.
VICTIMS = {"anyone": 30, "sync/faults/team": 12, "sync/faults/work": 12, "sync/faults/station": 6, "sweep": 10, "findings": 10,
           "outbox": 20}
HELD = "SELECT name, holder FROM job WHERE holder <> ''"
FINDINGS_S = 5


class Pusher:
    """Puts messages into the outbox, as many a second."""

    def __init__(self, store, seed):
        self.client, self.seed, self.count, self.error = store.server.new_client(store.name), seed, 0, None
        self.on, self.thread = True, threading.Thread(target=self._push)

    def _push(self):
        try:
            while self.on:
                key, person = f"m{self.seed}-{self.count}", f"p{self.count % PEOPLE}"
                request = {"touser": person, "msgtype": "text", "agentid": AGENT, "text": {"content": key},
                           "enable_duplicate_check": 1, "duplicate_check_interval": 14400}
                self.client.rows("INSERT INTO outbox (event_key, kind, receiver, request, state, attempts, created_at, next_attempt) "
                                 f"VALUES ('{key}', 'watch_digest', '{person}', '{json.dumps(request)}', 'waiting', 0, now(), now())")
                self.count += 1
                time.sleep(1 / MESSAGES_A_SECOND)
        except Exception as error:  # for the main thread
            self.error = error
        finally:
            self.client.close()

    def finish(self):
        self.on = False
        self.thread.join()
        if self.error:
            raise self.error


class Daemon:
    """One of them: a folder of its own, started again and again."""

    def __init__(self, home, number):
        self.home, self.number, self.starts, self.process = home, number, 0, None

    def start(self, **faults):
        self.starts += 1
        self.process = self.home.start("run", output=f"log.{self.starts}", **faults)

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait() != 0:
            raise Lost(f"a daemon ended with {self.process.returncode}: {self.home.read(f'log.{self.starts}')[-1500:]}")

    def end(self):
        """Whatever became of the rest."""
        if self.process is not None and self.process.poll() is None:
            self.kill()

    def failures(self):
        """Lines of its logs that tell of a job that failed."""
        for number in range(1, self.starts + 1):
            for line in self.home.read(f"log.{number}").splitlines():
                if "job failed" in line:
                    yield line


class Daemons:
    """A storm of kills, once for a seed. Gives its line."""

    def __init__(self, homes, store, source, sandbox, seed, seconds, pooled):
        self.store, self.source, self.sandbox, self.seed, self.seconds = store, source, sandbox, seed, seconds
        self.pooled = pooled  # the pooler's mode, if there is one
        self.daemons = [Daemon(home, number) for number, home in enumerate(homes)]
        self.chance, self.deaths, self.met, self.offset = random.Random(f"{seed}/kills"), {}, Counter(), 0
        self.every = {"team": "2s", "station": "* * * * *" if seconds >= 120 else "7s", "work": "3s", "flaw": "4s"}
        self.company = Company(source, seed)
        self.judge = Judge(store, self.deaths)

    def prepare(self):
        for daemon in self.daemons:
            daemon.home.write("wecom_secret", SECRET)
            for name, text in files(self.every).items():
                daemon.home.write(f"mappings/{name}", text)
        home = self.daemons[0].home
        home.run("store", "upgrade")
        for mapping in ("faults/team", *ON_DEMAND, "faults/station", "faults/work", "faults/flaw"):
            home.run("sync", mapping, "--once")
        self.judge.watch()

    def run(self):
        pusher = Pusher(self.store, self.seed)
        try:
            return self._run(pusher)
        finally:
            pusher.on = False
            for daemon in self.daemons:
                daemon.end()

    def _run(self, pusher):
        self.prepare()
        received = self.sandbox.deliveries()
        for daemon in self.daemons:
            daemon.start()
        self._until(lambda: len(self._held_or_started()) >= len(CELLS), "no job started")
        begin = time.time()
        self.company.start(self.seconds)
        pusher.thread.start()
        self._storm()
        self.company.finish()
        pusher.finish()
        end = time.time()
        time.sleep(HOLD_BACK_S + 1)
        for daemon in self.daemons:
            daemon.stop()
        self._settle()
        line = self._judged(begin, end, pusher.count, received)
        if self.pooled:
            self._restored(line)
        return line

    def _restored(self, line):
        """What a backup through the pooler holds is in the store again when it is restored through it."""
        home, before = self.daemons[0].home, self.store.message_states()
        home.run("store", "backup")
        made = os.listdir(home.path("state/backup"))
        home.run("store", "restore", home.path(f"state/backup/{made[0]}"), "--replace")
        home.run("store", "verify")
        self.store.stop_watching()
        faults = self.company.faults(self.store)
        if self.store.message_states() != before:
            faults.append("the outbox is another behind a restore")
        line["faults"] += faults
        line["verdict"] = "bad" if line["faults"] else "ok"

    def _held_or_started(self):
        return self.store.client().rows("SELECT 1 FROM job WHERE last_start IS NOT NULL")

    @staticmethod
    def _until(condition, what):
        until = time.monotonic() + PATIENCE_S
        while not condition():
            if time.monotonic() > until:
                raise Lost(what)
            time.sleep(0.1)

    def _storm(self):
        """Kills one every few seconds; each is started again at once, or while the next one is looked for."""
        until, number = time.monotonic() + self.seconds, 0
        while time.monotonic() < until:
            number += 1
            tick = min(until, time.monotonic() + BETWEEN_KILLS_S)
            self._kill_one(tick - 0.5)
            time.sleep(max(0.0, tick - time.monotonic()))

    def _kill_one(self, latest):
        wanted = self.chance.choices(list(VICTIMS), list(VICTIMS.values()))[0]
        victim, met = self.chance.choice(self.daemons), "anyone"
        if wanted == "anyone":
            time.sleep(self.chance.random() * max(0.0, latest - time.monotonic()))
        while wanted != "anyone" and time.monotonic() < latest and met == "anyone":
            for job, holder in self.store.client().rows(HELD):
                running = [daemon for daemon in self.daemons if daemon.process.pid == pid(holder)]
                if job.startswith(wanted) and running:
                    victim, met = running[0], wanted
        if met != "anyone":
            time.sleep(self.chance.random() ** 2 * 0.1)
        self._kill(victim)
        self.met[met] += 1
        time.sleep(self.chance.choice((0, 0, 0.3)))
        victim.start()

    def _kill(self, victim):
        self.deaths[victim.process.pid] = time.time()
        victim.kill()

    def _settle(self):
        """What a dead process was sending is looked at again after minutes: the clocks go on by so much."""
        self.offset = STALE_S
        while int((time.time() + self.offset) // 60 % 30) in (28, 29, 0):  # nothing is sent in the first minute of a half hour
            self.offset += 61
        self.sandbox.post("/sandbox/clock", {"offset_seconds": self.offset})
        before = float(self.store.client().value("SELECT extract(epoch FROM now())")) + self.offset
        for daemon in self.daemons:
            daemon.start(clock=self.offset)
        jobs = "SELECT count(*) FROM job WHERE next_start IS NOT NULL AND (name LIKE 'sync/%' OR name LIKE 'sweep/%' OR " \
               f"name = 'findings') AND (holder IS NOT NULL OR last_start IS NULL OR last_start < to_timestamp({before}))"
        names = "SELECT name FROM job WHERE next_start IS NOT NULL"
        if len(self.store.client().rows(names)) < len(CELLS):
            raise Lost("no jobs are planned")
        self._until(lambda: self.store.client().value(jobs) == "0", "a job does not start any more")
        try:
            # A warning follows the rows that bear it.
            settled = time.monotonic() + 2 * FINDINGS_S
            self._until(lambda: time.monotonic() > settled and self.store.unsent() == 0, "messages stay unsent")
        except Lost as error:
            raise Lost(f"{error}: {self.store.message_states()}") from error
        for daemon in self.daemons:
            daemon.stop()
        self.sandbox.post("/sandbox/clock", {"offset_seconds": 0})

    def _judged(self, begin, end, pushed, received):
        judge = self.judge
        judge.read(end)
        every = {"sync/faults/team": 2, "sync/faults/work": 3, "sync/faults/flaw": 4, "findings": FINDINGS_S, "outbox": 30}
        if self.every["station"] == "7s":
            every["sync/faults/station"] = 7
        else:
            judge.minutes("sync/faults/station", begin, end - LATE_S)
        for job, seconds in every.items():
            judge.intervals(job, seconds)
        for job in judge.starts:
            if job.startswith("sweep/"):
                judge.intervals(job, 20, LATE_SWEEP_S)
        judge.runs()
        cells, messages = self.company.faults(self.store), self._messages(pushed)
        failures = [line for daemon in self.daemons for line in daemon.failures()]
        faults = judge.faults + cells + messages + failures[:5]
        return {"seed": self.seed, "kind": "daemons", "store": "postgres", "how": self.pooled or "direct", "seconds": self.seconds,
                "kills": len(self.deaths), "met": dict(sorted(self.met.items())), "starts": judge.counts(),
                "taken_over": judge.taken_over,
                "noted_by_others": judge.cleared, "put_off": judge.put_off, "given_up": judge.given_up,
                "passed_over": judge.passed_over, "latest_s": judge.latest_s, "messages": pushed,
                "received": self.sandbox.deliveries() - received, "faults": faults[:20], "verdict": "bad" if faults else "ok"}

    def _messages(self, pushed):
        """By the stand-in's own log: who received what how often."""
        received, cards = Counter(), set()
        for delivery in self.sandbox.get("/sandbox/messages")["messages"]:
            message = delivery["message"]
            received[(delivery["userid"], json.dumps(message, sort_keys=True))] += 1
            cards |= {(delivery["userid"], number) for number in range(1, BAD + 1)
                      if f"工人{int(bad_worker(number)[1:])}" in json.dumps(message, ensure_ascii=False)}
        written = Counter()
        for receiver, request in self.store.client().rows("SELECT receiver, request FROM outbox WHERE state = 'sent'"):
            written[(receiver, json.dumps(json.loads(request), sort_keys=True))] += 1
        faults = []
        if twice := [key for key, times in received.items() if times > written[key]]:
            faults.append(f"{len(twice)} messages were received more often than written, such as {twice[:2]}")
        if lost := [key for key, times in written.items() if times > received[key]]:
            faults.append(f"{len(lost)} messages were not received, such as {lost[:2]}")
        states = self.store.message_states()
        if set(states) != {"sent"} or states["sent"] < pushed:
            faults.append(f"messages are {states} of {pushed} and the cards")
        untold = {(person, number) for person in HR for number in range(1, BAD + 1)} - cards
        if untold:
            faults.append(f"{len(untold)} warnings never came: {sorted(untold)[:4]}")
        return faults


def summary(lines):
    """A row a seed; whether all is well."""
    print("| seed | pool | seconds | kills (who ran what) | starts | latest | taken over, noted by others, given up, passed over, put off "
          "| messages received | faults |")
    print("| ---: | --- | ---: | --- | --- | ---: | --- | ---: | --- |")
    for line in lines:
        met = ", ".join(f"{job} {count}" for job, count in line["met"].items())
        starts = ", ".join(f"{job} {count}" for job, count in line["starts"].items())
        claims = ", ".join(str(line[name]) for name in ("taken_over", "noted_by_others", "given_up", "passed_over", "put_off"))
        print(f"| {line['seed']} | {line['how']} | {line['seconds']} | {line['kills']} ({met}) | {starts} | {line['latest_s']} s "
              f"| {claims} | {line['received']} | {'; '.join(line['faults']) or '-'} |")
    return all(line["verdict"] == "ok" for line in lines)
