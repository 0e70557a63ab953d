"""From a mapping with a wrong line to two signatures and a report."""
import secrets

from checker import fill_in
from people import people_of
from shell import DEFAULT_FOLDER

MODULE = "core_hr"
GO_ITEMS = ("backup", "announced", "rollback")
HEADS = r"^\S|^  (FAIL|不通过) | T0\d[ :]"


def open_verdicts(shell, rehearsal):
    """Verdicts that are no pass, by (check, subject, rule)."""
    obstacles = shell.ask("migrate", "go", MODULE, str(rehearsal))["obstacles"]
    values = [each["values"] for each in obstacles if each["code"] == "verdict_open"]
    return [(each["check"], each["subject"], each["rule"]) for each in values]


def migrate(shell, company):
    checker, approver, loader = people_of(shell.folder)
    find_the_fault(shell, company)
    mend_it(shell, company)
    add_people(shell, (checker, approver, loader))
    spot_check(shell, checker)
    sign(shell, checker, approver, loader)
    report(shell, "signed")
    look_at(shell, "signed")
    there = "" if shell.folder == DEFAULT_FOLDER else f" --folder {shell.folder}"
    shell.say(f"Then promote, sync on and roll back:\n\n   ./dev demo --cut-over{there}")


def find_the_fault(shell, company):
    shell.step("A migration project with a mapping that somebody got wrong")
    company.plant_filter()
    shell.show(company.state_control_totals())
    shell.read(
        "Control totals are figures that a person asked the ERP itself for. One line of a mapping is wrong; "
        "configuration, mappings and their fixtures are fine all the same:"
    )
    shell.hrbridge("check")
    shell.hrbridge("migrate", "plan", most=6)

    shell.step("Rehearse beside the live store, and check")
    shell.hrbridge("migrate", "rehearse", MODULE)
    shell.hrbridge("migrate", "check", MODULE, exits=(3,), only=HEADS)
    shell.read(
        "Reconciliation passes: a wrong mapping is as wrong when it reads the source a second time. The control "
        "totals T02 and T03 tell: the mapping's query gives fewer people than the ERP has, and none of the newest."
    )


def mend_it(shell, company):
    shell.step("Mend the mapping, rehearse again, compare")
    shell.show(company.remove_filter())
    shell.read("The filter of a trial was still in the query. Nothing else changes.")
    shell.hrbridge("migrate", "rehearse", MODULE)
    shell.hrbridge("migrate", "compare", MODULE)

    shell.step("Check again, and freeze")
    shell.hrbridge("migrate", "check", MODULE, exits=(3,), only=HEADS)
    shell.read(
        "The control totals pass now. What still fails are faults in the ERP's own rows (bad identity numbers, "
        "unknown codes, departments that do not exist): they were refused, and the approver has to answer for each."
    )
    shell.hrbridge("migrate", "freeze", MODULE)


def add_people(shell, people):
    shell.step("Three people: wang checks, li approves, zhao's account stands for who ran the rehearsals")
    for person in people:
        person.make_secrets()
        shell.hrbridge("user", "add", person.name, "--role", person.role, answers=person.password)
    for person in people[:2]:
        shell.hrbridge("migrate", "key", "new", "--out", person.key, answers=person.passphrase)
        shell.hrbridge(
            "migrate", "key", "register", "--account", person.name, "--key", person.key, answers=person.password
        )


def spot_check(shell, checker):
    shell.step("Manual spot check: a sample that nobody chose, judged in a workbook")
    shell.hrbridge("migrate", "draw", MODULE, "--dry-run")
    shell.hrbridge("migrate", "draw", MODULE, "--nonce", secrets.token_hex(8))
    for turn in range(1, 4):
        sheet, filled = f"sheet-{turn}.xlsx", f"sheet-{turn}.filled.xlsx"
        shell.hrbridge("migrate", "sheet", MODULE, "--xlsx", sheet, "--reveal")
        judged = fill_in(shell.folder / sheet, shell.folder / filled)
        shell.read(
            f"{checker.name} fills it in: {judged.rows} rows compared with what the source shows, "
            f"{judged.wrong} called wrong, field by field."
        )
        shell.hrbridge(
            "migrate", "judge", MODULE, "--xlsx", filled, "--as", checker.name, answers=checker.password
        )
        shell.hrbridge("migrate", "result", MODULE, exits=(0, 1))
        if shell.exit == 0:
            shell.read(
                "Decoys are rows with one value altered on the sheet alone: how many were found measures the "
                "checker, and the bound of wrong rows counts with the low end of that."
            )
            return
        shell.read("The sample grows by the rule that was fixed before the draw; the new rows are judged too.")
    raise SystemExit("the spot check did not come to an end")


def sign(shell, checker, approver, loader):
    shell.step("What is not right is accepted by name, then two people sign")
    # The newest rehearsal is the frozen one.
    for check, subject, rule in open_verdicts(shell, 2):
        shell.hrbridge(
            "migrate", "accept", MODULE, "--check", check, "--rule", rule, "--subject", subject,
            "--reason", "source_defect", "--key", approver.key, "--loader", loader.name,
            answers=approver.password, most=1,
        )  # fmt: skip
    shell.hrbridge(
        "migrate", "sign", MODULE, "--as", "checker", "--key", checker.key, "--loader", loader.name,
        answers=checker.password,
    )  # fmt: skip
    shell.hrbridge(
        "migrate", "sign", MODULE, "--as", "approver", "--key", approver.key, "--loader", loader.name,
        answers=approver.password,
    )  # fmt: skip
    for item in GO_ITEMS:
        shell.hrbridge(
            "migrate", "go", MODULE, "--item", item, "--answer", "go", "--key", approver.key,
            "--loader", loader.name, answers=approver.password, most=1,
        )  # fmt: skip
    shell.hrbridge("migrate", "go", MODULE)


def report(shell, name):
    """HTML and PDF in both languages; one is held against the ledger."""
    shell.step("The report, sealed in the ledger")
    for language, kind in (("zh", "html"), ("en", "html"), ("zh", "pdf"), ("en", "pdf")):
        shell.hrbridge(
            "migrate", "report", MODULE, "2", "--out", f"report-{name}.{language}.{kind}", "--language", language
        )
    shell.hrbridge("migrate", "report", "--verify", f"report-{name}.zh.html")


def look_at(shell, name):
    shell.say("\nLook at it:")
    for kind in ("zh.html", "en.html", "zh.pdf", "en.pdf"):
        shell.say(f"   {shell.folder}/report-{name}.{kind}")
