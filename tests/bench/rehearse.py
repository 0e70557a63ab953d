"""Rehearses the same module again and again beside the plain load of its rows; see README.md."""
import json
import os
import statistics
import time

from connections import mariadb_by_odbc
from cut_over import CutOver
from harness import empty_site, finish, say, versions
from processes import BenchError
from report import machine
from verify.migration import MODULE, Migration, PostgresStore, SqliteStore

BOUND_MIB = 64
RATIO, QUICK_RATIO = 2.6, 1.7
SETTLED_WITHIN_S = 120
AUTOVACUUM = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'autovacuum worker'"
DAYS, SPELLS_A_1000_DAYS, DAYS_A_PERSON = 1_000_000, 95, 100
MAPPINGS = ["bench/org_unit", "bench/person", "bench/employment_spell", "bench/attendance_day"]
PROJECT = f"""project: bench
modules:
  - module: {MODULE}
    title: {{zh: 基准测试公司, en: Bench company}}
    mappings: [{', '.join(MAPPINGS)}]
    cut_over: 8h
    contracts:
      - {{id: C01, entity: person, field: name, longest: 3, null_at_most: 0%}}
    rules:
      - {{id: K01, entity: employment_spell, no_overlap: [person_id], valid: [hire_date, end_date], end_counts: true, say: 雇佣期重叠}}
      - {{id: K02, entity: person, unique: [id_number], say: 身份证号码重复}}
      - {{id: K03, entity: attendance_day, reference: spell_id, say: 考勤人不存在}}
      - {{id: K04, entity: employment_spell, balance: {{group: [kind], of: [count(*), sum(base_salary)]}}, say: 工资合计与来源不符}}
      - {{id: K05, entity: attendance_day, balance: {{group: [day_class], of: [count(*), sum(worked_minutes)]}}, say: 考勤合计与来源不符}}
"""

# All by the server from sequences. The identity number's check digit is GB 11643's.
_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
_CHECK = " + ".join(f"SUBSTR(body, {place}, 1) * {weight}" for place, weight in enumerate(_WEIGHTS, 1))


def source_sql(days):
    people, spells = max(1, days // DAYS_A_PERSON), max(1, days * SPELLS_A_1000_DAYS // 1000)
    a_spell = -(-days // spells)
    return f"""
CREATE TABLE hr_dept (cDept_Num varchar(12) PRIMARY KEY, cDept_Name varbinary(80) NOT NULL, cKind varchar(4) NOT NULL,
  cParent_Num varchar(12), dFrom date, dTo date) CHARACTER SET ascii COLLATE ascii_bin;
INSERT INTO hr_dept VALUES ('D00000', CONVERT('总公司' USING gbk), '10', NULL, '2001-01-01', NULL);
CREATE TABLE hr_person (cPsn_Num varchar(12) PRIMARY KEY, cPsn_Name varbinary(80) NOT NULL, cPsn_Alias varbinary(80),
  rSex varchar(4) NOT NULL, dBirth date, vIDNo varchar(20) NOT NULL, cMobile varchar(20), cPhone varchar(20), cLang varchar(8), cWeCom varchar(64))
  CHARACTER SET ascii COLLATE ascii_bin;
INSERT INTO hr_person SELECT CONCAT('P', LPAD(seq, 6, '0')), CONVERT(CONCAT(ELT(1 + seq % 5, '王', '李', '张', '刘', '陈'),
    ELT(1 + seq DIV 5 % 4, '伟', '芳', '秀英', '娜')) USING gbk), NULL, IF(number % 2 = 1, '1', '2'), birth,
    CONCAT(body, SUBSTR('10X98765432', 1 + ({_CHECK}) % 11, 1)), CONCAT('13', LPAD(seq, 9, '0')), NULL, 'zh', CONCAT('u', seq)
  FROM (SELECT seq, birth, number, CONCAT(110101 + seq DIV 1000, DATE_FORMAT(birth, '%Y%m%d'), LPAD(number, 3, '0')) AS body
    FROM (SELECT seq, DATE '1970-01-01' + INTERVAL seq % 9000 DAY AS birth, seq % 1000 AS number FROM seq_1_to_{people}) AS born) AS made;
CREATE TABLE hr_spell (cEmp_Num varchar(12) PRIMARY KEY, cPsn_Num varchar(12) NOT NULL, cKind varchar(4) NOT NULL, dEnter date,
  dSeniority date, dLeave date, dProbation date, mSalary decimal(14,2), mAllowance decimal(14,2)) CHARACTER SET ascii COLLATE ascii_bin;
INSERT INTO hr_spell SELECT CONCAT('E', LPAD(seq, 6, '0')), CONCAT('P', LPAD(1 + (seq - 1) % {people}, 6, '0')),
    ELT(1 + seq % 4, '10', '20', '30', '40'), DATE '2012-01-01' + INTERVAL (seq - 1) DIV {people} * 400 DAY, NULL,
    DATE '2012-01-01' + INTERVAL (seq - 1) DIV {people} * 400 + 399 DAY, NULL, 4000 + CRC32(seq) % 1000000 / 100, NULL
  FROM seq_1_to_{spells};
CREATE TABLE hr_day (cEmp_Num varchar(12) NOT NULL, dDay date NOT NULL, cClass varchar(4) NOT NULL, nScheduled int, nWorked int NOT NULL,
  nLate int NOT NULL, nEarly int NOT NULL, nAbsent int NOT NULL, PRIMARY KEY (cEmp_Num, dDay)) CHARACTER SET ascii COLLATE ascii_bin;
INSERT INTO hr_day SELECT CONCAT('E', LPAD(1 + (seq - 1) DIV {a_spell}, 6, '0')),
    DATE '2012-01-01' + INTERVAL (seq - 1) DIV {a_spell} DIV {people} * 400 + (seq - 1) % {a_spell} DAY, '1', 480, 480 - CRC32(seq) % 60,
    CRC32(seq) % 60, 0, 0
  FROM seq_1_to_{days};
ANALYZE TABLE hr_person, hr_spell, hr_day
"""


class Rehearsals:
    def __init__(self, site):
        self.site = site
        self.rows = 1 + sum(int(site.mariadb.execute(f"SELECT count(*) FROM {table}")) for table in ("hr_person", "hr_spell", "hr_day"))
        self.live = self._migration("live", PostgresStore(site.postgres, "live"))
        self.cut_over = CutOver(self.live)
        self.plain = None

    def _migration(self, folder, store):
        return Migration(os.path.join(self.site.folder, folder), self.site.hrbridge, mariadb_by_odbc(self.site), store, PROJECT)

    def settle(self):
        """What an act leaves to the server (dirty pages, dead rows) is not the next one's to pay."""
        self.site.postgres.execute("live", "CHECKPOINT")
        until = time.monotonic() + SETTLED_WITHIN_S
        while int(self.site.postgres.execute("live", AUTOVACUUM)):
            if time.monotonic() > until:
                raise BenchError(f"the server still vacuums after {SETTLED_WITHIN_S} s")
            time.sleep(0.2)

    def load_plainly(self, number):
        """Into a new live store, mapping by mapping, as syncs do."""
        self.settle()
        plain = self._migration(f"plain-{number}", PostgresStore(self.site.postgres, "plain"))
        runs = [plain.timed("sync", mapping, "--once") for mapping in MAPPINGS]
        count = sum(int(self.site.postgres.execute("plain", f"SELECT count(*) FROM {mapping.partition('/')[2]}")) for mapping in MAPPINGS)
        if count != self.rows:
            raise BenchError(f"the plain load has {count} of {self.rows} rows")
        return {"seconds": sum(run.wall for run in runs), "peak_kib": max(run.peak_kib for run in runs)}

    @staticmethod
    def rehearse(migration):
        done = migration.timed("migrate", "rehearse", MODULE, "--new", "--json")
        return done, json.loads(done.output)["number"]

    @staticmethod
    def check(migration, number, *mode):
        done = migration.timed("migrate", "check", MODULE, str(number), "--json", *mode)
        bad = [each for each in json.loads(done.output)["verdicts"] if each["outcome"] == "fail"]
        if bad:
            raise BenchError(f"a check of a clean rehearsal failed: {bad[0]}")
        return done

    def round(self, number):
        """A rehearsal between two plain loads, one of which the round before has made: what the machine is worth changes within minutes."""
        before = self.plain or self.load_plainly(0)
        self.settle()
        loaded, rehearsal = self.rehearse(self.live)
        # A check that is done again takes the place of the one before.
        self.settle()
        quick = self.check(self.live, rehearsal, "--quick")
        self.settle()
        whole = self.check(self.live, rehearsal)
        self.plain = self.load_plainly(number)
        plain = (before["seconds"] + self.plain["seconds"]) / 2
        figure = {"plain_seconds": plain, "load_seconds": loaded.wall, "check_seconds": whole.wall, "quick_check_seconds": quick.wall,
                  "ratio": (loaded.wall + whole.wall) / plain, "quick_ratio": (loaded.wall + quick.wall) / plain,
                  "peak_mib": max(before["peak_kib"], self.plain["peak_kib"], loaded.peak_kib, whole.peak_kib, quick.peak_kib) / 1024}
        say(f"  rehearsal {number}: plain {plain:.1f} s, rehearsal {loaded.wall:.1f} s, checks {whole.wall:.1f} s (quick "
            f"{quick.wall:.1f} s), peak {figure['peak_mib']:.1f} MiB")
        return figure

    def acts_in_postgres(self):
        """With the newest rehearsal, which was checked."""
        return self._acts("PostgreSQL", {}, self.cut_over, len(self.live.run("migrate", "list", MODULE, "--json")))

    def acts_in_sqlite(self):
        """From the rehearsal on: another store has another memory."""
        migration = self._migration("sqlite", SqliteStore(os.path.join(self.site.folder, "sqlite.db")))
        cut_over = CutOver(migration)
        self.rehearse(migration)
        loaded, number = self.rehearse(migration)
        return self._acts("SQLite", {"rehearsal": loaded, "quick checks": self.check(migration, number, "--quick"),
                                     "checks": self.check(migration, number)}, cut_over, number)

    @staticmethod
    def _acts(store, done, cut_over, number):
        done = {**done, **cut_over.run(str(number))}
        acts = [{"store": store, "act": name, "seconds": each.wall, "peak_mib": each.peak_kib / 1024} for name, each in done.items()]
        say(f"  {store}: " + ", ".join(f"{each['act']} {each['seconds']:.1f} s, {each['peak_mib']:.1f} MiB" for each in acts))
        return acts


def table(rows, figures, acts, tools):
    lines = [f"{rows:,} rows from MariaDB over ODBC into PostgreSQL on loopback, {machine()}. Seconds are of whole programs; a ratio is "
             "rehearsal and checks over the mean of the plain loads of the same rows before and after it.", "",
             "| rehearsal | plain load, s | rehearsal, s | checks, s | ratio | quick checks, s | ratio | peak MiB |",
             "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"]
    for number, each in enumerate(figures, 1):
        lines.append(f"| {number} | {each['plain_seconds']:.1f} | {each['load_seconds']:.1f} | {each['check_seconds']:.1f} | "
                     f"{each['ratio']:.2f} of {RATIO} | {each['quick_check_seconds']:.1f} | {each['quick_ratio']:.2f} of {QUICK_RATIO} | "
                     f"{each['peak_mib']:.1f} of {BOUND_MIB} |")
    median = {name: statistics.median(each[name] for each in figures) for name in ("ratio", "quick_ratio")}
    lines += ["", f"Medians: {median['ratio']:.2f} and {median['quick_ratio']:.2f}.", "",
              "| store | act | seconds | peak MiB |", "| --- | --- | ---: | ---: |"]
    lines += [f"| {each['store']} | {each['act']} | {each['seconds']:.1f} | {each['peak_mib']:.1f} of {BOUND_MIB} |" for each in acts]
    return "\n".join([*lines, "", "; ".join(tools)])


def faults(figures, acts, judged):
    """`judged`: whether the times say anything: of few rows, starting programs takes the most."""
    found = [f"{each['act']} in {each['store']}: peak memory {each['peak_mib']:.1f} MiB is over {BOUND_MIB} MiB"
             for each in acts if each["peak_mib"] > BOUND_MIB]
    for number, each in enumerate(figures, 1):
        if each["peak_mib"] > BOUND_MIB:
            found.append(f"rehearsal {number}: peak memory {each['peak_mib']:.1f} MiB is over {BOUND_MIB} MiB")
        for name, bound in (("ratio", RATIO), ("quick_ratio", QUICK_RATIO)):
            if judged and each[name] > bound:
                found.append(f"rehearsal {number}: {name.replace('_', ' ')} {each[name]:.2f} is over {bound}")
    return found


def run(arguments, folder):
    with empty_site(arguments, folder) as site:
        say(f"making {arguments.rows} days of attendance and what they need")
        site.mariadb.execute(source_sql(arguments.rows))
        rehearsals = Rehearsals(site)
        # Not counted: without one before it volumes are not checked, and the server has no files of its log to use again.
        rehearsals.rehearse(rehearsals.live)
        rehearsals.load_plainly("first")
        figures = [rehearsals.round(number) for number in range(1, arguments.runs + 1)]
        acts = rehearsals.acts_in_postgres() + rehearsals.acts_in_sqlite()
        tools = versions(site, "libmariadb3", "odbc-mariadb")
    print(table(rehearsals.rows, figures, acts, tools))
    return finish(arguments, {"versions": tools, "source_rows": rehearsals.rows, "rehearsals": figures, "acts": acts},
                  faults(figures, acts, arguments.rows >= DAYS // 5))
