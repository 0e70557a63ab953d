"""The mappings of a plant's day. Words in capitals are its schedule's."""

TEAM, PERSON, OPERATION, CAUSE = "day/team", "day/person", "day/operation", "day/cause"
SWEEP = "sweep: {keys: KEYS, hashes: HASHES}\n  on_missing: {do: deactivate, grace: 0, stop_above: 50%}"
TEXTS = {
    TEAM: """source:
  conn: erp
  read_as: {charset: utf-8, zone: UTC}
  query: SELECT code, name, kind, opened, closed, changed FROM team WHERE {window} AND {page}
  key: [code]
  columns: {code: varchar(12)!, name: varchar(40)!, kind: varchar(8)!, opened: date, closed: date, changed: datetime!}
sync:
  every: OFTEN
  window: {by: changed, overlap: 0s, hold_back: 2m}
  SWEEP
target: {entity: org_unit, key: [code], write: upsert}
fields:
  code: {from: code, type: text(32), id: F01}
  name: {from: name, type: text(80), id: F02}
  kind: {from: kind, type: text(16), one_of: [team, plant], id: F03}
  valid_from: {from: opened, type: date, opt: true, id: F04}
  valid_to: {from: closed, type: date, opt: true, id: F05}
""",
    PERSON: """source:
  conn: people
  read_as: {charset: utf-8, zone: UTC}
  query: SELECT no, name, id_no, mobile, changed FROM person WHERE {window} AND {page}
  key: [no]
  columns: {no: varchar(12)!, name: varchar(40)!, id_no: varchar(18)!, mobile: varchar(20)!, changed: datetime!}
sync:
  every: SELDOM
  window: {by: changed, overlap: 5m, hold_back: 2m}
  SWEEP
target: {entity: person, key: [person_no], write: upsert}
fields:
  person_no: {from: no, type: text(32), id: F01}
  name: {from: name, type: text(80), pii: name, id: F02}
  id_number: {from: id_no, type: text(18), check: cn_id_card, pii: high, id: F03}
  mobile: {from: mobile, type: text(20), check: cn_mobile, pii: high, id: F04}
""",
    OPERATION: """source:
  conn: shop
  read_as: {charset: utf-8, zone: UTC}
  query: SELECT code, name FROM op WHERE {window} AND {page}
  key: [code]
  columns: {code: text!, name: text!}
sync: {every: SELDOM}
target: {entity: operation, key: [code], write: upsert}
fields:
  code: {from: code, type: text(32), id: F01}
  name: {from: name, type: text(80), id: F02}
  kind: {value: production, type: text(16), id: F03}
""",
    CAUSE: """source:
  conn: interface
  read_as: {charset: utf-8, zone: UTC}
  path: /causes
  rows: /items
  paging: {by: cursor, param: cursor, cursor_at: /next}
  key: [code]
  columns: {code: text!, name: text!, class: text!}
sync: {every: SELDOM}
target: {entity: cause_code, key: [code], write: upsert}
fields:
  code: {from: code, type: text(32), id: F01}
  name: {from: name, type: text(80), id: F02}
  class: {from: class, type: text(16), one_of: [man, machine, material, method, measure, environment], id: F03}
  controllable: {value: partly, type: text(16), id: F04}
""",
}


class Schedule:
    """How often what is done, in seconds of the fast clock; `backup` is a cron expression."""

    def __init__(self, often, seldom, keys, hashes, backup, backup_every):
        self.often, self.seldom, self.keys, self.hashes = often, seldom, keys, hashes
        self.backup, self.backup_every = backup, backup_every

    def every(self):
        """Of each mapping and each sweep, which are (mapping, kind)."""
        swept = {(mapping, kind): seconds for mapping in (TEAM, PERSON)
                 for kind, seconds in (("keys", self.keys), ("hashes", self.hashes))}
        return {TEAM: self.often, PERSON: self.seldom, OPERATION: self.seldom, CAUSE: self.seldom, **swept}

    def mapping(self, name):
        text = f"map: {name}\n" + TEXTS[name].replace("SWEEP", SWEEP)
        for word in ("often", "seldom", "keys", "hashes"):
            text = text.replace(word.upper(), f"{getattr(self, word)}s")
        return text


DAY = Schedule(300, 600, 3600, 7200, "40 */4 * * *", 4 * 3600)
HOUR = Schedule(120, 240, 600, 1200, "*/20 * * * *", 1200)
