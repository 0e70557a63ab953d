"""The rows: made by the source server itself from a seed, the same for the same seed and number."""

CHUNK = 250_000
EMPLOYEES = 2_000
OPERATIONS = 40
ROWS_AN_ORDER = 250

COLUMNS = ["report_no", "emp_no", "op_code", "order_no", "work_date", "started_at", "ended_at", "machine",
           "material_lot", "shift", "qty_good", "qty_scrap", "qty_rework", "qty_target", "updated_at"]

NUMBERS = ["qty_good", "qty_scrap", "qty_rework", "qty_target"]
TIMES = ["started_at", "ended_at", "updated_at"]

SOURCE_TABLE = """
CREATE TABLE mes_production (report_no varchar(32) NOT NULL PRIMARY KEY, emp_no varchar(20) NOT NULL,
  op_code varchar(16) NOT NULL, order_no varchar(32), work_date date NOT NULL, started_at datetime,
  ended_at datetime, machine varchar(16), material_lot varchar(32), shift varchar(4), qty_good int NOT NULL,
  qty_scrap int NOT NULL, qty_rework int NOT NULL, qty_target int, updated_at datetime NOT NULL, KEY (updated_at))
"""

SQLITE_SOURCE = """
CREATE TABLE mes_production (report_no varchar(32) NOT NULL PRIMARY KEY, emp_no varchar(20) NOT NULL,
  op_code varchar(16) NOT NULL, order_no varchar(32), work_date date NOT NULL, started_at datetime,
  ended_at datetime, machine varchar(16), material_lot varchar(32), shift varchar(4), qty_good int NOT NULL,
  qty_scrap int NOT NULL, qty_rework int NOT NULL, qty_target int, updated_at datetime NOT NULL)
"""

POSTGRES_SOURCE = SQLITE_SOURCE.replace("datetime", "timestamp")
_BIGINTS = {column: f"{column}::bigint" for column in NUMBERS}
_INSTANTS = {column: f"{column}::timestamptz" for column in TIMES}
BINARY_COLUMNS = ", ".join({**_BIGINTS, **_INSTANTS}.get(column, column) for column in COLUMNS)

# production_fact with natural keys in place of ids: same types and collation, same three indexes, no foreign keys.
PLAIN_TABLE = """
CREATE TABLE mes_production (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, report_no varchar(48) COLLATE "C" NOT NULL,
  emp_no varchar(32) COLLATE "C" NOT NULL, op_code varchar(32) COLLATE "C" NOT NULL, order_no varchar(32) COLLATE "C", work_date date NOT NULL,
  started_at timestamptz, ended_at timestamptz, machine varchar(32) COLLATE "C", material_lot varchar(32) COLLATE "C", shift varchar(16) COLLATE "C",
  qty_good bigint NOT NULL, qty_scrap bigint NOT NULL, qty_rework bigint NOT NULL, qty_target bigint,
  updated_at timestamptz NOT NULL);
CREATE UNIQUE INDEX mes_production_key ON mes_production (report_no);
CREATE INDEX mes_production_spell ON mes_production (emp_no, work_date)
"""

MACHINES = ["数控车床", "五轴加工中心", "冲床", "磨床", "M", "CNC-"]
LOTS = ["沪钢 ", "L", "鞍钢/", "A\\\\B-", "\"进口\" "]


def _list(texts):
    return ", ".join(f"'{each}'" for each in texts)


def _insert(seed, rows, first, last):
    return f"""
INSERT INTO mes_production
SELECT CONCAT('R', LPAD(seq, 10, '0')),
  CONCAT('E', LPAD(1 + a % {EMPLOYEES}, 6, '0')),
  CONCAT('OP', LPAD(10 + b % {OPERATIONS}, 3, '0')),
  IF(b DIV 64 % 16 = 0, NULL, CONCAT('WO-', LPAD(1 + seq DIV {ROWS_AN_ORDER}, 6, '0'))),
  day, begun, IF(a DIV 4096 % 20 = 0, NULL, begun + INTERVAL 60 + c % 180 MINUTE),
  CONCAT(ELT(1 + c DIV 4096 % {len(MACHINES)}, {_list(MACHINES)}), LPAD(1 + c DIV 256 % 60, 2, '0')),
  IF(c DIV 65536 % 10 = 0, NULL,
    CONCAT(ELT(1 + b DIV 4096 % {len(LOTS)}, {_list(LOTS)}), DATE_FORMAT(day, '%Y%m%d'), '-', b DIV 32 % 10)),
  IF(HOUR(begun) < 20, 'D', 'N'),
  20 + a DIV 2048 % 30, IF(c DIV 1024 % 33 = 0, 1 + b DIV 8 % 3, 0), IF(b DIV 512 % 50 = 0, 1, 0),
  IF(a DIV 128 % 8 = 0, NULL, 30 + b DIV 32 % 10),
  begun + INTERVAL 245 MINUTE
FROM (SELECT seq, a, b, c, day, day + INTERVAL IF(b DIV 1024 % 3 = 0, 1200, 480) + a DIV 64 % 120 MINUTE AS begun
  FROM (SELECT seq, CRC32(CONCAT('a', {seed}, seq)) AS a, CRC32(CONCAT('b', {seed}, seq)) AS b,
      CRC32(CONCAT('c', {seed}, seq)) AS c, DATE '2022-01-03' + INTERVAL seq * 900 DIV {rows} DAY AS day
    FROM seq_{first}_to_{last}) AS dice) AS made
"""


def fill_source(mariadb, rows, seed):
    mariadb.execute(SOURCE_TABLE)
    add_rows(mariadb, rows, seed, 1, rows)


def add_rows(mariadb, rows, seed, begin, end):
    """Rows `begin` to `end` of so many."""
    for first in range(begin, end + 1, CHUNK):
        mariadb.execute(_insert(seed, rows, first, min(first + CHUNK - 1, end)))
    mariadb.execute("ANALYZE TABLE mes_production; SELECT count(*), max(shift) FROM mes_production")


def parents(rows):
    """What the mappings' references point at, straight into a new store."""
    own = "decode('00', 'hex'), 1, now()"
    orders = rows // ROWS_AN_ORDER + 1
    return f"""
INSERT INTO person (person_no, name, row_hash, batch_id, known_from)
  SELECT 'E' || lpad(n::text, 6, '0'), '员工' || n, {own} FROM generate_series(1, {EMPLOYEES}) n;
INSERT INTO employment_spell (employee_no, person_id, kind, hire_date, row_hash, batch_id, known_from)
  SELECT person_no, id, 'permanent', DATE '2015-01-01', {own} FROM person;
INSERT INTO operation (code, name, kind, row_hash, batch_id, known_from)
  SELECT 'OP' || lpad(n::text, 3, '0'), '工序' || n, 'production', {own} FROM generate_series(10, {OPERATIONS + 9}) n;
INSERT INTO work_order (order_no, product, qty_ordered, row_hash, batch_id, known_from)
  SELECT 'WO-' || lpad(n::text, 6, '0'), '齿轮箱', 10000, {own} FROM generate_series(1, {orders}) n;
ANALYZE person, employment_spell, operation, work_order
"""


# Of each source column, where a target keeps it as what text. updated_at is the loader's own to keep or not.
def _local(column):
    return f"({column} AT TIME ZONE 'Asia/Shanghai')"


PLAIN_COLUMNS = {column: _local(column) if column in TIMES else column for column in COLUMNS}
STORE_COLUMNS = {column: sql for column, sql in PLAIN_COLUMNS.items() if column != "updated_at"}
STORE_COLUMNS.update(report_no="fact_no", emp_no="employee_no", op_code="code")
STORE_ROWS = """production_fact f JOIN employment_spell s ON s.id = f.spell_id JOIN operation o ON o.id = f.operation_id
  LEFT JOIN work_order w ON w.id = f.work_order_id"""
