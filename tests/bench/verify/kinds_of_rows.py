"""Kinds of faults in several values or whole rows; as in kinds_of_values. A field "" stands for the row as a whole."""
import datetime
from decimal import Decimal

PAIRS = [("attendance_day", "late_minutes", "early_minutes"), ("employment_spell", "hire_date", "probation_end"),
         ("attendance_day", "worked_minutes", "scheduled_minutes"), ("punch", "device", "exception")]
LEAVES = ["assignment", "attendance_day", "punch"]


def _by_chance(board, choices):
    choices = list(choices)
    board.dice.shuffle(choices)
    return choices


def swapped_fields(board):
    for entity, one, other in _by_chance(board, PAIRS):
        optional = [name for name in (one, other) if board.rows[entity] and board.rows[entity][0].entity.by_name[name].optional]
        row = board.take(f"swap {one}", entity, lambda row: row[one] != row[other] and
                         (len(optional) == 2 or None not in (row[one], row[other])))
        if row is not None:
            row[one], row[other] = row[other], row[one]
            return [(row, one), (row, other)]
    return None


def _swap_values(board, purpose, entity, fields, bytes_too=False):
    first = board.take(purpose, entity, lambda row: True)
    second = first and board.take(purpose, entity, lambda row: any(row[name] != first[name] for name in fields))
    if second is None:
        return None
    for name in fields:
        if bytes_too and first.entity.by_name[name].sealed:
            first.moved_bytes[name], second.moved_bytes[name] = second, first
        else:
            first[name], second[name] = second[name], first[name]
    return [(row, name) for row in (first, second) for name in row.changed_fields()]


def swapped_rows(board):
    """Two rows under each other's key. In a store half of them with their sealed bytes, which no key opens there."""
    entity = board.dice.choice(["employment_spell", "assignment", "attendance_day", "punch"])
    kind = board.rows[entity][0].entity
    fields = [field.name for field in kind.fields if field.name not in kind.key]
    bytes_too = board.place == "target" and board.dice.random() < 0.5
    return _swap_values(board, "swapped rows", entity, fields, bytes_too)


def missing_row(board):
    row = board.take("missing", board.dice.choice(LEAVES), lambda row: True)
    if row is None:
        return None
    row.removed = True
    row.hidden = board.place == "target" and board.dice.random() < 0.5
    return [(row, "")]


def extra_row(board):
    number = board.dice.randrange(10**5)
    if board.dice.random() < 0.3:
        like = board.take("extra", "person", lambda row: True)
        row = board.add(like, person_no=f"P9{number:05}", name=like["name"] + "伟", wecom_userid=None)
    elif board.dice.random() < 0.5:
        like = board.take("extra", "attendance_day", lambda row: True)
        row = board.add(like, work_date=like["work_date"] + datetime.timedelta(days=1000))
    else:
        like = board.take("extra", "punch", lambda row: True)
        row = board.add(like, punch_no=f"R9{number:06}", device="后门")
    return [(row, "")]


def duplicate(board):
    """The same row once more, under a key that differs as keys of one thing do."""
    entity = board.dice.choice(["person", "punch"])
    like = board.take("duplicate", entity, lambda row: True)
    key = like.entity.key[0]
    again = board.dice.choice([like[key].lower(), like[key] + " ", like[key][0] + "8" + like[key][2:]])
    if again in board.index(entity):
        again = like[key] + " "
    return [(board.add(like, **{key: again}), "")]


def orphan(board):
    """A reference to nobody. Where it is part of the key, the row of that key is missing."""
    choices = [("employment_spell", "person_id"), ("assignment", "org_unit_id"), ("assignment", "manager_id"), ("punch", "spell_id"),
               ("org_unit", "parent_id"), ("attendance_day", "spell_id")]
    for entity, field in _by_chance(board, choices):
        row = board.take(f"orphan {field}", entity, lambda row: row[field] is not None)
        if row is not None:
            row[field] = row[field][0] + "7" + f"{board.dice.randrange(10**5):05}"[-len(row[field]) + 2:]
            return [(row, "" if field in row.entity.key else field)]
    return None


def cycle(board):
    """Somebody is put below who stands below him."""
    if board.dice.random() < 0.3:
        below = board.index("org_unit", "parent_id")
        row = board.take("cycle", "org_unit", lambda row: row.key() in below and row["parent_id"] is not None)
        if row is not None:
            row["parent_id"] = board.dice.choice(below[row.key()]).key()
            return [(row, "parent_id")]
    managed = board.index("assignment", "manager_id")
    row = board.take("cycle", "assignment", lambda row: _day_in_common(row, managed.get(row["spell_id"], [])) is not None)
    if row is None:
        return None
    row["manager_id"] = _day_in_common(row, managed[row["spell_id"]])["spell_id"]
    return [(row, "manager_id")]


def _day_in_common(row, others):
    """One of the others, by now untouched, that holds on a day on which the row does."""
    far = datetime.date.max
    for other in others:
        if not other.used and other["valid_from"] < (row["valid_to"] or far) and row["valid_from"] < (other["valid_to"] or far):
            return other
    return None


def overlap(board):
    parts = board.index("assignment", "spell_id")
    row = board.take("overlap", "assignment", lambda row: row["valid_to"] is not None and any(
        other["valid_from"] == row["valid_to"] for other in parts[row["spell_id"]]))
    if row is None:
        return None
    row["valid_to"] = board.dice.choice([None, row["valid_to"] + datetime.timedelta(days=20)])
    return [(row, "valid_to")]


def stale_row(board):
    """As the row was before its last change."""
    if board.dice.random() < 0.5:
        row = board.take("stale", "employment_spell", lambda row: row["base_salary"] is not None)
        row["base_salary"] = (row["base_salary"] * Decimal("0.9")).quantize(Decimal("0.01"))
        row["probation_end"] = None if row["probation_end"] else row["hire_date"] + datetime.timedelta(days=90)
    else:
        row = board.take("stale", "assignment", lambda row: True)
        row["job"] = "学徒" if row["job"] != "学徒" else "工人"
        row["shift_group"] = "A" if row["shift_group"] != "A" else "B"
    return [(row, name) for name in row.changed_fields()]


def wrong_person_of_equal_name(board):
    named = board.index("person", "name")

    def others(row):
        person = board.parent(row, "person_id")
        return [other for other in named[person["name"]] if other is not person] if person and not person.used else []
    row = board.take("equal name", "employment_spell", lambda row: bool(others(row)))
    if row is None:
        return None
    row["person_id"] = board.dice.choice(others(row)).key()
    return [(row, "person_id")]


def sum_preserving_swap(board):
    """What one gets too much another gets too little, in the same group."""
    if board.dice.random() < 0.5:
        first = board.take("sum", "employment_spell", lambda row: row["base_salary"] is not None)
        second = board.take("sum", "employment_spell", lambda row: row["base_salary"] is not None and row["kind"] == first["kind"]
                            and row["base_salary"] > 1000)
        field, amount = "base_salary", Decimal(board.dice.randrange(1, 50_000)) / 100
    else:
        first = board.take("sum", "attendance_day", lambda row: row["worked_minutes"] > 0)
        second = board.take("sum", "attendance_day", lambda row: row["day_class"] == first["day_class"] and row["worked_minutes"] > 100)
        field, amount = "worked_minutes", board.dice.randrange(1, 60)
    first[field], second[field] = first[field] + amount, second[field] - amount
    return [(first, field), (second, field)]
