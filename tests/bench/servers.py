"""A MariaDB and a PostgreSQL of this bench alone: loopback, free ports, ordinary users, temporary folders."""
import glob
import os
import signal
import subprocess

from processes import BenchError, as_user, checked, cpu_seconds_of, free_port, give_to, succeeds, wait_until


class Server:
    """A server process; `folder` belongs to it."""

    def __init__(self, folder, user):
        self.folder, self.user, self.port, self.process = folder, user, free_port(), None
        os.mkdir(folder)
        give_to(folder, user)

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self, command, ready, what):
        with open(self.path("server.log"), "wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder, **as_user(self.user))
        wait_until(ready, self.process, what)

    def stop(self, how):
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait()

    def cpu_seconds(self):
        return cpu_seconds_of(self.process.pid)


class MariaDb(Server):
    """The MES: database `mes`, and `reader` who may only read it."""

    READER = "reader"
    PASSWORD = "bench-only"

    def __init__(self, folder, buffer_mib):
        super().__init__(folder, "mysql")
        scratch = f"--tmpdir={folder}"
        checked(
            ["mariadb-install-db", "--no-defaults", f"--datadir={self.path('data')}", scratch, "--skip-test-db",
             "--auth-root-authentication-method=normal"],
            cwd=folder,
            **as_user(self.user),
        )
        server = ["mariadbd", "--no-defaults", f"--datadir={self.path('data')}", scratch, f"--port={self.port}",
                  "--bind-address=127.0.0.1", f"--socket={self.path('server.sock')}", "--skip-name-resolve",
                  f"--pid-file={self.path('server.pid')}", "--character-set-server=utf8mb4",
                  f"--innodb-buffer-pool-size={buffer_mib}M", "--innodb-flush-log-at-trx-commit=0",
                  "--max-allowed-packet=256M"]
        ping = ["mariadb-admin", "--no-defaults", f"--socket={self.path('server.sock')}", "-u", "root", "ping"]
        self.start(server, lambda: succeeds(ping), "MariaDB")
        self.execute("CREATE DATABASE mes CHARACTER SET utf8mb4", "mysql")
        self.execute(
            f"CREATE USER '{self.READER}'@'127.0.0.1' IDENTIFIED BY '{self.PASSWORD}';"
            f"GRANT SELECT ON mes.* TO '{self.READER}'@'127.0.0.1'",
            "mysql",
        )

    def client(self):
        return ["mariadb", "--no-defaults", f"--socket={self.path('server.sock')}", "-u", "root", "-N",
                "--default-character-set=utf8mb4"]

    def execute(self, sql, database="mes"):
        return checked([*self.client(), "-e", sql, database])

    def close(self):
        self.stop(signal.SIGTERM)


class Postgres(Server):
    """The HR store's server; superuser `hr`, no password on loopback."""

    USER = "hr"
    SETTINGS = {"listen_addresses": "127.0.0.1", "shared_buffers": "512MB", "max_wal_size": "4GB",
                "log_min_messages": "fatal", "timezone": "Asia/Shanghai"}

    def __init__(self, folder):
        super().__init__(folder, "postgres")
        programs = sorted(glob.glob("/usr/lib/postgresql/*/bin/postgres"))
        if not programs:
            raise BenchError("PostgreSQL's server is not installed (package postgresql)")
        self.program = programs[-1]
        checked([os.path.join(os.path.dirname(self.program), "initdb"), "-D", self.path("data"), "-U", self.USER, "-A",
                 "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"], cwd=folder, **as_user(self.user))
        settings = [word for name, value in self.SETTINGS.items() for word in ("-c", f"{name}={value}")]
        server = [self.program, "-D", self.path("data"), "-p", str(self.port), "-c",
                  f"unix_socket_directories={folder}", *settings]
        self.start(server, lambda: succeeds(self.psql("postgres", "SELECT 1")), "PostgreSQL")

    def psql(self, database, sql):
        return ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(self.port), "-U",
                self.USER, "-d", database, "-c", sql]

    def execute(self, database, sql):
        return checked(self.psql(database, sql)).strip()

    def new_database(self, name):
        self.execute("postgres", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        self.execute("postgres", f"CREATE DATABASE {name}")

    def close(self):
        self.stop(signal.SIGINT)  # fast shutdown
