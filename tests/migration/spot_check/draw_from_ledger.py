#!/usr/bin/python3
"""Repeats a draw from its entries in the ledger, by ARCHITECTURE.md ("A draw", "Spot check") and by nothing else.

usage: draw_from_ledger.py GIVEN.json BODY.json FILE. GIVEN has seq, hash and seal of nonce_given, BODY is of draw. FILE has lines "row STRATUM KEY" in the order of the strata and "must STRATUM KEY",
both in hex. Prints "sample|reserve|decoy|extra STRATUM KEY" and ends with 1 when their digest is not the entry's.
"""
import hashlib, json, sys

def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()
def sized(data):
    return len(data).to_bytes(8, "big") + data
def text(words, tag=b"\4"):
    return tag + sized(words)
given, body = (json.load(open(name, encoding="utf-8")) for name in sys.argv[1:3])
seed = sha(*map(sized, (b"hrbridge draw 2 seed", bytes.fromhex(given["hash"]), bytes.fromhex(given["seal"]))))
sheet = sha(sized(b"hrbridge draw 2 sheet"), seed, body["draw"].to_bytes(8, "big"))
rows, must = {}, []
for kind, *row in (line.split() for line in open(sys.argv[3], encoding="ascii")):
    stratum, key = map(bytes.fromhex, row)
    must.append((stratum, key)) if kind == "must" else rows.setdefault(stratum, []).append(key)
rank = lambda label, by, row: sha(sized(label), by, *map(sized, row))
shares = {}  # of each stratum: the rows of the sample, and of sample and reserve
for total in (body["sample"], body["sample"] + body["reserve"]):
    taken = {stratum: 1 for stratum in rows}
    while sum(taken.values()) < total:
        taken[min(rows, key=lambda stratum: taken[stratum] / len(rows[stratum]))] += 1
    shares = {stratum: shares.get(stratum, ()) + (taken[stratum],) for stratum in rows}
drawn = []
for stratum, (sample, all_of_it) in shares.items():
    order = sorted(((stratum, key) for key in rows[stratum]), key=lambda row: rank(b"hrbridge draw 2 sample", seed, row))
    drawn += [("sample" if i < sample else "reserve", *row) for i, row in enumerate(order[:all_of_it])]
left = {(s, key) for s in rows for key in rows[s]} - {row[1:] for row in drawn} - set(must)
drawn += [("decoy", *row) for row in sorted(left, key=lambda row: rank(b"hrbridge draw 2 decoy", sheet, row))[: body["decoys"]]]
in_sample = {row[1:] for row in drawn if row[0] == "sample"}
drawn += [("extra", *row) for row in sorted(set(must) - in_sample, key=lambda row: (list(rows).index(row[0]), row[1]))]
print("\n".join(f"{kind} {stratum.decode()} {key.hex()}" for kind, stratum, key in drawn))
digest = sha(text(b"hrbridge drawn rows 1"), *(text(k.encode()) + text(s) + text(key, b"\5") for k, s, key in drawn))
sys.exit((given["seq"], given["hash"], digest.hex()) != (body["terms"], body["head"], body["rows"]))
