"""A table that is being changed, and its incremental mapping into org_unit."""
MAPPING_NAME = "faults/team"
# `silent`: the last change left `changed` alone.
TABLE = """CREATE TABLE team (code varchar(12) NOT NULL PRIMARY KEY, name varchar(40) NOT NULL,
kind varchar(8) NOT NULL DEFAULT 'team', opened date, closed date, changed datetime(6) NOT NULL,
silent int NOT NULL DEFAULT 0, KEY (changed))
CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"""
MAPPING = """map: faults/team
source:
  conn: erp
  read_as: {{charset: utf-8, zone: UTC}}
  query: SELECT code, name, kind, opened, closed, changed FROM team WHERE {{window}} AND {{page}}
  key: [code]
  columns: {{code: varchar(12)!, name: varchar(40)!, kind: varchar(8)!, opened: date, closed: date, changed: datetime!}}
sync:
  window: {{by: changed, overlap: {overlap}, hold_back: {hold_back}}}
{sweeps}target:
  entity: org_unit
  key: [code]
  write: upsert
fields:
  code: {{from: code, type: text(32), id: F01}}
  name: {{from: name, type: text(80), id: F02}}
  kind: {{from: kind, type: text(16), one_of: [team, plant], id: F03}}
  valid_from: {{from: opened, type: date, opt: true, id: F04}}
  valid_to: {{from: closed, type: date, opt: true, id: F05}}
"""
SWEEPS = """  sweep: {keys: 1d, hashes: 1d}
  on_missing: {do: deactivate, grace: 0, stop_above: 50%}
"""
NOW = "SELECT CAST(UTC_TIMESTAMP(6) AS CHAR)"
SOURCE_ROWS = "SELECT code, name FROM team ORDER BY code"
STORE_ROWS = "SELECT code, name FROM org_unit ORDER BY code"
# Every cell as text, '-' for NULL; the last column says silent, or gone.
SOURCE_CELLS = "SELECT code, name, kind, coalesce(opened, '-'), coalesce(closed, '-'), silent FROM team"
STORE_CELLS = ("SELECT code, name, kind, coalesce({valid_from}, '-'), coalesce({valid_to}, '-'), "
               "CASE WHEN gone_at IS NULL THEN 0 ELSE 1 END FROM org_unit")


def code(number):
    return f"T{number:07}"
