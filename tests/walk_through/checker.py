"""The checker of the walk-through: compares what the sheet shows, as a person who knows the ERP does.

Which rows are decoys the sheet does not say, and nothing here looks anywhere else."""
import collections
import decimal

import openpyxl

NULL = "∅"
RIGHT, WRONG = "1", "2"
FIRST_ROW = 3
PLACE, ENTITY, FIELD, SOURCE, TARGET, VERDICT, MARK, SECOND = 0, 1, 3, 5, 6, 7, 8, 9
# What the ERP's codes mean, from its manual.
CODES = {
    ("org_unit", "kind"): {"公司": "company", "工厂": "plant", "车间": "workshop", "班组": "team", "科室": "office"},
    ("person", "gender"): {"1": "male", "2": "female"},
    ("employment_spell", "kind"): {"正式工": "permanent", "合同工": "fixed_term", "派遣工": "agency"},
    ("assignment", "job_kind"): {"生产": "production", "检验": "inspection", "维修": "maintenance", "职能": "office"},
}
NO_DATES = ("0000-00-00", "1900-01-01", "9999-12-31")
DATES = ("birth_date", "hire_date", "end_date", "probation_end", "valid_from", "valid_to")

Judged = collections.namedtuple("Judged", "rows wrong")


def means(entity, field, source):
    """What must stand in the HR store for this text of the ERP."""
    text = source.strip()
    if text in ("", NULL):
        return NULL
    if field in DATES:
        return NULL if text[:10] in NO_DATES else text[:10]
    if (entity, field) in CODES:
        return CODES[(entity, field)].get(text, "a code that the ERP does not have")
    if field == "wecom_userid":
        return text.lower()
    if field.endswith("_id") or field in ("code", "person_no", "employee_no"):
        return text.upper()
    return text


def is_same(entity, field, source, target):
    expected = means(entity, field, source)
    if field == "base_salary" and NULL not in (expected, target):
        return decimal.Decimal(expected) == decimal.Decimal(target)
    return expected == target


def fill_in(sheet, filled):
    """Writes the sheet again with a verdict on each row that asks for one."""
    book = openpyxl.load_workbook(sheet)
    rows = collections.defaultdict(list)
    for line in book.active.iter_rows(min_row=FIRST_ROW):
        rows[line[PLACE].value].append(line)
    wrong_rows = 0
    for lines in rows.values():
        marked = [line for line in lines if line[FIELD].value and not is_same_line(line)]
        lines[0][VERDICT].value = WRONG if marked else RIGHT
        if not lines[0][SECOND].protection.locked:
            again = [line for line in reversed(lines) if line[FIELD].value and not is_same_line(line)]
            lines[0][SECOND].value = WRONG if again else RIGHT
        for line in marked:
            line[MARK].value = "x"
        wrong_rows += 1 if marked else 0
    filled.touch(mode=0o600)  # it holds what was revealed
    book.save(filled)
    return Judged(len(rows), wrong_rows)


def is_same_line(line):
    values = [line[column].value or "" for column in (ENTITY, FIELD, SOURCE, TARGET)]
    return is_same(*values)
