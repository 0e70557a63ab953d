#!/usr/bin/python3
"""Holds that queries see live rows only: a row that is gone from its source (gone_at) must not count.

usage: check_live_rows.py ROOT | check_live_rows.py --self-test

Rows that are gone are still a person's data: daemon/people, which exports and erases it, is left out.
Every SQL statement in the daemon's C++ texts that reads an entity (FROM or JOIN, with or without an alias) has to
ask for `<alias>.gone_at IS NULL`, or `gone_at IS NULL` without an alias. Prints each violation as "file:line: what"
and ends with 1 when there is one. Statements whose table is a {} are held by their own tests.
"""

import re
import sys
import tempfile
from pathlib import Path

LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
TABLE = re.compile(r"CREATE TABLE (\w+) \((.*?)\n\);", re.S)
KEYWORDS = {"WHERE", "ON", "JOIN", "LEFT", "ORDER", "GROUP", "LIMIT", "AS", "UNION", "CROSS", "SET", "INNER"}


def entities(root):
    found = set()
    for file in sorted((root / "migration" / "schema").glob("*.sql")):
        for name, body in TABLE.findall(file.read_text(encoding="utf-8")):
            if "row_hash" in body and not name.endswith("_history"):
                found.add(name)
    return found


def statements(text):
    """Adjacent literals joined, with the line of the first; nothing but blanks and comments between them."""
    joined, start, end = "", 0, None
    for match in LITERAL.finditer(text):
        between = "" if end is None else text[end : match.start()]
        if end is not None and re.fullmatch(r"\s*(//[^\n]*\n\s*)*", between):
            joined += match.group(1)
        else:
            if joined:
                yield start, joined
            joined, start = match.group(1), text.count("\n", 0, match.start()) + 1
        end = match.end()
    if joined:
        yield start, joined


def violations_of(statement, names):
    read = re.compile(r"\b(?:FROM|JOIN)\s+(" + "|".join(sorted(names)) + r")\b(?:\s+(?:AS\s+)?(\w+))?")
    for table, alias in read.findall(statement):
        if not statement.lstrip().upper().startswith("DELETE"):
            prefix = rf"\b{alias}\." if alias and alias.upper() not in KEYWORDS else r"\b"
            if not re.search(prefix + r"gone_at IS NULL", statement):
                yield f"reads {table} {alias}".rstrip() + " without asking for live rows (gone_at IS NULL)"


def violations(root):
    names = entities(root)
    for file in sorted((root / "daemon").rglob("*.cpp")):
        if "demo" in file.parts or "people" in file.parts:
            continue
        for line, statement in statements(file.read_text(encoding="utf-8")):
            for what in violations_of(statement, names):
                yield f"{file.relative_to(root)}:{line}: {what}"


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "migration" / "schema").mkdir(parents=True)
        (root / "daemon").mkdir()
        (root / "migration" / "schema" / "0001.sql").write_text(
            "CREATE TABLE person (\n    id {id},\n    row_hash {bytes}\n);\nCREATE TABLE job (\n    name {text}\n);\n")
        code = root / "daemon" / "a.cpp"
        bad = ['f("SELECT 1 FROM person");', 'f("SELECT 1 FROM job j "\n  "JOIN person p ON 1=1 WHERE j.gone_at IS NULL");',
               'f("SELECT 1 FROM person p WHERE p.gone_at IS NOT NULL");']
        good = ['f("SELECT 1 FROM job");', 'f("SELECT 1 FROM person "\n  // why\n  "p WHERE p.gone_at IS NULL");',
                'f("SELECT 1 FROM person WHERE gone_at IS NULL");', 'f("DELETE FROM person");']
        for text, expected in [(each, 1) for each in bad] + [(each, 0) for each in good]:
            code.write_text(text)
            if len(list(violations(root))) != expected:
                return f"{text!r} should give {expected} violations"
    return ""


def main():
    if sys.argv[1:] == ["--self-test"]:
        problem = self_test()
        if problem:
            print(problem)
        return 1 if problem else 0
    found = list(violations(Path(sys.argv[1])))
    for each in found:
        print(each)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
