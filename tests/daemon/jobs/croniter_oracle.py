"""Reads lines "zone|seconds|expression" and prints the next start after that instant, in seconds."""

import datetime
import sys
import zoneinfo

from croniter import croniter

for line in sys.stdin:
    zone, seconds, expression = line.rstrip("\n").split("|")
    start = datetime.datetime.fromtimestamp(int(seconds), zoneinfo.ZoneInfo(zone))
    print(int(croniter(expression, start).get_next(datetime.datetime).timestamp()))
