"""What a source's guard promises, by the source's own logs: sessions, rows a second, the longest statement, the hours."""
import datetime
import os
import re
import signal
import time
import urllib.request

import changing
from kills import Lost

ROWS = 3000  # of each of two tables
RATE = 2000
BURST = 0.25  # of a second's rows may be asked for at once
FEW = 20  # rows of the clock, and of the order's proofs at the ends of pages
QUERY_S = 1
HOURS_RATE = 1000
LATE_S = 0.2  # what was asked for within the hours, and a busy machine
PATIENCE_S = 60
TABLES = ("team_a", "team_b")


class Log:
    """MariaDB's own: statements with their rows and times, logins and ends of sessions."""

    def __init__(self, source):
        self.source = source
        for setting in ("log_output = 'TABLE'", "long_query_time = 0", "slow_query_log = 1", "general_log = 1"):
            source.session.rows(f"SET GLOBAL {setting}")

    def clear(self):
        self.source.session.rows("TRUNCATE mysql.slow_log")
        self.source.session.rows("TRUNCATE mysql.general_log")

    def statements(self, user):
        """Start (Unix time), seconds, rows sent, text."""
        rows = self.source.session.rows(
            "SELECT UNIX_TIMESTAMP(start_time), TIME_TO_SEC(query_time), rows_sent, REPLACE(LEFT(sql_text, 200), '\\n', ' ') "
            f"FROM mysql.slow_log WHERE user_host LIKE '{user}[%' ORDER BY start_time")
        return [(float(start), float(took), int(sent), text) for start, took, sent, text in rows]

    def most_sessions(self, user):
        """At one time."""
        events = self.source.session.rows(
            "SELECT thread_id, command_type FROM mysql.general_log WHERE command_type IN ('Connect', 'Quit') "
            f"AND user_host LIKE '%[{user}]%' ORDER BY event_time")
        live, most = set(), 0
        for thread, event in events:
            (live.add if event == "Connect" else live.discard)(thread)
            most = max(most, len(live))
        return most


def most_in_a_second(statements):
    """Rows sent in any second, as far as statements are short."""
    most, begin, rows = 0, 0, 0
    for start, _, sent, _ in statements:
        rows += sent
        while statements[begin][0] <= start - 1:
            rows -= statements[begin][2]
            begin += 1
        most = max(most, rows)
    return most


class Guard:
    """One kind of reader before one source with two tables."""

    def __init__(self, home, store, source, log, reader, user):
        self.home, self.store, self.source, self.log, self.reader, self.user = home, store, source, log, reader, user
        self.before, web, self.behind = home.read("hrbridge.yaml").partition("web:")
        self.behind = web + self.behind
        for table in TABLES:
            home.write(f"mappings/{table}.map.yaml", self._mapping(table))
        os.remove(home.path("mappings/unit.map.yaml"))
        home.run("store", "upgrade")
        store.keep_as_template()

    @staticmethod
    def _mapping(table, more=""):
        text = changing.MAPPING.format(overlap="1s", hold_back="0s", sweeps="")
        return (text.replace("map: faults/team", f"map: faults/{table}").replace("FROM team", f"FROM {table}")
                .replace("SELECT code", f"SELECT {more}code"))

    def _begin(self, guard):
        self.home.write("hrbridge.yaml", f"{self.before}    guard: {guard}\n{self.behind}")
        self.store.renew()
        self.log.clear()

    def judged(self):
        """A line of results."""
        line = {"kind": "guard", "store": self.store.kind, "how": self.reader}
        faults = []
        for sessions in (1, 2):
            faults += self._two_syncs(sessions, line)
        faults += self._slow_statement(line) + self._hours(line)
        return {**line, "faults": faults, "verdict": "bad" if faults else "ok"}

    def _two_syncs(self, sessions, line):
        """Of one daemon, at one time."""
        self._begin(f"{{sessions: {sessions}, rows_per_second: {RATE}}}")
        daemon = self.home.start("run", output="daemon")
        try:
            port = self._port_of(daemon)
            syncs = [self.home.start("sync", f"faults/{table}", output=table) for table in TABLES]
            codes = [sync.wait() for sync in syncs]
            measured = self._metrics(port)
        finally:
            daemon.send_signal(signal.SIGTERM)
            daemon.wait()
        if any(codes):
            raise Lost(f"a sync ended with {codes}: {[self.home.read(table)[-800:] for table in TABLES]}")
        statements = self.log.statements(self.user)
        seconds = statements[-1][0] - statements[0][0]
        found = {"sessions": self.log.most_sessions(self.user), "a_second": most_in_a_second(statements),
                 "sent": sum(sent for _, _, sent, _ in statements), "seconds": round(seconds, 2),
                 "waited_s": round(measured.get("wait_seconds_total/session", 0), 2)}
        line[f"sessions_{sessions}"] = found
        return [text for text, wrong in (
            (f"{found['sessions']} sessions at one time where {sessions} were allowed", found["sessions"] > sessions),
            ("the syncs never ran beside one another", sessions == 2 and found["sessions"] < 2),
            (f"{found['a_second']} rows in a second where {RATE} were allowed", found["a_second"] > RATE * (1 + BURST) + FEW),
            (f"{seconds:.2f} s for {2 * ROWS} rows are no limit's doing", seconds > 2.5 * 2 * ROWS / RATE),
            (f"the metrics say {measured}", measured.get("sessions_most") != found["sessions"] or measured.get("sessions") != 0
             or not measured.get("wait_seconds_total/rows") or (found["waited_s"] > 0.5) != (sessions == 1)
             or not measured.get("statement_seconds_count")),
            ("the daemon tried again", "trying again" in self.home.read("daemon")),
            (f"{self._stored()} rows are stored", self._stored() != 2 * ROWS)) if wrong]

    def _port_of(self, daemon):
        """Of its pages, once it runs."""
        until = time.monotonic() + PATIENCE_S
        while not (ready := re.search(r"hrbridge runs .*port=(\d+)", self.home.read("daemon"))):
            if daemon.poll() is not None or time.monotonic() > until:
                raise Lost(f"the daemon did not start: {self.home.read('daemon')[-1500:]}")
            time.sleep(0.02)
        return int(ready[1])

    @staticmethod
    def _metrics(port):
        """Those of its source, by the rest of their names and why."""
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            text = answer.read().decode()
        found = re.findall(r'^hrbridge_source_(\w+)\{source="erp"(?:,why="(\w+)")?\} (\S+)$', text, re.MULTILINE)
        return {name + ("/" + why if why else ""): float(value) for name, why, value in found}

    def _stored(self):
        return self.store.look()("SELECT count(*) FROM org_unit")[0][0]

    def _slow_statement(self, line):
        self._begin(f"{{query_seconds: {QUERY_S}}}")
        name = f"mappings/{TABLES[0]}.map.yaml"
        self.home.write(name, self._mapping(TABLES[0], f"SLEEP({5 * QUERY_S}) AS nap, "))
        sync = self.home.start("sync", f"faults/{TABLES[0]}", "--once")
        try:
            until = time.monotonic() + PATIENCE_S
            slow = []
            while not slow and time.monotonic() < until and sync.poll() is None:
                time.sleep(0.1)
                slow = [took for _, took, _, text in self.log.statements(self.user) if "SLEEP" in text and took > 0.1]
        finally:
            sync.kill()
            sync.wait()
            self.home.write(name, self._mapping(TABLES[0]))
        if not slow:
            raise Lost(f"no slow statement was seen: {self.home.output()}")
        line["longest_s"] = round(max(slow), 2)
        return [] if max(slow) < QUERY_S + 0.5 else [f"a statement took {max(slow):.2f} s where {QUERY_S} were allowed"]

    def _hours(self, line):
        """A sync that is under way when the hours end, one outside of them, and one that is told to."""
        time.sleep((1.2 - time.time()) % 1)  # steps of the clock are whole seconds: they end in 1.8 s
        now = time.time()
        offset = 58 - int(now % 60)
        ends_at = now - now % 60 + 60 - offset
        end = datetime.datetime.fromtimestamp(round(ends_at + offset), datetime.timezone.utc)
        hours = f"{end - datetime.timedelta(hours=1):%H:%M}-{end:%H:%M}"
        self._begin(f"{{rows_per_second: {HOURS_RATE}, hours: '{hours}'}}")
        name = f"faults/{TABLES[0]}"
        under_way = self.home.start("sync", name, "--once", clock=offset)
        if under_way.wait() != 1 or "guard.hours" not in self.home.output():
            raise Lost(f"the sync did not end at {hours}: {self.home.output()}")
        # What ends the session sends no rows.
        statements = [start for start, _, sent, _ in self.log.statements(self.user) if sent]
        late = statements[-1] - ends_at
        part = self._stored()
        line["hours"] = {"last_statement_s": round(late, 2), "stored": part}
        self.log.clear()
        outside = self.home.start("sync", name, "--once", clock=offset + 5).wait()
        asked = len(self.log.statements(self.user)) + self.log.most_sessions(self.user)
        if self.home.start("sync", name, "--once", "--force").wait() != 0:
            raise Lost(f"the rest was not read: {self.home.output()}")
        again = sum(sent for _, _, sent, _ in self.log.statements(self.user)) - (ROWS - part)
        return [text for text, wrong in (
            (f"the source was asked {late:.2f} s behind the hours", late > LATE_S),
            (f"{part} rows were stored within the hours", not 0 < part < ROWS),
            (f"a sync outside the hours ended with {outside} and asked {asked} times", outside != 1 or asked),
            (f"{again} rows were sent again", again > BURST * HOURS_RATE * 2 + FEW),
            (f"{self._stored()} rows are stored", self._stored() != ROWS)) if wrong]


def make_tables(source):
    for table in TABLES:
        source.session.rows(changing.TABLE.replace("TABLE team", f"TABLE {table}"))
        values = (f"('{table[-1].upper()}{row:06}', 'made', UTC_TIMESTAMP(6) - INTERVAL 1 HOUR)" for row in range(ROWS))
        source.session.rows(f"INSERT INTO {table} (code, name, changed) VALUES {', '.join(values)}")


def summary(lines):
    """A row a reader; whether all is well."""
    print(f"| reader | sessions of 1 | of 2 | rows in a second of {RATE}, with 1 | with 2 | longest statement of {QUERY_S} s "
          "| last statement behind the hours | faults |")
    print("| --- |" + " ---: |" * 6 + " --- |")
    for line in lines:
        one, two = line["sessions_1"], line["sessions_2"]
        print(f"| {line['how']} | {one['sessions']} | {two['sessions']} | {one['a_second']} | {two['a_second']} "
              f"| {line['longest_s']} s | {line['hours']['last_statement_s']} s | {'; '.join(line['faults']) or '-'} |")
    return all(line["verdict"] == "ok" for line in lines)
