"""What a person's spot check would find: the plan's size by the exact hypergeometric, and simulated draws of it."""
import math
import random
from fractions import Fraction

DRAWS = 1000


def sample_size(lot, limit, risk):
    """The fewest rows of which none may be wrong, so that a lot with a share `limit` of wrong ones passes with at most `risk`."""
    wrong = math.ceil(lot * Fraction(limit))
    chance, risk = Fraction(1), Fraction(risk)
    for drawn in range(lot):
        if chance <= risk:
            return drawn
        # A fraction grows with each factor; what counts is far above the rounding of 60 digits.
        chance = Fraction(round(chance * 10**60 * (lot - wrong - drawn) / (lot - drawn)), 10**60)
    return lot


def simulate(lot, faults, seed, limit="1/100", risk="1/20"):
    """`faults`: of each, which rows (numbers below `lot`) show it. How often a draw shows each, and how many draws show any."""
    size, dice = sample_size(lot, limit, risk), random.Random(f"draw {seed}")
    shown, draws_with_any = [0] * len(faults), 0
    of_row = {}
    for number, rows in enumerate(faults):
        for row in rows:
            of_row.setdefault(row, []).append(number)
    for _ in range(DRAWS):
        hit = set()
        for row in dice.sample(range(lot), size):
            hit.update(of_row.get(row, ()))
        draws_with_any += bool(hit)
        for number in hit:
            shown[number] += 1
    return {"size": size, "draws": DRAWS, "shown": shown, "any": draws_with_any}
