"""Loads the same rows clean and with one bad row in ten; see README.md."""
import json
import os
import shutil
import statistics

from compare import compare, lines_of
from harness import filled_site, finish, say, versions
from movers import HrBridge
from processes import BenchError, busy_seconds
from report import machine

MAPPING = "bench/dirty"
BOUND_RATIO = 1.3
BOUND_MIB = 48
FEWEST_TIMED = 200_000  # of fewer rows the ratio is shown, but says too little to be held to
ONE_IN = 10
NUMBER = "CAST(SUBSTR(report_no, 2, 10) AS UNSIGNED)"
BAD_AT = 3  # row numbers with this remainder are bad

# Of each kind: what makes the row bad; reject.kind, rule and field; words that its reason must have.
KINDS = {
    "undecodable bytes": ("machine = CONCAT(machine, 0xC328)", "row", "decode", "machine", "charset"),
    "bad number": ("qty_good = CONCAT(qty_good, 'pcs')", "row", "F11", "qty_good", "number"),
    "out of range": ("qty_scrap = '-5'", "row", "F12", "qty_scrap", "0"),
    "bad date": ("work_date = '2024-02-30'", "row", "F05", "work_date", "date"),
    "missing reference": ("op_code = 'OP999'", "row", "F03", "operation_id", "operation"),
    "missing parent, held": ("emp_no = 'E999999'", "hold", "F02", "spell_id", "employment_spell"),
    "NULL where required": ("qty_rework = NULL", "row", "F13", "qty_rework", "NULL"),
}
# Only where rows are staged: both rows of a key are good by themselves, so that the newer one stays and the other is counted.
STAGED_KINDS = {
    "repeated key": ("report_no = CONCAT(LEFT(report_no, 1), LPAD(SUBSTR(report_no, 2) - 1, 10, '0'), '/2'), "
                     "updated_at = updated_at - INTERVAL 400 DAY", None, None, None, None),
    "broken logic rule": ("qty_good = '0', qty_scrap = '0', qty_rework = '0'", "row", "L01", "qty_good", "报工数量为零"),
}
LOGIC = """
logic:
  - {id: L01, row: 'qty_good + qty_scrap + qty_rework > 0', say: 报工数量为零}
"""

TABLE = """
CREATE DATABASE {name} CHARACTER SET utf8mb4;
GRANT SELECT ON {name}.* TO '{reader}'@'127.0.0.1';
CREATE TABLE {name}.reports (report_no varchar(32) NOT NULL PRIMARY KEY, emp_no varchar(20),
  op_code varchar(16), order_no varchar(32), work_date varchar(32), started_at datetime,
  ended_at datetime, machine varbinary(64), material_lot varchar(32), shift varchar(4), qty_good varchar(16),
  qty_scrap varchar(16), qty_rework varchar(16), qty_target int, updated_at datetime NOT NULL, KEY (updated_at));
INSERT INTO {name}.reports SELECT * FROM mes.mes_production;
"""


class Load(HrBridge):
    """One way of loading (with logic rules or without) of one database of the source."""

    def __init__(self, site, kinds, rows, logic=""):
        self.kinds, self.rows, self.logic = kinds, rows, logic
        self.staged = "staged" if logic else "direct"
        self.source_database = f"{rows}_{self.staged}" if rows == "dirty" else rows
        self.database = f"{rows}_{self.staged}"
        super().__init__(site, f"{self.staged}, {rows}", MAPPING)
        with open(os.path.join(site.source_dir, "tests", "bench", "dirty.map.yaml"), encoding="utf-8") as file:
            text = file.read().replace("\nfixtures:", f"{logic}\nfixtures:")
        site.file(os.path.join(self.home, "mappings", "bench", "dirty.map.yaml"), text)

    def _write_config(self):
        path = super()._write_config()
        self.home = os.path.join(self.site.folder, f"home-{self.database}")
        shutil.copytree(os.path.dirname(path), self.home)
        with open(path, encoding="utf-8") as file:
            text = file.read().replace("database: mes", f"database: {self.source_database}")
        return self.site.file(os.path.join(self.home, "hrbridge.yaml"), text)

    def move(self):
        used = super().move()
        self.report = json.loads(used.output)[0]
        return used

    def command(self):
        return [*super().command(), "--json"]

    def rejects(self):
        """By kind, rule and field: how many there are, a sum over their row numbers, and one reason."""
        text = self.site.postgres.execute(
            self.database,
            "SELECT kind, rule, field, count(*), sum(substr(source_key, 2, 10)::bigint), count(DISTINCT packed_row), min(reason), max(reason) "
            "FROM reject WHERE state = 'open' GROUP BY 1, 2, 3")
        rows = [line.split("|") for line in text.splitlines()]
        return {tuple(row[:3]): {"count": int(row[3]), "sum": int(row[4]), "packed": int(row[5]), "reasons": row[6:8]} for row in rows}

    def compared(self):
        """The store's rows with those of the source that nobody made bad."""
        target = self.target()
        cells = ", ".join(f"CONCAT('=', {column})" for column in target.columns)
        good = f"WHERE {NUMBER} % {ONE_IN} <> {BAD_AT}" if self.rows == "dirty" else ""
        query = f"SELECT {cells} FROM reports {good} ORDER BY report_no"
        with (lines_of([*self.site.mariadb.client(), "--quick", "--batch", "-e", query, "clean"]) as wanted,
              lines_of(self.site.postgres.psql(target.database, target.query())) as found):
            return compare(list(target.columns), wanted, found)


def make_dirty(mariadb, name, kinds, rows):
    """Makes one row in ten bad; gives how many of each kind, and the sum of their numbers."""
    mariadb.execute(TABLE.format(name=name, reader=mariadb.READER))
    for at, (change, *_) in enumerate(kinds.values()):
        mariadb.execute(f"UPDATE reports SET {change} WHERE LENGTH(report_no) = 11 AND {NUMBER} % {ONE_IN} = {BAD_AT} AND "
                        f"{NUMBER} DIV {ONE_IN} % {len(kinds)} = {at}", name)
    mariadb.execute("ANALYZE TABLE reports", name)
    truth = {kind: {"count": 0, "sum": 0} for kind in kinds}
    names = list(kinds)
    for row in range(BAD_AT, rows + 1, ONE_IN):
        each = truth[names[row // ONE_IN % len(kinds)]]
        each["count"] += 1
        each["sum"] += row
    return truth


def wrong(load, truth):
    """What the store of a dirty load has otherwise than the generator says."""
    faults, found = [], load.rejects()
    for kind, (_, reject_kind, rule, field, word) in load.kinds.items():
        want = truth[kind]
        if want["count"] == 0:
            continue
        if rule is None:
            if load.report["duplicates"] != want["count"]:
                faults.append(f"{kind}: {load.report['duplicates']} counted, there are {want['count']}")
            continue
        got = found.pop((reject_kind, rule, field), None)
        if got is None:
            faults.append(f"{kind}: no {reject_kind} of rule {rule} on {field or 'the row'}; there are {sorted(found)}")
        elif (got["count"], got["sum"]) != (want["count"], want["sum"]) or got["packed"] != want["count"]:
            faults.append(f"{kind}: {got['count']} rejected (sum {got['sum']}), there are {want['count']} (sum {want['sum']})")
        elif not all(word in reason for reason in got["reasons"]):
            faults.append(f"{kind}: the reason says {got['reasons']}")
    faults += [f"{got['count']} rows were rejected by {key} that are not bad so" for key, got in found.items()]
    different = load.compared()
    if different.any():
        faults.append(f"the rows are not the good ones: {different.figures()}")
    return [f"{load.name}: {fault}" for fault in faults]


def run_once(site, load, number):
    load.prepare()
    site.postgres.execute("postgres", "CHECKPOINT")
    servers = [site.mariadb.cpu_seconds, site.postgres.cpu_seconds]
    busy, served = busy_seconds(), sum(each() for each in servers)
    used = load.move()
    busy, served = busy_seconds() - busy, sum(each() for each in servers) - served
    say(f"  run {number}: {load.name}: {used.wall:.2f} s, CPU {used.cpu:.1f} + {served:.1f} s, peak {used.peak_kib / 1024:.1f} MiB")
    return {"seconds": used.wall, "client_cpu": used.cpu, "server_cpu": served,
            "other_cpu": max(0.0, busy - served - used.cpu), "peak_kib": used.peak_kib}


def measure(site, pairs, truths, runs):
    results, found = {load.name: [] for pair in pairs for load in pair}, []
    for number in range(1, runs + 1):
        for pair, truth in zip(pairs, truths):
            for load in pair if number % 2 else reversed(pair):
                results[load.name].append(run_once(site, load, number))
            clean, dirty = pair
            found += wrong(clean, {kind: {"count": 0} for kind in clean.kinds}) + wrong(dirty, truth)
    return results, found


def summary(pairs, truths, results, rows):
    figures = []
    for pair, truth in zip(pairs, truths):
        medians = [{key: statistics.median(run[key] for run in results[load.name])
                    for key in ("seconds", "client_cpu", "server_cpu", "other_cpu")} for load in pair]
        for load, median in zip(pair, medians):
            bad = sum(each["count"] for each in truth.values()) if load is pair[1] else 0
            figures.append({"load": load.name, **median, "rows_per_second": rows / median["seconds"], "bad": bad,
                            "ratio": median["seconds"] / medians[0]["seconds"],
                            "cpu_ratio": (median["client_cpu"] + median["server_cpu"]) /
                            (medians[0]["client_cpu"] + medians[0]["server_cpu"]),
                            "peak_mib": max(run["peak_kib"] for run in results[load.name]) / 1024,
                            "runs": results[load.name]})
    return figures


def table(rows, figures, versions, runs, kinds):
    lines = [
        f"{rows:,} MES production rows, MariaDB to PostgreSQL on loopback, {machine()}; median of {runs} runs, interleaved.",
        f"Bad rows are of {len(kinds)} kinds: {', '.join(kinds)}. Ratios are to the clean load: below 1 is faster.",
        "",
        "| load | bad rows | seconds | rows/s | ratio of seconds | ratio of CPU | CPU client / servers / others | peak MiB |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for each in figures:
        cpu = f"{each['client_cpu']:.1f} / {each['server_cpu']:.1f} / {each['other_cpu']:.1f}"
        bound = f" of {BOUND_RATIO}" if each["bad"] else ""
        lines.append(f"| {each['load']} | {each['bad']:,} | {each['seconds']:.2f} | {each['rows_per_second']:,.0f} "
                     f"| {each['ratio']:.2f}{bound} | {each['cpu_ratio']:.2f} | {cpu} | {each['peak_mib']:.1f} of {BOUND_MIB} |")
    return "\n".join([*lines, "", "; ".join(versions)])


def faults(rows, figures):
    slow = [f"{each['load']}: {each['ratio']:.2f} times as long as clean, over {BOUND_RATIO}" for each in figures
            if each["ratio"] > BOUND_RATIO and rows >= FEWEST_TIMED]
    return slow + [f"{each['load']}: peak memory {each['peak_mib']:.1f} MiB is over {BOUND_MIB} MiB" for each in figures
                   if each["peak_mib"] > BOUND_MIB]


def bench(site, runs):
    site.mariadb.execute(TABLE.format(name="clean", reader=site.mariadb.READER))
    pairs, truths = [], []
    for staged, kinds, logic in (("direct", KINDS, ""), ("staged", {**KINDS, **STAGED_KINDS}, LOGIC)):
        truths.append(make_dirty(site.mariadb, f"dirty_{staged}", kinds, site.rows))
        pairs.append([Load(site, kinds, rows, logic) for rows in ("clean", "dirty")])
    site.mariadb.execute("DROP TABLE mes_production")
    results, found = measure(site, pairs, truths, runs)
    return summary(pairs, truths, results, site.rows), truths, found


def run(arguments, folder):
    if arguments.rows < 1000:
        raise BenchError("dirty needs 1,000 rows at least")
    with filled_site(arguments, folder) as site:
        figures, truths, found = bench(site, arguments.runs)
        tools = versions(site, "libmariadb3")
    print(table(arguments.rows, figures, tools, arguments.runs, [*KINDS, *STAGED_KINDS]))
    return finish(arguments, {"versions": tools, "loads": figures, "bad": truths}, found + faults(arguments.rows, figures))
