"""The source's clock and the program's own are set forward and back between syncs: whatever they say, each sync must bring
the rows that are not of the source's future, and one at the latest time of all must bring all."""
import random
import time

import changing
from kills import Lost

ROUNDS = 6
ROWS = 300
STEPS_S = (0, 0, -5, 5, -3600, 3600, -2 * 86400, 2 * 86400)
LAST_S = 3 * 86400


class ClockSteps:
    """A seed is a history of steps on a table and store of its own."""

    def __init__(self, home, store, source):
        self.home, self.store, self.source, self.pending, self.next_code = home, store, source, [], 0
        home.write("mappings/unit.map.yaml", changing.MAPPING.format(overlap="1s", hold_back="0s", sweeps=""))
        self.config = home.read("hrbridge.yaml")
        home.run("store", "upgrade")
        store.keep_as_template()
        source.session.rows(changing.TABLE)

    def seed(self, seed):
        chance = random.Random(seed)
        self.store.renew()
        self.source.session.rows("DELETE FROM team")
        self.next_code = 0
        history, own, its = [], 0, 0
        for turn in range(ROUNDS):
            before = its
            its, own = chance.choice(STEPS_S), chance.choice(STEPS_S)
            history.append((its, own))
            # The step came some time before the sync, and rows were written on both sides of it.
            self._change(chance, before)
            time.sleep(chance.random() * 0.3)
            self._change(chance, its)
            time.sleep(1.3 * (chance.random() < 0.5))
            self._sync(its, own, f"seed {seed}, source and own clock off by {history}")
        self._sync(LAST_S, 0, f"seed {seed}, at the end of {history}")
        self.pending.append({"seed": seed, "kind": "clock", "store": self.store.kind, "how": "steps", "history": history})
        return True

    def _change(self, chance, offset):
        stamp = f"UTC_TIMESTAMP(6) + INTERVAL {offset} SECOND"
        new = [changing.code(self.next_code + each) for each in range(1 + chance.randrange(ROWS // 10))]
        self.next_code += len(new)
        values = ", ".join(f"('{each}', 'made', {stamp})" for each in new)
        self.source.session.rows(f"INSERT INTO team (code, name, changed) VALUES {values}")
        self.source.session.rows(f"UPDATE team SET name = '{chance.randrange(1 << 30)}', changed = {stamp} "
                                f"WHERE crc32(code) % 5 = {chance.randrange(5)}")

    def _sync(self, its, own, what):
        clock = f"SET timestamp = UNIX_TIMESTAMP(SYSDATE(6)) + ({its})"
        self.home.write("hrbridge.yaml", self.config + f'    session_statements: ["{clock}"]\n')
        past = changing.SOURCE_ROWS.replace("ORDER", f"WHERE changed < UTC_TIMESTAMP(6) + INTERVAL {its} SECOND ORDER")
        expected = {tuple(row) for row in self.source.session.rows(past)}
        process = self.home.start("sync", changing.MAPPING_NAME, "--once", clock=own)
        if process.wait() != 0:
            raise Lost(f"{what}: {self.home.output()}")
        wrong = sorted(expected - set(self.store.look()(changing.STORE_ROWS)))
        if wrong:
            raise Lost(f"{what}: {len(wrong)} of {len(expected)} rows are not as in the source, such as {wrong[:2]}: "
                       f"{self.home.output()}")

    def finish(self):
        lines, self.pending = self.pending, []
        for line in lines:
            line.update(lost=0, doubled=0, verdict="ok")
        return lines
