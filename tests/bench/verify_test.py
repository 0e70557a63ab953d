"""The verify bench against itself: its hash by the vectors of the specification, its samples by the annex's sizes, and that what it
says it planted is what differs, and no more."""
import datetime
import os
import random
import sys
from decimal import Decimal

from verify import canonical, oracle
from verify.board import Board
from verify.company import Maker, check_digit
from verify.kinds import KINDS, plant
from verify.model import BY_NAME, ENTITIES, Instant, read_rows, write_rows
from verify.spot_check import sample_size

VECTORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "daemon", "base", "row_hash_vectors.txt")


def cell_of(text):
    kind, _, rest = text.partition(":")
    return {"null": lambda: None, "int": lambda: int(rest), "text": lambda: bytes.fromhex(rest).decode(),
            "timestamp": lambda: Instant(rest), "date": lambda: datetime.date(1970, 1, 1) + datetime.timedelta(days=int(rest)),
            "decimal": lambda: Decimal(rest.replace(":", "e-"))}[kind]()


def hashes_are_the_specified_ones():
    checked = 0
    with open(VECTORS, encoding="utf-8") as file:
        for line in file:
            if line.startswith("#"):
                continue
            _, cells, form, digest, _ = line.rstrip("\n").split("\t")
            shown = cells.split(" ") if cells else []
            if any(each.partition(":")[0] in ("bool", "bytes") for each in shown):
                continue
            made = b"".join(canonical.cell(cell_of(each)) for each in shown)
            assert made.hex() == form, line
            assert canonical.xxh3_128(made).hex() == digest, line
            checked += 1
    assert checked > 20


def samples_have_the_annex_sizes():
    """Of one wrong row in 200, 190 rows overlook exactly 5 %."""
    lots = [200, 1_000, 3_200, 10_000, 150_000]
    for limit, sizes in (("1/20", [51, 57, 58, 59, 59]), ("1/50", [105, 138, 145, 148, 149]), ("1/100", [155, 258, 285, 294, 298]),
                         ("1/200", [190, 450, 546, 581, 597]), ("1/1000", [190, 950, 1_687, 2_588, 2_965])):
        assert [sample_size(lot, limit, "1/20") for lot in lots] == sizes, limit


def identity_numbers_have_their_check_digit():
    assert check_digit("11010119900307663") == "2"
    for person in Maker(200, 3).make()["person"]:
        assert check_digit(person["id_number"][:17]) == person["id_number"][17]


def what_was_planted_is_what_differs(place, seed):
    truth = Maker(600, seed).make()
    board = Board.of_values(truth, random.Random(seed), place)
    records = plant(board, 4 * len(KINDS))
    assert [record["kind"] for record in records] == list(KINDS) * 4
    said = {(each["entity"], each["key"], each["field"] if each["row"] == "kept" else "") for record in records for each in record["where"]}
    differs = set()
    for row in (row for entity in ENTITIES for row in board.rows[entity.name] if row.is_changed()):
        whole = row.added or row.removed or row.entity.key_of(row.values) != row.key()
        key = row.entity.key_of(row.values) if row.added else row.key()
        differs |= {(row.entity.name, key, field) for field in ([""] if whole else row.changed_fields())}
    assert said == differs, said ^ differs
    rows = [(each["entity"], each["key"]) for record in records for each in {(w["entity"], w["key"]): w for w in record["where"]}.values()]
    assert len(rows) == len(set(rows)), "a row is in two faults"


def rows_come_back_from_their_file(folder):
    rows = Maker(50, 1).make()
    path = os.path.join(folder, "rows")
    write_rows(path, rows)
    assert read_rows(path) == rows
    os.remove(path)


def the_oracle_names_each_wrong_row():
    truth = Maker(50, 1).make()
    board = Board.of_values(Maker(50, 1).make(), random.Random(1), "target").rows
    assert not oracle.wrong_rows(truth, board)
    board["punch"][3]["device"] = None
    gone = board["assignment"].pop()
    assert oracle.wrong_rows(truth, board) == {("punch", board["punch"][3].key()), ("assignment", gone.key())}
    assert BY_NAME["assignment"].key_of(gone.values) == gone.key()


def main():
    hashes_are_the_specified_ones()
    samples_have_the_annex_sizes()
    identity_numbers_have_their_check_digit()
    for seed in range(5):
        for place in ("target", "source"):
            what_was_planted_is_what_differs(place, seed)
    rows_come_back_from_their_file(sys.argv[1] if len(sys.argv) > 1 else ".")
    the_oracle_names_each_wrong_row()


main()
