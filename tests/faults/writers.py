"""Eight writers change a MariaDB source while an incremental sync reads it every few seconds: what the windows promise holds
at their end, what sweeps promise behind them, and hardly a row is read twice."""
import bisect
import calendar
import random
import threading
import time

import changing
from kills import Lost

WRITERS = 8
ROWS = 20_000
MOST_READ = 1.2  # rows a changed row, in steady state
ASIDE = 0.02  # seconds between the latest commit and the end of the hold-back


class Writer(threading.Thread):
    """Changes the rows that are its own; commits up to `latest` seconds after the time that the rows bear."""

    def __init__(self, source, number, latest, until):
        super().__init__()
        self.client, self.chance = source.new_client(), random.Random(number)
        self.number, self.latest, self.until = number, latest, until
        self.mine = list(range(number, ROWS, WRITERS))
        self.next_code, self.stamped, self.error = ROWS + number, [], None

    def run(self):
        try:
            while time.monotonic() < self.until:
                self._transaction()
        except Exception as error:  # for the main thread
            self.error = error
        finally:
            self.client.close()

    def _transaction(self):
        self.client.rows("START TRANSACTION")
        # Whole seconds now and then, so that many rows bear one time.
        stamp = self.client.value(changing.NOW)[: 19 if self.chance.random() < 0.2 else 26]
        for _ in range(1 + self.chance.randrange(4)):
            self._change(stamp)
        late = self.chance.choices((0.02, 1, self.latest), (80, 17, 3))[0] * self.chance.random()
        time.sleep(min(late, max(0.0, self.until - time.monotonic())))
        self.client.rows("COMMIT")

    def _change(self, stamp):
        rows = self.chance.sample(self.mine, 1 + self.chance.randrange(8))
        codes = ", ".join(f"'{changing.code(row)}'" for row in rows)
        name = f"'变更{self.chance.randrange(1 << 40)}'"
        kind = self.chance.random()
        if kind < 0.6:
            self.client.rows(f"UPDATE team SET name = {name}, changed = '{stamp}', silent = 0 WHERE code IN ({codes})")
            self.stamped += [(changing.code(row), stamp) for row in rows]
        elif kind < 0.8:
            new = changing.code(self.next_code)
            self.client.rows(f"INSERT INTO team VALUES ('{new}', {name}, '{stamp}', 0)")
            self.mine.append(self.next_code)
            self.next_code += WRITERS
            self.stamped.append((new, stamp))
        elif kind < 0.9:
            self.client.rows(f"UPDATE team SET name = {name}, silent = 1 WHERE code IN ({codes})")
        else:
            gone = self.chance.choice(self.mine)
            self.client.rows(f"DELETE FROM team WHERE code = '{changing.code(gone)}'")
            self.mine.remove(gone)


class Writing:
    """One store beside the writers."""

    def __init__(self, home, store, source, seconds):
        self.home, self.store, self.source, self.seconds = home, store, source, seconds
        self.every, self.hold_back = (10, 20) if seconds >= 120 else (2, 4)
        home.write("mappings/unit.map.yaml", changing.MAPPING.format(overlap="0s", hold_back=f"{self.hold_back}s", sweeps=""))
        home.run("store", "upgrade")
        source.client.rows(changing.TABLE)
        values = (f"('{changing.code(row)}', 'made', UTC_TIMESTAMP(6) - INTERVAL 1 HOUR, 0)" for row in range(ROWS))
        source.client.rows(f"INSERT INTO team VALUES {', '.join(values)}")

    def run(self):
        self._sync()
        until = time.monotonic() + self.seconds
        writers = [Writer(self.source, number, self.hold_back - ASIDE, until) for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        before = self._read_so_far()
        syncs = 0
        while any(writer.is_alive() for writer in writers):
            next_sync = time.monotonic() + self.every
            self._sync()
            syncs += 1
            time.sleep(max(0.0, next_sync - time.monotonic()))
        for writer in writers:
            writer.join()
            if writer.error:
                raise Lost(f"writer {writer.number}: {writer.error}")
        time.sleep(self.hold_back + 1)
        self._sync()
        read = self._read_so_far() - before
        line = {"store": self.store.kind, "syncs": syncs + 1, **self._rows_read(writers, read), **self._compare()}
        if line["read_a_changed_row"] > MOST_READ:
            raise Lost(f"{line['read_a_changed_row']} rows were read for each that had changed")
        return line

    def _sync(self, *words):
        process = self.home.start("sync", changing.MAPPING_NAME, "--once", *words)
        if process.wait() != 0:
            raise Lost(f"the sync failed: {self.home.output()}")

    def _read_so_far(self):
        return self.source.sent_rows()

    def _rows_read(self, writers, read):
        """A row that changed twice within one window is one row to read."""
        bounds = [int(row[0]) for row in self.store.look()(self.store.BOUNDS)]
        changed = {(code, self._window(stamp, bounds)) for writer in writers for code, stamp in writer.stamped}
        return {"changes": sum(len(writer.stamped) for writer in writers), "changed_rows": len(changed), "read": read,
                "read_a_changed_row": round(read / max(1, len(changed)), 3)}

    @staticmethod
    def _window(stamp, bounds):
        date = time.strptime(stamp[:19], "%Y-%m-%d %H:%M:%S")
        moment = (calendar.timegm(date) * 1_000_000) + int((stamp[20:] or "0").ljust(6, "0"))
        return bisect.bisect_right(bounds, moment)

    def _compare(self):
        """Before sweeps: all that bears its time is right; what was changed silently or deleted may be as it was before."""
        source = {row[0]: row[1:] for row in self.source.client.rows("SELECT code, name, silent FROM team")}
        store = dict(self.store.look()(changing.STORE_ROWS))
        wrong = [code for code, (name, silent) in source.items() if silent == "0" and store.get(code) != name]
        lost = [code for code in source if code not in store]
        if wrong or lost:
            raise Lost(f"{len(wrong)} rows are not as in the source, such as {wrong[:3]}; {len(lost)} are not there")
        return {"rows": len(source), "silent": sum(silent == "1" for _, silent in source.values()),
                "gone": len(set(store) - set(source))}
