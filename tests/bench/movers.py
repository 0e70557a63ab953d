"""hrbridge as a mover of rows, and what all movers share. Each makes its target anew, then moves; only the moving is timed."""
import base64
import os
import shutil

from compare import Target
from connections import KINDS
from data import PLAIN_COLUMNS, PLAIN_TABLE, STORE_COLUMNS, STORE_ROWS, parents
from processes import checked, run_timed


class Site:
    """Where the tools work."""

    def __init__(self, folder, mariadb, postgres, hrbridge, source_dir, rows):
        self.folder, self.mariadb, self.postgres = folder, mariadb, postgres
        self.hrbridge, self.source_dir, self.rows = hrbridge, source_dir, rows
        self.sqlite_file = os.path.join(folder, "mes.db")

    def file(self, name, text, mode=0o644):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, mode), "w", encoding="utf-8") as file:
            file.write(text)
        return path


class HrBridge:
    """The released program: `hrbridge sync MAPPING --once` into a new HR store; `kind` is one of connections.KINDS."""

    database = "store"

    def __init__(self, site, name, mapping, kind="mariadb"):
        self.site, self.name, self.mapping, self.kind = site, name, mapping, kind
        self.config = self._write_config()
        mappings = os.path.join(os.path.dirname(self.config), "mappings")
        for each in ("erp", "mes"):
            shutil.copytree(os.path.join(site.source_dir, "mappings", each), os.path.join(mappings, each), dirs_exist_ok=True)
        os.makedirs(os.path.join(mappings, "bench"), exist_ok=True)
        shutil.copy(os.path.join(site.source_dir, "tests", "bench", "production.map.yaml"), os.path.join(mappings, "bench"))

    def _write_config(self):
        site, postgres, home = self.site, self.site.postgres, f"home-{self.kind}"
        source = KINDS[self.kind](site)
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
  mes:
    {source}
  erp:
    {source}
""",
        )

    def prepare(self):
        self.site.postgres.new_database(self.database)
        checked([self.site.hrbridge, "store", "upgrade", "--config", self.config])
        self.site.postgres.execute(self.database, parents(self.site.rows))

    def command(self):
        return [self.site.hrbridge, "sync", self.mapping, "--once", "--config", self.config]

    def move(self):
        return run_timed([self.command()], {}, self.site.folder)

    def count(self):
        return int(self.site.postgres.execute(self.database, "SELECT count(*) FROM production_fact"))

    def target(self):
        return Target(self.database, STORE_COLUMNS, STORE_ROWS)

    def version(self):
        return checked([self.site.hrbridge, "--version"]).strip()


class PlainCopy:
    """What the rivals share: a plain table with the same columns and indexes."""

    database = "plain"

    def __init__(self, site):
        self.site = site

    def prepare(self):
        self.site.postgres.new_database(self.database)
        self.site.postgres.execute(self.database, PLAIN_TABLE)

    def count(self):
        return int(self.site.postgres.execute(self.database, "SELECT count(*) FROM mes_production"))

    def target(self):
        return Target(self.database, PLAIN_COLUMNS, "mes_production")
