"""Peak memory of what a user runs, over sizes and shapes of tables, and the daemon at rest; see README.md."""
import base64
import csv
import os
import shutil

import idle
from connections import KINDS
from data import COLUMNS, SOURCE_TABLE, add_rows
from harness import empty_site, finish, say, versions
from memory_stores import GOOD, PostgresStore, SqliteStore
from processes import checked, in_child, run_timed
from report import machine
from sealed import open_sealed
from sources import MariaDbSource, SqliteSource

BOUND_MIB, SPREAD = 48, 1.10
CELL_MIB, CELL_BOUND_MIB = 64, 48
IDLE_S, IDLE_MIB, IDLE_SHARE = 60, 25, 0.001
WIDE_COLUMNS = 500
LONG_PERSON = "E000500"

WIDE = [f"x{n:03}" for n in range(len(COLUMNS), WIDE_COLUMNS)]
LONG_CELLS = f"""
CREATE TABLE long_cells (person_no varchar(32) NOT NULL PRIMARY KEY, name varchar(80), note longtext);
INSERT INTO long_cells SELECT CONCAT('E', LPAD(seq, 6, '0')), CONCAT('员工', seq), CONCAT('note ', seq) FROM seq_1_to_1000;
UPDATE long_cells SET note = REPEAT('0123456789abcdef', {CELL_MIB} * 65536) WHERE person_no = '{LONG_PERSON}'
"""


class Bench:
    def __init__(self, site, arguments):
        self.site, self.arguments = site, arguments
        self.figures, self.faults = [], []
        os.mkdir(os.path.join(site.folder, "in"))
        site.file("password", site.mariadb.PASSWORD, 0o600)
        self.key = "bench:" + base64.b64encode(os.urandom(32)).decode()
        site.file("keys", self.key, 0o600)
        # Every mapping of the folder takes room, so that those of wide tables are kept apart.
        for folder in ("mappings", "wide"):
            for each in ("erp", "mes"):
                shutil.copytree(os.path.join(site.source_dir, "mappings", each), os.path.join(site.folder, folder, each))
        for each in ("production.map.yaml", "memory.map.yaml"):
            site.file(f"mappings/bench/{each}", self.text(each))
        unread = self.text("memory.map.yaml").replace("bench/long_cell", "bench/unread_cell")
        site.file("mappings/bench/unread.map.yaml", "".join(line for line in unread.splitlines(True) if "  mobile:" not in line))

    def text(self, name):
        with open(os.path.join(self.site.source_dir, "tests", "bench", name), encoding="utf-8") as file:
            return file.read()

    def config(self, store, source, mappings):
        return self.site.file("hrbridge.yaml", f"""store:
  {store.entry()}
seal_keys: {{file: keys}}
mappings: {mappings}
rules: {mappings}
zone: Asia/Shanghai
control_socket: control.sock
sources:
  mes:
    {source}
  erp:
    {source}
  files: {{kind: file, folder: in, stable: 0s}}
""")

    def load(self, store, what, source, mapping, rows, expected):
        """One first load into a new store. `expected`: rows by table."""
        store.clear()
        config = self.config(store, source, "wide" if "wide" in mapping else "mappings")
        checked([self.site.hrbridge, "store", "upgrade", "--config", config])
        if "person" not in expected:
            store.add_parents(self.arguments.rows * 4)
        used = run_timed([[self.site.hrbridge, "sync", mapping, "--once", "--config", config]], {}, self.site.folder)
        figure = {"load": what, "store": store.name, "rows": rows, "peak_mib": used.peak_kib / 1024, "seconds": used.wall,
                  "client_cpu": used.cpu, "bound": BOUND_MIB, "even": False}
        say(f"  {what} into {store.name}: {rows} rows, peak {figure['peak_mib']:.1f} MiB, {used.wall:.1f} s")
        for table, count in expected.items():
            if store.count(table) != count:
                self.faults.append(f"{what} into {store.name}: {store.count(table)} rows in {table}, there should be {count}")
        self.figures.append(figure)
        return figure

    def reports(self, store, what, source, mapping="bench/production_fact", table="mes_production", count=None):
        mariadb = self.site.mariadb
        rows = count or int(mariadb.execute(f"SELECT count(*) FROM {table}"))
        good = int(mariadb.execute(f"SELECT count(*) FROM {table} WHERE {GOOD}"))
        return self.load(store, what, source, mapping, rows, {"production_fact": good, "reject": rows - good})


def make_csv(bench):
    """The same rows as one CSV file, and the mapping for it."""
    with open(os.path.join(bench.site.folder, "in", "reports.csv"), "w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, quoting=csv.QUOTE_MINIMAL)
        out.writerow(COLUMNS)
        with MariaDbSource(bench.site).lines(COLUMNS) as lines:
            for line in lines:
                out.writerow(SqliteSource._cells(line))
    text = bench.text("production.map.yaml")
    before, _, rest = text.partition("  query: |")
    columns = "".join(f"    {column}: text\n" for column in COLUMNS)
    sync = rest.index("\ntarget:")
    mapping = before.replace("conn: mes", "conn: files") + f"  files: '*.csv'\n  key: [report_no]\n  columns:\n{columns}" + rest[sync:]
    bench.site.file("mappings/bench/csv.map.yaml", mapping.replace("map: bench/production_fact", "map: bench/csv"))


def make_wide(bench, rows):
    """The same reports with 485 columns more: numbers, decimals, times and texts, each with a rule of its own."""
    kinds = [("varchar(16)", "CONCAT('v', CRC32(CONCAT({n}, report_no)) % 100000)", "text(16)", "match: 'v\\d+'"),
             ("int", "CRC32(CONCAT({n}, report_no)) % 1000000", "int", "range: [0, 1000000]"),
             ("decimal(10,2)", "CRC32(CONCAT({n}, report_no)) % 1000000 / 100", "decimal(10,2)", "range: [0, 10000]"),
             ("datetime", "updated_at - INTERVAL {n} HOUR", "timestamp", "range: [2000-01-01, today+1d]")]
    made = [(name, kinds[n % len(kinds)], n) for n, name in enumerate(WIDE)]
    bench.site.mariadb.execute(
        "CREATE TABLE wide ENGINE=InnoDB CHARACTER SET ascii AS SELECT * FROM mes_production WHERE 1 = 0;"
        "ALTER TABLE wide " + ", ".join(f"ADD COLUMN {name} {kind[0]}" for name, kind, _ in made) + ", ADD PRIMARY KEY (report_no);"
        "INSERT INTO wide SELECT mes_production.*, " + ", ".join(kind[1].format(n=n) for _, kind, n in made) +
        f" FROM mes_production LIMIT {rows}")
    text = bench.text("production.map.yaml").replace("map: bench/production_fact", "map: bench/wide")
    text = text.replace("qty_target, updated_at", "qty_target, updated_at,\n           " + ", ".join(WIDE))
    text = text.replace("FROM mes_production", "FROM wide").replace("    updated_at:   datetime!\n", "    updated_at:   datetime!\n" + "".join(
        f"    {name}: {kind[0]}\n" for name, kind, _ in made))
    text = text.partition("\nfixtures:")[0] + "\n"
    bench.site.file("wide/bench/wide.map.yaml", text)
    fields = "".join(f"  {name}: {{from: {name}, type: '{kind[2]}', opt: true, store: false, {kind[3]}, id: {name.upper()}}}\n"
                     for name, kind, _ in made)
    logic = f"\nlogic:\n  - {{id: L01, row: '{WIDE[1]} IS NULL OR {WIDE[1]} >= 0', say: 'below zero'}}\n"
    bench.site.file("wide/bench/wide_checked.map.yaml", text.replace("map: bench/wide", "map: bench/wide_checked") + fields + logic)


def long_cells(bench, store):
    """The store takes no text of that length: its row is refused and kept as it is, unless no field reads the column."""
    source, bound = KINDS["mariadb"](bench.site), CELL_MIB + CELL_BOUND_MIB
    what = f"a cell of {CELL_MIB} MiB"
    bench.load(store, f"{what} that no field reads", source, "bench/unread_cell", 1000, {"person": 1000, "reject": 0})["bound"] = bound
    bench.load(store, f"{what}, refused", source, "bench/long_cell", 1000, {"person": 999, "reject": 1})["bound"] = bound
    if not in_child(lambda: kept_whole(bench, store)):
        bench.faults.append(f"{what} into {store.name} was not kept as it was")


def kept_whole(bench, store):
    digest, row = store.refused_row()
    found = open_sealed(row, f"reject.packed_row/bench/long_cell/{digest}", bench.key)
    return found is not None and b"0123456789abcdef" * (CELL_MIB * 65536) in found


def measure(bench):
    rows, site = bench.arguments.rows, bench.site
    stores = [PostgresStore(site), SqliteStore(site)]
    native = KINDS["mariadb"](site)
    site.mariadb.execute(SOURCE_TABLE)
    made = 0
    for size in (max(1, rows // 10), rows, rows * 4):
        say(f"making {size} rows")
        add_rows(site.mariadb, rows * 4, bench.arguments.seed, made + 1, size)
        made = size
        for store in stores:
            bench.reports(store, "MariaDB", native)["even"] = True
        if size == max(1, rows // 10):
            make_wide(bench, max(1000, rows // 50))
            for store in stores:
                bench.reports(store, "500 columns", native, "bench/wide", "wide")["even"] = True
                bench.reports(store, "500 columns, all checked", native, "bench/wide_checked", "wide")
                bench.reports(store, "MariaDB, logic rules", native, "mes/production_fact")
            bench.reports(stores[0], "MariaDB over ODBC", KINDS["odbc"](site))
            SqliteSource(site).fill()
            bench.reports(stores[0], "SQLite", KINDS["sqlite"](site))
            make_csv(bench)
            bench.reports(stores[0], "CSV", native, "bench/csv")
            site.mariadb.execute(LONG_CELLS)
            for store in stores:
                long_cells(bench, store)


def judge(figures, resting):
    faults = [f"{each['load']} into {each['store']}, {each['rows']:,} rows: {each['peak_mib']:.1f} MiB is over {each['bound']} MiB"
              for each in figures if each["peak_mib"] > each["bound"]]
    for store in ("PostgreSQL", "SQLite"):
        peaks = [each["peak_mib"] for each in figures if each["even"] and each["store"] == store]
        if max(peaks) > SPREAD * min(peaks):
            faults.append(f"into {store}: peaks of {min(peaks):.1f} to {max(peaks):.1f} MiB are more than 10 % apart")
    if resting["rss_mib"] > IDLE_MIB:
        faults.append(f"the resting daemon: {resting['rss_mib']:.1f} MiB is over {IDLE_MIB} MiB")
    if resting["core_share"] > IDLE_SHARE:
        faults.append(f"the resting daemon: {resting['core_share']:.2%} of a core is over {IDLE_SHARE:.1%}")
    return faults


def table(figures, resting, versions):
    lines = [f"Peak resident memory of `hrbridge sync` in a first load on {machine()}; some rows of each are refused or held.", "",
             "| from | into | rows | peak MiB | seconds |", "| --- | --- | ---: | ---: | ---: |"]
    for each in figures:
        lines.append(f"| {each['load']} | {each['store']} | {each['rows']:,} | {each['peak_mib']:.1f} of {each['bound']} | {each['seconds']:.1f} |")
    lines += ["", f"The daemon at rest for {resting['seconds']:.0f} s: {resting['rss_mib']:.1f} of {IDLE_MIB} MiB resident "
              f"({resting['anonymous_mib']:.1f} MiB its own), {resting['core_share']:.2%} of {IDLE_SHARE:.1%} of a core.",
              "", "; ".join(versions)]
    return "\n".join(lines)


def run(arguments, folder):
    demo = os.path.join(folder, "demo")
    os.mkdir(demo)
    say("the daemon at rest")
    resting = idle.measure(os.path.abspath(arguments.hrbridge), demo, IDLE_S)
    with empty_site(arguments, folder) as site:
        bench = Bench(site, arguments)
        measure(bench)
        tools = versions(site, "libmariadb3", "odbc-mariadb", "libsqlite3-0")
    print(table(bench.figures, resting, tools))
    return finish(arguments, {"versions": tools, "loads": bench.figures, "idle": resting},
                  bench.faults + judge(bench.figures, resting))
