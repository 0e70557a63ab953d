"""The tools that move the rows. Each makes its target anew, then moves; only the moving is timed."""
import base64
import glob
import os
import shutil

from data import COLUMNS, PLAIN_FINGERPRINT, PLAIN_TABLE, STORE_FINGERPRINT, parents
from processes import BenchError, checked, run_timed


class Site:
    """Where the tools work."""

    def __init__(self, folder, mariadb, postgres, hrbridge, source_dir, rows):
        self.folder, self.mariadb, self.postgres = folder, mariadb, postgres
        self.hrbridge, self.source_dir, self.rows = hrbridge, source_dir, rows

    def file(self, name, text, mode=0o644):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, mode), "w", encoding="utf-8") as file:
            file.write(text)
        return path


class HrBridge:
    """The released program: `hrbridge sync MAPPING --once` into a new HR store."""

    database = "store"

    def __init__(self, site, name, mapping, kind="mariadb"):
        self.site, self.name, self.mapping, self.kind = site, name, mapping, kind
        self.config = self._write_config()
        mappings = os.path.join(os.path.dirname(self.config), "mappings")
        for each in ("erp", "mes"):
            shutil.copytree(os.path.join(site.source_dir, "mappings", each), os.path.join(mappings, each), dirs_exist_ok=True)
        os.makedirs(os.path.join(mappings, "bench"), exist_ok=True)
        shutil.copy(os.path.join(site.source_dir, "tests", "bench", "production.map.yaml"), os.path.join(mappings, "bench"))

    def _source(self):
        mariadb = self.site.mariadb
        if self.kind == "mariadb":
            way = f"""kind: mariadb
    host: 127.0.0.1
    port: {mariadb.port}
    database: mes"""
        else:
            drivers = glob.glob("/usr/lib/*/odbc/libmaodbc.so")
            if not drivers:
                raise BenchError("MariaDB's ODBC driver is not installed (package odbc-mariadb)")
            way = f"""kind: odbc
    driver: {drivers[0]}
    attributes: {{Server: 127.0.0.1, Port: '{mariadb.port}', Database: mes}}"""
        return f"""
    {way}
    user: {mariadb.READER}
    password: {{file: password}}
"""

    def _write_config(self):
        site, postgres, home = self.site, self.site.postgres, f"home-{self.kind}"
        source = self._source()
        site.file(f"{home}/keys", "bench:" + base64.b64encode(os.urandom(32)).decode(), 0o600)
        site.file(f"{home}/password", site.mariadb.PASSWORD, 0o600)
        return site.file(
            f"{home}/hrbridge.yaml",
            f"""store:
  kind: postgres
  connection: "host=127.0.0.1 port={postgres.port} user={postgres.USER} dbname={self.database}"
seal_keys: {{file: keys}}
mappings: mappings
rules: mappings
zone: Asia/Shanghai
control_socket: control.sock
sources:
  mes:{source}  erp:{source}""",
        )

    def prepare(self):
        self.site.postgres.new_database(self.database)
        checked([self.site.hrbridge, "store", "upgrade", "--config", self.config])
        self.site.postgres.execute(self.database, parents(self.site.rows))

    def move(self):
        return run_timed([[self.site.hrbridge, "sync", self.mapping, "--once", "--config", self.config]], {}, self.site.folder)

    def count(self):
        return int(self.site.postgres.execute(self.database, "SELECT count(*) FROM production_fact"))

    def fingerprint(self):
        return self.site.postgres.execute(self.database, STORE_FINGERPRINT)

    def version(self):
        return checked([self.site.hrbridge, "--version"]).strip()


class PlainCopy:
    """What the two rivals share: a plain table with the same columns and indexes."""

    database = "plain"

    def __init__(self, site):
        self.site = site

    def prepare(self):
        self.site.postgres.new_database(self.database)
        self.site.postgres.execute(self.database, PLAIN_TABLE)

    def count(self):
        return int(self.site.postgres.execute(self.database, "SELECT count(*) FROM mes_production"))

    def fingerprint(self):
        return self.site.postgres.execute(self.database, PLAIN_FINGERPRINT)


class ClientPipe(PlainCopy):
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
        return f"{client}; {checked(['psql', '--version']).strip()}"


class PgLoader(PlainCopy):
    """pgloader, data only into the table that is there."""

    name = "pgloader"

    def move(self):
        mariadb, postgres = self.site.mariadb, self.site.postgres
        script = self.site.file(
            "pgloader/move.load",
            f"""LOAD DATABASE
  FROM mysql://{mariadb.READER}:{mariadb.PASSWORD}@127.0.0.1:{mariadb.port}/mes
  INTO postgresql://{postgres.USER}@127.0.0.1:{postgres.port}/{self.database}
  WITH data only
  SET timezone to 'Asia/Shanghai'
  INCLUDING ONLY TABLE NAMES MATCHING 'mes_production'
  ALTER SCHEMA 'mes' RENAME TO 'public';
""",
            0o600,
        )
        root = os.path.join(self.site.folder, "pgloader")
        return run_timed([["pgloader", "--root-dir", root, "--quiet", script]], {}, self.site.folder)

    def version(self):
        return "pgloader " + checked(["pgloader", "--version"]).splitlines()[0].split('"')[1]
