"""A rehearsal's store, read and changed behind hrbridge's back; what both kinds of store share."""
from decimal import Decimal

from sealed import open_sealed, seal
from verify.board import Row
from verify.canonical import row_hash
from verify.model import BY_NAME, ENTITIES


class SideStore:
    """Subclasses give `fetch(entity)`, and `change(statements)` for pairs of SQL and values in logical form.

    The loader's columns of a row that is put in are those of the row that it is like."""

    LOADER = ["batch_id", "known_from"]

    def __init__(self, key_line, seal_key):
        self.key_line, self.seal_key = key_line, seal_key
        self._ids, self._keys = {}, {}  # entity to key to id, and back

    def read(self):
        """Entity to its live rows. Refuses a store in which a hash is not that of its row."""
        return {entity.name: self._read(entity) for entity in ENTITIES}

    def _read(self, entity):
        rows = []
        self._keys[entity.name] = {}
        found = self.fetch(entity)
        own = {each["id"]: each for each in found}
        for stored in found:
            values = {}
            for field in entity.fields:
                value = stored[field.name]
                if field.refers == entity.name and value is not None:
                    value = own[value][entity.key[0]]
                elif field.refers and value is not None:
                    value = self._keys[field.refers][value]
                values[field.name] = value
            key = entity.key_of(values)
            for field in entity.fields:
                if field.sealed and values[field.name] is not None:
                    plain = open_sealed(values[field.name], f"{entity.name}.{field.name}/{key}", self.key_line).decode()
                    values[field.name] = Decimal(plain) if field.kind == "decimal" else plain
            if row_hash(entity, values, self.seal_key) != stored["row_hash"]:
                raise ValueError(f"{entity.name} {key}: the stored hash is not that of the row")
            row = Row(entity, values, stored["id"])
            row.stored = stored
            self._keys[entity.name][stored["id"]] = key
            rows.append(row)
        self._ids[entity.name] = {key: id for id, key in self._keys[entity.name].items()}
        return rows

    def apply(self, rows):
        """Brings into the store what the faults made of the rows."""
        self.change([statement for entity in ENTITIES for row in rows[entity.name] if row.is_changed()
                     for statement in self._statement(row)])

    def _statement(self, row):
        entity, table = row.entity, row.entity.name
        if row.removed:
            gone = f"UPDATE {table} SET gone_at = known_from WHERE id = ?" if row.hidden else f"DELETE FROM {table} WHERE id = ?"
            return [(gone, [row.place], ["id"])]
        fields = entity.fields if row.added else [entity.by_name[name] for name in row.changed_fields()]
        names = [field.name for field in fields]
        cells = [self._cell(row, field) for field in fields]
        if row.added or row.rehashed:
            names.append("row_hash")
            cells.append(row_hash(entity, row.values, self.seal_key))
        if row.added:
            like = next(each for each in self.like[table])
            names += self.LOADER
            cells += [like.stored[name] for name in self.LOADER]
            return [(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})", cells, names)]
        sets = ", ".join(f"{name} = ?" for name in names)
        return [(f"UPDATE {table} SET {sets} WHERE id = ?", [*cells, row.place], [*names, "id"])]

    def _cell(self, row, field):
        if field.name in row.moved_bytes:
            return row.moved_bytes[field.name].stored[field.name]
        value = row[field.name]
        if value is None:
            return None
        if field.refers:
            return self._ids[field.refers].get(value, 9_000_000_000 + int(value[1:]))
        if field.sealed:
            return seal(str(value).encode(), f"{row.entity.name}.{field.name}/{row.entity.key_of(row.values)}", self.key_line)
        return value

    @property
    def like(self):
        return self._like

    def remember(self, rows):
        """Rows whose loader's columns a new row takes over."""
        self._like = {name: each[:1] for name, each in rows.items()}


def kind_of(entity, column):
    """What a column of an entity's table holds, for the stores' own forms."""
    field = BY_NAME[entity].by_name.get(column)
    if field is None:
        return {"row_hash": "bytes", "known_from": "instant"}.get(column, "int")
    return "bytes" if field.sealed else "int" if field.refers else field.kind
