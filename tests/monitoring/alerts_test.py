"""Faults befall a real daemon that a real Prometheus scrapes: each alert fires, and clears when the fault is mended.

usage: alerts_test.py HRBRIDGE WECOM_SANDBOX SOURCE_DIR

The rules are those of the repository with every span of time a hundredth as long, so that nobody waits for hours.
"""
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import plant
from prometheus import Prometheus, free_port

PATIENCE_S = 200
SCALE = 100
CORP, AGENT, SECRET = "ww0000000000000000", 1000002, "sandbox-secret"
WECOM = """wecom:
  base_url: {url}
  corp_id: {corp}
  agent_id: {agent}
  secret: {{file: wecom_secret}}
  hr_receivers: [hr01]
  page_url: https://hr.example
"""


def faster(rules):
    """The rules with shorter spans, and syncs that are late after seconds."""
    def shorter(match):
        milliseconds = int(match[2]) * {"s": 1, "m": 60, "h": 3600, "d": 86400}[match[3]] * 1000 // SCALE
        return f"{match[1]}{milliseconds}ms"
    rules = re.sub(r"(\[|offset |for: )(\d+)([smhd])\b", shorter, rules)
    return rules.replace("hrbridge_sync_late_seconds) > 1800", "hrbridge_sync_late_seconds) > 15")


class Sandbox:
    """The platform's stand-in, as a process of its own."""
    def __init__(self, program, folder):
        people = os.path.join(folder, "people.json")
        with open(people, "w", encoding="utf-8") as file:
            json.dump({"people": [{"userid": "hr01", "name": "人事主管"}]}, file)
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


class Faults:
    def __init__(self, daemon, sandbox, prometheus):
        self.daemon, self.sandbox, self.prometheus, self.messages, self.seen = daemon, sandbox, prometheus, 0, set()
        self.began = time.monotonic()

    def fires(self, alert, labels=""):
        self.prometheus.wait(f'ALERTS{{alertname="{alert}", alertstate="firing"{labels}}}', PATIENCE_S)
        self.seen.add(alert)
        self.say(f"{alert} fires")

    def clears(self, alert, labels=""):
        self.prometheus.wait(f'ALERTS{{alertname="{alert}", alertstate="firing"{labels}}}', PATIENCE_S, present=False)
        self.say(f"{alert} clears")

    def say(self, what):
        print(f"{time.monotonic() - self.began:5.0f} s  {what}", flush=True)

    def store(self, statement, values=()):
        connection = sqlite3.connect(self.daemon.path("hr.db"), timeout=30)
        with connection:
            connection.execute(statement, values)
        connection.close()

    def message(self, age_s=0):
        """A message to HR that has waited for so long."""
        self.messages += 1
        key, now = f"test-{self.messages}", int(time.time() * 1e6)
        request = {"touser": "hr01", "msgtype": "text", "agentid": AGENT, "text": {"content": key},
                   "enable_duplicate_check": 1, "duplicate_check_interval": 14400}
        self.store("INSERT INTO outbox (event_key, kind, receiver, request, state, attempts, created_at, next_attempt) "
                   "VALUES (?, 'operations', 'hr01', ?, 'waiting', 0, ?, ?)", (key, json.dumps(request), now - int(age_s * 1e6), now))

    def drift_and_failing_runs(self):
        """From the start on the file of one mapping lacks a column."""
        self.fires("HrbridgeDriftStops")
        self.fires("HrbridgeSyncFails")
        plant.write(self.daemon.path("in/names.csv"), "code,name,gone\nOP30,检验,inspection\n")
        self.clears("HrbridgeDriftStops")
        self.clears("HrbridgeSyncFails")

    def refused_rows(self):
        rows = "".join(f"X{each},坏,unheard\n" for each in range(20))
        plant.write(self.daemon.path("in/operations-bad.csv"), "code,name,kind\n" + rows)
        self.fires("HrbridgeRejectsMany")
        os.remove(self.daemon.path("in/operations-bad.csv"))
        self.clears("HrbridgeRejectsMany")

    def paused_sync(self):
        self.daemon.command("job", "pause", "sync/plant/operation", "--reason", "test")
        self.fires("HrbridgeSyncLate", ', mapping="plant/operation"')
        self.daemon.command("job", "resume", "sync/plant/operation")
        self.clears("HrbridgeSyncLate", ', mapping="plant/operation"')

    def no_token_and_an_old_message(self):
        self.sandbox.post("/sandbox/troubles", {"api": "gettoken", "way": "refuse", "errcode": -1, "times": 1})
        self.message(age_s=7200)
        self.fires("HrbridgeOutboxOld")
        self.fires("HrbridgeWecomToken")
        self.clears("HrbridgeWecomToken")
        self.clears("HrbridgeOutboxOld")

    def refusals(self):
        self.sandbox.post("/sandbox/troubles", {"api": "message/send", "way": "refuse", "errcode": 45009, "times": 1})
        self.message()
        self.fires("HrbridgeWecomRefuses", ', errcode="45009"')
        self.clears("HrbridgeWecomRefuses", ', errcode="45009"')
        self.sandbox.post("/sandbox/trusted_ips", {"addresses": ["192.0.2.1"]})
        self.message()
        self.fires("HrbridgeWecomRefuses", ', errcode="60020"')
        self.fires("HrbridgeWecomHalted")
        self.sandbox.post("/sandbox/trusted_ips", {"addresses": []})
        self.clears("HrbridgeWecomHalted")

    def of_syncs(self):
        self.drift_and_failing_runs()
        self.refused_rows()
        self.paused_sync()

    def of_messages(self):
        self.no_token_and_an_old_message()
        self.refusals()

    def full_disk(self, settings):
        self.daemon.configure(settings + "retention: {disk_reserve: 900000GiB}\n")
        self.daemon.reload()
        self.fires("HrbridgeDiskLow")
        self.fires("HrbridgeDiskFull")
        self.daemon.configure(settings)
        self.daemon.reload()
        self.clears("HrbridgeDiskFull")
        self.clears("HrbridgeDiskLow")

    def ending_certificate(self):
        plant.make_certificate(self.daemon.folder, 1)
        self.daemon.reload()
        self.fires("HrbridgeCertificateEnds")
        self.fires("HrbridgeCertificateEndsSoon")
        plant.make_certificate(self.daemon.folder, 30)
        self.daemon.reload()
        self.clears("HrbridgeCertificateEndsSoon")
        self.clears("HrbridgeCertificateEnds")

    def changed_ledger(self):
        self.store("UPDATE ledger_entry SET actor = actor || 'x' WHERE seq = 2")
        self.daemon.reload()
        self.fires("HrbridgeLedgerBroken")
        self.store("UPDATE ledger_entry SET actor = substr(actor, 1, length(actor) - 1) WHERE seq = 2")
        self.daemon.reload()
        self.clears("HrbridgeLedgerBroken")

    def no_backup(self):
        """From the start on there is none."""
        self.fires("HrbridgeBackupMissing")
        self.daemon.back_up()
        self.clears("HrbridgeBackupMissing")

    def killed_daemon(self):
        self.daemon.daemon.send_signal(signal.SIGKILL)
        self.daemon.daemon.wait()
        self.fires("HrbridgeDown")
        self.daemon.start()
        self.clears("HrbridgeDown")
        self.fires("HrbridgeRestarted")
        self.clears("HrbridgeRestarted")


def check(daemon, sandbox, prometheus, settings):
    prometheus.wait('up{job="hrbridge"} == 1', PATIENCE_S)
    faults = Faults(daemon, sandbox, prometheus)
    with ThreadPoolExecutor() as pool:  # neither touches the other, and both wait most of the time
        for part in [pool.submit(faults.of_syncs), pool.submit(faults.of_messages)]:
            part.result()
    faults.full_disk(settings)
    faults.ending_certificate()
    faults.changed_ledger()
    faults.no_backup()
    faults.killed_daemon()
    print(f"{len(faults.seen)} alerts fired and cleared")


def main():
    program, sandbox_program, source = sys.argv[1:4]
    started = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            sandbox = Sandbox(sandbox_program, folder)
            started.append(sandbox)
            port, settings = free_port(), WECOM.format(url=sandbox.url, corp=CORP, agent=AGENT)
            daemon = plant.Plant(program, os.path.join(folder, "plant"), port, settings)
            started.append(daemon)
            plant.write(daemon.path("wecom_secret"), SECRET)
            daemon.start()
            daemon.wait(PATIENCE_S)
            daemon.rehearse()
            targets = (f"  - {{job_name: hrbridge, scheme: https, tls_config: {{insecure_skip_verify: true}}, "
                       f"static_configs: [{{targets: ['127.0.0.1:{port}'], labels: {{site: plant}}}}]}}\n")
            prometheus = Prometheus(os.path.join(folder, "prometheus"), source, targets, faster, "500ms")
            started.append(prometheus)
            check(daemon, sandbox, prometheus, settings)
        finally:
            for each in reversed(started):
                each.end()


main()
