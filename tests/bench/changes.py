"""Brings changes of a large table into the store, by a window and by reading all of it again; see README.md."""
import os
import statistics

from compare import compare, lines_of
from data import COLUMNS, PLAIN_TABLE
from harness import filled_site, finish, say, versions
from movers import HrBridge
from processes import busy_seconds, run_timed
from report import machine
from sources import CHECKED, MAPPING, SHIPPED, MariaDbSource

FEW = 50_000
SNAPSHOT = "bench/snapshot"
# Of so many rows one: those of the larger window, and those that differ in a snapshot.
IN_WINDOW, IN_SNAPSHOT = 10, 100
BOUNDS = {"newest": 1.5, "few": 1.5, "window": 0.5, "snapshot": 1.3}
FEWEST_TIMED = 1_000_000  # of fewer rows the ratios are shown, but say too little to be held to
# The source's clock is UTC and its times are those of Asia/Shanghai.
NOW = "(UTC_TIMESTAMP() + INTERVAL 8 HOUR - INTERVAL 2 MINUTE)"
NUMBER = "CAST(SUBSTR(report_no, 2) AS UNSIGNED)"


class Store(HrBridge):
    """One mapping's store with the whole table in it."""

    def __init__(self, site, name, mapping, database):
        self.database = database
        super().__init__(site, name, mapping, "mariadb")

    def _write_config(self):
        path = super()._write_config()
        own = os.path.join(os.path.dirname(path), self.database, "hrbridge.yaml")
        os.makedirs(os.path.dirname(own), exist_ok=True)
        for name in ("keys", "password", "hrbridge.yaml"):
            os.replace(os.path.join(os.path.dirname(path), name), os.path.join(os.path.dirname(own), name))
        return own

    def load(self):
        self.prepare()
        used = self.move()
        # What autovacuum does a minute later.
        self.site.postgres.execute(self.database, "VACUUM ANALYZE production_fact")
        return used.wall

    def wrong(self):
        columns = [column for column in COLUMNS if column != "updated_at"]
        target = self.target()
        with MariaDbSource(self.site).lines(columns) as wanted, \
                lines_of(self.site.postgres.psql(self.database, target.query())) as found:
            cells = compare(columns, wanted, found).figures()
        return cells["wrong_cells"] + cells["missing_rows"] + cells["extra_rows"]


class Snapshot(Store):
    """The same fields from a query without a window: everything each time."""

    def __init__(self, site):
        super().__init__(site, "snapshot", SNAPSHOT, "snapshot")
        folder = os.path.join(os.path.dirname(self.config), "mappings", "bench")
        with open(os.path.join(folder, "production.map.yaml"), encoding="utf-8") as file:
            text = file.read()
        text = text.replace(f"map: {MAPPING}", f"map: {SNAPSHOT}").replace("{window} AND ", "")
        lines = [line for line in text.splitlines() if not line.startswith("  window:")]
        site.file(os.path.join(folder, "snapshot.map.yaml"), "\n".join(lines) + "\n")


class Changes:
    """Makes rows of the source change, other ones each time."""

    def __init__(self, site):
        self.mariadb, self.rows, self.made = site.mariadb, site.rows, 0

    def forget_windows(self):
        """So that no overlap reads again what an earlier run has brought."""
        self.mariadb.execute("UPDATE mes_production SET updated_at = updated_at - INTERVAL 2 DAY "
                             f"WHERE updated_at > {NOW} - INTERVAL 1 DAY")

    def change(self, one_in, when):
        self.made += 1
        self.mariadb.execute(f"UPDATE mes_production SET qty_good = qty_good + 1, updated_at = {when} "
                             f"WHERE {NUMBER} % {one_in} = {self.made % one_in} AND report_no < 'R9'")
        return self._count(f"{NUMBER} % {one_in} = {self.made % one_in} AND report_no < 'R9'")

    def change_newest(self, count, when):
        self.mariadb.execute(f"UPDATE mes_production SET qty_good = qty_good + 1, updated_at = {when} "
                             f"WHERE report_no < 'R9' ORDER BY report_no DESC LIMIT {count}")
        return count

    def add(self, count, when):
        self.made += 1
        self.mariadb.execute(
            f"INSERT INTO mes_production SELECT CONCAT('R9', LPAD({self.made}, 2, '0'), RIGHT(report_no, 7)), "
            f"{', '.join(column for column in COLUMNS if column not in ('report_no', 'updated_at'))}, {when} "
            f"FROM mes_production WHERE report_no < 'R9' ORDER BY report_no LIMIT {count}")
        return self._count(f"report_no LIKE 'R9{self.made:02}%'")

    def _count(self, where):
        return int(self.mariadb.execute(f"SELECT count(*) FROM mes_production WHERE {where}").strip())


def bare_copy(site, since):
    """Fetch and COPY of the changed rows by the databases' clients, into an empty table of the same columns and indexes."""
    site.postgres.new_database("plain")
    site.postgres.execute("plain", PLAIN_TABLE)
    columns = ", ".join(COLUMNS)
    read = [*site.mariadb.client(), "--quick", "--batch", "-e",
            f"SELECT {columns} FROM mes_production WHERE updated_at > {since}", "mes"]
    write = site.postgres.psql("plain", f"\\copy mes_production ({columns}) from stdin with (format text, null 'NULL')")
    return run_timed([read, write], {}, site.folder).wall


class PlainUpdate:
    """The same by the databases' clients in a table that holds all rows already: fetch and COPY as bare_copy(), then one UPDATE. Shown
    beside the rest without a bound: what the server itself takes to change rows where they are."""

    database = "plain_full"

    def __init__(self, site):
        self.site, self.columns = site, ", ".join(COLUMNS)
        site.postgres.new_database(self.database)
        site.postgres.execute(self.database, PLAIN_TABLE + "; ALTER TABLE mes_production SET (fillfactor = 90)")
        self._run("", [self._copy("mes_production")])
        site.postgres.execute(self.database, "VACUUM ANALYZE mes_production")

    def move(self, since):
        sets = ", ".join(f"{column} = s.{column}" for column in COLUMNS)
        return self._run(f" WHERE updated_at > {since}", [
            "CREATE TEMP TABLE incoming AS SELECT * FROM mes_production LIMIT 0", self._copy("incoming"),
            f"SET enable_mergejoin = off; SET enable_hashjoin = off; UPDATE mes_production t SET {sets} FROM incoming s "
            "WHERE t.report_no = s.report_no"]).wall

    def _copy(self, table):
        return f"\\copy {table} ({self.columns}) from stdin with (format text, null 'NULL')"

    def _run(self, where, statements):
        read = [*self.site.mariadb.client(), "--quick", "--batch", "-e", f"SELECT {self.columns} FROM mes_production{where}", "mes"]
        write = self.site.postgres.psql(self.database, statements[0])
        write += [word for statement in statements[1:] for word in ("-c", statement)]
        return run_timed([read, write], {}, self.site.folder)


def read_once(site):
    read = [*site.mariadb.client(), "--quick", "--batch", "-e", f"SELECT {', '.join(COLUMNS)} FROM mes_production", "mes"]
    return run_timed([read, ["sh", "-c", "cat > /dev/null"]], {}, site.folder).wall


def timed(store, rows, beside):
    store.site.postgres.execute("postgres", "CHECKPOINT")
    servers = [store.site.mariadb.cpu_seconds, store.site.postgres.cpu_seconds]
    busy, served = busy_seconds(), sum(each() for each in servers)
    used = store.move()
    served = sum(each() for each in servers) - served
    return {"rows": rows, "seconds": used.wall, "beside": beside, "client_cpu": used.cpu, "server_cpu": served,
            "other_cpu": max(0.0, busy_seconds() - busy - served - used.cpu), "peak_kib": used.peak_kib}


def one_round(site, shipped, snapshot, plain, changes, few, is_first):
    recent = f"{NOW} - INTERVAL 1 DAY"
    figures = {"updated": {}}
    for name, change in {"newest": lambda: changes.change_newest(few, NOW),
                         "few": lambda: changes.change(max(1, site.rows // few), NOW)}.items():
        changes.forget_windows()
        changed = change()
        site.postgres.execute("postgres", "CHECKPOINT")
        figures["updated"][name] = plain.move(recent)
        figures[name] = timed(shipped, changed, bare_copy(site, recent))
    changes.forget_windows()
    changed = changes.change(2 * IN_WINDOW, NOW) + changes.add(site.rows // (2 * IN_WINDOW), NOW)
    figures["window"] = timed(shipped, changed, None)
    # Later on the store lacks the changes that leave the watermark.
    figures["wrong"] = shipped.wrong() if is_first else 0
    snapshot.move()  # what the windows brought
    changes.change(IN_SNAPSHOT, "updated_at")
    figures["snapshot"] = timed(snapshot, site.rows, read_once(site))
    return figures


def measure(site, runs, few):
    changes = Changes(site)
    first = Store(site, CHECKED, MAPPING, "direct").load()
    say(f"  a first load takes {first:.2f} s")
    shipped, snapshot = Store(site, SHIPPED, "mes/production_fact", "store"), Snapshot(site)
    first_shipped = shipped.load()
    plain = PlainUpdate(site)
    snapshot.load()
    rounds = []
    for number in range(1, runs + 1):
        rounds.append(one_round(site, shipped, snapshot, plain, changes, few, number == 1))
        say(f"  run {number}: " + ", ".join(f"{name} {rounds[-1][name]['seconds']:.2f} s" for name in BOUNDS))
    return {"first": first, "first_shipped": first_shipped, "rounds": rounds,
            "wrong": snapshot.wrong() + sum(each["wrong"] for each in rounds)}


def summary(rows, figures):
    median = statistics.median
    lines = {}
    for name in BOUNDS:
        runs = [each[name] for each in figures["rounds"]]
        line = {key: median(run[key] for run in runs) for key in ("rows", "seconds", "client_cpu", "server_cpu", "other_cpu")}
        line["peak_mib"] = max(run["peak_kib"] for run in runs) / 1024
        if name == "window":
            line["beside"] = figures["first"]
            line["ratio"] = median((run["rows"] / run["seconds"]) / (rows / figures["first"]) for run in runs)
        else:
            line["beside"] = median(run["beside"] for run in runs)
            line["ratio"] = median(run["seconds"] / run["beside"] for run in runs)
        lines[name] = line
    return lines


def table(rows, figures, lines, versions, runs):
    texts = {
        "newest": ("a window, the newest rows changed, shipped mapping", "bare fetch and COPY of them", "at most"),
        "few": ("a window, as many changed all over the table, shipped mapping", "bare fetch and COPY of them", "at most"),
        "window": ("a window, half changed and half new, shipped mapping", "first load of all, rows/s", "at least"),
        "snapshot": (f"everything again, one row in {IN_SNAPSHOT} changed", "reading it once", "at most"),
    }
    out = [
        f"{rows:,} rows, MariaDB to an HR store on PostgreSQL, loopback, {machine()}; medians of {runs} runs. First loads: "
        f"{figures['first']:.2f} s with checks and references, {figures['first_shipped']:.2f} s with the shipped mapping.",
        "",
        "| what | rows | hrbridge, s | beside it | s | ratio | CPU s: hrbridge, servers, others | peak MiB |",
        "| --- | ---: | ---: | --- | ---: | --- | --- | ---: |",
    ]
    for name, line in lines.items():
        what, beside, bound = texts[name]
        out.append(f"| {what} | {line['rows']:,.0f} | {line['seconds']:.2f} | {beside} | {line['beside']:.2f} | {line['ratio']:.2f}, "
                   f"{bound} {BOUNDS[name]} | {line['client_cpu']:.2f}, {line['server_cpu']:.2f}, {line['other_cpu']:.2f} "
                   f"| {line['peak_mib']:.1f} |")
    updated = {name: statistics.median(each["updated"][name] for each in figures["rounds"]) for name in ("newest", "few")}
    out += ["", "Beside the first two lines: the databases' clients take " + " and ".join(f"{each:.2f} s" for each in updated.values())
            + " to fetch the same rows, COPY them into a temporary table and UPDATE a table of as many rows, of which hrbridge takes "
            + " and ".join(f"{lines[name]['seconds'] / each:.2f} x" for name, each in updated.items()) + "."]
    return "\n".join([*out, "", f"Wrong cells and rows at the end: {figures['wrong']:,}.", "", "; ".join(versions)])


def faults(rows, figures, lines):
    found = [f"{figures['wrong']} cells or rows of the store are not those of the source"] if figures["wrong"] else []
    if rows < FEWEST_TIMED:
        return found
    for name, line in lines.items():
        kept = line["ratio"] >= BOUNDS[name] if name == "window" else line["ratio"] <= BOUNDS[name]
        if not kept:
            found.append(f"{name}: the ratio is {line['ratio']:.2f}, its bound {BOUNDS[name]}")
    return found


def run(arguments, folder):
    with filled_site(arguments, folder) as site:
        figures = measure(site, arguments.runs, min(FEW, max(1, arguments.rows // 10)))
        tools = versions(site, "libmariadb3")
    lines = summary(arguments.rows, figures)
    print(table(arguments.rows, figures, lines, tools, arguments.runs))
    return finish(arguments, {"versions": tools, "lines": lines, **figures}, faults(arguments.rows, figures, lines))
