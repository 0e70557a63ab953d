"""The store of either kind while its daemon works, by its database's own command line. None: it cannot be asked just now; `why`
says more."""
from processes import BenchError
from rig import ANSWER_END, Client

INSERT = ("INSERT INTO outbox (event_key, kind, receiver, request, state, attempts, created_at, next_attempt) "
          "VALUES ('{key}', 'operations', '{person}', '{request}', 'waiting', 0, {now}, {now})")


class View:
    def __init__(self):
        self.client, self.why = None, None

    def ask(self, sql):
        """Rows of text."""
        try:
            self.client = self.client or self.new_client()
            return [tuple(row) for row in self.client.rows(sql)]
        except (BenchError, OSError) as error:
            self.why = str(error)
            self.close()
            return None

    def add_message(self, key, person, request, now):
        """Whether it did."""
        return self.ask(INSERT.format(key=key, person=person, request=request, now=self.TIME.format(now))) is not None

    def close(self):
        if self.client is not None:
            self.client.close()
            self.client = None


class SqliteView(View):
    """`inside`: what begins a command that sees the file."""

    SECONDS, TIME = "({} / 1000000.0)", "CAST({} * 1000000 AS INTEGER)"
    DAY = "date({} * 86400, 'unixepoch')"
    PAUSED = "paused = 1"
    WAIT_MS = 10_000  # of the fast clock

    def __init__(self, _store, path, inside):
        super().__init__()
        self.path, self.inside, self.lock = path, inside, None

    def new_client(self):
        return Client([*self.inside, "sqlite3", "-batch", "-bail", "-noheader", "-separator", "\t", "-cmd",
                       f".timeout {self.WAIT_MS}", self.path], f".print {ANSWER_END}", quiet=True)

    def hold(self):
        """Another program has a transaction that nobody ends; False when it could not."""
        self.lock = self.new_client()
        try:
            self.lock.rows("BEGIN IMMEDIATE")
            return True
        except (BenchError, OSError):
            return False

    def release(self):
        self.lock.close()


class PostgresView(View):
    SECONDS, TIME = "extract(epoch FROM {})", "to_timestamp({})"
    DAY = "{}::text"
    PAUSED = "paused"

    def __init__(self, store, _path, _inside):
        super().__init__()
        self.store = store

    def new_client(self):
        return self.store.server.new_client(self.store.name)


VIEWS = {"sqlite": SqliteView, "postgres": PostgresView}
