"""The rules of the repository with shorter times, so that a test need not wait for hours.

Every span of time is a part as long, of a range and of an offset 1/SPANS, of a `for` 1/WAITS, and nothing else differs;
shorter_rules_test.py holds it.
"""
import re

SPANS, WAITS = 100, 600
SPAN = re.compile(r"(\[|offset |for: )(\d+)([smhd])\b")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def shorter(rules, spans=SPANS, waits=WAITS):
    def part(match):
        milliseconds = int(match[2]) * SECONDS[match[3]] * 1000 // (waits if match[1] == "for: " else spans)
        return f"{match[1]}{milliseconds}ms"
    return SPAN.sub(part, rules)
