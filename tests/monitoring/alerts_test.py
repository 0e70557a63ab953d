"""Faults befall real daemons that a real Prometheus scrapes: each alert fires, and clears when the fault is mended.

usage: alerts_test.py HRBRIDGE WECOM_SANDBOX SOURCE_DIR [PART]

The rules are those of the repository with shorter times (shorter_rules.py), so that nobody waits for hours. Faults that do not
touch each other befall daemons of their own, each a site, all at one time. With PART every time is a PART-th as long, also
those that alerts wait: ./dev test-alerts takes a longer one by hand.
"""
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

import sites
from prometheus import Prometheus
from shorter_rules import SPANS, WAITS, shorter

PATIENCE_S = 400  # for all of it
# A scrape that takes longer counts as none, and an alert that waits begins anew: a busy machine needs the room.
SCRAPE_INTERVAL = "2s"
# For so long an alert that ended goes on when the busy machine made Prometheus lose its end.
LOOKBACK = "15s"


class Watch:
    """What Prometheus says of the alerts of one site."""
    def __init__(self, prometheus, site, seen, patience):
        self.prometheus, self.site, self.seen, self.patience, self.began = prometheus, site, seen, patience, time.monotonic()

    def _wait(self, expression, present):
        self.prometheus.wait(expression, self.began + self.patience - time.monotonic(), present)

    def _firing(self, alert, labels):
        matchers = "".join(f', {name}="{value}"' for name, value in labels.items())
        return f'ALERTS{{alertname="{alert}", alertstate="firing", site="{self.site}"{matchers}}}'

    def quiet(self, *alerts):
        """Fails when one of them has fired: what fires later would not be of the fault that comes now."""
        for alert in alerts:
            if self.prometheus.query(f"count_over_time({self._firing(alert, {})}[1h])") != 0:
                sys.exit(f"{alert} fires at {self.site} before there is a fault")

    def fires(self, alert, **labels):
        """Waits until it fires, which goes on until the fault is mended."""
        self._seen(alert, self._firing(alert, labels))

    def has_fired(self, alert, **labels):
        """Waits until it has fired; be it that it cleared since, as it does some time after such a fault."""
        self._seen(alert, f"count_over_time({self._firing(alert, labels)}[1h])")

    def _seen(self, alert, expression):
        self._wait(expression, present=True)
        self.seen.add(alert)
        self.say(f"{alert} fires")

    def clears(self, alert, **labels):
        self._wait(self._firing(alert, labels), present=False)
        self.say(f"{alert} clears")

    def say(self, what):
        print(f"{time.monotonic() - self.began:5.0f} s  {self.site}: {what}", flush=True)


def targets(all_sites):
    """Every site's daemon, as a scrape configuration."""
    static = ", ".join(f"{{targets: ['127.0.0.1:{site.port}'], labels: {{site: {site.name}}}}}" for site in all_sites)
    return f"  - {{job_name: hrbridge, scheme: https, tls_config: {{insecure_skip_verify: true}}, static_configs: [{static}]}}\n"


def side_by_side(works):
    """Runs all of them; fails with the first failure."""
    with ThreadPoolExecutor(len(works)) as pool:
        for done in [pool.submit(work) for work in works]:
            done.result()


def check(all_sites, prometheus, patience):
    prometheus.wait(f'count(up{{job="hrbridge"}} == 1) == {len(all_sites)}', patience)
    seen = set()
    works = [(fault, Watch(prometheus, site.name, seen, patience)) for site in all_sites for fault in site.faults()]
    side_by_side([lambda fault=fault, watch=watch: fault(watch) for fault, watch in works])
    if seen != sites.ALERTS:
        sys.exit(f"no fault was for {sorted(sites.ALERTS - seen)}; nobody knew of {sorted(seen - sites.ALERTS)}")
    print(f"{len(seen)} alerts fired and cleared")


def main():
    program, sandbox, source = sys.argv[1:4]
    spans, waits = (int(sys.argv[4]),) * 2 if len(sys.argv) > 4 else (SPANS, WAITS)
    patience = PATIENCE_S * max(1, SPANS // spans)
    started = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            for kind in sites.KINDS:
                started.append(kind(program, sandbox, os.path.join(folder, kind.name)))
            all_sites = list(started)
            side_by_side([lambda site=site: site.start(patience) for site in all_sites])
            prometheus = Prometheus(os.path.join(folder, "prometheus"), source, targets(all_sites),
                                    lambda rules: shorter(rules, spans, waits), SCRAPE_INTERVAL, LOOKBACK)
            started.append(prometheus)
            check(all_sites, prometheus, patience)
        except SystemExit:
            for site in started[:len(sites.KINDS)]:
                print(f"The log of {site.name} ends:\n{site.plant.last_lines()}")
            raise
        finally:
            for each in reversed(started):
                each.end()


main()
