"""PgBouncer between the program and PostgreSQL."""
import os
import signal

from processes import succeeds
from rig import BenchError
from servers import Server

SETTINGS = """[databases]
* = host=127.0.0.1 port={server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = trust
auth_file = {folder}/users
admin_users = {user}
logfile = {folder}/pgbouncer.log
pool_mode = {mode}
default_pool_size = {size}
max_client_conn = 400
server_check_delay = 5
"""


class Pooler(Server):
    """`mode`: session or transaction; `size`: sessions of the server."""

    def __init__(self, folder, server, mode, size):
        super().__init__(folder, "postgres")
        self.user_name, self.size = server.USER, size
        program = "/usr/sbin/pgbouncer"
        if not os.path.exists(program):
            raise BenchError("PgBouncer is not installed (package pgbouncer)")
        self._write("users", f'"{server.USER}" ""\n')
        self._write("pgbouncer.ini", SETTINGS.format(server=server.port, port=self.port, folder=folder, user=server.USER,
                                                     mode=mode, size=size))
        self.start([program, self.path("pgbouncer.ini")], lambda: succeeds(self._admin("SHOW VERSION")), "PgBouncer")

    def _write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def _admin(self, command):
        return ["psql", "-X", "-q", "-A", "-t", "-h", "127.0.0.1", "-p", str(self.port), "-U", self.user_name, "-d", "pgbouncer",
                "-c", command]

    def close(self):
        self.stop(signal.SIGINT)
