"""Plants faults in a target and asks whether the comparison counts each of them, and nothing else."""
import os
import sys
import tempfile

from compare import Target, compare, lines_of
from data import COLUMNS, NUMBERS, PLAIN_COLUMNS, PLAIN_TABLE, TIMES
from servers import Postgres

DATABASE = "compared"
FILL = f"""
INSERT INTO mes_production ({", ".join(COLUMNS)})
SELECT 'R' || n, 'E' || n, 'OP' || n, 'WO' || n, DATE '2024-01-01' + n, TIMESTAMPTZ '2024-01-01' + n * INTERVAL '1 hour',
  TIMESTAMPTZ '2024-02-01' + n * INTERVAL '1 hour', 'M\\' || n, E'\\t' || n, 'D' || n, n, n + 100, n + 200, n + 300,
  TIMESTAMPTZ '2024-03-01' + n * INTERVAL '1 hour' FROM generate_series(10, 30) n;
INSERT INTO mes_production ({", ".join(COLUMNS)})
SELECT 'R40', 'E1', 'OP1', NULL, DATE '2024-01-01', NULL, NULL, NULL, '', 'NULL', 1, 1, 1, NULL, TIMESTAMPTZ '2024-03-01'
"""


def other(column):
    """Another value of the column, as near as its type allows."""
    if column in NUMBERS:
        return f"{column} + 1"
    if column == "work_date":
        return f"{column} + 1"
    return f"{column} + INTERVAL '1 microsecond'" if column in TIMES else f"{column} || ' '"


def swap(column):
    return (f"UPDATE mes_production SET {column} = CASE report_no WHEN 'R12' THEN (SELECT {column} FROM mes_production WHERE "
            f"report_no = 'R25') ELSE (SELECT {column} FROM mes_production WHERE report_no = 'R12') END "
            "WHERE report_no IN ('R12', 'R25')")


def exchanged(one, two):
    return f"UPDATE mes_production SET {one} = {two}, {two} = {one} WHERE report_no = 'R15'"


def update(assignment, key):
    return f"UPDATE mes_production SET {assignment} WHERE report_no = '{key}'"


def planted():
    """What is done to the target, and what must be counted: missing rows, extra rows, wrong cells by column."""
    yield "SELECT 1", (0, 0, {})
    for column in COLUMNS[1:]:
        yield update(f"{column} = {other(column)}", "R20"), (0, 0, {column: 1})
        yield swap(column), (0, 0, {column: 2})
    yield exchanged("qty_good", "qty_scrap"), (0, 0, {"qty_good": 1, "qty_scrap": 1})
    yield exchanged("emp_no", "machine"), (0, 0, {"emp_no": 1, "machine": 1})
    yield update("machine = ''", "R40"), (0, 0, {"machine": 1})
    yield update("machine = 'NULL'", "R40"), (0, 0, {"machine": 1})
    yield update("material_lot = NULL", "R40"), (0, 0, {"material_lot": 1})
    yield update("shift = NULL", "R40"), (0, 0, {"shift": 1})
    yield update("machine = 'M\\\\20'", "R20"), (0, 0, {"machine": 1})
    yield "UPDATE mes_production SET qty_good = qty_good + 1", (0, 0, {"qty_good": 22})
    yield update("report_no = 'R20 '", "R20"), (1, 1, {})
    yield "DELETE FROM mes_production WHERE report_no IN ('R10', 'R22', 'R40')", (3, 0, {})
    yield "DELETE FROM mes_production", (22, 0, {})
    columns = ", ".join(COLUMNS[1:])
    for key in ("R00", "R155", "R99"):
        yield (f"INSERT INTO mes_production (report_no, {columns}) SELECT '{key}', {columns} FROM mes_production "
               "WHERE report_no = 'R20'"), (0, 1, {})
    names = ", ".join(COLUMNS)
    yield (f"DROP INDEX mes_production_key; INSERT INTO mes_production ({names}) SELECT {names} FROM mes_production "
           "WHERE report_no = 'R20'"), (0, 1, {})


def counted(postgres):
    query = Target(DATABASE, PLAIN_COLUMNS, "mes_production").query()
    source = query.replace("FROM mes_production", "FROM kept")
    with lines_of(postgres.psql(DATABASE, source)) as wanted, lines_of(postgres.psql(DATABASE, query)) as found:
        differences = compare(COLUMNS, wanted, found)
    return differences.missing, differences.extra, dict(differences.wrong)


def main():
    failed = 0
    with tempfile.TemporaryDirectory(prefix="hrbridge-compare-") as folder:
        os.chmod(folder, 0o755)
        postgres = Postgres(os.path.join(folder, "postgres"))
        try:
            postgres.new_database(DATABASE)
            for change, expected in planted():
                postgres.execute(DATABASE, f"DROP TABLE IF EXISTS mes_production, kept; {PLAIN_TABLE}; {FILL}; "
                                 f"CREATE TABLE kept AS SELECT * FROM mes_production; {change}")
                found = counted(postgres)
                if found != expected:
                    failed += 1
                    print(f"{change}\n  counted {found} instead of {expected}")
        finally:
            postgres.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
