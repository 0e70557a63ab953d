"""The HR store of either kind, looked at from outside: made anew, how far it is, all that it holds. Numbers may come as text."""
import contextlib
import glob
import os
import shutil
import sqlite3

from rig import BenchError

UNITS = ("SELECT o.code, o.name, o.kind, coalesce(p.code, '') FROM org_unit o LEFT JOIN org_unit p ON p.id = o.parent_id "
         "ORDER BY o.code")
REJECTS = "SELECT source_key, kind, rule FROM reject WHERE state = 'open' ORDER BY source_key"
COMMITTED = "SELECT coalesce(sum(rows_read), 0), coalesce(max(id), 0) FROM batch"
POSITION = "SELECT position, CASE WHEN complete THEN 1 ELSE 0 END FROM checkpoint"
UNSENT = "SELECT count(*) FROM outbox WHERE state IN ('waiting', 'sending')"
STATES = "SELECT state, count(*) FROM outbox GROUP BY state"
PUT_OFF = "SELECT count(*) FROM first_load"
LEFT_RUNNING = "SELECT count(*) FROM run WHERE outcome = 'running'"


class SqliteStore:
    """A file. It is looked at in a copy, so that what a kill left behind is left to the next process."""

    kind = "sqlite"
    BOUNDS = "SELECT window_to FROM run WHERE window_to IS NOT NULL ORDER BY window_to"  # microseconds
    DAY = "date({} * 86400, 'unixepoch')"

    def __init__(self, folder, disk=None):
        """On a file system of its own when one is given, which this process may see elsewhere."""
        self.template, self.copy = os.path.join(folder, "empty.db"), os.path.join(folder, "look.db")
        self.path = os.path.join(disk.seen if disk else folder, "hr.db")
        self.settings = f"{{kind: sqlite, path: {os.path.join(disk.folder if disk else folder, 'hr.db')}}}"
        self.watch = self.copied = None

    def keep_as_template(self):
        shutil.copy(self.path, self.template)

    def renew(self):
        self.stop_watching()
        for path in glob.glob(self.path + "*"):
            os.remove(path)
        shutil.copy(self.template, self.path)

    def last_batch(self):
        """Its number; None while the file cannot be read, as when it is just being recovered."""
        try:
            if self.watch is None:
                self.watch = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=0)
            return self.watch.execute("SELECT coalesce(max(id), 0) FROM batch").fetchone()[0]
        except sqlite3.OperationalError:
            return None

    def stop_watching(self):
        if self.watch is not None:
            self.watch.close()
            self.watch = None

    def look(self):
        """Gives a function that answers queries on the store as the last process left it."""
        self.stop_watching()
        if self.copied is not None:
            self.copied.close()
        for path in glob.glob(self.copy + "*"):
            os.remove(path)
        for path in glob.glob(self.path + "*"):
            if not path.endswith("-shm"):
                shutil.copy(path, self.copy + path[len(self.path):])
        self.copied = sqlite3.connect(self.copy)
        return lambda sql: self.copied.execute(sql).fetchall()

    def add_messages(self, rows):
        with sqlite3.connect(self.path) as connection:
            connection.executemany("INSERT INTO outbox (event_key, kind, receiver, request, state, attempts, created_at, "
                                   "next_attempt) VALUES (?, 'watch_digest', ?, ?, 'waiting', 0, 0, 0)", rows)
        connection.close()

    def unsent(self):
        """None while the file cannot be read."""
        try:
            with contextlib.closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=0)) as connection:
                return connection.execute(UNSENT).fetchone()[0]
        except sqlite3.OperationalError:
            return None

    def message_states(self):
        return dict(self.look()(STATES))

    @staticmethod
    def damage(look):
        found = look("PRAGMA integrity_check")[0][0]
        return None if found == "ok" else f"the file is damaged: {found}"

    def close(self):
        self.stop_watching()


class PostgresStore:
    """A database of a server; the program reaches it through a proxy."""

    kind = "postgres"
    BOUNDS = "SELECT (extract(epoch FROM window_to) * 1000000)::bigint FROM run WHERE window_to IS NOT NULL ORDER BY window_to"
    DAY = "{}::text"
    TEMPLATE = "hr_empty"

    def __init__(self, server, port, name="hr", more=""):
        self.server, self.name = server, name
        self.settings = f'{{kind: postgres, connection: "host=127.0.0.1 port={port} user={server.USER} dbname={name}{more}"}}'
        self.watch = None
        server.new_database(name)

    def keep_as_template(self):
        self.server.execute("postgres", f"ALTER DATABASE {self.name} RENAME TO {self.TEMPLATE}")

    def renew(self):
        self.stop_watching()
        self.server.execute("postgres", f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")
        self.server.execute("postgres", f"CREATE DATABASE {self.name} TEMPLATE {self.TEMPLATE}")

    def client(self):
        if self.watch is None:
            self.watch = self.server.new_client(self.name)
        return self.watch

    def last_batch(self):
        try:
            return int(self.client().value("SELECT coalesce(max(id), 0) FROM batch"))
        except (BenchError, BrokenPipeError):
            self.stop_watching()
            return None

    def stop_watching(self):
        if self.watch is not None:
            self.watch.close()
            self.watch = None

    def look(self):
        """Waits until no session of a dead process does anything any more."""
        gone = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'hrbridge'"
        while self.client().value(gone) != "0":
            pass
        return self._answer

    def _answer(self, sql):
        return [tuple(row) for row in self.client().rows(sql)]

    def add_messages(self, rows):
        values = ", ".join(f"('{key}', 'watch_digest', '{person}', '{request}', 'waiting', 0, now() - interval '1 day', "
                           "now() - interval '1 day')" for key, person, request in rows)
        self.client().rows("INSERT INTO outbox (event_key, kind, receiver, request, state, attempts, created_at, next_attempt) "
                           f"VALUES {values}")

    def unsent(self):
        return int(self.client().value(UNSENT))

    def message_states(self):
        return {state: int(count) for state, count in self.client().rows(STATES)}

    @staticmethod
    def damage(_look):
        return None

    def close(self):
        self.stop_watching()
