"""A rehearsal's schema in a PostgreSQL, by psql."""
import datetime
import json
import subprocess

from verify.model import Instant
from verify.side_store import SideStore, kind_of

_READ = {"bytes": "encode({0}, 'hex')", "instant": "(extract(epoch FROM {0}) * 1000000)::bigint"}
_WRITE = {"bytes": "'\\x{0}'", "instant": "'epoch'::timestamptz + interval '{0} microseconds'"}


class PostgresSide(SideStore):
    """`psql`: the command with its connection."""

    def __init__(self, psql, schema, key_line, seal_key):
        super().__init__(key_line, seal_key)
        self.psql, self.schema = psql, schema

    def _run(self, sql):
        done = subprocess.run([*self.psql, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-f", "-"], input=sql, text=True,
                              encoding="utf-8", capture_output=True, check=False)
        if done.returncode != 0:
            raise ValueError(f"psql failed: {done.stderr[-1000:]}")
        return done.stdout

    def fetch(self, entity):
        columns = ["id", *(field.name for field in entity.fields), "row_hash", *self.LOADER]
        cells = ", ".join(_READ.get(kind_of(entity.name, name), "{0}").format(name) for name in columns)
        lines = self._run(f"SELECT json_build_array({cells}) FROM {self.schema}.{entity.name} WHERE gone_at IS NULL ORDER BY id;")
        return [{name: self._value(kind_of(entity.name, name), cell) for name, cell in zip(columns, json.loads(line))}
                for line in lines.splitlines()]

    @staticmethod
    def _value(kind, cell):
        if cell is None:
            return None
        return {"date": datetime.date.fromisoformat, "instant": Instant, "bytes": bytes.fromhex}.get(kind, lambda same: same)(cell)

    def change(self, statements):
        lines = ["BEGIN;", f"SET LOCAL search_path = {self.schema};", "SET LOCAL session_replication_role = replica;"]
        for sql, cells, names in statements:
            table = sql.split()[1 if sql.startswith("UPDATE") else 2]
            parts = sql.split("?")
            values = [self._literal(kind_of(table, name), cell) for name, cell in zip(names, cells)]
            lines.append("".join(part + value for part, value in zip(parts, [*values, ""])) + ";")
        self._run("\n".join([*lines, "COMMIT;"]))

    @staticmethod
    def _literal(kind, value):
        if value is None:
            return "NULL"
        if kind in _WRITE:
            return _WRITE[kind].format(value.hex() if kind == "bytes" else int(value))
        if isinstance(value, int):
            return str(value)
        return "'" + str(value).replace("'", "''") + "'"
