"""The entities that the bench migrates, as ARCHITECTURE.md and migration/schema describe them: what a row is, in logical values.

A row is a dict from field to a value: str, int, datetime.date, Decimal, Instant or None. A reference is the parent's natural
key as text, so that a row means the same in the source, in a file and in either store."""
import datetime
import json
from decimal import Decimal

ZONE_HOURS = 8
EPOCH = datetime.date(1970, 1, 1)


class Instant(int):
    """Microseconds since 1970-01-01 00:00:00 UTC."""

    def local(self):
        """As Asia/Shanghai's clocks showed it: +08:00 in all years that the bench has."""
        moment = datetime.datetime(1970, 1, 1) + datetime.timedelta(hours=ZONE_HOURS, microseconds=int(self))
        return moment.isoformat(" ")


class Field:
    def __init__(self, name, kind, optional=False, sealed=False, refers=None, codes=None):
        self.name, self.kind, self.optional, self.sealed = name, kind, optional, sealed
        self.refers, self.codes = refers, codes


class Entity:
    def __init__(self, name, key, fields):
        self.name, self.key, self.fields = name, key, fields
        self.by_name = {field.name: field for field in fields}

    def key_of(self, row):
        """Its parts joined by "/", as verdicts and seals have it."""
        return "/".join("" if row[part] is None else str(row[part]) for part in self.key)

    @property
    def seals(self):
        return any(field.sealed for field in self.fields)


def _text(name, **more):
    return Field(name, "text", **more)


def _date(name, **more):
    return Field(name, "date", **more)


def _int(name, **more):
    return Field(name, "int", **more)


def _ref(name, entity, **more):
    return Field(name, "text", refers=entity, **more)


def _code(name, *codes, **more):
    return Field(name, "text", codes=list(codes), **more)


# In the order in which they load; fields in the order of their mapping.
ENTITIES = [
    Entity("org_unit", ["code"], [
        _text("code"), _text("name"), _code("kind", "company", "plant", "workshop", "line", "team"),
        _ref("parent_id", "org_unit", optional=True), _date("valid_from", optional=True), _date("valid_to", optional=True)]),
    Entity("person", ["person_no"], [
        _text("person_no"), _text("name"), _code("gender", "male", "female"), _date("birth_date"),
        _text("id_number", sealed=True), _text("mobile", optional=True, sealed=True), _text("language", optional=True),
        _text("wecom_userid", optional=True)]),
    Entity("employment_spell", ["employee_no"], [
        _text("employee_no"), _ref("person_id", "person"), _code("kind", "permanent", "fixed_term", "agency", "intern"),
        _date("hire_date"), _date("end_date", optional=True), _date("probation_end", optional=True),
        Field("base_salary", "decimal", optional=True, sealed=True)]),
    Entity("assignment", ["spell_id", "valid_from"], [
        _ref("spell_id", "employment_spell"), _date("valid_from"), _date("valid_to", optional=True),
        _ref("org_unit_id", "org_unit"), _text("job"), _code("job_kind", "production", "inspection", "maintenance", "office"),
        _ref("manager_id", "employment_spell", optional=True), _text("shift_group", optional=True)]),
    Entity("attendance_day", ["spell_id", "work_date"], [
        _ref("spell_id", "employment_spell"), _date("work_date"), _code("day_class", "work", "rest", "holiday"),
        _int("scheduled_minutes", optional=True), _int("worked_minutes"), _int("late_minutes"), _int("early_minutes"),
        _int("absent_minutes")]),
    Entity("punch", ["punch_no"], [
        _text("punch_no"), _ref("spell_id", "employment_spell"), Field("punched_at", "instant"),
        _code("direction", "in", "out", "unknown"), _text("device", optional=True), _text("exception", optional=True)]),
]
BY_NAME = {entity.name: entity for entity in ENTITIES}


def _plain(value):
    if isinstance(value, (Decimal, datetime.date)):
        return str(value)
    return value


def _value(field, plain):
    if plain is None:
        return None
    return {"date": datetime.date.fromisoformat, "decimal": Decimal, "instant": Instant}.get(field.kind, lambda same: same)(plain)


def write_rows(path, rows):
    """`rows`: entity to its rows. One line a row."""
    with open(path, "w", encoding="utf-8") as file:
        for entity in ENTITIES:
            for row in rows[entity.name]:
                file.write(json.dumps([entity.name, [_plain(row[field.name]) for field in entity.fields]], ensure_ascii=False) + "\n")


def read_rows(path):
    rows = {entity.name: [] for entity in ENTITIES}
    with open(path, encoding="utf-8") as file:
        for line in file:
            name, cells = json.loads(line)
            fields = BY_NAME[name].fields
            rows[name].append({field.name: _value(field, cell) for field, cell in zip(fields, cells)})
    return rows
