"""What the program says of its own commands, so that manual and completion cannot differ from it."""

import itertools
import re
import subprocess
from dataclasses import dataclass, field

SUMMARY_COLUMN = 39


@dataclass
class Option:
    name: str  # without --
    value: str  # "" for a switch
    summary: str


@dataclass
class Command:
    name: str  # "sync", "mapping new"
    arguments: str  # "NAME", "[MODULE [N]]"
    summary: str
    options: list[Option] = field(default_factory=list)


def say(program, *words):
    return subprocess.run([program, *words], check=True, capture_output=True, text=True).stdout


def names(program):
    """The commands of `--help`, whose summaries all begin in one column."""
    found = []
    for line in say(program, "--help").splitlines():
        if not line.startswith("  ") or line.startswith("  hrbridge "):
            continue
        if line[SUMMARY_COLUMN - 1] != " ":
            raise ValueError(f"hrbridge --help has no summary in column {SUMMARY_COLUMN}: {line}")
        words = line[:SUMMARY_COLUMN].split()
        found.append(" ".join(itertools.takewhile(lambda word: re.fullmatch("[a-z]+", word), words)))
    return found


def describe(program, name):
    lines = say(program, *name.split(), "--help").splitlines()
    command = Command(name, lines[0].removeprefix(f"hrbridge {name}").strip(), lines[1].strip())
    for line in lines[2:]:
        option = re.match(r"  --(\S+)(?: ([A-Z]\S*))? +(.*)", line)
        if option:
            command.options.append(Option(option.group(1), option.group(2) or "", option.group(3)))
    return command


def commands(program):
    return [describe(program, name) for name in names(program)]


def exit_codes(program):
    text = say(program, "--help")
    return " ".join(text[text.index("Exit codes:"):].split())
