"""Eight writers change a MariaDB table: late commits, equal times, deletes, and changes that leave the time alone."""
import calendar
import random
import threading
import time

import changing

WRITERS = 8
ROWS = 20_000
ASIDE_S = 0.05  # between the latest commit and the end of the hold-back
LATE_S = 1.0  # a commit so long after the time that its rows bear is counted as late
OLD = "UTC_TIMESTAMP(6) - INTERVAL 1 HOUR"


def microseconds(stamp):
    date = time.strptime(stamp[:19], "%Y-%m-%d %H:%M:%S")
    return calendar.timegm(date) * 1_000_000 + int((stamp[20:] or "0").ljust(6, "0"))


def make_table(source):
    source.session.rows("DROP TABLE IF EXISTS team")
    source.session.rows(changing.TABLE)
    values = (f"('{changing.code(row)}', 'made', {OLD})" for row in range(ROWS))
    source.session.rows(f"INSERT INTO team (code, name, changed) VALUES {', '.join(values)}")


class Writer:
    """Changes the rows that are its own; commits at most `latest` seconds after the time that they bear.

    `history` is what it did to a row: the row's code, the time that it bears since then (None: gone, 0: an old one), when that
    was committed (microseconds). `silently`: the rows whose time did not tell of a change at least once."""

    def __init__(self, client, seed, number, latest, until):
        self.client, self.chance = client, random.Random(f"{seed}/{number}")
        self.number, self.latest, self.until = number, latest, until
        self.mine, self.deleted, self.next_code = list(range(number, ROWS, WRITERS)), [], ROWS + number
        self.bears, self.history, self.silently, self.error = {}, [], set(), None
        self.done = {"changed": 0, "inserted": 0, "silent": 0, "deleted": 0, "back": 0, "commits": 0, "late_commits": 0}
        self.latest_us = 0
        self.thread = threading.Thread(target=self._run)

    def _run(self):
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
        bears, touched = microseconds(stamp), []
        for _ in range(1 + self.chance.randrange(4)):
            touched += self._change(stamp, bears)
        late = self.chance.choices((0.02, 1, self.latest), (80, 17, 3))[0] * self.chance.random()
        room = self.latest - (time.time() - bears / 1e6)
        time.sleep(max(0.0, min(late, room, self.until - time.monotonic())))
        self.client.rows("COMMIT")
        committed = int(time.time() * 1e6)
        self.history += [(code, at, committed) for code, at in touched]
        self.done["commits"] += 1
        if any(at == bears for _, at in touched):
            self.latest_us = max(self.latest_us, committed - bears)
            self.done["late_commits"] += committed - bears > LATE_S * 1e6

    def _change(self, stamp, bears):
        """Gives the rows it touched, each with the time that it bears now."""
        way = self.chance.choices((self._update, self._insert, self._silently, self._insert_old, self._delete),
                                  (58, 17, 11, 3, 11))[0]
        touched = way(stamp, bears)
        self.bears.update(touched)
        return touched

    def _update(self, stamp, bears):
        rows = self._some(8)
        self._set(rows, f"changed = '{stamp}', silent = 0")
        self.done["changed"] += len(rows)
        return [(row, bears) for row in rows]

    def _silently(self, _stamp, _bears):
        rows = self._some(4)
        self._set(rows, "silent = 1")
        self.done["silent"] += len(rows)
        self.silently.update(rows)
        return [(row, self.bears.get(row, 0)) for row in rows]

    def _insert(self, stamp, bears):
        return [(self._new(f"'{stamp}', 0"), bears)]

    def _insert_old(self, _stamp, _bears):
        row = self._new(f"{OLD}, 1")
        self.done["silent"] += 1
        self.silently.add(row)
        return [(row, 0)]

    def _delete(self, _stamp, _bears):
        gone = self.mine.pop(self.chance.randrange(len(self.mine)))
        self.deleted.append(gone)
        self.client.rows(f"DELETE FROM team WHERE code = '{changing.code(gone)}'")
        self.done["deleted"] += 1
        return [(changing.code(gone), None)]

    def _some(self, most):
        return [changing.code(row) for row in self.chance.sample(self.mine, 1 + self.chance.randrange(most))]

    def _set(self, rows, more):
        codes = ", ".join(f"'{row}'" for row in rows)
        cells = zip(("name", "kind", "opened", "closed"), self._cells())
        self.client.rows(f"UPDATE team SET {', '.join(f'{name} = {value}' for name, value in cells)}, {more} "
                         f"WHERE code IN ({codes})")

    def _new(self, times):
        """A row that never was, or one that was deleted before."""
        if self.deleted and self.chance.random() < 0.25:
            number = self.deleted.pop(self.chance.randrange(len(self.deleted)))
            self.done["back"] += 1
        else:
            number, self.next_code = self.next_code, self.next_code + WRITERS
        self.mine.append(number)
        self.client.rows(f"INSERT INTO team VALUES ('{changing.code(number)}', {', '.join(self._cells())}, {times})")
        self.done["inserted"] += 1
        return changing.code(number)

    def _cells(self):
        name = self.chance.choice(("变更{}", "Unit {} ", "😀{}", "NULL{}")).format(self.chance.randrange(1 << 30))
        day = f"'20{self.chance.randrange(10, 30)}-02-{self.chance.randrange(1, 29):02}'"
        return [f"'{name}'", f"'{self.chance.choice(('team', 'plant'))}'", self.chance.choice(("NULL", day)),
                self.chance.choice(("NULL", day))]


def sums(writers):
    """What all of them did; `equal_times`: changed rows that share their time with rows of other transactions."""
    total = {name: sum(writer.done[name] for writer in writers) for name in writers[0].done}
    bearers = {}
    for writer in writers:
        for _, at, committed in writer.history:
            if at:
                bearers.setdefault(at, []).append((writer.number, committed))
    total["equal_times"] = sum(len(rows) for rows in bearers.values() if len(set(rows)) > 1)
    total["latest_commit_s"] = round(max(writer.latest_us for writer in writers) / 1e6, 2)
    return total
