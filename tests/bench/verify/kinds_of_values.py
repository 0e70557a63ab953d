"""Kinds of faults in single values. Each function plants one and gives where: pairs of a row and its field; None when no row
is left for it."""
import datetime
from decimal import Decimal

from verify.company import CHECK_DIGITS, check_digit
from verify.model import Instant

HOUR = 3_600_000_000
OLD_DATES = [datetime.date(1900, 1, 1), datetime.date(9999, 12, 31), datetime.date(1899, 12, 30)]


def _pick(board, purpose, choices, fits=lambda value: value not in (None, "")):
    """A row and a field of `choices` (entity, field), by chance, whose value fits."""
    choices = list(choices)
    board.dice.shuffle(choices)
    for entity, field in choices:
        row = board.take(f"{purpose} {field}", entity, lambda row, field=field: fits(row[field]))
        if row is not None:
            return row, field
    return None


def _change(picked, change):
    if picked is None:
        return None
    row, field = picked
    row[field] = change(row[field])
    return [(row, field)]


def wrong_value(board):
    picked = _pick(board, "wrong", [
        ("org_unit", "name"), ("person", "name"), ("person", "mobile"), ("person", "wecom_userid"), ("employment_spell", "base_salary"),
        ("assignment", "job"), ("assignment", "org_unit_id"), ("assignment", "shift_group"), ("attendance_day", "worked_minutes"),
        ("punch", "device")])
    return picked and _change(picked, lambda _: board.other_value(*picked))


def shifted_date(board):
    days = datetime.timedelta(days=board.dice.choice([-1, 1, -30, 365]))
    return _change(_pick(board, "shift", [
        ("person", "birth_date"), ("employment_spell", "hire_date"), ("employment_spell", "probation_end"), ("assignment", "valid_to"),
        ("org_unit", "valid_from")]), lambda value: value + days)


def time_zone(board):
    hours = board.dice.choice([-8, 8, 1])
    return _change(_pick(board, "zone", [("punch", "punched_at")]), lambda value: Instant(value + hours * HOUR))


def lost_decimals(board):
    return _change(_pick(board, "decimals", [("employment_spell", "base_salary")], lambda pay: pay is not None and pay % 1 != 0),
                   lambda pay: pay.quantize(Decimal(1), "ROUND_DOWN"))


def rounding(board):
    return _change(_pick(board, "rounding", [("employment_spell", "base_salary")], lambda pay: pay is not None and pay * 10 % 1 != 0),
                   lambda pay: pay.quantize(Decimal("0.1"), "ROUND_HALF_UP"))


def truncation(board):
    return _change(_pick(board, "cut", [("person", "name"), ("assignment", "job"), ("punch", "device"), ("org_unit", "name"),
                                        ("person", "wecom_userid")], lambda text: text is not None and len(text) > 1),
                   lambda text: text[:-1])


def encoding(board):
    """Bytes of one charset read as another, and letters that no charset had a place for."""
    garble = board.dice.choice([lambda text: text.encode("utf-8").decode("gb18030", "replace"),
                                lambda text: text.encode("gb18030").decode("latin-1"),
                                lambda text: "?" + text[1:], lambda text: "\ufffd" + text[1:]])
    return _change(_pick(board, "encoding", [("person", "name"), ("assignment", "job"), ("org_unit", "name")],
                         lambda text: text is not None and any(ord(letter) > 127 for letter in text[:1])), garble)


def null_or_empty(board):
    picked = _pick(board, "empty", [("person", "language"), ("assignment", "shift_group"), ("punch", "exception")],
                   lambda text: text in (None, ""))
    return _change(picked, lambda text: "" if text is None else None)


def blanks(board):
    pad = board.dice.choice([lambda text: text + " ", lambda text: " " + text, lambda text: text + "\u3000"])
    return _change(_pick(board, "blanks", [("person", "name"), ("assignment", "job"), ("punch", "device"), ("person", "wecom_userid"),
                                           ("org_unit", "name")]), pad)


def wrong_unit(board):
    picked = _pick(board, "unit", [("attendance_day", "worked_minutes"), ("attendance_day", "scheduled_minutes"),
                                   ("employment_spell", "base_salary")], lambda value: value is not None and value > 60)
    if picked is None:
        return None
    hours = picked[0].entity.by_name[picked[1]].kind == "int"
    return _change(picked, lambda value: value // 60 if hours else value * 100)


def id_number_of_another_birth(board):
    """A right check digit, and a birth date that is not the person's."""
    def change(number):
        year = int(number[6:10])
        body = f"{number[:6]}{year + board.dice.choice([-1, 1, 10])}{number[10:17]}"
        if body[10:14] == "0229":
            body = body[:10] + "0228" + body[14:]
        assert check_digit(body) in CHECK_DIGITS
        return body + check_digit(body)
    return _change(_pick(board, "identity", [("person", "id_number")]), change)


def sign(board):
    return _change(_pick(board, "sign", [("attendance_day", "late_minutes"), ("attendance_day", "worked_minutes"),
                                         ("employment_spell", "base_salary")], lambda value: value is not None and value > 0),
                   lambda value: -value)


def sentinel_date(board):
    """What other programs write for "none", in place of NULL or of a date. In the source not what it writes itself."""
    date = OLD_DATES[-1] if board.place == "source" else board.dice.choice(OLD_DATES)
    return _change(_pick(board, "sentinel", [("employment_spell", "end_date"), ("assignment", "valid_to"),
                                             ("employment_spell", "probation_end"), ("org_unit", "valid_to")], lambda value: True),
                   lambda _: date)


def neighbour_code(board):
    picked = _pick(board, "code", [("person", "gender"), ("employment_spell", "kind"), ("assignment", "job_kind"),
                                   ("attendance_day", "day_class"), ("punch", "direction"), ("org_unit", "kind")])
    if picked is None:
        return None
    codes = picked[0].entity.by_name[picked[1]].codes
    return _change(picked, lambda code: codes[(codes.index(code) + 1) % len(codes)])
