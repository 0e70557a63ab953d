"""The tools that people use today, each into a plain table."""
import os

from data import BINARY_COLUMNS, COLUMNS
from movers import PlainCopy
from processes import checked, run_timed


def psql_version():
    return checked(["psql", "--version"]).strip()


class MariaDbPipe(PlainCopy):
    """The two databases' own clients, joined by a pipe."""

    name = "mariadb --quick \\| psql \\\\copy"

    def move(self):
        mariadb, columns = self.site.mariadb, ", ".join(COLUMNS)
        read = ["mariadb", "--no-defaults", "--quick", "--batch", "-N", "-h", "127.0.0.1", "-P", str(mariadb.port), "-u",
                mariadb.READER, "--default-character-set=utf8mb4", "-e", f"SELECT {columns} FROM mes_production", "mes"]
        write = self.site.postgres.psql(
            self.database, f"\\copy mes_production ({columns}) from stdin with (format text, null 'NULL')"
        )
        return run_timed([read, write], {"MYSQL_PWD": mariadb.PASSWORD}, self.site.folder)

    def version(self):
        client = checked(["mariadb", "--version"]).split(",")[0].strip()
        return f"{client}; {psql_version()}"


class PsqlPipe(PlainCopy):
    """PostgreSQL's own client twice, joined by a pipe. The binary format converts no types, so the query does."""

    def __init__(self, site, form):
        super().__init__(site)
        self.form, self.name = form, f"psql \\\\copy \\| psql \\\\copy, {form}"

    def move(self):
        postgres, columns = self.site.postgres, ", ".join(COLUMNS)
        query = BINARY_COLUMNS if self.form == "binary" else columns
        read = postgres.psql("mes", f"\\copy (SELECT {query} FROM mes_production) to stdout with (format {self.form})")
        write = postgres.psql(self.database, f"\\copy mes_production ({columns}) from stdin with (format {self.form})")
        return run_timed([read, write], {}, self.site.folder)

    def version(self):
        return psql_version()


class PgLoader(PlainCopy):
    """pgloader, data only into the table that is there."""

    name = "pgloader"

    def move(self):
        site = self.site
        script = site.file("pgloader/move.load", self._script(), 0o600)
        root = os.path.join(site.folder, "pgloader")
        return run_timed([["pgloader", "--root-dir", root, "--quiet", script]], {}, site.folder)

    def _into(self):
        postgres = self.site.postgres
        return f"INTO postgresql://{postgres.USER}@127.0.0.1:{postgres.port}/{self.database}"

    def version(self):
        return "pgloader " + checked(["pgloader", "--version"]).splitlines()[0].split('"')[1]


class PgLoaderFromMariaDb(PgLoader):
    def _script(self):
        mariadb = self.site.mariadb
        return f"""LOAD DATABASE
  FROM mysql://{mariadb.READER}:{mariadb.PASSWORD}@127.0.0.1:{mariadb.port}/mes
  {self._into()}
  WITH data only
  SET timezone to 'Asia/Shanghai'
  INCLUDING ONLY TABLE NAMES MATCHING 'mes_production'
  ALTER SCHEMA 'mes' RENAME TO 'public';
"""


class PgLoaderFromSqlite(PgLoader):
    def _script(self):
        return f"""LOAD DATABASE
  FROM sqlite://{self.site.sqlite_file}
  {self._into()}
  WITH data only
  SET timezone to 'Asia/Shanghai';
"""
