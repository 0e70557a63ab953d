"""What a trigger in the store saw of each job's starts, and whether each of them was done once."""
WATCH = """
CREATE SCHEMA judge;
CREATE TABLE judge.claim (n bigserial PRIMARY KEY, at timestamptz NOT NULL, job text NOT NULL, was text, holder text, attempts bigint,
  planned timestamptz, started timestamptz NOT NULL);
CREATE FUNCTION judge.see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO judge.claim (at, job, was, holder, attempts, planned, started)
  VALUES (clock_timestamp(), NEW.name, OLD.holder, NEW.holder, OLD.attempts, OLD.next_start, NEW.last_start);
  RETURN NEW; END $$;
CREATE TRIGGER judge_see AFTER UPDATE ON job FOR EACH ROW WHEN (OLD.holder IS DISTINCT FROM NEW.holder)
  EXECUTE FUNCTION judge.see()
"""
SEEN = ("SELECT job, extract(epoch FROM at), coalesce(was, '-'), coalesce(holder, '-'), "
        "coalesce(extract(epoch FROM planned)::text, '-'), extract(epoch FROM started), attempts FROM judge.claim ORDER BY n")
RUNS = ("SELECT CASE WHEN kind LIKE 'sweep %' THEN 'sweep/' || mapping || '/' || substr(kind, 7) ELSE 'sync/' || mapping END, "
        "extract(epoch FROM started_at), outcome FROM run ORDER BY id")
MOST_ATTEMPTS = 5  # of one start by daemons that die over it
NOBODY, HANDED_BACK = "-", ""
CLOCKS_S = 0.01  # the server's clock and this process's are one, read one after the other
LATE_S = 20.0  # a look each half second, of busy jobs each two: much for a machine that has other work too
LATE_SWEEP_S = 60.0  # it waits for a moment without a sync of its mapping


def pid(holder):
    return int(holder.split("/")[3])


class Start:
    """One start of a job: by whom, since when each of them had it, and when its end was noted. Times are the wall clock's."""

    def __init__(self, planned, first):
        self.planned, self.first, self.last, self.ended, self.may_be_given_up = planned, first, first, None, False


class Judge:
    """`deaths`: when each killed daemon lived for the last time, by process number."""

    def __init__(self, store, deaths):
        self.store, self.deaths, self.faults, self.starts, self.under_way = store, deaths, [], {}, {}
        self.taken_over = self.cleared = self.put_off = self.given_up = self.passed_over = 0
        self.latest_s = 0.0

    def watch(self):
        self.store.client().rows(WATCH.strip())

    def _bad(self, job, text):
        self.faults.append(f"{job}: {text}")

    def _lived(self, holder, at):
        """Whether a daemon was certainly not dead yet at that time."""
        return at < self.deaths.get(pid(holder), at + 1)

    def read(self, until):
        """What was seen before `until`; of starts that were under way then only their begin counts."""
        under_way = self.under_way
        for job, at, was, holder, planned, started, attempts in self.store.client().rows(SEEN):
            at, started = float(at), float(started)
            if at > until:
                break
            if was == NOBODY:
                under_way[job] = Start(None if planned == NOBODY else float(planned), started)
            elif holder == NOBODY:
                self._end(job, under_way.pop(job), at, was, int(attempts))
            elif holder == HANDED_BACK:
                self.put_off += 1
            else:
                self._take_over(job, under_way[job], at, was, started)

    def _end(self, job, start, at, holder, attempts):
        start.ended = at
        self.starts.setdefault(job, []).append(start)
        if holder != HANDED_BACK and not self._lived(holder, at):
            self.cleared += 1  # by another daemon, or by its own last word
            start.may_be_given_up = attempts >= MOST_ATTEMPTS

    def _take_over(self, job, start, at, was, started):
        self.taken_over += 1
        if was != HANDED_BACK and self._lived(was, at):
            self._bad(job, f"was taken over from process {pid(was)}, which lived")
        start.last = started

    def intervals(self, job, every, most_late=LATE_S):
        """Each start follows the one before after `every` seconds, or as soon as that had ended."""
        starts = self.starts.get(job, [])
        for before, start in zip(starts, starts[1:]):
            due = before.last + every
            if start.first < due - CLOCKS_S:
                self._bad(job, f"started {due - start.first:.2f} s before it was due")
            late = start.first - max(due, before.ended)
            if most_late == LATE_S:
                self.latest_s = max(self.latest_s, round(late, 2))
            if late > most_late:
                self._bad(job, f"started {late:.2f} s after it was due")

    def minutes(self, job, first, last):
        """One start for each full minute; one that came while a start was under way, over which daemons died, is not made up."""
        starts = self.starts.get(job, []) + ([self.under_way[job]] if job in self.under_way else [])
        planned = [start.planned for start in starts if start.planned and first <= start.planned <= last]
        wanted = [float(minute) for minute in range(int(first) + 1, int(last) + 1) if minute % 60 == 0]
        over = {minute for minute in wanted for start in starts
                if start.first < minute and (start.ended is None or start.ended > minute)}
        self.passed_over += len(set(wanted) - set(planned))
        if [minute for minute in planned if minute not in over] != [minute for minute in wanted if minute not in over] \
                or len(planned) != len(set(planned)):
            self._bad(job, f"started for {planned} where {wanted} were planned")

    def runs(self):
        """Each start of a sync or sweep was run to its end once; what else ran in it was killed or broke off. One over which
        five daemons died is not made again."""
        rows = [(job, float(started), outcome) for job, started, outcome in self.store.client().rows(RUNS)]
        for job, starts in self.starts.items():
            if not job.startswith(("sync/", "sweep/")):
                continue
            for start in starts:
                outcomes = [outcome for name, at, outcome in rows if name == job and start.first <= at <= start.ended]
                odd = set(outcomes) - {"done", "stopped"}
                if "done" not in outcomes and start.may_be_given_up and not odd:
                    self.given_up += 1
                elif outcomes.count("done") != 1 or odd:
                    self._bad(job, f"the start of {start.first:.2f} has the runs {outcomes}")

    def counts(self):
        return {job: len(starts) for job, starts in sorted(self.starts.items())}
