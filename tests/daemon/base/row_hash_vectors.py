#!/usr/bin/python3
"""Writes row_hash_vectors.txt by the specification in ARCHITECTURE.md ("Row hash 2").

It shares no code with the daemon and takes XXH3 from python3-xxhash, so the vectors are a second
opinion. usage: row_hash_vectors.py > row_hash_vectors.txt
"""

import datetime
import hmac
from decimal import Decimal

import xxhash


class Timestamp(int):
    pass


def days(text):
    return datetime.date.fromisoformat(text)


def instant(text):
    moment = datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.timezone.utc)
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return Timestamp((moment - epoch) // datetime.timedelta(microseconds=1))


def signed(number, size):
    return number.to_bytes(size, "big", signed=True)


def unscaled(number):
    sign, digits, exponent = number.as_tuple()
    whole = int("".join(map(str, digits)))
    return -whole if sign else whole, -exponent


def canonical_decimal(number):
    whole, scale = unscaled(number)
    while scale > 0 and whole % 10 == 0:
        whole, scale = whole // 10, scale - 1
    return b"\x03" + bytes([scale]) + signed(whole, 16)


def canonical(cell):
    if cell is None:
        return b"\x00"
    if isinstance(cell, bool):
        return b"\x02" + bytes([cell])
    if isinstance(cell, Timestamp):
        return b"\x07" + signed(cell, 8)
    if isinstance(cell, int):
        return b"\x01" + signed(cell, 8)
    if isinstance(cell, Decimal):
        return canonical_decimal(cell)
    if isinstance(cell, str):
        text = cell.encode("utf-8")
        return b"\x04" + signed(len(text), 8) + text
    if isinstance(cell, bytes):
        return b"\x05" + signed(len(cell), 8) + cell
    return b"\x06" + signed((cell - datetime.date(1970, 1, 1)).days, 8)


def shown(cell):
    if cell is None:
        return "null"
    if isinstance(cell, bool):
        return f"bool:{int(cell)}"
    if isinstance(cell, Timestamp):
        return f"timestamp:{int(cell)}"
    if isinstance(cell, int):
        return f"int:{cell}"
    if isinstance(cell, Decimal):
        whole, scale = unscaled(cell)
        return f"decimal:{whole}:{scale}"
    if isinstance(cell, str):
        return "text:" + cell.encode("utf-8").hex()
    if isinstance(cell, bytes):
        return "bytes:" + cell.hex()
    return f"date:{(cell - datetime.date(1970, 1, 1)).days}"


ROWS = (
    ("no cell", []),
    ("NULL", [None]),
    ("empty text", [""]),
    ("the text NULL", ["NULL"]),
    ("empty bytes", [b""]),
    ("zero", [0]),
    ("smallest and largest int", [-(2**63), 2**63 - 1]),
    ("minus one", [-1]),
    ("bools", [True, False]),
    ("1.0", [Decimal("1.0")]),
    ("1.00", [Decimal("1.00")]),
    ("1 as decimal", [Decimal("1")]),
    ("1 as int", [1]),
    ("0.00", [Decimal("0.00")]),
    ("1000", [Decimal("1000")]),
    ("negative decimal", [Decimal("-12.340")]),
    ("38 digits", [Decimal("9" * 38)]),
    ("38 digits, scale 38", [Decimal("-0." + "1" * 38)]),
    ("zeros to strip beyond 64 bits", [Decimal("123456789012345678.90000000000000000000")]),
    ("date", [days("2024-02-29")]),
    ("date before 1970", [days("1969-12-31")]),
    ("timestamp", [instant("2024-05-06 07:08:09.000001")]),
    ("timestamp before 1970", [instant("1969-12-31 23:59:59.999999")]),
    ("multibyte text", ["张三 Zoë 👍"]),
    ("separators in text", ["a|b\t\n\x00c", "d"]),
    ("separators moved", ["a|b", "\t\n\x00cd"]),
    ("joined cells", ["ab", "c"]),
    ("joined cells, moved", ["a", "bc"]),
    ("bytes and the same text", [b"AB", "AB"]),
    ("NULL moved", ["A", None]),
    ("NULL moved back", [None, "A"]),
    (
        "a person",
        [
            "AB000123", "李雷", None, "", days("1990-01-31"), Decimal("8500.50"), True,
            instant("2024-05-06 00:00:00.000000"), 42,
        ],
    ),
    ("a long row", ["0123456789abcdef" * 64, "x" * 240]),
)


# The eldest seal key of the sealed column.
SEAL_KEY = bytes(range(32))


def sealed(digest):
    key = hmac.digest(SEAL_KEY, b"hrbridge digest 1 row hash 2", "sha256")
    return hmac.digest(key, digest, "sha256")[:16]


def main():
    print("# By row_hash_vectors.py: name, cells, canonical form, XXH3-128, and what is stored when a")
    print(f"# cell is sealed under the key {SEAL_KEY.hex()}; a tab between them.")
    for name, cells in ROWS:
        form = b"".join(map(canonical, cells))
        digest = xxhash.xxh3_128(form).digest()
        row = (name, " ".join(map(shown, cells)), form.hex(), digest.hex(), sealed(digest).hex())
        print(*row, sep="\t")


main()
