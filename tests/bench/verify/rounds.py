"""The rounds: the clean company, faults in the target, in the source and in the mapping; each is rehearsed and checked."""
import json
import os
import re
import subprocess
import sys

from harness import ROOT, say
from processes import BenchError, checked
from verify import kinds, oracle
from verify.findings import METHODS, RECONCILIATION, Findings, judge, others
from verify.mapping_faults import MAPPING_FAULTS
from verify.migration import MODULE, Migration, project_with
from verify.model import ENTITIES, read_rows, write_rows
from verify.plant import open_side
from verify.source_tables import control_totals
from verify.spot_check import simulate


class Rounds:
    def __init__(self, setup, folder, hrbridge, rows, seed):
        self.setup, self.folder, self.rows, self.seed = setup, os.path.join(folder, "verify"), rows, seed
        os.makedirs(self.folder)
        self.clean_file = os.path.join(self.folder, "clean.rows")
        write_rows(self.clean_file, rows)
        setup.fill(rows)
        self.migration = Migration(os.path.join(self.folder, "migration"), hrbridge, setup.source(),
                                   setup.store(self.folder), project_with(control_totals(rows)))
        self.faults = []  # of the bench: what is not as it must be
        self.usual = []   # what was not checked of the clean set

    # -- one rehearsal --

    def _checked(self, number, *mode):
        report = self.migration.run("migrate", "check", MODULE, str(number), "--json", "--rows", "100000", *mode, good=(0, 3))
        return Findings(report["verdicts"])

    def _drop(self, number):
        checked(self.migration.command("migrate", "drop", MODULE, str(number)))

    def _plant(self, *words):
        record = os.path.join(self.folder, "record.json")
        checked([sys.executable, "-m", "verify.plant", *words, "--record", record], cwd=os.path.join(ROOT, "tests", "bench"))
        with open(record, encoding="utf-8") as file:
            return json.load(file)

    # -- the clean set --

    def clean(self):
        report = self.migration.rehearse()
        quick = self._checked(report["number"], "--quick")
        findings = self._checked(report["number"])
        wrong = oracle.wrong_rows(self.rows, self._side(report["number"]).read())
        # It stays, as the run that later ones' volumes are held against; the first has none.
        self.usual = findings.not_checked()
        for each in findings.failed() + [f"{each} (quick)" for each in quick.failed()]:
            self.faults.append(f"the clean set: false alarm of {each}")
        if wrong:
            self.faults.append(f"the clean set: {len(wrong)} rows are not the source's")
        return {"rows": sum(len(each) for each in self.rows.values()), "verdicts": len(findings.verdicts),
                "false_alarms": findings.failed(), "not_checked": findings.not_checked()}

    def _side(self, number):
        return open_side(self.migration.keys(), *self.migration.store.side(number)[1::2])

    # -- in transport and in the target --

    def target(self, count):
        report = self.migration.rehearse()
        faults = self._plant("target", *self.migration.store.side(report["number"]), "--keys", self.migration.keys(),
                             "--seed", str(self.seed), "--count", str(count))
        quick = judge(faults, self._checked(report["number"], "--quick"), RECONCILIATION)
        findings = self._checked(report["number"])
        self._drop(report["number"])
        lines = self._table("target", faults, findings)
        for line in lines:
            line["quick"] = {rehashed: sum(found for (found, _), fault in zip(quick, faults) if fault["kind"] == line["kind"] and
                                           fault["rehashed"] == rehashed) for rehashed in (True, False)}
        extra = others(faults, findings, RECONCILIATION)
        for line in lines:
            if line["located"][RECONCILIATION] != line["planted"]:
                self.faults.append(f"in the target, {line['kind']}: {line['located'][RECONCILIATION]} of {line['planted']} located")
        for each in extra[:20]:
            self.faults.append(f"in the target: reported and not planted: {each}")
        return {"lines": lines, "others": len(extra)}

    def _table(self, place, faults, findings):
        found = {method: judge(faults, findings, method) for method in METHODS}
        lot, draws = self._draws([[(each["entity"], each["key"]) for each in fault["where"]] for fault in faults])
        lines = []
        for kind in kinds.KINDS:
            of_kind = [number for number, fault in enumerate(faults) if fault["kind"] == kind]
            if not of_kind:
                continue
            lines.append({
                "place": place, "kind": kind, "planted": len(of_kind),
                "rehashed": sum(faults[number]["rehashed"] for number in of_kind),
                "found": {method: sum(found[method][number][0] for number in of_kind) for method in METHODS},
                "located": {method: sum(found[method][number][1] for number in of_kind) for method in METHODS},
                "missed": [faults[number]["where"] for number in of_kind if not any(found[method][number][0] for method in METHODS)][:3],
                "drawn": sum(draws["shown"][number] for number in of_kind), "draws": draws["draws"], "sample": draws["size"], "lot": lot})
        return lines

    def _draws(self, faults):
        """Simulated draws over the rows of the clean company; rows too many are drawn as those behind them."""
        places = {}
        for entity in ENTITIES:
            for row in self.rows[entity.name]:
                places[(entity.name, entity.key_of(row))] = len(places)
        for rows in faults:
            for row in rows:
                places.setdefault(row, len(places))
        return len(places), simulate(len(places), [[places[row] for row in rows] for rows in faults], self.seed)

    # -- in the source --

    def source(self, a_kind):
        """A rehearsal for each kind: what names no row can then be told by kind."""
        lines = []
        for kind in kinds.KINDS:
            spoilt = os.path.join(self.folder, "spoilt.rows")
            faults = self._plant("source", "--rows", self.clean_file, "--out", spoilt, "--seed", str(self.seed), "--count", str(a_kind),
                                 "--kind", kind)
            self.setup.fill(read_rows(spoilt))
            report = self.migration.rehearse()
            findings = self._checked(report["number"])
            self._drop(report["number"])
            line = self._table("source", faults, findings)[0]
            line["totals"], line["contracts"] = findings.totals, findings.contracts
            lines.append(line)
            for each in others(faults, findings, RECONCILIATION):
                self.faults.append(f"in the source, {kind}: reconciliation names {each}, where source and target agree")
            say(f"  in the source, {kind}: {line['found']}, totals {line['totals']}")
        self.setup.fill(self.rows)
        return {"lines": lines}

    # -- in the mapping --

    def mapping(self):
        return {"lines": [self._mapping_fault(fault) for fault in MAPPING_FAULTS]}

    def _mapping_fault(self, fault):
        line = {"place": "mapping", "kind": fault.kind, "what": fault.what}
        mappings = self.migration.mapping_files()
        clean = {path: _read(path) for path in mappings}
        spoilt = {path: fault.spoil(text) if path.endswith(fault.file) else text for path, text in clean.items()}
        try:
            _write_all(spoilt)
            done = subprocess.run(self.migration.command("check"), capture_output=True, check=False)
            line["fixtures"] = done.returncode == 2
            # Who takes the wrong column writes the fixture alike: the other methods must do without.
            _write_all({path: re.sub(r"\nfixtures:.*", "\n", text, flags=re.DOTALL) for path, text in spoilt.items()})
            line.update(self._load_spoilt(fault))
        finally:
            _write_all(clean)
        say(f"  in the mapping, {fault.what}: fixtures {line['fixtures']}, {line['rules']}, {line['wrong']} rows wrong")
        return line

    def _load_spoilt(self, fault):
        report = self.migration.rehearse(good=(0, 3))
        if not report["done"]:
            # Refused before the first row, by the columns that the source describes.
            self._drop(report["number"])
            return {"rules": {"columns": ["drift"]}, "wrong": 0, "lot": 0, "draws": 0, "with_any": 0}
        findings = self._checked(report["number"])
        wrong = oracle.wrong_rows(self.rows, self._side(report["number"]).read())
        self._drop(report["number"])
        if not wrong and not findings.failed():
            raise BenchError(f"the fault of the mapping '{fault.what}' makes no row wrong; take more people")
        lot, draws = self._draws([[row] for row in wrong])
        return {"rules": findings.blocking(self.usual),
                "wrong": len(wrong), "lot": lot, "draws": draws["draws"], "with_any": draws["any"], "sample": draws["size"]}


def _read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def _write_all(texts):
    for path, text in texts.items():
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
