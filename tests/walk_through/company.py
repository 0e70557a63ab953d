"""What happens around hrbridge in the walk-through: what people look up, change and hire."""
import datetime
import difflib
import sqlite3
import zoneinfo

PLANTED_IN = "mappings/erp/employment_spell.map.yaml"
PROJECT = "mappings/migration.yaml"
ENTITIES = ("org_unit", "person", "employment_spell", "assignment")
LEFT_OUT = 0.9  # quantile of joining behind which the planted filter leaves people out
HIRED = "E888888"
SHANGHAI = zoneinfo.ZoneInfo("Asia/Shanghai")


def read_only(path):
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True)


class Company:
    def __init__(self, folder):
        self.folder = folder
        self.erp = folder / "erp.db"

    def _look_up(self, sql):
        with read_only(self.erp) as erp:
            return erp.execute(sql).fetchone()[0]

    def edit(self, name, before, after):
        """Replaces a text of a file and gives the change as a diff."""
        path = self.folder / name
        old = path.read_text(encoding="utf-8")
        if old.count(before) != 1:
            raise SystemExit(f"{name} does not have one {before!r}")
        new = old.replace(before, after)
        path.write_text(new, encoding="utf-8")
        lines = difflib.unified_diff(old.splitlines(), new.splitlines(), name, name, n=0, lineterm="")
        return "\n".join(lines)

    def planted_filter(self):
        with read_only(self.erp) as erp:
            days = [day for (day,) in erp.execute("SELECT dEnterDate FROM hr_hi_person ORDER BY 1")]
        return f"dEnterDate < '{days[int(len(days) * LEFT_OUT)][:7]}-01' AND "

    def plant_filter(self):
        """The query of a trial: it leaves out who joined last. No fixture can see it."""
        self.edit(PLANTED_IN, "WHERE {window}", f"WHERE {self.planted_filter()}{{window}}")

    def remove_filter(self):
        return self.edit(PLANTED_IN, f"WHERE {self.planted_filter()}{{window}}", "WHERE {window}")

    def state_control_totals(self):
        """Figures that a person asks the ERP itself for, whatever the mappings say."""
        units = self._look_up("SELECT count(*) FROM hr_dept")
        people = self._look_up("SELECT count(DISTINCT cPsn_Num) FROM hr_hi_person")
        latest = self._look_up("SELECT max(dValidFrom) FROM hr_hi_assignment")
        totals = (
            "    control_totals:\n"
            f"      - {{id: T01, mapping: erp/org_unit, rows: {units}}}\n"
            f"      - {{id: T02, mapping: erp/employment_spell, column: cPsn_Num, distinct: {people}}}\n"
            f"      - {{id: T03, mapping: erp/assignment, column: dValidFrom, latest: {latest}}}\n"
        )
        mark = "    must_check:\n      - {id: M01, entity: assignment"
        return self.edit(PROJECT, mark, totals + mark)

    def hire(self):
        """The ERP gets a person, written as it writes them."""
        now = datetime.datetime.now(SHANGHAI)
        changed = (now - datetime.timedelta(minutes=2)).strftime("%Y-%m-%d %H:%M:%S")
        today = now.strftime("%Y-%m-%d")
        with sqlite3.connect(self.erp) as erp:
            erp.text_factory = bytes
            unit, job, kind, manager = erp.execute(
                "SELECT cDept_Num, CAST(cJobName AS BLOB), CAST(cJobKind AS BLOB), cManager_Num"
                " FROM hr_hi_assignment WHERE cManager_Num IS NOT NULL"
                " AND cDept_Num IN (SELECT cDept_Num FROM hr_dept) ORDER BY cPsn_Num DESC LIMIT 1"
            ).fetchone()
            erp.execute(
                "INSERT INTO hr_hi_person (cPsn_Num, cPsn_Name, rSex, cWeComId, cEmpKind, dEnterDate,"
                " mBaseSalary, dModifyDate) VALUES (?, CAST(? AS TEXT), '2', ?, CAST(? AS TEXT), ?, '6200.00', ?)",
                (HIRED, "新来".encode("gb18030"), HIRED, "合同工".encode("gb18030"), today, changed),
            )
            erp.execute(
                "INSERT INTO hr_hi_assignment VALUES (?, ?, '9999-12-31', CAST(? AS TEXT), CAST(? AS TEXT),"
                " CAST(? AS TEXT), CAST(? AS TEXT), NULL, ?)",
                (HIRED, today, unit, job, kind, manager, changed),
            )
        return f"hr_hi_person and hr_hi_assignment: {HIRED}, joined {today}, changed {changed}"

    def live_rows(self):
        with read_only(self.folder / "hr.db") as store:
            return {
                entity: store.execute(f"SELECT count(*) FROM {entity} WHERE gone_at IS NULL").fetchone()[0]
                for entity in ENTITIES
            }
