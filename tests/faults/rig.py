"""The real program beside real servers: folders, configuration, and clients that stay connected."""
import base64
import contextlib
import glob
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "bench"))
from processes import BenchError, succeeds  # noqa: E402
from servers import MariaDb, Postgres  # noqa: E402

ANSWER_END = "-- answered"
NEXT_SETTING = "\n    "


class Client:
    """A database's command line client that stays connected: one statement, its rows as lists of text."""

    def __init__(self, command, end_statement, quiet=False):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
                                        stderr=subprocess.DEVNULL if quiet else None)
        self.end_statement = end_statement

    def rows(self, sql):
        self.process.stdin.write(f"{sql};\n{self.end_statement}\n")
        self.process.stdin.flush()
        lines = []
        while (line := self.process.stdout.readline()) and line != ANSWER_END + "\n":
            lines.append(line[:-1].split("\t"))
        if not line:
            raise BenchError(f"{self.process.args[0]} ended at: {sql}")
        return lines

    def value(self, sql):
        rows = self.rows(sql)
        return rows[0][0] if rows else ""

    def close(self):
        with contextlib.suppress(BrokenPipeError):  # it ended before it had read all
            self.process.stdin.close()
        self.process.stdout.close()
        self.process.kill()
        self.process.wait()


class Source(MariaDb):
    """The ERP. It counts what it sends to whom."""

    def __init__(self, folder):
        super().__init__(folder, 256)
        self.ready()

    def ready(self):
        self.execute("SET GLOBAL userstat = 1; SET GLOBAL local_infile = 1", "mysql")
        self.session = self.new_client()

    quiet = False  # its clients say nothing when it dies

    def new_client(self, *options):
        return Client(["mariadb", "--no-defaults", f"--socket={self.path('server.sock')}", "-u", "root", "-N", "-B", "-n",
                       "--local-infile=1", "--default-character-set=utf8mb4", *options, "mes"], f"SELECT '{ANSWER_END}';", self.quiet)

    def sent_rows(self, user=MariaDb.READER, client=None):
        """To a reader, by sessions that have ended; waits for those that have not. Another thread than the main one has its own
        client."""
        client = client or self.session
        while client.value(f"SELECT count(*) FROM information_schema.PROCESSLIST WHERE USER = '{user}'") != "0":
            time.sleep(0.002)
        return int(client.value(
            f"SELECT coalesce(sum(ROWS_SENT), 0) FROM information_schema.USER_STATISTICS WHERE USER = '{user}'"))

    def add_reader(self, user):
        self.execute(f"CREATE OR REPLACE USER '{user}'@'127.0.0.1' IDENTIFIED BY '{self.PASSWORD}';"
                     f"GRANT SELECT ON mes.* TO '{user}'@'127.0.0.1'", "mysql")

    def settings(self, kind, user):
        """Of the configuration's source of that kind, a line each."""
        if kind == "mariadb":
            where = ["host: 127.0.0.1", f"port: {self.port}", "database: mes"]
        else:
            drivers = glob.glob("/usr/lib/*/odbc/libmaodbc.so")
            if not drivers:
                raise BenchError("MariaDB's ODBC driver is not installed (package odbc-mariadb)")
            where = [f"driver: {drivers[0]}", f"attributes: {{Server: 127.0.0.1, Port: '{self.port}', Database: mes}}"]
        return [f"kind: {kind}", *where, f"user: {user}", "password: {file: password}"]

    def kill_and_restart(self, pause):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.session.close()
        time.sleep(pause)
        ping = ["mariadb-admin", "--no-defaults", f"--socket={self.path('server.sock')}", "-u", "root", "ping"]
        self.start(self.process.args, lambda: succeeds(ping), "MariaDB")
        self.ready()

    def close(self):
        self.session.close()
        super().close()


class StoreServer(Postgres):
    """The HR store's server."""

    quiet = False  # its clients say nothing when it dies

    def new_client(self, database):
        return Client(["psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p",
                       str(self.port), "-U", self.USER, "-d", database], f"\\echo {ANSWER_END}", self.quiet)

    def kill_and_restart(self, pause):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        time.sleep(pause)
        while True:
            # The children of the dead server hold its memory until they see that it is gone.
            try:
                self.start(self.process.args, lambda: succeeds(self.psql("postgres", "SELECT 1")), "PostgreSQL")
                return
            except BenchError:
                time.sleep(0.1)


class Home:
    """A folder with hrbridge.yaml, its keys and one mapping; runs the program there."""

    def __init__(self, folder, hrbridge, shim, store, source, mapping, more="", inside=(), reader="odbc", user=MariaDb.READER):
        self.folder, self.hrbridge, self.shim, self.inside = folder, hrbridge, shim, list(inside)
        os.makedirs(os.path.join(folder, "mappings"), exist_ok=True)
        self.write("keys", "faults:" + base64.b64encode(bytes(range(32))).decode())
        self.write("password", source.PASSWORD)
        self.write("mappings/unit.map.yaml", mapping)
        self.config = self.write("hrbridge.yaml", f"""store: {store}
seal_keys: {{file: keys}}
mappings: mappings
rules: mappings
zone: Asia/Shanghai
control_socket: control.sock
retention: {{disk_reserve: 64KiB}}
sources:
  erp:
    {NEXT_SETTING.join(source.settings(reader, user))}
{more}""")

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self, *words, output="output", **faults):
        """The program with the shim, which writes to the file `output`; faults: at, counts, clock."""
        env = {name: value for name, value in os.environ.items() if not name.startswith("FAULT_")}
        settings = {f"FAULT_{name.upper()}": str(value) for name, value in faults.items()}
        preloaded = ["env", f"LD_PRELOAD={self.shim}", *(f"{name}={value}" for name, value in settings.items())]
        with open(self.path(output), "wb") as file:
            return subprocess.Popen([*self.inside, *preloaded, self.hrbridge, *words, "--config", self.config], stdout=file,
                                    stderr=file, env=env, cwd=self.folder)

    def output(self):
        return self.read("output")[-1500:]

    def run(self, *words):
        process = self.start(*words)
        if process.wait() != 0:
            raise BenchError(f"hrbridge {' '.join(words)} ended with {process.returncode}: {self.output()}")
