"""Compares what a tool left in its target with the source, row by row and cell by cell.

Both databases give their rows in the order of the key, through their own clients and none of the tools: a line a row, a tab
between cells, "=" before each value, and NULL for none, so that no text looks like it."""
import collections
import contextlib
import subprocess

from processes import BenchError

KEY = 0


class Target:
    """Where a tool left its rows: a PostgreSQL database and, of each source column that it keeps, the SQL of its text."""

    def __init__(self, database, columns, rows):
        self.database, self.columns, self.rows = database, columns, rows

    def query(self):
        cells = ", ".join(f"'=' || {sql}" for sql in self.columns.values())
        key = list(self.columns.values())[KEY]
        return f"COPY (SELECT {cells} FROM {self.rows} ORDER BY {key} COLLATE \"C\") TO STDOUT (NULL 'NULL')"


class Differences:
    def __init__(self):
        self.missing = self.extra = 0
        self.wrong = collections.Counter()  # cells by column

    def any(self):
        return bool(self.missing or self.extra or self.wrong)

    def figures(self):
        return {"wrong_cells": sum(self.wrong.values()), "missing_rows": self.missing, "extra_rows": self.extra,
                "wrong_cells_by_column": dict(self.wrong)}


@contextlib.contextmanager
def lines_of(command, env=None):
    """The output's lines; fails when the program did."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=env, bufsize=1 << 20) as process:
        yield process.stdout
        process.stdout.close()
        if process.wait() != 0:
            raise BenchError(f"{command[0]} could not give all rows to compare ({process.returncode})")


def _in_order(lines, where):
    before = b""
    for line in lines:
        key = line.split(b"\t", 1)[KEY]
        if key < before:
            raise BenchError(f"the {where}'s rows do not come in the order of their key; they cannot be compared")
        before = key
        yield key, line
    yield None, b""


def _count_wrong(columns, wanted, found, wrong):
    cells = list(zip(columns, wanted.rstrip(b"\n").split(b"\t"), found.rstrip(b"\n").split(b"\t"), strict=True))
    wrong.update(column for column, one, other in cells if one != other)


def compare(columns, source_lines, target_lines):
    """A key that comes twice is an extra row."""
    out = Differences()
    source, target = _in_order(source_lines, "source"), _in_order(target_lines, "target")
    (key, wanted), (has, found) = next(source), next(target)
    while key is not None or has is not None:
        if key == has:
            if wanted != found:
                _count_wrong(columns, wanted, found, out.wrong)
            (key, wanted), (has, found) = next(source), next(target)
        elif has is None or (key is not None and key < has):
            out.missing += 1
            key, wanted = next(source)
        else:
            out.extra += 1
            has, found = next(target)
    return out
