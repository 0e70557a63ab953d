"""Goes the walk through a migration by its two commands and holds what comes of it.

usage: walk_through.py HRBRIDGE SOURCE_DIR
"""
import json
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

ENTITIES = ("org_unit", "person", "employment_spell", "assignment")
HIRED = "E888888"


def hold(true, what):
    if not true:
        sys.exit(f"does not hold: {what}")


def rows(database, sql, values=()):
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as store:
        return store.execute(sql, values).fetchall()


def walk(program, source, part, folder):
    script = source / "tests/walk_through/walk_through.py"
    subprocess.run(
        [sys.executable, str(script), part, "--hrbridge", program, "--folder", str(folder)], check=True
    )


def outcomes(folder, rehearsal):
    """By rule, of the control totals."""
    store = folder / f"hr.db.rehearsal-core_hr-{rehearsal}"
    return dict(rows(store, "SELECT rule, outcome FROM verdict WHERE rule LIKE 'T0%'"))


def live(folder):
    """Ids by entity, and the references of what is there: (child entity, child, parent entity, parent)."""
    store = folder / "hr.db"
    ids = {each: {key for (key,) in rows(store, f"SELECT id FROM {each} WHERE gone_at IS NULL")} for each in ENTITIES}
    references = []
    for child, column, parent in (
        ("org_unit", "parent_id", "org_unit"),
        ("employment_spell", "person_id", "person"),
        ("assignment", "spell_id", "employment_spell"),
        ("assignment", "org_unit_id", "org_unit"),
        ("assignment", "manager_id", "employment_spell"),
    ):
        references += [(child, i, parent, p) for i, p in rows(store, f"SELECT id, {column} FROM {child}")]
    return ids, references


def checkpoints(folder):
    return rows(folder / "hr.db", "SELECT * FROM checkpoint ORDER BY 1")


def hold_the_migration(folder):
    first, second = outcomes(folder, 1), outcomes(folder, 2)
    hold(first == {"T01": "pass", "T02": "fail", "T03": "fail"}, f"two totals tell of the planted line: {first}")
    hold(set(second.values()) == {"pass"} and len(second) == 3, f"none does once it is mended: {second}")
    said = (folder / "transcript.txt").read_text(encoding="utf-8")
    hold("the checker found 50 of 50 decoys" in said, "a checker who compares finds each decoy")
    hold(said.count("  stands") == 2, "two signatures stand")
    hold(all(not ids for ids in live(folder)[0].values()), "nothing is in the live store before the promotion")
    for file in (folder / "people").iterdir():
        hold(file.stat().st_mode & 0o777 == 0o600, f"{file.name} is for this user alone")


def hold_the_rollback(folder, before):
    """What is left is what the sync wrote, and what that refers to."""
    ids, references = live(folder)
    store = folder / "hr.db"
    stays = {
        ("person", rows(store, "SELECT id FROM person WHERE person_no = ?", (HIRED,))[0][0]),
        ("employment_spell", rows(store, "SELECT id FROM employment_spell WHERE employee_no = ?", (HIRED,))[0][0]),
    }
    hired = [child for _, child, parent, p in references if _ == "assignment" and (parent, p) in stays]
    hold(len(hired) == 1, "the assignment that was synced behind the promotion is there")
    stays.add(("assignment", hired[0]))
    size = 0
    while size != len(stays):
        size = len(stays)
        stays |= {(parent, p) for child, i, parent, p in references if (child, i) in stays and p is not None}
    left = {(entity, i) for entity, there in ids.items() for i in there}
    hold(left == stays, f"nothing else stays: {left ^ stays}")
    hold(checkpoints(folder) == before, "checkpoints are those of before")


def hold_what_is_to_be_decided_anew(program, folder):
    """The rehearsal is still frozen, and its content the one that was signed."""
    command = [program, "migrate", "{}", "core_hr", "--json", "--config", str(folder / "hrbridge.yaml")]
    go = json.loads(subprocess.run([each.format("go") for each in command], check=True, capture_output=True).stdout)
    hold({each["void_reason"] for each in go["signatures"]} == {"rolled_back"}, "the rollback voids both signatures")
    hold("rolled_back" in {each["code"] for each in go["obstacles"]}, "what is in the way says why")
    hold(all(each["go"] is None for each in go["go_no_go"]), "nothing of the list is answered")
    again = subprocess.run([each.format("promote") for each in command], check=False, capture_output=True)
    hold(again.returncode == 3, "the same content does not go live again")


def hold_the_reports(program, folder):
    reports = sorted(folder.glob("report-*.*.*"))
    hold(len(reports) == 8, f"eight reports: {reports}")
    command = [program, "migrate", "report", "--config", str(folder / "hrbridge.yaml"), "--verify"]
    for report in reports:
        hold(subprocess.run([*command, str(report)], check=False).returncode == 0, f"{report.name} is as sealed")
    altered = folder / "altered.html"
    altered.write_bytes(reports[0].read_bytes().replace(b"</body>", b" </body>"))
    hold(subprocess.run([*command, str(altered)], check=False).returncode == 3, "one byte more is found")


def main():
    program, source = sys.argv[1], pathlib.Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place) / "company"
        walk(program, source, "migration", folder)
        hold_the_migration(folder)
        before = checkpoints(folder)
        walk(program, source, "cut-over", folder)
        hold_the_rollback(folder, before)
        hold_what_is_to_be_decided_anew(program, folder)
        hold_the_reports(program, folder)


main()
