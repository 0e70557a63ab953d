"""The rows of the source, and what must stand in the store: worked out here from the rules of the mapping alone."""
import datetime
import os

MAPPING_NAME = "faults/org_unit"
BATCH_ROWS = 10_000
LATER = 401  # rows from a child to a parent that comes behind it
OF_ONE_TIME = 7_000  # rows of a window
MAPPING = f"""map: {MAPPING_NAME}
source:
  conn: erp
  read_as: {{charset: utf-8, zone: UTC}}
  query: SELECT code, name, kind, parent, changed FROM dept WHERE {{window}} AND {{page}}
  key: [code]
  columns:
    code:    varchar(12)!
    name:    varchar(40)
    kind:    varchar(8)
    parent:  varchar(12)
    changed: datetime!
sync:
  window: {{by: changed, overlap: 30m, hold_back: 0s}}
  batch: {{rows: {BATCH_ROWS}}}
target:
  entity: org_unit
  key: [code]
  write: upsert
fields:
  code:      {{from: code,   do: [trim], type: text(32), match: 'D\\d{{6}}', id: F01}}
  name:      {{from: name,   type: text(80), id: F02}}
  kind:      {{from: kind,   do: [trim], type: text(16), one_of: [team, plant], id: F03}}
  parent_id: {{from: parent, do: [trim, empty_to_null], ref: org_unit.code, type: text(32), opt: true, else: hold, id: F04}}
"""
# The index holds all cells, so that MariaDB finds even a window of all rows by it.
TABLE = """CREATE TABLE dept (code varchar(12) NOT NULL PRIMARY KEY, name varchar(40), kind varchar(8), parent varchar(12),
changed datetime(6) NOT NULL, KEY (changed, code, name, kind, parent)) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;"""
OVERLAP_S = 1
WINDOW_MAPPING = MAPPING.replace("overlap: 30m", f"overlap: {OVERLAP_S}s")


class Content:
    """`rows` rows in key order; a row is known by its number, from 0. Those of a window change when the store already holds `earlier`,
    into which they are merged, and the last ones by the key first."""

    def __init__(self, rows, in_window=False):
        self.rows, self.in_window = rows, in_window
        self.earlier = [("D999999", "before", "team", "")] if in_window else []
        self.order = sorted(range(rows), key=lambda number: (-(number // OF_ONE_TIME) if in_window else 0, number))  # of reading
        self.parents = [self._parent(number) for number in range(rows)]
        self.bad_rule = [self._bad_rule(number) for number in range(rows)]
        arrives = [None] * rows
        for number in range(rows):
            self._settle(number, arrives)
        self.arrives = arrives

    @staticmethod
    def code(number):
        return f"D{number:06}"

    @staticmethod
    def name(number):
        return "" if number % 1013 == 12 else f"部门{number}😀 " if number % 3 == 0 else f"Unit {number}"

    @staticmethod
    def _bad_rule(number):
        return "F03" if number % 500 == 1 else "F02" if number % 777 == 2 else None

    def _parent(self, number):
        if number % 997 == 5:
            return self.rows + 1  # nobody
        if number % 400 in (5, 6, 7) and number + LATER < self.rows:
            return number + LATER  # a child of a child of a child of the first that has none
        return number - 2 if number % 200 == 3 else None

    def _settle(self, number, arrives):
        path = []
        while number < self.rows and arrives[number] is None:
            path.append(number)
            if self.bad_rule[number] or self.parents[number] is None:
                break
            number = self.parents[number]
        verdict = number < self.rows and (not self.bad_rule[number] if arrives[number] is None else arrives[number])
        for each in reversed(path):
            verdict = arrives[each] = verdict and not self.bad_rule[each]

    def _changed(self, number):
        steps = (self.rows - 1) // OF_ONE_TIME - number // OF_ONE_TIME if self.in_window else 0
        return (self.begin + datetime.timedelta(milliseconds=steps)).strftime("%Y-%m-%d %H:%M:%S.%f")

    def source_file(self, folder):
        """For LOAD DATA; gives its path."""
        old = datetime.datetime(2024, 5, 1, tzinfo=datetime.timezone.utc)
        self.begin = datetime.datetime.now(datetime.timezone.utc) if self.in_window else old
        path = os.path.join(folder, "dept.tsv")
        with open(path, "w", encoding="utf-8") as file:
            for number in range(self.rows):
                name = "\\N" if self.bad_rule[number] == "F02" else self.name(number)
                kind = "shop" if self.bad_rule[number] == "F03" else "team"
                parent = "\\N" if self.parents[number] is None else self.code(self.parents[number])
                file.write(f"{self.code(number)}\t{name}\t{kind}\t{parent}\t{self._changed(number)}\n")
        return path

    def units(self):
        """What ends in org_unit: code, name, kind, the parent's code or ''."""
        return [
            (self.code(number), self.name(number), "team",
             "" if self.parents[number] is None else self.code(self.parents[number]))
            for number in range(self.rows) if self.arrives[number]
        ] + self.earlier

    def open_rejects(self):
        """What stays refused or held: key, kind, rule, seen at least once."""
        return [
            (self.code(number), "row" if self.bad_rule[number] else "hold", self.bad_rule[number] or "F04")
            for number in range(self.rows) if not self.arrives[number]
        ]
