"""The 25 kinds of faults and what plants them."""
from verify import kinds_of_rows as rows
from verify import kinds_of_values as values

KINDS = {
    "wrong value": values.wrong_value,
    "swapped fields": rows.swapped_fields,
    "swapped rows": rows.swapped_rows,
    "shifted date": values.shifted_date,
    "time zone": values.time_zone,
    "lost decimals": values.lost_decimals,
    "rounding": values.rounding,
    "truncation": values.truncation,
    "encoding": values.encoding,
    "NULL or ''": values.null_or_empty,
    "blanks": values.blanks,
    "missing row": rows.missing_row,
    "extra row": rows.extra_row,
    "duplicate": rows.duplicate,
    "orphan": rows.orphan,
    "cycle": rows.cycle,
    "overlap": rows.overlap,
    "wrong unit": values.wrong_unit,
    "stale row": rows.stale_row,
    "wrong person, equal name": rows.wrong_person_of_equal_name,
    "identity number, other birth": values.id_number_of_another_birth,
    "sign": values.sign,
    "sentinel date": values.sentinel_date,
    "neighbour code": values.neighbour_code,
    "sum-preserving swap": rows.sum_preserving_swap,
}


def plant(board, count, only=None):
    """`count` faults, as many of each kind as of the others, or of one kind; a record of each. Of each second one the stored hash
    stays as it was."""
    records, names = [], [only] if only else list(KINDS)
    rarest = {"cycle", "wrong person, equal name", "overlap", "orphan"}
    order = sorted(range(count), key=lambda number: (names[number % len(names)] not in rarest, number))
    for number in order:
        kind = names[number % len(names)]
        where = KINDS[kind](board)
        if where is None:
            raise ValueError(f"no row is left for a fault of the kind '{kind}': take more people or fewer faults")
        rehashed = number // len(names) % 2 == 0
        for row, _ in where:
            row.rehashed = rehashed
        records.append({"number": number, "kind": kind, "rehashed": rehashed, "also": _also(where), "where": [
            {"entity": row.entity.name, "key": row.entity.key_of(row.values) if row.added else row.key(), "field": field,
             "row": "extra" if row.added else "missing" if row.removed or field == "" else "kept"} for row, field in where]})
    return sorted(records, key=lambda record: record["number"])


def _also(where):
    """What a fault shows as besides: the row whose key's parent is nobody is missing under its key, and too many without a parent."""
    return [{"entity": row.entity.name, "key": "/".join("NULL" if row.values[part] != row.before[part] else str(row.values[part])
                                                        for part in row.entity.key)}
            for row, field in where if field == "" and not row.added and not row.removed]
