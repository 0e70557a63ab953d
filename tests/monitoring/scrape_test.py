"""A real Prometheus scrapes a demo and a small daemon; every rule and every dashboard is asked there.

usage: scrape_test.py HRBRIDGE SOURCE_DIR

An expression must be valid. It must return data unless a series that it names is not there, and of these there may be
no others than EXPECTED_ABSENT: what neither daemon has anything to tell of.
"""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse

import expressions
import plant
from prometheus import Prometheus, free_port

PATIENCE_S = 600
SAMPLES = 15  # of each daemon before anything is asked
EXPECTED_ABSENT = {
    "hrbridge_terminal_contact_timestamp_seconds",  # no attendance terminal pushes
    "hrbridge_terminal_records_total",
    "hrbridge_terminal_refusals_total",
    "hrbridge_wecom_callbacks_total",  # nobody answers a card
    "hrbridge_retries_total",  # nothing fails
    "hrbridge_sweep_last_success_timestamp_seconds",  # no sweep is due
    "hrbridge_sweeps_total",
    "hrbridge_sweep_found_rows_total",
    "hrbridge_lateness_seconds_bucket",  # no row is late
}


class Demo:
    def __init__(self, program, folder):
        self.folder = folder
        self.process = subprocess.Popen([program, "demo", "--folder", folder], stdout=subprocess.DEVNULL)

    def wait(self, patience):
        """The address of its pages."""
        path, end = os.path.join(self.folder, "demo.json"), time.monotonic() + patience
        while not (os.path.exists(path) and os.path.getsize(path) > 0):
            if time.monotonic() > end or self.process.poll() is not None:
                sys.exit("the demo does not serve its pages")
            time.sleep(0.2)
        time.sleep(0.5)
        with open(path, encoding="utf-8") as file:
            return urllib.parse.urlsplit(json.load(file)["base"]).netloc

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


class Asking:
    """What was asked, and what was wrong with the answers."""
    def __init__(self, prometheus):
        self.prometheus, self.faults, self.absent, self.asked, self.answered = prometheus, [], set(), 0, 0

    def is_missing(self, expression):
        """Whether a series that the expression names is not there; a whole metric that is not is noted."""
        missing = False
        for name, matchers in expressions.selectors(expression):
            if self.prometheus.query(f"count({name}{matchers})") == 0:
                missing = True
                if self.prometheus.query(f"count({name})") == 0:
                    self.absent.add(name)
        return missing

    def ask(self, where, expression, may_be_empty=False):
        self.asked += 1
        expression = expressions.filled(expression)
        result = self.prometheus.query(expression)
        if not isinstance(result, int):
            self.faults.append(f"{where}: {result}: {expression}")
        elif result > 0:
            self.answered += 1
        elif not self.is_missing(expression) and not may_be_empty:
            self.faults.append(f"{where}: no data: {expression}")


def ask_everything(source, prometheus):
    asking = Asking(prometheus)
    for path, dashboard in expressions.dashboards(source):
        for panel in expressions.panels(dashboard):
            for target in panel["targets"]:
                asking.ask(f"{'/'.join(path.split(os.sep)[-2:])}: {panel['title']}", target["expr"])
    for _, rule in expressions.rules(source):
        asking.ask(rule.get("alert") or rule["record"], rule["expr"], may_be_empty="alert" in rule)
    for group in prometheus.get("rules")["data"]["groups"]:
        for rule in group["rules"]:
            if rule["health"] != "ok":
                asking.faults.append(f"{rule['name']}: {rule.get('lastError', rule['health'])}")
    return asking


def targets(demo_address, plant_port, certificate):
    return f"""  - job_name: hrbridge
    static_configs: [{{targets: ['{demo_address}'], labels: {{site: demo}}}}]
  - job_name: hrbridge_tls
    scheme: https
    tls_config: {{ca_file: {certificate}}}
    static_configs: [{{targets: ['127.0.0.1:{plant_port}'], labels: {{site: plant}}}}]
    relabel_configs: [{{target_label: job, replacement: hrbridge}}]
"""


def check(source, prometheus):
    prometheus.wait('count(up{job="hrbridge"} == 1) == 2', 60)
    prometheus.wait(f'count(count_over_time(hrbridge_build_info[5m]) >= {SAMPLES}) == 2', 120)
    prometheus.wait('ALERTS{alertname="HrbridgeDriftStops", site="plant", alertstate="firing"}', 60)
    prometheus.wait('hrbridge_rows_rejected_total{site="plant"}', 60)
    asking = ask_everything(source, prometheus)
    for absent in sorted(asking.absent - EXPECTED_ABSENT):
        asking.faults.append(f"no daemon shows {absent}")
    print("\n".join(asking.faults))
    print(f"{asking.asked} expressions asked, {asking.answered} returned data, {len(asking.faults)} faults")
    return 1 if asking.faults else 0


def main():
    program, source = sys.argv[1], sys.argv[2]
    started = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            demo = Demo(program, os.path.join(folder, "demo"))
            started.append(demo)
            port = free_port()
            small = plant.Plant(program, os.path.join(folder, "plant"), port)
            started.append(small)
            small.start()
            small.wait(PATIENCE_S)
            small.rehearse()
            small.back_up()
            address = demo.wait(PATIENCE_S)
            prometheus = Prometheus(os.path.join(folder, "prometheus"), source, targets(address, port, small.certificate))
            started.append(prometheus)
            return check(source, prometheus)
        finally:
            for each in reversed(started):
                each.end()


sys.exit(main())
