"""A rehearsal's SQLite file."""
import contextlib
import datetime
import sqlite3

from verify.model import EPOCH, Instant
from verify.side_store import SideStore, kind_of


class SqliteSide(SideStore):
    def __init__(self, path, key_line, seal_key):
        super().__init__(key_line, seal_key)
        self.path = path

    def fetch(self, entity):
        columns = ["id", *(field.name for field in entity.fields), "row_hash", *self.LOADER]
        with contextlib.closing(sqlite3.connect(self.path)) as database:
            rows = database.execute(f"SELECT {', '.join(columns)} FROM {entity.name} WHERE gone_at IS NULL ORDER BY id").fetchall()
        return [{name: self._value(kind_of(entity.name, name), cell) for name, cell in zip(columns, row)} for row in rows]

    @staticmethod
    def _value(kind, cell):
        if cell is None:
            return None
        return {"date": lambda days: EPOCH + datetime.timedelta(days=days), "instant": Instant}.get(kind, lambda same: same)(cell)

    def change(self, statements):
        with contextlib.closing(sqlite3.connect(self.path)) as database, database:
            database.execute("PRAGMA foreign_keys = OFF")
            for sql, cells, _ in statements:
                if database.execute(sql, [self._stored(cell) for cell in cells]).rowcount != 1:
                    raise ValueError(f"not one row: {sql}")

    @staticmethod
    def _stored(value):
        return (value - EPOCH).days if isinstance(value, datetime.date) else value
