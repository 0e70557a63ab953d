"""The databases that rows are moved from. MariaDB makes them; the others are given the same ones before the measuring."""
import contextlib
import sqlite3

from compare import lines_of
from data import COLUMNS, NUMBERS, POSTGRES_SOURCE, SQLITE_SOURCE
from harness import package
from movers import HrBridge
from rivals import MariaDbPipe, PgLoaderFromMariaDb, PgLoaderFromSqlite, PsqlPipe

MAPPING = "bench/production_fact"
CHECKED = "hrbridge, checks and references"
SHIPPED = "hrbridge, shipped mapping"
BY_ODBC = "hrbridge over ODBC, checks and references"


class MariaDbSource:
    name = "MariaDB"

    def __init__(self, site):
        self.site = site

    def fill(self):
        """The rows are there: see move.py."""

    def movers(self):
        site = self.site
        return [HrBridge(site, CHECKED, MAPPING), HrBridge(site, SHIPPED, "mes/production_fact"),
                HrBridge(site, BY_ODBC, MAPPING, "odbc"), MariaDbPipe(site), PgLoaderFromMariaDb(site)]

    def servers(self):
        return [self.site.mariadb, self.site.postgres]

    def versions(self):
        return ["MariaDB " + self.site.mariadb.execute("SELECT version()").strip(), package("libmariadb3"), package("odbc-mariadb")]

    def lines(self, columns):
        cells = ", ".join(f"CONCAT('=', {column})" for column in columns)
        return lines_of([*self.site.mariadb.client(), "--quick", "--batch", "-e",
                         f"SELECT {cells} FROM mes_production ORDER BY report_no", "mes"])


class SqliteSource:
    name = "SQLite"

    def __init__(self, site):
        self.site = site

    def fill(self):
        insert = f"INSERT INTO mes_production VALUES ({', '.join('?' * len(COLUMNS))})"
        with contextlib.closing(sqlite3.connect(self.site.sqlite_file)) as database:
            database.executescript("PRAGMA synchronous=OFF;" + SQLITE_SOURCE)
            with MariaDbSource(self.site).lines(COLUMNS) as lines, database:
                database.executemany(insert, map(self._cells, lines))
            database.executescript("CREATE INDEX mes_production_updated ON mes_production (updated_at); ANALYZE")

    @staticmethod
    def _cells(line):
        cells = line.decode().rstrip("\n").split("\t")
        return [None if cell == "NULL" else cell[1:].replace("\\\\", "\\") for cell in cells]

    def movers(self):
        return [HrBridge(self.site, CHECKED, MAPPING, "sqlite"), PgLoaderFromSqlite(self.site)]

    def servers(self):
        return [self.site.postgres]

    def versions(self):
        return [package("libsqlite3-0")]

    @contextlib.contextmanager
    def lines(self, columns):
        cells = " || char(9) || ".join(f"COALESCE('=' || {self._escaped(column)}, 'NULL')" for column in columns)
        query = f"SELECT CAST({cells} || char(10) AS BLOB) FROM mes_production ORDER BY report_no"
        with contextlib.closing(sqlite3.connect(self.site.sqlite_file)) as database:
            yield (row[0] for row in database.execute(query))

    @staticmethod
    def _escaped(column):
        if column in NUMBERS:
            return column
        return f"replace(replace(replace({column}, '\\', '\\\\'), char(9), '\\t'), char(10), '\\n')"


class PostgresSource:
    name = "PostgreSQL"

    def __init__(self, site):
        self.site = site

    def fill(self):
        postgres = self.site.postgres
        postgres.new_database("mes")
        postgres.execute("mes", POSTGRES_SOURCE)
        pipe = MariaDbPipe(self.site)
        pipe.database = "mes"
        pipe.move()
        postgres.execute("mes", "CREATE INDEX ON mes_production (updated_at)")
        postgres.execute("mes", "VACUUM (ANALYZE, FREEZE) mes_production")

    def movers(self):
        site = self.site
        return [HrBridge(site, BY_ODBC, MAPPING, "postgres"), PsqlPipe(site, "text"), PsqlPipe(site, "binary")]

    def servers(self):
        return [self.site.postgres]

    def versions(self):
        return [package("odbc-postgresql")]

    def lines(self, columns):
        cells = ", ".join(f"'=' || {column}" for column in columns)
        return lines_of(self.site.postgres.psql(
            "mes", f"COPY (SELECT {cells} FROM mes_production ORDER BY report_no COLLATE \"C\") TO STDOUT (NULL 'NULL')"))


SOURCES = {"mariadb": MariaDbSource, "sqlite": SqliteSource, "postgres": PostgresSource}
