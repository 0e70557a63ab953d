"""Syncs that follow the writers: what windows promise holds at their end, what a sweep promises behind them, and hardly a
row is read twice."""
import bisect
import json
import threading
import time

import changing
from kills import Lost
from writers import ASIDE_S, WRITERS, Writer, make_table, sums

MOST_READ = 1.2  # rows a changed row, in steady state
FOUND = ("changed", "added", "missing", "gone", "pending", "vanished", "left")
CELLS = len(("code", "name", "kind", "valid_from", "valid_to"))


class Follower:
    """A store that follows the table through one kind of reader."""

    def __init__(self, home, store, source, reader, user):
        self.home, self.store, self.source, self.reader, self.user = home, store, source, reader, user
        self.client, self.sent_before, self.sent_to_sweeps = source.new_client(), 0, 0
        self.syncs, self.meanwhile, self.error, self.thread = 0, None, None, None

    def prepare(self, hold_back):
        self.home.write("mappings/unit.map.yaml", changing.MAPPING.format(overlap="0s", hold_back=f"{hold_back}s",
                                                                          sweeps=changing.SWEEPS))
        self.home.run("store", "upgrade")
        self.sync()
        self.sent_before = self._sent()

    def follow(self, every, is_on, sweep_at):
        """In a thread of its own; `finish` waits for it. `sweep_at`: when it sweeps once; None: never."""
        self.thread = threading.Thread(target=self._follow, args=(every, is_on, sweep_at))
        self.thread.start()

    def _follow(self, every, is_on, sweep_at):
        try:
            while is_on():
                due = time.monotonic() + every
                self.sync()
                if sweep_at and time.monotonic() > sweep_at and self.meanwhile is None:
                    before = self._sent()
                    self.meanwhile = self.sweep("hashes")
                    self.sent_to_sweeps += self._sent() - before
                time.sleep(max(0.0, due - time.monotonic()))
        except Exception as error:  # for the main thread
            self.error = error

    def finish(self):
        self.thread.join()
        if self.error:
            raise self.error

    def close(self):
        self.client.close()
        self.store.close()

    def _sent(self):
        return self.source.sent_rows(self.user, self.client)

    def sent_to_windows(self):
        return self._sent() - self.sent_before - self.sent_to_sweeps

    def sync(self):
        if self.home.start("sync", changing.MAPPING_NAME, "--once").wait() != 0:
            raise Lost(f"{self.home.folder}: the sync failed: {self.home.output()}")
        self.syncs += 1

    def sweep(self, kind):
        """Its report."""
        process = self.home.start("sync", changing.MAPPING_NAME, "--sweep", kind, "--json")
        if process.wait() != 0:
            raise Lost(f"{self.home.folder}: the sweep failed: {self.home.output()}")
        output = "\n" + self.home.read("output")
        return json.loads(output[output.index("\n[\n"):])[0]  # behind the log's lines

    def rows(self):
        """Live ones with their cells, and the codes of those that are gone."""
        day = self.store.DAY.format
        cells = changing.STORE_CELLS.format(valid_from=day("valid_from"), valid_to=day("valid_to"))
        found = self.store.look()(cells)
        live = {row[0]: tuple(row[1:CELLS]) for row in found if str(row[CELLS]) == "0"}
        return live, {row[0] for row in found if str(row[CELLS]) == "1"}

    def to_be_read(self, histories, hold_back):
        """How many rows its windows had to bring: at each window, those that bore a time in it. A row that changed twice
        before its window was read is one."""
        bounds = [int(row[0]) for row in self.store.look()(self.store.BOUNDS)]
        windows = {(code, version) for code, versions in histories.items()
                   for version in _read_by(bounds, versions, hold_back * 1_000_000)}
        return len(windows)


def _read_by(bounds, versions, hold_back):
    """The windows, by number, that find a row; `versions`: its times and when each of them was committed."""
    for at, committed in versions:
        window = bisect.bisect_right(bounds, at) if at else 0
        if 0 < window < len(bounds):
            read = bounds[window] + hold_back
            seen = [version for version, when in versions if when <= read]
            if committed <= read and seen[-1] == at:
                yield window


def _code(shown):
    return shown.rpartition("=")[2].strip()


class Comparison:
    """The source's rows beside a follower's."""

    def __init__(self, cells, follower):
        self.live, self.gone = follower.rows()
        self.source = {row[0]: tuple(row[1:CELLS]) for row in cells}
        self.silent = {row[0] for row in cells if row[CELLS] == "1"}

    def missing(self):
        return {code for code in self.source if code not in self.live}

    def extra(self):
        return {code for code in self.live if code not in self.source}

    def differing(self):
        return {code for code, cells in self.source.items() if code in self.live and cells != self.live[code]}

    def wrong_cells(self):
        """Of rows on both sides the cells that differ, of others all."""
        pairs = [zip(self.source[code], self.live[code]) for code in self.differing()]
        return (sum(mine != its for pair in pairs for mine, its in pair)
                + CELLS * (len(self.missing()) + len(self.extra())))


class Storm:
    """The writers, and all that follow them, once. Gives a line a follower."""

    def __init__(self, source, followers, seed, seconds, sweep_meanwhile):
        self.source, self.followers, self.seed, self.seconds = source, followers, seed, seconds
        self.sweep_meanwhile = sweep_meanwhile
        self.every, self.hold_back = (10, 20) if seconds >= 120 else (2, 4)

    def run(self):
        make_table(self.source)
        for follower in self.followers:
            follower.prepare(self.hold_back)
        until = time.monotonic() + self.seconds
        writers = [Writer(self.source.new_client(), self.seed, number, self.hold_back - ASIDE_S, until)
                   for number in range(WRITERS)]
        for writer in writers:
            writer.thread.start()
        sweep_at = until - self.seconds / 2 if self.sweep_meanwhile else None
        for follower in self.followers:
            follower.follow(self.every, lambda: any(writer.thread.is_alive() for writer in writers), sweep_at)
        for each in writers:
            each.thread.join()
            if each.error:
                raise Lost(f"writer {each.number}: {each.error}")
        for follower in self.followers:
            follower.finish()
        time.sleep(self.hold_back + 1)
        histories, done = self._histories(writers), sums(writers)
        done["too_late"] = len(self._too_late(histories))
        lines = [{**self._judged(follower, histories, writers), "did": done} for follower in self.followers]
        for follower in self.followers:
            follower.close()
        return lines

    @staticmethod
    def _histories(writers):
        histories = {}
        for writer in writers:
            for code, at, committed in writer.history:
                histories.setdefault(code, []).append((at, committed))
        return histories

    def _too_late(self, histories):
        """Rows that a window need not bring, because the machine was so busy that their commit outran the hold-back."""
        return {code for code, versions in histories.items()
                if any(at and committed - at >= self.hold_back * 1_000_000 for at, committed in versions)}

    def _judged(self, follower, histories, writers):
        follower.sync()
        read = follower.sent_to_windows()
        changed = follower.to_be_read(histories, self.hold_back)
        line = {"seed": self.seed, "kind": "writers", "store": follower.store.kind, "how": follower.reader,
                "syncs": follower.syncs, "changed_rows": changed, "read": read,
                "read_a_changed_row": round(read / max(1, changed), 3)}
        faults = [] if line["read_a_changed_row"] <= MOST_READ else [f"more than {MOST_READ} rows read for each that changed"]
        if self.sweep_meanwhile:
            faults += self._swept_meanwhile(follower, line, histories, writers)
        faults += self._swept(follower, line, histories)
        return {**line, "faults": faults, "verdict": "bad" if faults else "ok"}

    def _swept_meanwhile(self, follower, line, histories, writers):
        """What it calls a change that no window brought must be one; those it names are looked at."""
        report = follower.meanwhile
        if report is None:
            raise Lost("the writers had ended before a sweep could begin among them")
        line["sweep_meanwhile"] = {name: report[name] for name in FOUND}
        may_be = {"missing": {code for code, versions in histories.items() if any(at is None for at, _ in versions)}}
        silently = {code for writer in writers for code in writer.silently} | self._too_late(histories)
        may_be["changed"] = may_be["added"] = silently
        named = {(found["kind"], _code(found["key"])) for found in report["found"] if not found["pending"]}
        wrong = sorted((kind, code) for kind, code in named if code not in may_be[kind])
        return [f"a sweep among the writers names {len(wrong)} rows that a window brings, such as {wrong[:3]}"] if wrong else []

    def _swept(self, follower, line, histories):
        """One sweep, and what it must have found; gives faults."""
        cells = self.source.session.rows(changing.SOURCE_CELLS)
        before = Comparison(cells, follower)
        report = follower.sweep("hashes")
        after, again = Comparison(cells, follower), follower.sweep("keys")
        deleted = {code for code, versions in histories.items() if versions[-1][0] is None}
        found = {name: report[name] for name in FOUND}
        line.update(rows=len(before.source), wrong_cells_before=before.wrong_cells(), only_the_sweep=found,
                    sweep_s=round(report["seconds"], 2), wrong_cells=after.wrong_cells(), gone=len(after.gone))
        unbrought = (before.differing() | before.missing()) - before.silent - self._too_late(histories)
        checks = {
            "rows that bear their time did not come by a window": unbrought,
            "rows are not as in the source behind the sweep": after.differing() | after.missing() | after.extra(),
            "rows are gone that the source has, or never had": after.gone - deleted,
            "deleted rows that the store had are not marked as gone": (deleted & (set(before.live) | before.gone)) - after.gone,
        }
        faults = [f"{len(codes)} {what}, such as {sorted(codes)[:3]}" for what, codes in checks.items() if codes]
        expected = {"changed": len(before.differing()), "added": len(before.missing()), "missing": len(before.extra()),
                    "gone": len(before.extra()), "pending": 0, "vanished": 0, "left": 0}
        if not (expected["changed"] and expected["added"] and expected["gone"]):
            raise Lost(f"the writers left nothing of a kind to find: {expected}")
        if found != expected:
            faults.append(f"the sweep reports {found} where there were {expected}")
        if any(again[name] for name in found):
            faults.append(f"a second sweep found { {name: again[name] for name in FOUND} }")
        return faults


def summary(lines):
    """A row a follower; whether all is well."""
    print("| seed | reader | store | syncs | changed rows | rows sent | a changed row | silent | deleted | back | equal times "
          "| late commits (latest) | only the sweep found: changed, new, gone | wrong cells before, behind it | faults |")
    print("| ---: | --- | --- |" + " ---: |" * 12)
    for line in lines:
        did, found = line["did"], line["only_the_sweep"]
        print(f"| {line['seed']} | {line['how']} | {line['store']} | {line['syncs']} | {line['changed_rows']} | {line['read']} "
              f"| {line['read_a_changed_row']} | {did['silent']} | {did['deleted']} | {did['back']} | {did['equal_times']} "
              f"| {did['late_commits']} ({did['latest_commit_s']} s) | {found['changed']}, {found['added']}, {found['gone']} "
              f"| {line['wrong_cells_before']}, {line['wrong_cells']} | {'; '.join(line['faults']) or '-'} |")
    return all(line["verdict"] == "ok" for line in lines)
