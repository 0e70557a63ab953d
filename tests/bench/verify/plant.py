"""Plants faults: the program that stands for what goes wrong. It shares no code with hrbridge.

python3 -m verify.plant target --store FILE --keys FILE --seed N --count N --record FILE
python3 -m verify.plant target --psql COMMAND --schema NAME --keys FILE …      in a rehearsal's rows, behind its load
python3 -m verify.plant source --rows FILE --out FILE --seed N --count N --record FILE   in what a source is filled with"""
import argparse
import base64
import json
import random
import shlex

from verify.board import Board
from verify.kinds import KINDS, plant
from verify.model import ENTITIES, read_rows, write_rows
from verify.side_postgres import PostgresSide
from verify.side_sqlite import SqliteSide


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("place", choices=["target", "source"])
    for name in ("--store", "--psql", "--schema", "--keys", "--rows", "--out"):
        parser.add_argument(name)
    parser.add_argument("--kind", choices=list(KINDS), help="only this one")
    parser.add_argument("--seed", required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--record", required=True)
    return parser.parse_args()


def open_side(keys, *place):
    """`place`: an SQLite file, or psql's command line and a schema. `keys`: the file of the seal keys."""
    with open(keys, encoding="utf-8") as file:
        lines = file.read().split()
    seal_key = base64.b64decode(lines[-1].partition(":")[2])
    if len(place) == 1:
        return SqliteSide(place[0], lines[0], seal_key)
    return PostgresSide(shlex.split(place[0]), place[1], lines[0], seal_key)


def plant_in_target(arguments, dice):
    place = [arguments.store] if arguments.store else [arguments.psql, arguments.schema]
    store = open_side(arguments.keys, *place)
    rows = store.read()
    store.remember(rows)
    board = Board(rows, dice, "target")
    records = plant(board, arguments.count, arguments.kind)
    store.apply(board.rows)
    return records


def plant_in_source(arguments, dice):
    board = Board.of_values(read_rows(arguments.rows), dice, "source")
    records = plant(board, arguments.count, arguments.kind)
    write_rows(arguments.out, {entity.name: [row.values for row in board.rows[entity.name] if not row.removed] for entity in ENTITIES})
    return records


def main():
    arguments = read_arguments()
    dice = random.Random(f"{arguments.place} {arguments.seed}")
    records = (plant_in_target if arguments.place == "target" else plant_in_source)(arguments, dice)
    with open(arguments.record, "w", encoding="utf-8") as file:
        json.dump(records, file, ensure_ascii=False, indent=1)


if __name__ == "__main__":
    main()
