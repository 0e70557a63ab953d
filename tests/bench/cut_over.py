"""From a checked rehearsal to its rollback, as an implementer and two people go: freeze, spot check, signatures, promotion."""
import os

from processes import BenchError, checked, in_child
from verify.migration import MODULE
from verify.source_tables import CODES

LOADER, CHECKER, APPROVER = "bench", "li", "wang"
GO_ITEMS = ("backup", "announced", "rollback")
WRONG, RIGHT = "有误", "正确"
MOST_SHEETS = 8  # a sheet that is enlarged is filled in again


def _differs(line):
    field, source, target = line[3].value, line[5].value, line[6].value
    return CODES.get(field, {}).get(target, target) != source


def fill_in(sheet, filled):
    """As a checker does who sees every difference: a row is wrong where its target is not its source."""
    import openpyxl  # pylint: disable=import-outside-toplevel  # only for a process of its own: it takes more than what is measured
    book = openpyxl.load_workbook(sheet)
    rows = {}
    for line in book.active.iter_rows(min_row=3):
        rows.setdefault(line[0].value, []).append(line)
    for lines in rows.values():
        wrong = [line for line in lines if not line[8].protection.locked and _differs(line)]
        for line in lines:
            for verdict in (line[7], line[9]):
                if not verdict.protection.locked:
                    verdict.value = WRONG if wrong else RIGHT
        for line in wrong:
            line[8].value = "x"
    book.save(filled)
    return True


class CutOver:
    """`migration`: a live store without people yet."""

    def __init__(self, migration):
        self.migration, self.sheets = migration, 0
        checked(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self._path("ledger_key")])
        os.chmod(self._path("ledger_key"), 0o600)
        with open(migration.config, "a", encoding="utf-8") as config:
            config.write("ledger_key: {file: ledger_key}\n")
        for name, role in ((LOADER, "implementer"), (CHECKER, "checker"), (APPROVER, "hr")):
            self._typed(f"password of {name}\n", "user", "add", name, "--role", role)
        for name in (CHECKER, APPROVER):
            self._typed(f"phrase of {name}\n", "migrate", "key", "new", "--out", self._path(f"{name}.key"))
            self._typed(self._secrets(name), "migrate", "key", "register", "--account", name, "--key", self._path(f"{name}.key"))

    def _path(self, name):
        return os.path.join(self.migration.folder, name)

    @staticmethod
    def _secrets(name):
        return f"password of {name}\nphrase of {name}\n"

    def _typed(self, lines, *words):
        return checked(self.migration.command(*words), input=lines)

    def run(self, number):
        """What freeze, draw, promotion and rollback used of a rehearsal that was checked, by their names."""
        done = {"freeze": self._timed("freeze", MODULE, number),
                "draw": self._timed("draw", MODULE, number, "--nonce", f"thrown dice {number}")}
        self._sign(number)
        done["promotion tried"] = self._timed("promote", MODULE, number, "--dry-run")
        done["promotion"] = self._timed("promote", MODULE, number)
        done["rollback tried"] = self._timed("rollback", MODULE, "--dry-run")
        done["rollback"] = self._timed("rollback", MODULE)
        return done

    def _timed(self, *words):
        return self.migration.timed("migrate", *words)

    def _sign(self, number):
        while not self._has_result(number):
            self._judge(number)
        for name, role in ((CHECKER, "checker"), (APPROVER, "approver")):
            self._typed(self._secrets(name), "migrate", "sign", MODULE, number, "--as", role, "--key", self._path(f"{name}.key"),
                        "--loader", LOADER)
        for item in GO_ITEMS:
            self._typed(self._secrets(APPROVER), "migrate", "go", MODULE, number, "--item", item, "--answer", "go",
                        "--key", self._path(f"{APPROVER}.key"), "--loader", LOADER)

    def _judge(self, number):
        self.sheets += 1
        if self.sheets > MOST_SHEETS:
            raise BenchError("the spot check comes to no end")
        sheet, filled = self._path(f"sheet-{self.sheets}.xlsx"), self._path(f"filled-{self.sheets}.xlsx")
        checked(self.migration.command("migrate", "sheet", MODULE, number, "--reveal", "--xlsx", sheet))
        if not in_child(lambda: fill_in(sheet, filled)):
            raise BenchError(f"{sheet} could not be filled in")
        self._typed(f"password of {CHECKER}\n", "migrate", "judge", MODULE, number, "--xlsx", filled, "--as", CHECKER)

    def _has_result(self, number):
        """Not while rows wait for a verdict: at first, and when it enlarged the sheet."""
        return self.migration.ended_with("migrate", "result", MODULE, number) == 0
