"""Kills of the daemon while it sends: the stand-in of the platform counts what each person received of each event."""
import json
import os
import random
import signal
import subprocess
import time
import urllib.request

from kills import PATIENCE_S, Lost
from rig import BenchError

MESSAGES = 60
PEOPLE = 20
KILLS_A_BATCH = 6
STALE_S = 310  # a message that a dead process was sending is looked at again after 300
HOWS = {"sqlite": {"message": 40, "send": 30, "sync-before": 10, "sync-after": 10, "write": 10},
        "postgres": {"message": 50, "send": 50}}
WECOM = """web: {{port: 0}}
wecom:
  base_url: http://127.0.0.1:{port}
  corp_id: {corp}
  agent_id: {agent}
  secret: {{file: wecom_secret}}
  hr_receivers: [p0]
  page_url: http://127.0.0.1:8470
"""
CORP, AGENT, SECRET = "ww0000000000000000", 1000002, "sandbox-secret"


class Sandbox:
    """The platform's stand-in, as a process of its own."""

    def __init__(self, program, folder):
        people = os.path.join(folder, "people.json")
        with open(people, "w", encoding="utf-8") as file:
            json.dump({"people": [{"userid": f"p{each}", "name": f"P{each}"} for each in range(PEOPLE)]}, file)
        self.process = subprocess.Popen(
            [program, "--corp-id", CORP, "--agent-id", str(AGENT), "--people", people], stdout=subprocess.PIPE, text=True,
            env={**os.environ, "WECOM_SECRET": SECRET})
        line = self.process.stdout.readline()
        if not line.startswith("sandbox: http"):
            raise BenchError(f"the sandbox did not start: {line}")
        self.url = line.split()[1].rstrip("/")
        self.port = int(self.url.rpartition(":")[2])

    def get(self, path):
        with urllib.request.urlopen(self.url + path) as answer:
            return json.load(answer)

    def post(self, path, body):
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def deliveries(self):
        return self.get("/sandbox/stats")["deliveries"]

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


class Sending:
    """One store and the kills of its seeds. Own clock and sandbox's go on together by STALE_S at each start."""

    def __init__(self, home, store, sandbox):
        self.home, self.store, self.sandbox = home, store, sandbox
        self.pending, self.offset, self.batch, self.totals, self.process = [], 0, 0, None, None
        home.write("wecom_secret", SECRET)
        home.run("store", "upgrade")
        store.keep_as_template()

    def begin(self):
        """A new store with messages that wait."""
        self.batch += 1
        self.store.renew()
        self.first = self.sandbox.deliveries()
        rows = []
        for number in range(MESSAGES):
            person, key = f"p{number % PEOPLE}", f"{self.store.kind}-{self.batch}-{number}"
            request = {"touser": person, "msgtype": "text", "agentid": AGENT, "text": {"content": key},
                       "enable_duplicate_check": 1, "duplicate_check_interval": 14400}
            rows.append((key, person, json.dumps(request)))
        self.store.add_messages(rows)

    def start(self, **faults):
        self.offset += STALE_S
        # Nothing is sent in the first minute of each half hour.
        while int((time.time() + self.offset) // 60 % 30) in (29, 0):
            self.offset += 61
        self.sandbox.post("/sandbox/clock", {"offset_seconds": self.offset})
        self.process = self.home.start("run", clock=self.offset, **faults)
        return self.process

    def measure(self):
        """How many calls of each kind the daemon makes for all messages."""
        self.begin()
        counts = self.home.path("counts")
        self.start(counts=counts)
        self.send_rest()
        with open(counts, "rb") as file:
            syncs, writes, sends = (int.from_bytes(file.read(8), "little") for _ in range(3))
        self.totals = {"sync-before": syncs, "sync-after": syncs, "write": writes, "send": sends}
        self.compare()

    def seed(self, seed):
        if self.totals is None:
            self.measure()
        if not self.pending:
            self.begin()
        chance = random.Random(seed)
        hows = HOWS[self.store.kind]
        how = chance.choices(list(hows), list(hows.values()))[0]
        if chance.random() < 0.3:
            # The platform did it and its answer was lost, or the reverse.
            self.sandbox.post("/sandbox/troubles", {"api": "message/send", "way": chance.choice(("drop_after", "drop_before")),
                                                    "times": 1})
        before = self.sandbox.deliveries()
        if not (self._at_a_message if how == "message" else self._at_a_call)(how, chance):
            return False
        self.pending.append({"seed": seed, "kind": "send", "store": self.store.kind, "how": how,
                             "delivered": self.sandbox.deliveries() - before})
        return True

    def _at_a_message(self, _how, chance):
        wanted = self.sandbox.get("/sandbox/stats")["sends"] + 1 + int(chance.random() * 2 * MESSAGES / KILLS_A_BATCH)
        process = self.start()
        while self.sandbox.get("/sandbox/stats")["sends"] < wanted:
            if process.poll() is not None:
                raise Lost(f"the daemon ended: {self.home.output()}")
            if self.store.unsent() == 0:
                return False
        time.sleep(chance.random() * 0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True

    def _at_a_call(self, how, chance):
        process = self.start(at=f"{how}:{1 + int(chance.random() * self.totals[how])}")
        while process.poll() is None:
            if self.store.unsent() == 0:
                return False
            time.sleep(0.002)
        if process.returncode != -signal.SIGKILL:
            raise Lost(f"the daemon ended with {process.returncode}: {self.home.output()}")
        return True

    def send_rest(self):
        """Lets the daemon send what waits; it is started again when something waits for a later time."""
        until = time.monotonic() + PATIENCE_S
        while True:
            if self.process.poll() is None:
                quiet = time.monotonic() + 2
                while self.store.unsent() and time.monotonic() < quiet:
                    time.sleep(0.01)
            if self.process.poll() is None:
                self.process.send_signal(signal.SIGTERM)
                self.process.wait()
            if self.store.unsent() == 0:
                return
            if time.monotonic() > until:
                raise Lost(f"messages stay unsent: {self.store.message_states()} {self.home.output()}")
            self.start()

    def finish(self):
        if self.process.poll() is not None:
            self.start()
        self.send_rest()
        self.compare()
        lines, self.pending = self.pending, []
        for line in lines:
            line.update(lost=0, doubled=0, verdict="ok")
        return lines

    def compare(self):
        """Each event reached its person once, and the store knows it."""
        received = {}
        for delivery in self.sandbox.get("/sandbox/messages")["messages"]:
            key = (delivery["message"]["text"]["content"], delivery["userid"])
            received[key] = received.get(key, 0) + 1
        expected = {(f"{self.store.kind}-{self.batch}-{number}", f"p{number % PEOPLE}") for number in range(MESSAGES)}
        mine = {key: times for key, times in received.items() if key[0].startswith(f"{self.store.kind}-{self.batch}-")}
        doubled = sorted(key for key, times in mine.items() if times > 1)
        lost = sorted(expected - set(mine))
        states = self.store.message_states()
        if doubled or lost or states != {"sent": MESSAGES}:
            raise Lost(f"received twice: {doubled[:3]}, never: {lost[:3]}, states: {states}")
