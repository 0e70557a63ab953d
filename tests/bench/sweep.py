"""Sweeps two tables that differ in a known number of rows; see README.md."""
import json
import os
import shutil
import statistics
import threading
import time

from harness import filled_site, finish, say, versions
from movers import HrBridge
from processes import BenchError, busy_seconds, run_timed
from report import machine

MAPPING = "bench/sweep"
DIFFERENCES = (0, 1, 100, 10_000)
BOUND_MIB = 48
CHUNK = 50_000
# How a row of the source comes to differ; what the sweep must call it, and the field that it must name.
KINDS = {
    "value": ("qty_good = qty_good + 1", "changed", "qty_good"),
    "NULL or ''": ("note = IF(note IS NULL, '', NULL)", "changed", "shift"),
    "blanks": ("machine = CONCAT(machine, ' ')", "changed", "machine"),
    "missing": (None, "missing", None),
    "extra": (None, "added", None),
    "decimal": ("weight = weight + 0.0001", "changed", "material_lot"),
    "time": ("started_at = started_at + INTERVAL 1 MICROSECOND", "changed", "started_at"),
    "encoding": ("machine = CONCAT('e', CHAR(0xCC81 USING utf8mb4), SUBSTR(machine, 2))", "changed", "machine"),
}

SOURCE = """
CREATE TABLE sweep_rows (report_no varchar(32) NOT NULL PRIMARY KEY, emp_no varchar(20) NOT NULL,
  op_code varchar(16) NOT NULL, order_no varchar(32), work_date date NOT NULL, started_at datetime(6),
  machine varchar(32), weight decimal(14,4) NOT NULL, note varchar(16), qty_good int NOT NULL, qty_scrap int NOT NULL,
  qty_rework int NOT NULL, updated_at datetime NOT NULL, KEY (updated_at));
INSERT INTO sweep_rows SELECT report_no, emp_no, op_code, order_no, work_date, started_at, CONCAT('é', machine),
  CAST(qty_good * 1.2345 AS decimal(14,4)), IF(CRC32(report_no) % 2 = 0, NULL, ''),
  qty_good, qty_scrap, qty_rework, updated_at FROM mes_production;
DROP TABLE mes_production;
ANALYZE TABLE sweep_rows
"""
MARIADB_SUMS = f"""SELECT CAST(SUBSTR(report_no, 2) AS UNSIGNED) DIV {CHUNK}, count(*),
  SUM(CONV(SUBSTR(MD5(CONCAT_WS('|', report_no, emp_no, op_code, COALESCE(order_no, '~'), work_date,
  COALESCE(started_at, '~'), COALESCE(machine, '~'), weight, COALESCE(note, '~'), qty_good, qty_scrap, qty_rework)), 1, 12),
  16, 10)) FROM sweep_rows GROUP BY 1"""
POSTGRES_SUMS = f"""SELECT substr(fact_no, 2)::bigint / {CHUNK}, count(*),
  sum(('x' || substr(md5(concat_ws('|', fact_no, spell_id, operation_id, coalesce(work_order_id::text, '~'), work_date,
  coalesce(started_at::text, '~'), coalesce(machine, '~'), material_lot, coalesce(shift, '~'), qty_good, qty_scrap,
  qty_rework)), 1, 12))::bit(48)::bigint) FROM production_fact GROUP BY 1"""


class SweptStore(HrBridge):
    def __init__(self, site):
        super().__init__(site, "hrbridge", MAPPING)
        shutil.copy(os.path.join(site.source_dir, "tests", "bench", "sweep.map.yaml"),
                    os.path.join(os.path.dirname(self.config), "mappings", "bench"))
        # Only one mapping may write a swept entity.
        for other in ("bench/production.map.yaml", "mes/production_fact.map.yaml"):
            os.remove(os.path.join(os.path.dirname(self.config), "mappings", other))

    def sweep(self, kind):
        used = run_timed([[self.site.hrbridge, "sync", MAPPING, "--sweep", kind, "--json", "--limit", "100000", "--config",
                           self.config]], {}, self.site.folder)
        return used, json.loads(used.output)[0]


class Differences:
    """Makes rows of the source differ, other ones each time, and knows what a sweep has to say of them."""

    def __init__(self, mariadb, rows):
        self.mariadb, self.rows, self.used = mariadb, rows, 0
        self.deleted = set()  # the numbers of rows that the source has no more

    def make(self, count):
        expected, statements, names = set(), [], list(KINDS)
        step = max(1, (self.rows - 1) // max(1, count))
        for i in range(count):
            number = 1 + (i * step + self.used) % self.rows
            while number in self.deleted:
                number = 1 + number % self.rows
            kind = names[i % len(names)] if count > 1 else "value"
            change, verdict, field = KINDS[kind]
            key = f"R{number:010}"
            if verdict == "added":
                key = f"X{self.used:03}{i:07}"
                statements.append(f"INSERT INTO sweep_rows SELECT '{key}', emp_no, op_code, order_no, work_date, started_at, "
                                  "machine, weight, note, qty_good, qty_scrap, qty_rework, updated_at FROM sweep_rows "
                                  f"WHERE report_no = 'R{number:010}'")
            elif verdict == "missing":
                self.deleted.add(number)
                statements.append(f"DELETE FROM sweep_rows WHERE report_no = '{key}'")
            else:
                statements.append(f"UPDATE sweep_rows SET {change} WHERE report_no = '{key}'")
            expected.add((verdict, key, field))
        self.used += 1
        if statements:
            path = os.path.join(self.mariadb.folder, "differences.sql")
            with open(path, "w", encoding="utf-8") as file:
                file.write("SET autocommit=0;\n" + ";\n".join(statements) + ";\nCOMMIT;\n")
            os.chmod(path, 0o644)
            self.mariadb.execute(f"source {path}")
        return expected


def judged(report, expected):
    """How many differences were found and named, and which were not, or were too many."""
    found = {}
    for each in report["found"]:
        found[(each["kind"], each["key"])] = each["fields"]
    right = sum(1 for verdict, key, field in expected if (verdict, key) in found and
                (field is None or any(text.startswith(field + ":") for text in found[(verdict, key)])))
    extra = len(found) - sum(1 for verdict, key, _ in expected if (verdict, key) in found)
    return right, extra


def timed(work):
    begin = time.monotonic()
    work()
    return time.monotonic() - begin


def at_once(*works):
    threads = [threading.Thread(target=work) for work in works]
    return timed(lambda: ([each.start() for each in threads], [each.join() for each in threads]))


def read_once(site, mariadb, postgres, store):
    """Of each side by its own client: the rows over the wire and thrown away."""
    query = ["mariadb", "--no-defaults", f"--socket={mariadb.path('server.sock')}", "-u", "root", "--quick", "-N", "-B",
             "--default-character-set=utf8mb4", "-e", "SELECT * FROM sweep_rows", "mes"]
    copy = postgres.psql(store.database, "\\copy production_fact to '/dev/null' (format binary)")
    return {"mariadb --quick": run_timed([query, ["sh", "-c", "cat > /dev/null"]], {}, site.folder).wall,
            "psql \\copy binary": run_timed([copy], {}, site.folder).wall}


def measure(site, store, runs):
    mariadb, postgres = site.mariadb, site.postgres
    differences = Differences(mariadb, site.rows)
    rounds = []
    for number in range(1, runs + 1):
        figures = {"sweeps": {}, "reads": read_once(site, mariadb, postgres, store)}
        figures["sums"] = at_once(lambda: mariadb.execute(MARIADB_SUMS), lambda: postgres.execute(store.database, POSTGRES_SUMS))
        busy = busy_seconds()
        used, report = store.sweep("keys")
        figures["keys"] = {"seconds": used.wall, "peak_kib": used.peak_kib, "extra": judged(report, set())[1]}
        for count in (each for each in DIFFERENCES if each * 8 <= site.rows):
            expected = differences.make(count)
            used, report = store.sweep("hashes")
            right, extra = judged(report, expected)
            figures["sweeps"][count] = {"seconds": used.wall, "client_cpu": used.cpu, "peak_kib": used.peak_kib,
                                        "found": right, "expected": len(expected), "extra": extra}
            say(f"  run {number}: {count} differences: {used.wall:.2f} s, peak {used.peak_kib / 1024:.1f} MiB, "
                f"{right} of {len(expected)} found, {extra} others")
        figures["busy"] = busy_seconds() - busy
        rounds.append(figures)
    return rounds


def summary(rounds):
    median = statistics.median
    slower = max(rounds[0]["reads"], key=lambda name: median(each["reads"][name] for each in rounds))
    read = median(each["reads"][slower] for each in rounds)
    sums = median(each["sums"] for each in rounds)
    lines = []
    for count in rounds[0]["sweeps"]:
        runs = [each["sweeps"][count] for each in rounds]
        seconds = median(run["seconds"] for run in runs)
        lines.append({"differences": count, "seconds": seconds, "ratio_to_read": seconds / read,
                      "ratio_to_sums": seconds / sums, "peak_mib": max(run["peak_kib"] for run in runs) / 1024,
                      "found": sum(run["found"] for run in runs), "expected": sum(run["expected"] for run in runs),
                      "extra": sum(run["extra"] for run in runs)})
    return {"read": slower, "read_seconds": read, "sums_seconds": sums,
            "keys_seconds": median(each["keys"]["seconds"] for each in rounds), "sweeps": lines, "runs": rounds}


def table(rows, figures, versions, runs):
    lines = [
        f"{rows:,} rows, MariaDB against an HR store on PostgreSQL, loopback, {machine()}; median of {runs} runs.",
        f"Reading the slower side once, by its own client ({figures['read']}): {figures['read_seconds']:.2f} s. Chunked md5 sums in "
        f"both databases at a time: {figures['sums_seconds']:.2f} s. A sweep of keys: {figures['keys_seconds']:.2f} s.",
        "",
        "| rows that differ | sweep of hashes, s | to reading once | to md5 sums | peak MiB | found and named | others |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for each in figures["sweeps"]:
        lines.append(f"| {each['differences']:,} | {each['seconds']:.2f} | {each['ratio_to_read']:.2f} | {each['ratio_to_sums']:.2f} "
                     f"| {each['peak_mib']:.1f} of {BOUND_MIB} | {each['found']:,} of {each['expected']:,} | {each['extra']} |")
    return "\n".join([*lines, "", "; ".join(versions)])


def faults(figures):
    found = []
    for each in figures["sweeps"]:
        if each["found"] != each["expected"] or each["extra"]:
            found.append(f"{each['differences']} differences: {each['found']} of {each['expected']} found, {each['extra']} others")
        if each["peak_mib"] > BOUND_MIB:
            found.append(f"{each['differences']} differences: peak memory {each['peak_mib']:.1f} MiB is over {BOUND_MIB} MiB")
    if any(each["keys"]["extra"] for each in figures["runs"]):
        found.append("a sweep of keys found differences where there are none")
    return found


def bench(site, runs):
    site.mariadb.execute(SOURCE)
    store = SweptStore(site)
    store.prepare()
    say("the first load")
    store.move()
    if store.count() != site.rows:
        raise BenchError(f"the store has {store.count()} of {site.rows} rows")
    site.postgres.execute(store.database, "VACUUM ANALYZE production_fact")
    return summary(measure(site, store, runs))


def run(arguments, folder):
    with filled_site(arguments, folder) as site:
        figures, tools = bench(site, arguments.runs), versions(site, "libmariadb3")
    print(table(arguments.rows, figures, tools, arguments.runs))
    return finish(arguments, {"versions": tools, **figures}, faults(figures))
