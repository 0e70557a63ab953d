"""Holds shorter_rules.py to what it says: the rules that the test of alerts takes are those of the repository but for their times.

usage: shorter_rules_test.py SOURCE_DIR
"""
import os
import re
import subprocess
import sys
import tempfile

import yaml

import shorter_rules

NUMBER = re.compile(r"(\d+)(ms|[smhdwy])\b")
MILLISECONDS = {"ms": 1, "s": 1000, "m": 60000, "h": 3600000, "d": 86400000, "w": 604800000, "y": 31536000000}
IN_EXPRESSION = re.compile(r"\[(\d+[a-z]\w*)\]|\boffset (\w+)")


def milliseconds(duration):
    parts = NUMBER.findall(duration)
    assert "".join(number + unit for number, unit in parts) == duration, f"{duration} is no duration"
    return sum(int(number) * MILLISECONDS[unit] for number, unit in parts)


def spans(expression):
    """Its ranges and offsets in milliseconds, and what is left without them."""
    found = [milliseconds(match[1] or match[2]) for match in IN_EXPRESSION.finditer(expression)]
    return found, IN_EXPRESSION.sub("SPAN", expression)


def rules(text):
    return [(group["name"], rule) for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]


def faults_of(full, short):
    """What differs between a rule and its shorter form beside its times."""
    name = full.get("alert") or full["record"]
    for key in (full.keys() | short.keys()) - {"expr", "for"}:
        if full.get(key) != short.get(key):
            yield f"{name}: {key} differs"
    if ("for" in full) != ("for" in short):
        yield f"{name}: one of both waits, the other does not"
    elif "for" in full and milliseconds(short["for"]) * shorter_rules.WAITS != milliseconds(full["for"]):
        yield f"{name}: waits for {short['for']} instead of a part of {full['for']}"
    (long_spans, long_rest), (short_spans, short_rest) = spans(full["expr"]), spans(short["expr"])
    if [each * shorter_rules.SPANS for each in short_spans] != long_spans:
        yield f"{name}: spans of {short_spans} ms instead of parts of {long_spans} ms"
    if long_rest != short_rest:
        yield f"{name}: its expression differs"


def main():
    with open(os.path.join(sys.argv[1], "monitoring/prometheus/hrbridge.rules.yml"), encoding="utf-8") as file:
        text = file.read()
    changed = shorter_rules.shorter(text)
    full, short, faults = rules(text), rules(changed), []
    if [group for group, _ in full] != [group for group, _ in short]:
        faults.append("groups or rules are lost")
    for (_, one), (_, other) in zip(full, short):
        faults += faults_of(one, other)
    with tempfile.NamedTemporaryFile("w", suffix=".yml", encoding="utf-8") as file:
        file.write(changed)
        file.flush()
        if subprocess.run(["promtool", "check", "rules", file.name], check=False).returncode != 0:
            faults.append("promtool refuses the shorter rules")
    print("\n".join(faults) or f"{len(full)} rules differ in their times alone")
    return 1 if faults else 0


sys.exit(main())
