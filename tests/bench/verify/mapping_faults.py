"""Faults of the mapping: what an implementer writes by mistake. Load and reconciliation share the mapping, so that what is wrong
there is found only by what it does not produce."""


class MappingFault:
    """Replaces `old` by `new` in a file below mappings/; each stands there exactly once."""

    def __init__(self, kind, what, file, *edits):
        self.kind, self.what, self.file, self.edits = kind, what, file, edits

    def spoil(self, text):
        for old, new in self.edits:
            if text.count(old) != 1:
                raise ValueError(f"{self.file}: '{old}' stands there {text.count(old)} times")
            text = text.replace(old, new)
        return text


def _swap(one, other):
    return (one, "\0"), (other, one), ("\0", other)


def _codes(what, file, one, other):
    """Two neighbours of a code table change places."""
    return MappingFault("wrong code table", what, f"codes/{file}.csv", *_swap(f",{one}\n", f",{other}\n"))


def _column(kind, what, mapping, *edits):
    return MappingFault(kind, what, f"{mapping}.map.yaml", *edits)


MAPPING_FAULTS = [
    _column("wrong column", "the alias for the name", "person", ("name:          {from: cPsn_Name", "name:          {from: cPsn_Alias")),
    _column("wrong column", "the telephone for the mobile", "person", ("{from: cMobile", "{from: cPhone")),
    _column("wrong column", "the allowance for the pay", "employment_spell", ("{from: mSalary", "{from: mAllowance")),
    _column("wrong column", "the day that seniority counts from for the hire date", "employment_spell",
            ("{from: dEnter", "{from: dSeniority")),
    _column("wrong column", "the end of probation for the last day", "employment_spell", ("{from: dLeave", "{from: dProbation")),
    _column("wrong column", "the cost centre for the department", "assignment", ("{from: cDept_Num", "{from: cCost_Num")),
    _column("swapped fields", "late and early", "attendance_day", *_swap("{from: nLate", "{from: nEarly")),
    _column("swapped fields", "worked and scheduled", "attendance_day", *_swap("{from: nScheduled", "{from: nWorked")),
    _codes("sexes", "sex", "male", "female"),
    _codes("kinds of employment", "employment", "permanent", "fixed_term"),
    _codes("kinds of jobs", "job", "maintenance", "office"),
    _codes("classes of days", "day", "rest", "holiday"),
    _codes("directions", "direction", "in", "out"),
    _codes("levels of departments", "unit", "line", "team"),
    _column("wrong unit", "the pay in fen", "employment_spell", ("{from: mSalary,", "{from: mSalary, do: [scale_by 2],")),
    _column("wrong unit", "the pay in tens", "employment_spell", ("{from: mSalary,", "{from: mSalary, do: [scale_by 1],")),
    _column("wrong unit", "lateness in tenths of a minute", "attendance_day", ("{from: nLate,", "{from: nLate, do: [scale_by 1],")),
    _column("time zone", "punches by the clock of Greenwich", "punch", ("zone: Asia/Shanghai", "zone: UTC")),
    _column("time zone", "punches by Tokyo's clock", "punch", ("zone: Asia/Shanghai", "zone: Asia/Tokyo")),
    _column("encoding", "names read as Latin-1", "person", ("charset: gb18030", "charset: latin1")),
    _column("encoding", "names read as GBK", "person", ("charset: gb18030", "charset: gbk")),
    _column("encoding", "jobs read as UTF-8", "assignment", ("charset: gb18030", "charset: utf-8")),
    _column("truncation", "two letters of a job", "assignment", ("{from: cJob,", "{from: cJob, do: [substring 1 2],")),
    _column("truncation", "two letters of a name", "person", ("{from: cPsn_Name,", "{from: cPsn_Name, do: [substring 1 2],")),
    _column("NULL or ''", "'' becomes NULL", "person", ("empty_text: keep", "empty_text: 'null'")),
    _column("blanks", "a blank behind the shift", "assignment", ("{from: cShift,", "{from: cShift, do: ['concat \" \" cShift cShift'],")),
    _column("sentinel date", "9999-12-31 is taken for a day", "assignment", ("do: ['null_if 9999-12-31'], ", "")),
    _column("sentinel date", "1900-01-01 is taken for a day", "employment_spell",
            ("dLeave, do: ['null_if 1900-01-01'], ", "dLeave, ")),
    _column("missing row", "one shift is left out", "assignment", ("WHERE {page}", "WHERE (cShift IS NULL OR cShift <> 'C') AND {page}")),
    _column("missing row", "only those who have not left", "attendance_day", ("WHERE {page}", "WHERE nAbsent < 50 AND {page}")),
    _column("stale row", "the table of last year", "employment_spell", ("FROM hr_spell", "FROM hr_spell_old")),
    _column("rounding", "the pay rounded in the query", "employment_spell",
            ("mSalary, mAllowance", "CAST(ROUND(mSalary, 1) AS decimal(14,2)) AS mSalary, mAllowance")),
    _column("lost decimals", "the pay without cents in the query", "employment_spell",
            ("mSalary, mAllowance", "CAST(FLOOR(mSalary) AS decimal(14,2)) AS mSalary, mAllowance")),
    _column("sign", "the pay with another sign in the query", "employment_spell",
            ("mSalary, mAllowance", "CAST(0 - mSalary AS decimal(14,2)) AS mSalary, mAllowance")),
    _column("cycle", "everybody is his own manager", "assignment",
            ("{from: cManager", "{from: cEmp_Num")),
]
