"""A migration as an implementer sets it up: a folder with configuration, mappings and project file, and `hrbridge migrate`."""
import base64
import glob
import json
import os
import shutil
import subprocess

from processes import BenchError, checked, run_timed

MODULE = "company"
HERE = os.path.dirname(os.path.abspath(__file__))


def project_with(totals):
    """The verify bench's project file with these control totals."""
    with open(os.path.join(HERE, "mappings", "migration.yaml"), encoding="utf-8") as file:
        return file.read().replace("      # TOTALS", totals)


class SqliteStore:
    """`path`: of the live store's file."""

    def __init__(self, path):
        self.path = path

    def entry(self):
        return f"kind: sqlite\n  path: {self.path}"

    def side(self, number):
        return ["--store", f"{self.path}.rehearsal-{MODULE}-{number}"]


class PostgresStore:
    def __init__(self, postgres, database):
        self.postgres, self.database = postgres, database
        postgres.new_database(database)

    def entry(self):
        return (f'kind: postgres\n  connection: "host=127.0.0.1 port={self.postgres.port} user={self.postgres.USER} '
                f'dbname={self.database}"')

    def side(self, number):
        psql = f"psql -h 127.0.0.1 -p {self.postgres.port} -U {self.postgres.USER} -d {self.database}"
        return ["--psql", psql, "--schema", f"rehearsal_{MODULE}_{number}"]


class Migration:
    """`source`: the entry of hrbridge.yaml for the old system; `project`: the text of the project's file."""

    def __init__(self, folder, hrbridge, source, store, project):
        self.folder, self.hrbridge, self.store = folder, hrbridge, store
        os.makedirs(folder)
        shutil.copytree(os.path.join(HERE, "mappings"), os.path.join(folder, "mappings"))
        self._write("keys", "bench:" + base64.b64encode(os.urandom(32)).decode(), 0o600)
        self._write("password", "bench-only", 0o600)
        self._write("mappings/migration.yaml", project)
        self.config = self._write("hrbridge.yaml", f"""store:
  {store.entry()}
seal_keys: {{file: keys}}
mappings: mappings
rules: mappings
migration: mappings/migration.yaml
zone: Asia/Shanghai
control_socket: control.sock
sources:
  hr:
    {source}
""")
        checked([hrbridge, "store", "upgrade", "--config", self.config])

    def _write(self, name, text, mode=0o644):
        path = os.path.join(self.folder, name)
        with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, mode), "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def keys(self):
        return os.path.join(self.folder, "keys")

    def mapping_files(self):
        """Mappings and code tables."""
        folder = os.path.join(self.folder, "mappings")
        return glob.glob(f"{folder}/*.map.yaml") + glob.glob(f"{folder}/codes/*.csv")

    def command(self, *words):
        return [self.hrbridge, *words, "--config", self.config]

    def run(self, *words, good=(0,)):
        """What it printed as JSON; an exit code that is not among the good ones ends the bench."""
        done = subprocess.run(self.command(*words), capture_output=True, text=True, encoding="utf-8", check=False)
        if done.returncode not in good:
            raise BenchError(f"{' '.join(words)} ended with {done.returncode}: {(done.stderr or done.stdout)[-2000:]}")
        return json.loads(done.stdout)

    def ended_with(self, *words):
        """The exit code."""
        return subprocess.run(self.command(*words), capture_output=True, check=False).returncode

    def timed(self, *words):
        return run_timed([self.command(*words)], {}, self.folder)

    def rehearse(self, good=(0,)):
        """Loads the module anew."""
        return self.run("migrate", "rehearse", MODULE, "--new", "--json", good=good)
