"""The expressions of rules and dashboards, and what they name."""
import glob
import json
import os
import re

import yaml

SELECTOR = re.compile(r"\b(hrbridge_[a-z0-9_]+)(\{[^}]*\})?")
MATCHER = re.compile(r"(\w+)\s*(=~|!~|!=|=)\s*\"([^\"]*)\"")
VARIABLES = {"__rate_interval": "1m", "__range": "15m", "instance": ".*", "source": ".*", "mapping": ".*"}


def rules(source):
    """(group, rule) of every rule."""
    with open(os.path.join(source, "monitoring/prometheus/hrbridge.rules.yml"), encoding="utf-8") as file:
        return [(group["name"], rule) for group in yaml.safe_load(file)["groups"] for rule in group["rules"]]


def dashboards(source):
    """Path and content of every dashboard."""
    for path in sorted(glob.glob(os.path.join(source, "monitoring/grafana/dashboards/*/*.json"))):
        with open(path, encoding="utf-8") as file:
            yield path, json.load(file)


def panels(dashboard):
    """Panels that show something, also those within rows."""
    for panel in dashboard["panels"]:
        if panel["type"] != "row":
            yield panel
        yield from panels({"panels": panel.get("panels") or []})


def filled(expression):
    """As Grafana would send it, with all instances and sources chosen."""
    return re.sub(r"\$\{?(\w+)\}?", lambda match: VARIABLES[match[1]], expression)


def selectors(expression):
    """Each metric of the daemon with its matchers, as they stand."""
    return [(match[1], match[2] or "") for match in SELECTOR.finditer(expression)]
