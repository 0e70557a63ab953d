"""The old system: its own tables, codes, charset and dates for the company's rows, in MariaDB or SQLite."""
import contextlib
import datetime
import os
import sqlite3
import zlib

from verify.model import ENTITIES

CODES = {"kind": {"company": "10", "plant": "20", "workshop": "30", "line": "40", "team": "50",
                  "permanent": "10", "fixed_term": "20", "agency": "30", "intern": "40"},
         "gender": {"male": "1", "female": "2"},
         "job_kind": {"production": "100", "inspection": "200", "maintenance": "300", "office": "400"},
         "day_class": {"work": "1", "rest": "2", "holiday": "3"}, "direction": {"in": "I", "out": "O", "unknown": "U"}}
OPEN_END, NO_DATE = datetime.date(9999, 12, 31), datetime.date(1900, 1, 1)


def _dice(row, text):
    """The same number for the same row of the source each time."""
    return zlib.crc32((text + str(next(iter(row.values())))).encode())


def _plain(field):
    return lambda row: row[field]


def _code(field):
    return lambda row: CODES[field][row[field]]


def _bytes(field):
    return lambda row: None if row[field] is None else row[field].encode("gb18030")


def _date_or(field, none):
    """NULL in some rows, and in others the date that the old system writes for it."""
    return lambda row: none if row[field] is None and _dice(row, field) % 2 else row[field]


def _alias(row):
    return ("小" + row["name"][:1]).encode("gb18030")


# Columns that look like what another column means: what a mapping may take by mistake.
def _phone(row):
    return f"137{_dice(row, 'phone') % 10**8:08}"


def _seniority(row):
    return row["hire_date"] and row["hire_date"] - datetime.timedelta(days=_dice(row, "seniority") % 400 + 1)


def _allowance(row):
    return f"{_dice(row, 'allowance') % 100_000 / 100:.2f}"


def _cost(row):
    return "D00001"


def _local(row):
    return row["punched_at"].local()


TABLES = {
    "org_unit": ("hr_dept", "cDept_Num", [
        ("cDept_Num", "varchar(12)", _plain("code")), ("cDept_Name", "varbinary(80)", _bytes("name")),
        ("cKind", "varchar(4)", _code("kind")),
        ("cParent_Num", "varchar(12)", _plain("parent_id")), ("dFrom", "date", _plain("valid_from")),
        ("dTo", "date", _date_or("valid_to", OPEN_END))]),
    "person": ("hr_person", "cPsn_Num", [
        ("cPsn_Num", "varchar(12)", _plain("person_no")), ("cPsn_Name", "varbinary(80)", _bytes("name")),
        ("cPsn_Alias", "varbinary(80)", _alias), ("rSex", "varchar(4)", _code("gender")), ("dBirth", "date", _plain("birth_date")),
        ("vIDNo", "varchar(20)", _plain("id_number")), ("cMobile", "varchar(20)", _plain("mobile")), ("cPhone", "varchar(20)", _phone),
        ("cLang", "varchar(8)", _plain("language")), ("cWeCom", "varchar(64) CHARACTER SET utf8mb4", _plain("wecom_userid"))]),
    "employment_spell": ("hr_spell", "cEmp_Num", [
        ("cEmp_Num", "varchar(12)", _plain("employee_no")), ("cPsn_Num", "varchar(12)", _plain("person_id")),
        ("cKind", "varchar(4)", _code("kind")), ("dEnter", "date", _plain("hire_date")), ("dSeniority", "date", _seniority),
        ("dLeave", "date", _date_or("end_date", NO_DATE)), ("dProbation", "date", _date_or("probation_end", NO_DATE)),
        ("mSalary", "decimal(14,2)", _plain("base_salary")), ("mAllowance", "decimal(14,2)", _allowance)]),
    "assignment": ("hr_job", "cEmp_Num, dFrom", [
        ("cEmp_Num", "varchar(12)", _plain("spell_id")), ("dFrom", "date", _plain("valid_from")),
        ("dTo", "date", _date_or("valid_to", OPEN_END)),
        ("cDept_Num", "varchar(12)", _plain("org_unit_id")), ("cCost_Num", "varchar(12)", _cost), ("cJob", "varbinary(80)", _bytes("job")),
        ("cJobKind", "varchar(4)", _code("job_kind")), ("cManager", "varchar(12)", _plain("manager_id")),
        ("cShift", "varchar(8)", _plain("shift_group"))]),
    "attendance_day": ("hr_day", "cEmp_Num, dDay", [
        ("cEmp_Num", "varchar(12)", _plain("spell_id")), ("dDay", "date", _plain("work_date")),
        ("cClass", "varchar(4)", _code("day_class")), ("nScheduled", "int", _plain("scheduled_minutes")),
        ("nWorked", "int", _plain("worked_minutes")), ("nLate", "int", _plain("late_minutes")),
        ("nEarly", "int", _plain("early_minutes")), ("nAbsent", "int", _plain("absent_minutes"))]),
    "punch": ("hr_punch", "cPunch_No", [
        ("cPunch_No", "varchar(16)", _plain("punch_no")), ("cEmp_Num", "varchar(12)", _plain("spell_id")), ("tAt", "datetime(6)", _local),
        ("cDir", "varchar(4)", _code("direction")), ("cDevice", "varbinary(40)", _bytes("device")),
        ("cException", "varbinary(40)", _bytes("exception"))]),
}
REQUIRED = {"cDept_Num", "cDept_Name", "cKind", "cPsn_Num", "cPsn_Name", "rSex", "vIDNo", "cEmp_Num", "cJob", "cJobKind", "dDay", "cClass",
            "nWorked", "nLate", "nEarly", "nAbsent", "cPunch_No", "cDir"}


def _create(entity, binary):
    table, key, columns = TABLES[entity]
    must = REQUIRED | set(key.split(", ")) | ({"cDept_Num"} if entity == "assignment" else set())
    parts = [f"{name} {kind if binary else kind.split(' CHARACTER')[0]}{' NOT NULL' if name in must else ''}"
             for name, kind, _ in columns]
    # As bytes, so that a blank behind a key and its case count.
    charset = " DEFAULT CHARACTER SET ascii COLLATE ascii_nopad_bin" if binary else ""
    return f"CREATE TABLE {table} ({', '.join(parts)}, PRIMARY KEY ({key})){charset}"


# The spells as they were before the last raise: a table that an old system leaves beside the one that counts.
STALE = "CREATE TABLE hr_spell_old AS SELECT * FROM hr_spell"
RAISE = "UPDATE hr_spell_old SET mSalary = mSalary - 100 WHERE mSalary > 100"


def _literal(cell):
    if cell is None:
        return "NULL"
    if isinstance(cell, bytes):
        return f"X'{cell.hex()}'"
    return str(cell) if isinstance(cell, int) else "'" + str(cell).replace("\\", "\\\\").replace("'", "''") + "'"


def fill_mariadb(mariadb, rows, chunk=2000):
    """All tables anew in the database `mes`."""
    path = os.path.join(mariadb.folder, "company.sql")
    with open(path, "w", encoding="utf-8") as file:
        file.write("SET autocommit=0;\n")
        for entity in ENTITIES:
            table, _, columns = TABLES[entity.name]
            file.write(f"DROP TABLE IF EXISTS {table};\n{_create(entity.name, True)};\n")
            cells = [f"({', '.join(_literal(render(row)) for _, _, render in columns)})" for row in rows[entity.name]]
            for first in range(0, len(cells), chunk):
                file.write(f"INSERT INTO {table} VALUES {', '.join(cells[first:first + chunk])};\n")
            file.write(f"COMMIT;\nANALYZE TABLE {table};\n")
        file.write(f"DROP TABLE IF EXISTS hr_spell_old;\n{STALE};\nALTER TABLE hr_spell_old ADD PRIMARY KEY (cEmp_Num);\n{RAISE};\nCOMMIT;\n")
    os.chmod(path, 0o644)
    mariadb.execute(f"source {path}")
    os.remove(path)


def fill_sqlite(path, rows):
    with contextlib.suppress(FileNotFoundError):
        os.remove(path)
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA synchronous = OFF")
        for entity in ENTITIES:
            table, _, columns = TABLES[entity.name]
            database.execute(_create(entity.name, False))
            database.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})",
                                 ([_sqlite(render(row)) for _, _, render in columns] for row in rows[entity.name]))
        database.execute(_create("employment_spell", False).replace("hr_spell", "hr_spell_old"))
        database.execute("INSERT INTO hr_spell_old SELECT * FROM hr_spell")
        database.execute(RAISE)


def _sqlite(cell):
    return cell if cell is None or isinstance(cell, (bytes, int)) else str(cell)


FIELDS = {"mSalary": "base_salary", "dEnter": "hire_date", "nWorked": "worked_minutes", "nLate": "late_minutes"}


def control_totals(rows):
    """Of the clean company, as lines of the project's file: what a person took from the old system's own reports, and of columns that
    the mapping's steps leave as they are the field each is to stand in."""
    totals = [("org_unit", None, "rows", len(rows["org_unit"]))]
    spells, days, punches = rows["employment_spell"], rows["attendance_day"], rows["punch"]
    totals += [("person", None, "rows", len(rows["person"])),
               ("person", "vIDNo", "distinct", len({row["id_number"] for row in rows["person"]})),
               ("person", "dBirth", "earliest", min(row["birth_date"] for row in rows["person"])),
               ("employment_spell", None, "rows", len(spells)),
               ("employment_spell", "mSalary", "sum", sum(row["base_salary"] or 0 for row in spells)),
               ("employment_spell", "dEnter", "earliest", min(row["hire_date"] for row in spells)),
               ("employment_spell", "dEnter", "latest", max(row["hire_date"] for row in spells)),
               ("assignment", None, "rows", len(rows["assignment"])),
               ("attendance_day", None, "rows", len(days)),
               ("attendance_day", "nWorked", "sum", sum(row["worked_minutes"] for row in days)),
               ("attendance_day", "nLate", "sum", sum(row["late_minutes"] for row in days)),
               ("punch", None, "rows", len(punches)),
               ("punch", "cEmp_Num", "distinct", len({row["spell_id"] for row in punches}))]
    lines = []
    for number, (entity, column, form, value) in enumerate(totals, 1):
        of = f"column: {column}, " if column else ""
        of += f"field: {FIELDS[column]}, " if column in FIELDS else ""
        lines.append(f"      - {{id: T{number:02}, mapping: bench/{entity}, {of}{form}: {value}}}")
    return "\n".join(lines)
