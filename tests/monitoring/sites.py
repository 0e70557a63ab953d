"""The sites of the test of alerts: each is a small daemon of its own, with faults that befall it and are mended again."""
import json
import os
import sqlite3
import subprocess
import time
import urllib.request

import plant
from prometheus import free_port

HOUR = 3600 * 1000 * 1000  # in the store's microseconds
CORP, AGENT, SECRET = "ww0000000000000000", 1000002, "sandbox-secret"
WECOM = """wecom:
  base_url: {url}
  corp_id: {corp}
  agent_id: {agent}
  secret: {{file: wecom_secret}}
  hr_receivers: [hr01]
  page_url: https://hr.example
"""
ALERTS = {
    "HrbridgeBackupMissing", "HrbridgeCertificateEnds", "HrbridgeCertificateEndsSoon", "HrbridgeDiskFull", "HrbridgeDiskLow",
    "HrbridgeDown", "HrbridgeDriftStops", "HrbridgeLedgerBroken", "HrbridgeOutboxOld", "HrbridgeRejectsMany", "HrbridgeRestarted",
    "HrbridgeSyncFails", "HrbridgeSyncLate", "HrbridgeWecomHalted", "HrbridgeWecomRefuses", "HrbridgeWecomToken"}


class Sandbox:
    """The platform's stand-in, as a process of its own."""
    def __init__(self, program, folder):
        people = os.path.join(folder, "people.json")
        plant.write(people, json.dumps({"people": [{"userid": "hr01", "name": "人事主管"}]}))
        self.process = subprocess.Popen(
            [program, "--corp-id", CORP, "--agent-id", str(AGENT), "--people", people], stdout=subprocess.PIPE, text=True,
            env={**os.environ, "WECOM_SECRET": SECRET})
        self.url = self.process.stdout.readline().split()[1].rstrip("/")

    def post(self, path, body):
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as answer:
            answer.read()

    def end(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


class Site:
    """A daemon; what kind of faults befall it, its kind says."""
    name = ""

    def __init__(self, program, _sandbox, folder, settings=""):
        self.port = free_port()
        self.plant = plant.Plant(program, folder, self.port, settings)

    def start(self, patience):
        self.patience = patience
        self.plant.start()
        self.plant.wait(patience)

    def end(self):
        self.plant.end()

    def store(self, statement, values=()):
        connection = sqlite3.connect(self.plant.path("hr.db"), timeout=30)
        with connection:
            connection.execute(statement, values)
        connection.close()

    def until(self, count):
        """Waits until the store counts one."""
        end = time.monotonic() + self.patience
        while self.count(count) == 0:
            if time.monotonic() > end:
                raise SystemExit(f"{self.name}: still none: {count}")
            time.sleep(0.2)

    def count(self, query):
        connection = sqlite3.connect(self.plant.path("hr.db"), timeout=30)
        found = connection.execute(query).fetchone()[0]
        connection.close()
        return found

    def do(self, *words):
        done = self.plant.command(*words)
        if done.returncode != 0:
            raise SystemExit(f"hrbridge {' '.join(words)}: {done.stdout}{done.stderr}")


class Messaging(Site):
    """Sends messages to a stand-in of WeCom, which is its own."""
    def __init__(self, program, sandbox, folder):
        self.sandbox = Sandbox(sandbox, folder + ".wecom")
        super().__init__(program, sandbox, folder, WECOM.format(url=self.sandbox.url, corp=CORP, agent=AGENT))
        plant.write(self.plant.path("wecom_secret"), SECRET)

    def end(self):
        super().end()
        self.sandbox.end()

    def message(self, age=0):
        """A message to HR that has waited for so long, in microseconds."""
        now = int(time.time() * 1e6)
        request = {"touser": "hr01", "msgtype": "text", "agentid": AGENT, "text": {"content": "test"},
                   "enable_duplicate_check": 1, "duplicate_check_interval": 14400}
        self.store("INSERT INTO outbox (event_key, kind, receiver, request, state, attempts, created_at, next_attempt) "
                   "VALUES ('test', 'operations', 'hr01', ?, 'waiting', 0, ?, ?)", (json.dumps(request), now - age, now))


class Syncing(Site):
    """Its files lack a column, or have rows that are refused."""
    name = "syncing"

    def faults(self):
        return [self.drift_and_failing_runs, self.refused_rows]

    def drift_and_failing_runs(self, watch):
        """From the start on the file of one mapping lacks a column."""
        watch.fires("HrbridgeDriftStops")
        watch.fires("HrbridgeSyncFails")
        plant.write(self.plant.path("in/names.csv"), "code,name,gone\nOP30,检验,inspection\n")
        watch.clears("HrbridgeDriftStops")
        watch.clears("HrbridgeSyncFails")

    def refused_rows(self, watch):
        watch.quiet("HrbridgeRejectsMany")
        rows = "".join(f"X{each},坏,unheard\n" for each in range(20))
        plant.write(self.plant.path("in/operations-bad.csv"), "code,name,kind\n" + rows)
        watch.fires("HrbridgeRejectsMany")
        os.remove(self.plant.path("in/operations-bad.csv"))
        watch.clears("HrbridgeRejectsMany")


class Paused(Messaging):
    """Somebody pauses a sync, and the sending of messages."""
    name = "paused"

    def faults(self):
        return [self.paused_sync, self.old_message]

    def paused_sync(self, watch):
        """So that it was due an hour ago, as the store has it: nobody waits for that."""
        watch.quiet("HrbridgeSyncLate")
        self.until("SELECT count(*) FROM run WHERE mapping = 'plant/operation' AND outcome = 'done'")
        self.do("job", "pause", "sync/plant/operation", "--reason", "test")
        self.until("SELECT count(*) FROM job WHERE name = 'sync/plant/operation' AND holder IS NULL")
        self.store("UPDATE run SET started_at = started_at - ? WHERE mapping = 'plant/operation'", (HOUR,))
        watch.fires("HrbridgeSyncLate", mapping="plant/operation")
        self.do("job", "resume", "sync/plant/operation")
        watch.clears("HrbridgeSyncLate")

    def old_message(self, watch):
        watch.quiet("HrbridgeOutboxOld")
        self.do("job", "pause", "outbox", "--reason", "test")
        self.message(2 * HOUR)
        watch.fires("HrbridgeOutboxOld")
        self.do("job", "resume", "outbox")
        watch.clears("HrbridgeOutboxOld")


class WithoutToken(Messaging):
    name = "token"

    def faults(self):
        return [self.no_token]

    def no_token(self, watch):
        watch.quiet("HrbridgeWecomToken")
        self.sandbox.post("/sandbox/troubles", {"api": "gettoken", "way": "refuse", "errcode": -1, "times": 1})
        self.message()
        watch.has_fired("HrbridgeWecomToken")
        watch.clears("HrbridgeWecomToken")


class TooManyCalls(Messaging):
    name = "limited"

    def faults(self):
        return [self.refused_once]

    def refused_once(self, watch):
        watch.quiet("HrbridgeWecomRefuses")
        self.sandbox.post("/sandbox/troubles", {"api": "message/send", "way": "refuse", "errcode": 45009, "times": 1})
        self.message()
        watch.has_fired("HrbridgeWecomRefuses", errcode="45009")
        watch.clears("HrbridgeWecomRefuses")


class StrangeAddress(Messaging):
    name = "address"

    def faults(self):
        return [self.refused_until_mended]

    def refused_until_mended(self, watch):
        watch.quiet("HrbridgeWecomRefuses", "HrbridgeWecomHalted")
        self.sandbox.post("/sandbox/trusted_ips", {"addresses": ["192.0.2.1"]})
        self.message()
        watch.has_fired("HrbridgeWecomRefuses", errcode="60020")
        watch.has_fired("HrbridgeWecomHalted")
        self.sandbox.post("/sandbox/trusted_ips", {"addresses": []})
        watch.clears("HrbridgeWecomRefuses")
        watch.clears("HrbridgeWecomHalted")


class Ailing(Site):
    """It has no backup, its disk is full, its certificate ends, its ledger is changed, and it is killed: one behind the other."""
    name = "ailing"

    def start(self, patience):
        super().start(patience)
        self.plant.rehearse()

    def faults(self):
        return [self.in_turn]

    def in_turn(self, watch):
        for fault in (self.no_backup, self.full_disk, self.ending_certificate, self.changed_ledger, self.killed):
            fault(watch)

    def no_backup(self, watch):
        """From the start on there is none."""
        watch.fires("HrbridgeBackupMissing")
        self.plant.back_up()
        watch.clears("HrbridgeBackupMissing")

    def full_disk(self, watch):
        watch.quiet("HrbridgeDiskLow", "HrbridgeDiskFull")
        self.plant.configure("retention: {disk_reserve: 900000GiB}\n")
        self.plant.reload()
        watch.fires("HrbridgeDiskLow")
        watch.fires("HrbridgeDiskFull")
        self.plant.configure()
        self.plant.reload()
        watch.clears("HrbridgeDiskFull")
        watch.clears("HrbridgeDiskLow")

    def ending_certificate(self, watch):
        watch.quiet("HrbridgeCertificateEnds", "HrbridgeCertificateEndsSoon")
        plant.make_certificate(self.plant.folder, 1)
        self.plant.reload()
        watch.fires("HrbridgeCertificateEnds")
        watch.fires("HrbridgeCertificateEndsSoon")
        plant.make_certificate(self.plant.folder, 30)
        self.plant.reload()
        watch.clears("HrbridgeCertificateEndsSoon")
        watch.clears("HrbridgeCertificateEnds")

    def changed_ledger(self, watch):
        watch.quiet("HrbridgeLedgerBroken")
        self.store("UPDATE ledger_entry SET actor = actor || 'x' WHERE seq = 2")
        self.plant.reload()
        watch.fires("HrbridgeLedgerBroken")
        self.store("UPDATE ledger_entry SET actor = substr(actor, 1, length(actor) - 1) WHERE seq = 2")
        self.plant.reload()
        watch.clears("HrbridgeLedgerBroken")

    def killed(self, watch):
        """Started again at once, and then not before somebody was told."""
        watch.quiet("HrbridgeRestarted")
        self.plant.kill()
        self.plant.start()
        self.plant.wait(self.patience)
        watch.has_fired("HrbridgeRestarted")
        watch.clears("HrbridgeDown")
        self.plant.kill()
        watch.fires("HrbridgeDown")
        self.plant.start()
        watch.clears("HrbridgeDown")
        watch.clears("HrbridgeRestarted")


KINDS = [Syncing, Paused, WithoutToken, TooManyCalls, StrangeAddress, Ailing]
