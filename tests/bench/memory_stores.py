"""The two HR stores that `./dev bench memory` loads into."""
import contextlib
import os
import sqlite3

from data import EMPLOYEES, OPERATIONS, ROWS_AN_ORDER, parents

# Rows that point at these are refused or held.
NO_OPERATION, NO_EMPLOYEE = f"OP{OPERATIONS + 9:03}", f"E{EMPLOYEES:06}"
GOOD = f"op_code <> '{NO_OPERATION}' AND emp_no <> '{NO_EMPLOYEE}'"


def _rows(table):
    return {"production_fact": "SELECT count(*) FROM production_fact", "person": "SELECT count(*) FROM person",
            "reject": "SELECT count(*) FROM reject WHERE state = 'open'"}[table]


class PostgresStore:
    name = "PostgreSQL"

    def __init__(self, site):
        self.postgres = site.postgres

    def entry(self):
        return f"""kind: postgres
  connection: "host=127.0.0.1 port={self.postgres.port} user={self.postgres.USER} dbname=store\""""

    def clear(self):
        self.postgres.new_database("store")

    def add_parents(self, rows):
        self.postgres.execute("store", parents(rows))
        self.postgres.execute("store", f"DELETE FROM operation WHERE code = '{NO_OPERATION}';"
                                       f"DELETE FROM employment_spell WHERE employee_no = '{NO_EMPLOYEE}'")

    def count(self, table):
        return int(self.postgres.execute("store", _rows(table)))

    def refused_row(self):
        """The digest in hexadecimal, and the sealed row."""
        digest, row = self.postgres.execute("store", "SELECT encode(key_digest, 'hex'), encode(coalesce(long_row, packed_row), 'hex') FROM reject").split("|")
        return digest, bytes.fromhex(row)


class SqliteStore:
    name = "SQLite"

    def __init__(self, site):
        self.path = os.path.join(site.folder, "hr.db")

    def entry(self):
        return f"""kind: sqlite
  path: {self.path}"""

    def clear(self):
        for ending in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.remove(self.path + ending)

    def _connect(self):
        return contextlib.closing(sqlite3.connect(self.path))

    def add_parents(self, rows):
        own = (b"\0", 1, 0)
        with self._connect() as database, database:
            people = [(f"E{n:06}", f"员工{n}", *own) for n in range(1, EMPLOYEES + 1)]
            database.executemany("INSERT INTO person (person_no, name, row_hash, batch_id, known_from) VALUES (?, ?, ?, ?, ?)", people)
            database.execute("INSERT INTO employment_spell (employee_no, person_id, kind, hire_date, row_hash, batch_id, known_from) "
                             "SELECT person_no, id, 'permanent', 16436, row_hash, batch_id, known_from FROM person WHERE person_no <> ?",
                             (NO_EMPLOYEE,))
            operations = [(f"OP{n:03}", f"工序{n}", "production", *own) for n in range(10, OPERATIONS + 9)]
            database.executemany("INSERT INTO operation (code, name, kind, row_hash, batch_id, known_from) VALUES (?, ?, ?, ?, ?, ?)",
                                 operations)
            orders = ((f"WO-{n:06}", "齿轮箱", 10000, *own) for n in range(1, rows // ROWS_AN_ORDER + 2))
            database.executemany("INSERT INTO work_order (order_no, product, qty_ordered, row_hash, batch_id, known_from) "
                                 "VALUES (?, ?, ?, ?, ?, ?)", orders)

    def _one(self, query, *values):
        with self._connect() as database:
            return database.execute(query, values).fetchone()

    def count(self, table):
        return self._one(_rows(table))[0]

    def refused_row(self):
        return self._one("SELECT lower(hex(key_digest)), coalesce(long_row, packed_row) FROM reject")
