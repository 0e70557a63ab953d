"""The rows that faults are planted in. A row takes part in one fault at most, so that what is found can be told apart."""
from verify.model import ENTITIES


class Row:
    """A row and what becomes of it. `place` is the store's id, or None."""

    def __init__(self, entity, values, place=None):
        self.entity, self.values, self.place = entity, values, place
        self.before = dict(values)
        self.used = self.removed = self.added = False
        self.rehashed = True  # whether the stored hash shall be that of the changed row
        self.hidden = False   # removed by being marked as gone
        self.moved_bytes = {}  # sealed field to the row whose bytes it gets as they are

    def __getitem__(self, field):
        return self.values[field]

    def __setitem__(self, field, value):
        self.values[field] = value

    def key(self):
        return self.entity.key_of(self.before)

    def is_changed(self):
        return self.added or self.removed or self.values != self.before or bool(self.moved_bytes)

    def changed_fields(self):
        return [field.name for field in self.entity.fields
                if self.values[field.name] != self.before[field.name] or field.name in self.moved_bytes]


class Board:
    """`dice`: a random.Random. `place`: "target" or "source"."""

    def __init__(self, rows, dice, place):
        self.rows, self.dice, self.place = rows, dice, place
        self._waiting = {}
        self._index = {}

    @classmethod
    def of_values(cls, rows, dice, place):
        return cls({entity.name: [Row(entity, values) for values in rows[entity.name]] for entity in ENTITIES}, dice, place)

    def take(self, purpose, entity, fits):
        """A row by chance that is in no fault yet and fits; None when there is none left for this purpose."""
        if (purpose, entity) not in self._waiting:
            order = list(self.rows[entity])
            self.dice.shuffle(order)
            self._waiting[(purpose, entity)] = iter(order)
        for row in self._waiting[(purpose, entity)]:
            if not row.used and fits(row):
                row.used = True
                return row
        return None

    def other_value(self, row, field):
        """Another row's value of the field, not this one's, NULL or ''."""
        while True:
            value = self.dice.choice(self.rows[row.entity.name]).before[field]
            if value not in (None, "", row[field]):
                return value

    def add(self, like, **changes):
        row = Row(like.entity, {**like.before, **changes})
        row.added = row.used = True
        self.rows[like.entity.name].append(row)
        return row

    def parent(self, row, field):
        """The row that a reference points at."""
        return self.index(row.entity.by_name[field].refers).get(row.before[field])

    def index(self, entity, field=None):
        """Rows by key; by another field, lists of rows."""
        if (entity, field) not in self._index:
            found = {}
            for row in self.rows[entity]:
                if field is None:
                    found[row.key()] = row
                else:
                    found.setdefault(row.before[field], []).append(row)
            self._index[(entity, field)] = found
        return self._index[(entity, field)]
