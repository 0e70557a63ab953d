"""A table that is being changed, and its incremental mapping into org_unit."""
MAPPING_NAME = "faults/team"
TABLE = """CREATE TABLE team (code varchar(12) NOT NULL PRIMARY KEY, name varchar(40) NOT NULL, changed datetime(6) NOT NULL,
silent int NOT NULL DEFAULT 0, KEY (changed)) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"""
MAPPING = """map: faults/team
source:
  conn: erp
  read_as: {{charset: utf-8, zone: UTC}}
  query: SELECT code, name, changed FROM team WHERE {{window}} AND {{page}}
  key: [code]
  columns: {{code: varchar(12)!, name: varchar(40)!, changed: datetime!}}
sync:
  window: {{by: changed, overlap: {overlap}, hold_back: {hold_back}}}
{sweeps}target:
  entity: org_unit
  key: [code]
  write: upsert
fields:
  code: {{from: code, type: text(32), id: F01}}
  name: {{from: name, type: text(80), id: F02}}
  kind: {{value: team, type: text(16), id: F03}}
"""
NOW = "SELECT CAST(UTC_TIMESTAMP(6) AS CHAR)"
SOURCE_ROWS = "SELECT code, name FROM team ORDER BY code"
STORE_ROWS = "SELECT code, name FROM org_unit ORDER BY code"


def code(number):
    return f"T{number:07}"
