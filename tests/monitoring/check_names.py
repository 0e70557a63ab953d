"""Holds rules and dashboards against the list of metrics, and each alert against its tests and its runbook.

usage: check_names.py SOURCE_DIR
"""
import glob
import os
import re
import sys

import yaml

import expressions

OF_A_TARGET = {"instance", "job", "site"}
GOLDEN = re.compile(r"(\S+) (\w+) \{(.*?)\} ")


def known_metrics(source):
    """Labels of each series that the daemon may show."""
    known = {}
    with open(os.path.join(source, "tests/monitoring/metrics.golden"), encoding="utf-8") as file:
        for name, kind, labels in (GOLDEN.match(line).groups() for line in file):
            names = set(filter(None, labels.split(", "))) | OF_A_TARGET
            known[name] = names
            if kind == "histogram":
                known[name + "_bucket"] = names | {"le"}
                known[name + "_count"] = known[name + "_sum"] = names
    return known


def unknown_names(where, expression, known):
    for name, matchers in expressions.selectors(expression):
        if name not in known:
            yield f"{where}: there is no metric {name}"
            continue
        for label, _, _ in expressions.MATCHER.findall(matchers):
            if label not in known[name]:
                yield f"{where}: {name} has no label {label}"


def unknown_records(where, expression, records):
    for name in re.findall(r"\bhrbridge:[a-z0-9_:]+", expression):
        if name not in records:
            yield f"{where}: there is no recording rule {name}"


def tested(source):
    """Alerts that a test sees firing, and those that it sees quiet later on."""
    fires, clears = {}, set()
    for path in glob.glob(os.path.join(source, "tests/monitoring/*_rules_test.yml")):
        with open(path, encoding="utf-8") as file:
            tests = yaml.safe_load(file)["tests"]
        for test in tests:
            seen = []
            for case in test.get("alert_rule_test", []):
                seen.append((seconds(case["eval_time"]), "^" + case["alertname"] + "$", case["exp_alerts"]))
            for case in test.get("promql_expr_test", []):
                named = re.search(r'alertname=~?"([^"]+)"', case["expr"])
                if named:
                    seen.append((seconds(case["eval_time"]), "^(" + named[1] + ")$", case["exp_samples"]))
            for at, pattern, expected in seen:
                for name in alerts_of(expected, pattern):
                    fires.setdefault(name, []).append((test["name"], at))
            for at, pattern, expected in seen:
                if not expected:
                    clears |= {name for name, when in fires.items() if re.match(pattern, name)
                               and any(group == test["name"] and fired < at for group, fired in when)}
    return set(fires), clears


def alerts_of(expected, pattern):
    for each in expected:
        named = re.search(r'alertname="(\w+)"', str(each.get("labels", "")))
        plain = re.fullmatch(r"\^\(?(\w+)\)?\$", pattern)
        if named or plain:
            yield named[1] if named else plain[1]


def seconds(duration):
    units = {"d": 86400, "h": 3600, "m": 60, "s": 1}
    return sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+)([dhms])", duration))


def anchors(source):
    with open(os.path.join(source, "monitoring/README.md"), encoding="utf-8") as file:
        return {line.lstrip("#").strip().lower().replace(" ", "-") for line in file if line.startswith("#")}


def faults_of_alert(rule, runbooks, fires, clears):
    name = rule["alert"]
    annotations = rule.get("annotations", {})
    for key in ("summary", "description", "runbook"):
        if not annotations.get(key):
            yield f"{name}: no {key}"
    place, _, anchor = annotations.get("runbook", "").partition("#")
    if place != "monitoring/README.md" or anchor != name.lower() or anchor not in runbooks:
        yield f"{name}: its runbook is not in monitoring/README.md"
    if rule.get("labels", {}).get("severity") not in ("warning", "critical"):
        yield f"{name}: its severity is neither warning nor critical"
    if name not in fires:
        yield f"{name}: no test sees it firing"
    elif name not in clears:
        yield f"{name}: no test sees it clear"


def faults_of_rules(source, known):
    rules = expressions.rules(source)
    records = {rule["record"] for _, rule in rules if "record" in rule}
    runbooks, (fires, clears) = anchors(source), tested(source)
    for _, rule in rules:
        where = rule.get("alert") or rule["record"]
        yield from unknown_names(where, rule["expr"], known)
        yield from unknown_records(where, rule["expr"], records)
        if "alert" in rule:
            yield from faults_of_alert(rule, runbooks, fires, clears)


def faults_of_panel(where, panel, known, records):
    if not panel.get("title") or not panel.get("description"):
        yield f"{where}: no title or no description"
    if not panel.get("fieldConfig", {}).get("defaults", {}).get("unit"):
        yield f"{where}: no unit"
    if panel.get("datasource", {}).get("uid") != "${datasource}":
        yield f"{where}: its data source is not the one that is chosen"
    for target in panel.get("targets", []):
        yield from unknown_names(where, target["expr"], known)
        yield from unknown_records(where, target["expr"], records)


def faults_of_dashboards(source, known):
    records = {rule["record"] for _, rule in expressions.rules(source) if "record" in rule}
    made, uids = {}, set()
    for path, dashboard in expressions.dashboards(source):
        language, name = path.split(os.sep)[-2:]
        made.setdefault(language, {})[name] = [
            target["expr"] for panel in expressions.panels(dashboard) for target in panel["targets"]]
        if dashboard["uid"] in uids:
            yield f"{path}: another dashboard has its uid"
        uids.add(dashboard["uid"])
        for panel in expressions.panels(dashboard):
            yield from faults_of_panel(f"{language}/{name}: {panel.get('title')}", panel, known, records)
    if set(made) != {"zh", "en"} or made["zh"] != made["en"]:
        yield "the dashboards in Chinese and in English do not ask the same"


def main():
    source = sys.argv[1]
    known = known_metrics(source)
    faults = [*faults_of_rules(source, known), *faults_of_dashboards(source, known)]
    print("\n".join(faults) or "rules and dashboards name what there is")
    return 1 if faults else 0


sys.exit(main())
