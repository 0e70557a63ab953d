#!/usr/bin/python3
"""The ledger as ARCHITECTURE.md ("Ledger") specifies it, in a program that shares nothing with hrbridge.

usage: ledger_peer.py vectors           writes the test vectors (ledger_vectors.json) to standard output
       ledger_peer.py verify STORE.db   holds the ledger of an SQLite store; ends with 1 when something is wrong
"""

import hashlib
import json
import sqlite3
import struct
import sys

# --- Ed25519 (RFC 8032), on the curve -x^2 + y^2 = 1 + d x^2 y^2 over the integers modulo P.
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def root(square):
    """A square root modulo P, or None."""
    candidate = pow(square, (P + 3) // 8, P)
    for factor in (1, pow(2, (P - 1) // 4, P)):
        if (candidate * factor) ** 2 % P == square % P:
            return candidate * factor % P
    return None


def add(a, b):
    (x1, y1, z1, t1), (x2, y2, z2, t2) = a, b
    e = (y1 - x1) * (y2 - x2) % P
    f = (y1 + x1) * (y2 + x2) % P
    g = 2 * t1 * t2 * D % P
    h = 2 * z1 * z2 % P
    left, right, minus, plus = f - e, f + e, h - g, h + g
    return left * minus % P, plus * right % P, minus * plus % P, left * right % P


def times(number, point):
    product = (0, 1, 1, 0)
    while number:
        if number & 1:
            product = add(product, point)
        point = add(point, point)
        number >>= 1
    return product


def encode(point):
    x, y, z, _ = point
    inverse = pow(z, -1, P)
    return (y * inverse % P | (x * inverse % P & 1) << 255).to_bytes(32, "little")


def decode(data):
    number = int.from_bytes(data, "little")
    y, sign = number & (1 << 255) - 1, number >> 255
    x = root((y * y - 1) * pow(D * y * y + 1, -1, P))
    if x is None or y >= P:
        return None
    x = x if x & 1 == sign else P - x
    return x, y, 1, x * y % P


BASE = decode((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def sha512_number(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little")


def expand(seed):
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little") & (1 << 254) - 8 | 1 << 254
    return scalar, digest[32:]


def public_key(seed):
    return encode(times(expand(seed)[0], BASE))


def sign(seed, message):
    scalar, prefix = expand(seed)
    nonce = sha512_number(prefix, message) % ORDER
    commitment = encode(times(nonce, BASE))
    challenge = sha512_number(commitment, public_key(seed), message)
    return commitment + ((nonce + challenge * scalar) % ORDER).to_bytes(32, "little")


def verifies(key, message, signature):
    if len(signature or b"") != 64:
        return False
    point, commitment = decode(key), decode(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if point is None or commitment is None or scalar >= ORDER:
        return False
    challenge = sha512_number(signature[:32], key, message)
    return encode(times(scalar, BASE)) == encode(add(commitment, times(challenge, point)))


# --- The canonical form: cells of a tag and the value.
def integer(value):
    return b"\x01" + struct.pack(">q", value)


def text(value):
    data = value.encode()
    return b"\x04" + struct.pack(">Q", len(data)) + data


def octets(value):
    return b"\x05" + struct.pack(">Q", len(value)) + value


def instant(value):
    return b"\x07" + struct.pack(">q", value)


def entry_hash(seq, at, kind, subject, actor, body, previous):
    cells = text("hrbridge ledger entry") + integer(1) + integer(seq) + instant(at)
    cells += text(kind) + text(subject) + text(actor) + text(body) + octets(previous)
    return hashlib.sha256(cells).digest()


def message(label, seq, at, digest):
    return text(label) + integer(1) + integer(seq) + instant(at) + octets(digest)


def canonical(body):
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def head_line(seq, at, digest, seal):
    payload = seq.to_bytes(7, "big") + struct.pack(">q", at) + digest + seal
    payload += hashlib.sha256(text("hrbridge ledger head 1") + octets(payload)).digest()[:4]
    number = int.from_bytes(payload, "big")
    symbols = [number >> 5 * i & 31 for i in reversed(range(len(payload) * 8 // 5))]
    line = "".join("0123456789ABCDEFGHJKMNPQRSTVWXYZ"[symbol] for symbol in symbols)
    return "-".join(["HRH1"] + [line[i : i + 8] for i in range(0, len(line), 8)])


# --- Vectors.
STORE_SEED = bytes(range(32))
NEXT_SEED = bytes(range(32, 64))
PERSON_SEED = bytes(range(64, 96))
START = 1_714_953_600_000_001
SIGNED = ("signature", "signer_key_added", "loss_accepted", "go_answered")  # by the person whose key the body names


def root_of(name):
    return hashlib.sha256(name.encode()).hexdigest()


def key_added(seed):
    key = public_key(seed)
    return {"key": key.hex(), "fingerprint": hashlib.sha256(key).hexdigest()}


def told():
    """(kind, subject, actor, body) of each entry, without the store's keys."""
    yield "project_opened", "u8-2026", "impl01", {
        "project": "u8-2026", "modules": ["core_hr", "考勤", 'a "b" \\ c'], "plan": root_of("plan")}
    yield "mapping_frozen", "core_hr/person", "impl01", {
        "mapping": "core_hr/person", "mapping_hash": root_of("mapping")}
    yield "rehearsal_started", "core_hr", "impl01", {
        "rehearsal": 3, "mappings": root_of("mappings"), "quick": False}
    yield "rehearsal_step", "core_hr", "hrbridge", {
        "rehearsal": 3, "step": "load", "mapping": "core_hr/person", "rows": 10_000, "rejects": 2,
        "microseconds": 1_234_567, "content_root": root_of("person")}
    yield "rehearsal_step", "core_hr", "hrbridge", {
        "rehearsal": 3, "step": "prepare", "rows": 0, "rejects": 0, "microseconds": 0}
    yield "rehearsal_finished", "core_hr", "hrbridge", {
        "rehearsal": 3, "outcome": "pass", "rows": 10_000, "rejects": 2, "content_root": root_of("content"),
        "stored": root_of("stored")}
    yield "verdict", "core_hr", "hrbridge", {
        "rehearsal": 3, "check": "logic", "rule": "L02", "outcome": "not_checked", "examined": 0,
        "failed": 0, "evidence": root_of("evidence")}
    yield "reconciliation", "core_hr", "hrbridge", {
        "rehearsal": 3, "mapping": "core_hr/person", "outcome": "pass", "source_root": root_of("person"),
        "target_root": root_of("person"), "compared": 9_998, "differences": 0, "quick": True}
    yield "draw", "core_hr", "check01", {
        "rehearsal": 3, "draw": 1, "head": root_of("head"), "content_root": root_of("content"),
        "nonce": root_of("nonce"), "population": 10_000, "sample": 294, "accept": 0, "decoys": 12,
        "limit_ppm": 10_000, "confidence_ppm": 950_000, "rows": root_of("rows")}
    yield "reveal", "core_hr", "check01", {"draw": 1, "row": root_of("row"), "field": "base_salary"}
    yield "check_verdicts", "core_hr", "check01", {
        "draw": 1, "outcome": "pass", "checked": 294, "wrong": 0, "source_changed": 1, "decoys": 12,
        "decoys_found": 12, "wrong_at_most": 99, "sheet": root_of("sheet")}
    yield "signature", "core_hr", "check01", {
        "rehearsal": 3, "role": "checker", "content": root_of("signed"), "key": public_key(PERSON_SEED).hex()}
    yield "voided", "core_hr", "hrbridge", {
        "signature": 13, "reason": "mapping_changed", "was": root_of("signed"), "now": root_of("now")}
    yield "promotion", "core_hr", "impl01", {
        "rehearsal": 3, "rows": 9_998, "content": root_of("signed"), "content_root": root_of("live"),
        "before": root_of("before"), "checkpoints": root_of("checkpoints"),
        "rollback_until": 2**53 - 1}
    yield "rollback", "core_hr", "impl01", {
        "promotion": 15, "rows": 9_998, "kept": 4, "conflicts": 0, "content_root": root_of("old")}
    yield "batch", "core_hr/person", "hrbridge", {
        "mapping": "core_hr/person", "identity": root_of("identity"), "content_root": root_of("batch"),
        "rows": 50_000}
    yield "head_sent", "ledger", "hrbridge", {"sequence": 17, "hash": root_of("sent"), "way": "wecom"}
    yield "frozen", "core_hr", "impl01", {
        "rehearsal": 3, "plan": root_of("plan"), "mappings": root_of("mappings"), "content_root": root_of("content"),
        "verdicts": root_of("verdicts"), "entities": ["org_unit", "person"],
        "roots": [root_of("org_unit"), root_of("person")], "rows": [0, 10_000]}
    person = public_key(PERSON_SEED)
    yield "signer_key_added", "check01", "uid 0 (root)", {"key": person.hex()}
    yield "signer_key_revoked", "check01", "uid 0 (root)", {"key": person.hex(), "reason": "lost"}
    yield "loss_accepted", "core_hr", "boss01", {
        "rehearsal": 3, "check": "logic", "subject": "core_hr/person", "rule": "L02", "outcome": "fail",
        "failed": 2, "evidence": root_of("evidence"), "content_root": root_of("content"),
        "reason": "source_defect", "key": person.hex(), "loader": "impl01"}
    yield "go_answered", "core_hr", "boss01", {
        "rehearsal": 3, "item": "backup", "go": True, "content": root_of("signed"), "key": person.hex()}
    yield "report_sealed", "core_hr", "impl01", {
        "rehearsal": 3, "id": "core_hr-3-1", "form": "html", "language": "zh", "file": root_of("report")}
    yield "nonce_given", "core_hr", "check01", {
        "rehearsal": 3, "content_root": root_of("content"), "nonce": root_of("nonce"), "population": 10_000,
        "sample": 294, "reserve": 40, "decoys": 12, "limit_ppm": 10_000, "confidence_ppm": 950_000,
        "growth": root_of("growth")}
    yield "sheet_fixed", "core_hr", "check01", {
        "draw": 1, "rows": 306, "decoys": 12, "decoys_found": 12, "sheet": root_of("sheet")}
    yield "check_finished", "core_hr", "impl01", {
        "rehearsal": 3, "check": "logic", "quick": False, "verdicts": 12, "failed": 2, "evidence": root_of("verdicts")}


def vectors():
    entries = []
    previous = bytes(32)
    sealer = STORE_SEED
    rows = [("key_added", "ledger", "impl01", key_added(STORE_SEED))] + list(told())
    rows += [("key_added", "ledger", "hrbridge", key_added(NEXT_SEED))] + [row for row in rows if row[0] == "head_sent"]
    for seq, (kind, subject, actor, body) in enumerate(rows, 1):
        # The key comes with the entry that it is added for, at the same time.
        at = START + 1_000_003 * (seq + (kind == "key_added"))
        digest = entry_hash(seq, at, kind, subject, actor, canonical(body), previous)
        seal = sign(sealer, message("hrbridge ledger seal", seq, at, digest))
        entry = {"seq": seq, "at": at, "kind": kind, "subject": subject, "actor": actor,
                 "body": canonical(body), "hash": digest.hex(), "seal": seal.hex(), "signature": "",
                 "line": head_line(seq, at, digest, seal)}
        if kind in SIGNED:
            entry["signature"] = sign(PERSON_SEED, message("hrbridge ledger signature", seq, at, digest)).hex()
        entries.append(entry)
        previous = digest
        if kind == "key_added" and seq > 1:
            sealer = NEXT_SEED
    return {"store_seed": STORE_SEED.hex(), "next_seed": NEXT_SEED.hex(), "person_seed": PERSON_SEED.hex(),
            "entries": entries}


# --- Verification.
def faults(rows):
    previous, key = bytes(32), None
    for expected, (seq, form, at, kind, subject, actor, body, before, digest, seal, signature) in enumerate(rows, 1):
        value = json.loads(body)
        if (seq, form) != (expected, 1) or canonical(value) != body or before != previous:
            yield seq
        if digest != entry_hash(seq, at, kind, subject, actor, body, before):
            yield seq
        sealer = key or (bytes.fromhex(value["key"]) if kind == "key_added" else None)
        if sealer and not verifies(sealer, message("hrbridge ledger seal", seq, at, digest), seal):
            yield seq
        if kind in SIGNED and not verifies(
                bytes.fromhex(value["key"]), message("hrbridge ledger signature", seq, at, digest), signature):
            yield seq
        if kind not in SIGNED and signature:
            yield seq
        if kind == "key_added":
            key = bytes.fromhex(value["key"])
        previous = digest


def main(arguments):
    if arguments == ["vectors"]:
        json.dump(vectors(), sys.stdout, indent=1, ensure_ascii=False)
        print()
        return 0
    if len(arguments) == 2 and arguments[0] == "verify":
        store = sqlite3.connect(f"file:{arguments[1]}?mode=ro", uri=True)
        rows = store.execute("SELECT seq, form, at, kind, subject, actor, body, prev_hash, hash, seal, signature "
                             "FROM ledger_entry ORDER BY seq").fetchall()
        wrong = sorted(set(faults(rows)))
        print(f"{len(rows)} entries, wrong: {wrong}")
        return 1 if wrong or not rows else 0
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
