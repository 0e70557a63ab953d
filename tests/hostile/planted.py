"""Texts that may stand nowhere, and the search for them."""
import base64
import os
import random

PLAIN, HEX, HEX_CAPITALS = "plain", "hex", "hex in capitals"
SHIFTS = range(3)  # what stands before a text in base64 moves its digits


def in_base64(text, shift):
    """The digits that depend on the text alone."""
    digits = base64.b64encode(bytes(shift) + text)
    return digits[-(-shift * 8 // 6):(shift + len(text)) * 8 // 6]


def forms_of(text):
    yield PLAIN, text
    yield HEX, text.hex().encode()
    yield HEX_CAPITALS, text.hex().upper().encode()
    for shift in SHIFTS:
        yield f"base64 behind {shift} bytes", in_base64(text, shift)


def search(haystack, markers):
    """(name, form) of each that is there."""
    return [(name, form) for name, text in markers.items() for form, bytes_of in forms_of(text) if bytes_of in haystack]


def check_the_search():
    """A text must be found in each form, wherever it stands."""
    text = b"511702198003071239"
    for gap in range(4):
        before, behind = os.urandom(gap), os.urandom(3)
        both = before + text + behind
        for form, haystack in {PLAIN: both, HEX: both.hex().encode(), HEX_CAPITALS: both.hex().upper().encode()}.items():
            assert ("it", form) in search(haystack, {"it": text}), form
        assert any(form.startswith("base64") for _, form in search(base64.b64encode(both), {"it": text})), gap
    assert not search(base64.b64encode(text[:-2] + b"00"), {"it": text})


def identity_number(chance, day="19800307", good=True):
    head = f"511702{day}{chance.randrange(1000):03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    right = "10X98765432"[sum(int(digit) * weight for digit, weight in zip(head, weights)) % 11]
    return head + (right if good else "0123456789"[(int(right.replace("X", "9")) + 1) % 10])


class People:
    """What a source holds: good rows and bad ones, each with texts that are only his."""

    def __init__(self, seed, good=20):
        chance = random.Random(seed)
        self.markers, self.rows, self.people = {}, [], {}
        for number in range(1, good + 1):
            self.add(f"E{number:06}", "person", identity_number(chance), self.mobile(chance), self.pay(chance))
        twice = self.rows[0][2]
        self.add("E000101", "of a wrong check digit", identity_number(chance, good=False), self.mobile(chance), self.pay(chance))
        self.add("E000102", "of a wrong mobile number", identity_number(chance), "12" + self.mobile(chance)[2:], self.pay(chance))
        self.add("E000103", "born on another day", identity_number(chance, day="19800308"), self.mobile(chance), self.pay(chance))
        self.add("E000104", "of a pay that is no number", identity_number(chance), self.mobile(chance), self.pay(chance) + "x")
        self.add("E000105", "of a pay beyond all", identity_number(chance), self.mobile(chance), "9" + self.pay(chance))
        self.add("E000106", "of a pay with three places", identity_number(chance), self.mobile(chance), self.pay(chance) + "1")
        self.add("X", "without a person number", identity_number(chance), self.mobile(chance), self.pay(chance))
        self.add("E000107", "of another's identity number", twice, self.mobile(chance), self.pay(chance))

    @staticmethod
    def mobile(chance):
        return f"138{chance.randrange(10**7, 10**8)}"

    @staticmethod
    def pay(chance):
        return f"{chance.randrange(7 * 10**5, 9 * 10**5)}.{chance.randrange(10, 100)}"

    def add(self, number, who, identity, mobile, pay):
        for what, text in {"identity number": identity, "mobile number": mobile, "pay": pay, "pay in cents": pay.replace(".", "")}.items():
            self.markers.setdefault(f"{what} of {number} {who}", text.encode())
        name = f"某人{number}"
        self.people[f"name of {number}"] = name.encode()
        self.rows.append((number, name, identity, mobile, pay))
