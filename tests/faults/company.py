"""What three daemons have to do: five tables that are being changed, their mappings, and people of whom HR is to be warned."""
import random
import threading
import time

import changing
from writers import WRITERS, Writer, make_table

HOLD_BACK_S = 4
WORKERS = 300
STATIONS = 40
BAD = 8  # workers who turn out to be bad, one after the other
PIECES, FEW, MANY = 400, 4, 80  # of a month, and bad ones of an ordinary and of a bad worker
HR = ("p0", "p1")
ON_DEMAND = ("faults/person", "faults/spell", "faults/assignment")
HEAD = """map: {name}
source:
  conn: erp
  read_as: {{charset: utf-8, zone: UTC}}
  query: SELECT {columns}, changed FROM {table} WHERE {{window}} AND {{page}}
  key: [{key}]
  columns: {{{described}, changed: datetime!}}
sync:
{every}  window: {{by: changed, overlap: 0s, hold_back: {hold_back}s}}
target: {{entity: {entity}, key: [{target}], write: upsert}}
fields:
"""
WORKER = "CREATE TABLE worker (no varchar(12) NOT NULL PRIMARY KEY, name varchar(40) NOT NULL, unit varchar(12) NOT NULL, " \
         "hired date NOT NULL, changed datetime(6) NOT NULL, KEY (changed)) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
STATION = "CREATE TABLE station (code varchar(12) NOT NULL PRIMARY KEY, name varchar(40) NOT NULL, " \
          "changed datetime(6) NOT NULL, KEY (changed)) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
WORK = "CREATE TABLE work (no varchar(24) NOT NULL PRIMARY KEY, worker varchar(12) NOT NULL, station varchar(12) NOT NULL, " \
       "day date NOT NULL, good int NOT NULL, changed datetime(6) NOT NULL, KEY (changed)) " \
       "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
FLAW = "CREATE TABLE flaw (no varchar(24) NOT NULL PRIMARY KEY, worker varchar(12) NOT NULL, station varchar(12) NOT NULL, " \
       "day date NOT NULL, found datetime NOT NULL, pieces int NOT NULL, changed datetime(6) NOT NULL, KEY (changed)) " \
       "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
WORKER_COLUMNS = "no: varchar(12)!, name: varchar(40)!, unit: varchar(12)!, hired: date!"
FIELDS = {
    "person": ["person_no: {from: no, type: text(32), id: F01}", "name: {from: name, type: text(80), id: F02}"],
    "spell": ["employee_no: {from: no, type: text(32), id: F01}",
              "person_id: {from: no, ref: person.person_no, type: text(32), id: F02}",
              "kind: {value: permanent, type: text(16), id: F03}", "hire_date: {from: hired, type: date, id: F04}"],
    "assignment": ["spell_id: {from: no, ref: employment_spell.employee_no, type: text(32), id: F01}",
                   "valid_from: {from: hired, type: date, id: F02}",
                   "org_unit_id: {from: unit, ref: org_unit.code, type: text(32), id: F03}",
                   "job: {value: assembler, type: text(80), id: F04}", "job_kind: {value: production, type: text(16), id: F05}"],
    "station": ["code: {from: code, type: text(32), id: F01}", "name: {from: name, type: text(80), id: F02}",
                "kind: {value: production, type: text(16), id: F03}"],
    "work": ["fact_no: {from: no, type: text(48), id: F01}",
             "spell_id: {from: worker, ref: employment_spell.employee_no, type: text(32), id: F02}",
             "operation_id: {from: station, ref: operation.code, type: text(32), id: F03}",
             "work_date: {from: day, type: date, id: F04}", "qty_good: {from: good, type: int, id: F05}",
             "qty_scrap: {value: '0', type: int, id: F06}", "qty_rework: {value: '0', type: int, id: F07}"],
    "flaw": ["defect_no: {from: no, type: text(48), id: F01}", "found_at: {from: found, type: timestamp, id: F02}",
             "made_date: {from: day, type: date, id: F03}",
             "responsible_spell_id: {from: worker, ref: employment_spell.employee_no, type: text(32), id: F04}",
             "responsible_operation_id: {from: station, ref: operation.code, type: text(32), id: F05}",
             "qty: {from: pieces, type: int, id: F06}", "attribution: {value: recorded, type: text(16), id: F07}",
             "disposition: {value: scrap, type: text(16), id: F08}"],
}
# Mapping, what the source has of it and what the store: every cell as text.
CELLS = {
    "faults/team": (
        "SELECT code, name, kind, coalesce(opened, '-'), coalesce(closed, '-') FROM team",
        "SELECT code, name, kind, coalesce(valid_from::text, '-'), coalesce(valid_to::text, '-') FROM org_unit WHERE gone_at IS NULL"),
    "faults/station": ("SELECT code, name FROM station", "SELECT code, name FROM operation WHERE gone_at IS NULL"),
    "faults/work": (
        "SELECT no, worker, station, day, good FROM work",
        "SELECT f.fact_no, s.employee_no, o.code, f.work_date::text, f.qty_good FROM production_fact f "
        "JOIN employment_spell s ON s.id = f.spell_id JOIN operation o ON o.id = f.operation_id WHERE f.gone_at IS NULL"),
    "faults/flaw": (
        "SELECT no, worker, station, day, pieces FROM flaw",
        "SELECT f.defect_no, s.employee_no, o.code, f.made_date::text, f.qty FROM defect f "
        "JOIN employment_spell s ON s.id = f.responsible_spell_id JOIN operation o ON o.id = f.responsible_operation_id "
        "WHERE f.gone_at IS NULL"),
}


# As few equal people and so bad ones are no company: how they scatter would hide each but the first.
RULES = """settle_delay_days: 3
history_months: 24
month_pieces_min: 20
peers_min: 3
R1: {mode: live, months: 3, alpha: 0.05, watch_alpha: 0.005, gap: 0.01, n_min: 138, correct_for_people: true, over_dispersion: false}
R2: {mode: watch, months: 3, max_missing: 1}
"""


def files(every):
    """Names and texts of the mappings and the rules; `every`: a schedule for each of team, station, work and flaw."""
    def made(name, table, columns, key, entity, target, when=""):
        head = HEAD.format(name=f"faults/{name}", table=table, columns=", ".join(part.split(":")[0] for part in columns.split(", ")),
                           key=key, described=columns, entity=entity, target=target, hold_back=HOLD_BACK_S,
                           every=f"  every: '{when}'\n" if when else "")
        return head + "".join(f"  {field}\n" for field in FIELDS[name])

    sweeps = f"  every: '{every['team']}'\n" + changing.SWEEPS.replace("1d", "20s")
    return {
        "pip.rules.yaml": RULES,
        "unit.map.yaml": changing.MAPPING.format(overlap="0s", hold_back=f"{HOLD_BACK_S}s", sweeps=sweeps),
        "person.map.yaml": made("person", "worker", WORKER_COLUMNS, "no", "person", "person_no"),
        "spell.map.yaml": made("spell", "worker", WORKER_COLUMNS, "no", "employment_spell", "employee_no"),
        "assignment.map.yaml": made("assignment", "worker", WORKER_COLUMNS, "no", "assignment", "spell_id, valid_from"),
        "station.map.yaml": made("station", "station", "code: varchar(12)!, name: varchar(40)!", "code", "operation", "code",
                                 every["station"]),
        "work.map.yaml": made("work", "work", "no: varchar(24)!, worker: varchar(12)!, station: varchar(12)!, day: date!, "
                              "good: int!", "no", "production_fact", "fact_no", every["work"]),
        "flaw.map.yaml": made("flaw", "flaw", "no: varchar(24)!, worker: varchar(12)!, station: varchar(12)!, day: date!, "
                              "found: datetime!, pieces: int!", "no", "defect", "defect_no", every["flaw"]),
    }


def months():
    """The three months that are judged, such as 2024-05."""
    year, month, day = time.gmtime()[:3]
    newest = year * 12 + month - (2 if day > 4 else 3)  # of the first days the month before is not closed yet
    return [f"{each // 12}-{each % 12 + 1:02}" for each in (newest - 2, newest - 1, newest)]


def bad_worker(number):
    return f"W{number * 7:04}"


class Company:
    """The source while the daemons work: eight writers of one table, and one that changes the others."""

    def __init__(self, source, seed):
        self.source, self.seed, self.chance = source, seed, random.Random(f"{seed}/company")
        make_table(source)
        self.made, self.error, self.thread, self.writers = 0, None, None, []
        for table, create in (("worker", WORKER), ("station", STATION), ("work", WORK), ("flaw", FLAW)):
            source.session.rows(f"DROP TABLE IF EXISTS {table}")
            source.session.rows(create)
        old = "UTC_TIMESTAMP(6) - INTERVAL 1 HOUR"
        self._insert("station", [f"('S{each:03}', '工位{each}', {old})" for each in range(STATIONS)])
        # T0000000 is the unit of all: it is not deleted.
        self._insert("worker", [f"('W{each:04}', '工人{each}', 'T0000000', '2020-01-01', {old})" for each in range(WORKERS)])
        each_month = [(each, month) for each in range(WORKERS) for month in months()]
        self._insert("work", [f"('W{each:04}/{month}', 'W{each:04}', 'S000', '{month}-15', {PIECES}, {old})"
                              for each, month in each_month])
        self._insert("flaw", [f"('F{each:04}/{month}', 'W{each:04}', 'S000', '{month}-15', '{month}-15 10:00:00', {FEW}, {old})"
                              for each, month in each_month])

    def _insert(self, table, rows):
        self.source.session.rows(f"INSERT INTO {table} VALUES {', '.join(rows)}")

    def start(self, seconds):
        until = time.monotonic() + seconds
        self.writers = [Writer(self.source.new_client(), self.seed, number, HOLD_BACK_S - 0.05, until)
                        for number in range(WRITERS)]
        self.writers[0].mine.remove(0)
        self.thread = threading.Thread(target=self._change, args=(self.source.new_client(), seconds))
        for each in self.writers:
            each.thread.start()
        self.thread.start()

    def _change(self, client, seconds):
        """New rows of work all the time, stations with other names, and a bad worker now and then."""
        started, bad = time.monotonic(), 0
        try:
            while (passed := time.monotonic() - started) < seconds:
                rows = ", ".join(f"('N{self.seed}/{self.made + each}', 'W{self.chance.randrange(WORKERS):04}', "
                                 f"'S{self.chance.randrange(1, STATIONS):03}', CURRENT_DATE, {self.chance.randrange(1, 99)}, "
                                 "UTC_TIMESTAMP(6))" for each in range(20))
                client.rows(f"INSERT INTO work VALUES {rows}")
                self.made += 20
                client.rows(f"UPDATE station SET name = '工位{self.chance.randrange(1 << 30)}', changed = UTC_TIMESTAMP(6) "
                            f"WHERE code = 'S{self.chance.randrange(STATIONS):03}'")
                if bad < BAD and passed > seconds * 0.8 * bad / BAD:
                    bad += 1
                    client.rows(f"UPDATE flaw SET pieces = {MANY}, changed = UTC_TIMESTAMP(6) "
                                f"WHERE worker = '{bad_worker(bad)}'")
                time.sleep(0.1)
        except Exception as error:  # for the main thread
            self.error = error
        finally:
            client.close()

    def finish(self):
        for each in (*(writer.thread for writer in self.writers), self.thread):
            each.join()
        for error in (self.error, *(writer.error for writer in self.writers)):
            if error:
                raise error

    def faults(self, store):
        """Cells that are not as in the source, and rows that stand twice."""
        found = []
        for mapping, (source_cells, store_cells) in CELLS.items():
            source = {tuple(row) for row in self.source.session.rows(source_cells)}
            rows = [tuple(row) for row in store.client().rows(store_cells)]
            if len(rows) != len({row[0] for row in rows}):
                found.append(f"{mapping}: rows stand twice in the store")
            for what, odd in (("missing or other", source - set(rows)), ("never in the source or other", set(rows) - source)):
                if odd:
                    found.append(f"{mapping}: {len(odd)} rows {what}, such as {sorted(odd)[:2]}")
        return found
