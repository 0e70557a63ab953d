"""From where to where the company migrates."""
import contextlib
import itertools
import os

from connections import mariadb_by_odbc
from harness import ROOT
from movers import Site
from servers import MariaDb, Postgres
from verify.migration import PostgresStore, SqliteStore
from verify.source_tables import fill_mariadb, fill_sqlite

BUFFER_MIB = 256


class MariaDbToPostgres:
    name = "MariaDB over ODBC into PostgreSQL"

    def __init__(self, site):
        self.site, self._numbers = site, itertools.count(1)

    def fill(self, rows):
        fill_mariadb(self.site.mariadb, rows)

    def source(self):
        return mariadb_by_odbc(self.site)

    def store(self, folder):
        return PostgresStore(self.site.postgres, f"store_{next(self._numbers)}")

    @staticmethod
    @contextlib.contextmanager
    def opened(arguments, folder):
        with contextlib.ExitStack() as servers:
            mariadb = servers.enter_context(contextlib.closing(MariaDb(os.path.join(folder, "mariadb"), BUFFER_MIB)))
            postgres = servers.enter_context(contextlib.closing(Postgres(os.path.join(folder, "postgres"))))
            yield MariaDbToPostgres(Site(folder, mariadb, postgres, os.path.abspath(arguments.hrbridge), ROOT, arguments.rows))


class SqliteToSqlite:
    name = "SQLite into SQLite"

    def __init__(self, folder):
        self.path = os.path.join(folder, "hr.db")

    def fill(self, rows):
        fill_sqlite(self.path, rows)

    def source(self):
        return f"kind: sqlite\n    path: {self.path}"

    def store(self, folder):
        return SqliteStore(os.path.join(folder, "store.db"))

    @staticmethod
    @contextlib.contextmanager
    def opened(_, folder):
        yield SqliteToSqlite(folder)


SETUPS = {"mariadb": MariaDbToPostgres, "sqlite": SqliteToSqlite}
