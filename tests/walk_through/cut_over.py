"""Promotion of what was signed, the sync behind it, and its rollback."""
from migration import MODULE, look_at, report

MAPPINGS = ("erp/org_unit", "erp/person", "erp/employment_spell", "erp/assignment")


def cut_over(shell, company):
    preview = shell.run(("migrate", "promote", MODULE, "--dry-run", "--language", shell.language), None)
    if preview.returncode != 0:
        print(preview.stdout + preview.stderr)
        raise SystemExit("what this folder holds cannot be promoted, or was before: ./dev demo --migration makes it anew")
    shell.step("Promote: one transaction, refused unless everything stands")
    count(shell, company)
    shell.hrbridge("migrate", "promote", MODULE, "--dry-run", most=30)
    shell.hrbridge("migrate", "promote", MODULE, most=30)
    count(shell, company)

    shell.step("Somebody is hired in the ERP; sync goes on where the rehearsal stopped reading")
    shell.show(company.hire())
    for mapping in MAPPINGS:
        shell.hrbridge("sync", mapping)
    count(shell, company)
    shell.read("Person, employment and assignment came, and nothing else was read again.")
    shell.hrbridge("store", "verify")

    shell.step("Roll back: what the promotion did is undone, what was written since stays")
    shell.hrbridge("migrate", "rollback", MODULE, "--dry-run")
    shell.hrbridge("migrate", "rollback", MODULE)
    count(shell, company)
    shell.read(
        "The live store is as before, but for what the sync has brought since and what that refers to (team, "
        "managers). The next sync reads from the beginning, as before the promotion."
    )
    shell.hrbridge("migrate", "go", MODULE, most=30)
    shell.read("The rehearsal is still frozen, but what was signed, accepted and answered counts no more.")

    report(shell, "cut-over")
    shell.step("The ledger holds, also against its end as it was printed")
    head = shell.hrbridge("store", "head").split()[0]
    shell.hrbridge("store", "verify", "--head", head)
    look_at(shell, "cut-over")


def count(shell, company):
    rows = ", ".join(f"{entity} {number}" for entity, number in company.live_rows().items())
    shell.say(f"\n   live rows now: {rows}")
