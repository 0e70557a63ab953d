#!/usr/bin/python3
"""Repeats a draw by the text of ARCHITECTURE.md, "A draw", and by nothing else.

usage: draw_again.py HASH SEAL DRAW DECOYS FILE, the first two, of the entry nonce_given, in hex. FILE has lines "plan STRATUM SAMPLE RESERVE",
"row STRATUM KEY" and "must STRATUM KEY", names and keys in hex. Prints "sample|reserve|decoy STRATUM KEY RANK".
"""
import hashlib
import sys

def sized(data):
    return len(data).to_bytes(8, "big") + data

def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()

def ranked(label, by, some):
    ranks = [(sha(sized(label), by, *(sized(bytes.fromhex(part)) for part in row)), row) for row in some]
    return [(*row, rank.hex()) for rank, row in sorted(ranks)]

entry, seal = (bytes.fromhex(text) for text in sys.argv[1:3])
seed = sha(*map(sized, (b"hrbridge draw 2 seed", entry, seal)))
sheet = sha(sized(b"hrbridge draw 2 sheet"), seed, int(sys.argv[3]).to_bytes(8, "big"))
plans, rows, taken = {}, [], set()
for kind, stratum, *rest in (line.rstrip("\n").split(" ") for line in open(sys.argv[5], encoding="ascii")):
    if kind == "plan":
        plans[stratum] = [int(text) for text in rest]
    elif kind == "row":
        rows.append((stratum, rest[0]))
    else:
        taken.add((stratum, rest[0]))
for stratum, (sample, reserve) in plans.items():
    order = ranked(b"hrbridge draw 2 sample", seed, [row for row in rows if row[0] == stratum])[: sample + reserve]
    for place, row in enumerate(order):
        print("sample" if place < sample else "reserve", *row)
    taken |= {row[:2] for row in order}
for row in ranked(b"hrbridge draw 2 decoy", sheet, set(rows) - taken)[: int(sys.argv[4])]:
    print("decoy", *row)
