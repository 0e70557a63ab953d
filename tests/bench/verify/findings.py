"""What the checks said: from the JSON of `hrbridge migrate check` to rows by method."""
import collections

RECONCILIATION = "reconciliation"
METHODS = ["format", "logic", RECONCILIATION]
# Verdicts over whole groups or columns: they name no row.
TOTALS = "balances and control totals"


class Findings:
    """`rows`: method to (entity, key) to the fields named, "" for the row as a whole."""

    def __init__(self, verdicts):
        self.verdicts = verdicts
        self.rows = {method: collections.defaultdict(set) for method in METHODS}
        self.totals = []      # rules over groups or columns that failed
        self.contracts = []   # rules over all values of a field that failed
        self.cut_short = []   # verdicts that list fewer rows than failed
        for verdict in verdicts:
            if verdict["outcome"] == "fail":
                self._take(verdict)

    def _take(self, verdict):
        rule = verdict["rule"]
        if is_total(verdict):
            self.totals.append(rule)
            return
        if verdict["failed"] > len({(each["entity"], each["key"]) for each in verdict["where"]}) and verdict["where"]:
            self.cut_short.append(rule)
        if not any(each["key"] for each in verdict["where"]):
            self.contracts.append(rule)
            return
        for each in verdict["where"]:
            self.rows[verdict["check"]][(each["entity"], each["key"])].add(each["field"])

    def failed(self):
        return [f"{verdict['check']} {verdict['subject']} {verdict['rule']}" for verdict in self.verdicts if verdict["outcome"] == "fail"]

    def not_checked(self):
        return [f"{verdict['check']} {verdict['subject']} {verdict['rule']}" for verdict in self.verdicts
                if verdict["outcome"] == "not_checked"]

    def blocking(self, usual):
        """Method to the rules that hinder a promotion: what failed, and what could not be checked and is not among the usual."""
        rules = collections.defaultdict(set)
        for verdict in self.verdicts:
            method = TOTALS if is_total(verdict) else verdict["check"]
            if verdict["outcome"] == "fail":
                rules[method].add(verdict["rule"])
            elif verdict["outcome"] == "not_checked" and f"{verdict['check']} {verdict['subject']} {verdict['rule']}" not in usual:
                rules[method].add(f"{verdict['rule']} not checked")
        return {method: sorted(found) for method, found in rules.items()}


def is_total(verdict):
    return verdict["rule"][0] == "T" or verdict["rule"] in ("K16", "K17") or verdict["rule"].startswith("volume")


def judge(faults, findings, method):
    """Of each fault, whether the method named one of its rows, and whether all of them with their fields."""
    named = findings.rows[method]
    out = []
    for fault in faults:
        seen = [named.get((each["entity"], each["key"])) for each in fault["where"]]
        located = all(fields is not None and (each["field"] in fields or each["row"] != "kept")
                      for each, fields in zip(fault["where"], seen))
        out.append((any(fields is not None for fields in seen), located))
    return out


def others(faults, findings, method):
    """What the method named and nobody planted: rows, and fields of rows in which another field was."""
    planted = collections.defaultdict(set)
    for fault in faults:
        for each in fault["where"]:
            planted[(each["entity"], each["key"])].add(each["field"])
        for each in fault["also"]:
            planted[(each["entity"], each["key"])].add("")
    out = []
    for row, fields in findings.rows[method].items():
        wrong = fields - planted[row] if row in planted else fields
        if row not in planted or ("" not in planted[row] and wrong):
            out.append((*row, sorted(wrong)))
    return out
