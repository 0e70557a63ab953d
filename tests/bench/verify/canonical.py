"""Row hash 2 as ARCHITECTURE.md specifies it: XXH3-128 from libxxhash itself, none of hrbridge's code."""
import ctypes
import ctypes.util
import datetime
import hmac
from decimal import Decimal

from verify.model import EPOCH, Instant


class _Hash(ctypes.Structure):
    _fields_ = [("low", ctypes.c_uint64), ("high", ctypes.c_uint64)]


_xxhash = ctypes.CDLL(ctypes.util.find_library("xxhash"))
_xxhash.XXH3_128bits.restype = _Hash
_xxhash.XXH3_128bits.argtypes = [ctypes.c_char_p, ctypes.c_size_t]


def _signed(number, size):
    return int(number).to_bytes(size, "big", signed=True)


def _decimal(number):
    sign, digits, exponent = number.as_tuple()
    whole, scale = int("".join(map(str, digits))), -exponent
    if scale < 0:
        whole, scale = whole * 10**-scale, 0
    while scale > 0 and whole % 10 == 0:
        whole, scale = whole // 10, scale - 1
    return b"\x03" + bytes([scale]) + _signed(-whole if sign else whole, 16)


def cell(value):
    if value is None:
        return b"\x00"
    if isinstance(value, Instant):
        return b"\x07" + _signed(value, 8)
    if isinstance(value, int):
        return b"\x01" + _signed(value, 8)
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, datetime.date):
        return b"\x06" + _signed((value - EPOCH).days, 8)
    text = value.encode("utf-8")
    return b"\x04" + _signed(len(text), 8) + text


def xxh3_128(form):
    made = _xxhash.XXH3_128bits(form, len(form))
    return made.high.to_bytes(8, "big") + made.low.to_bytes(8, "big")


def row_hash(entity, row, seal_key):
    """The 16 bytes that the store keeps; `seal_key` is the 32 bytes of the eldest key."""
    digest = xxh3_128(b"".join(cell(row[field.name]) for field in entity.fields))
    if not entity.seals:
        return digest
    key = hmac.digest(seal_key, b"hrbridge digest 1 row hash 2", "sha256")
    return hmac.digest(key, digest, "sha256")[:16]

