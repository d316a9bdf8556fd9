"""Remainders: sums of products, powers, weekdays and clocks."""

import random

from ttc.lab.families.draft import Draft, Draw, added, grown, sized
from ttc.lab.words import NAMES


def _reduce(value: int, modulus: int) -> str:
    """`47 = 9 * 5 + 2`; nothing is left to do when the value is already small."""
    return f"{value} = {modulus} * {value // modulus} + {value % modulus}"


def products(difficulty: int, rng: random.Random) -> Draft:
    """The remainder of a*b + c*d + ..., factor by factor."""
    modulus = sized(rng, difficulty, 7, 60)
    text, steps, total = [], [], 0
    for _ in range(grown(difficulty, 1, 4)):
        factors = [sized(rng, difficulty, 20, 999) for _ in range(1 if difficulty < 3 else 2)]
        text.append(" * ".join(map(str, factors)))
        steps += [f"Reduce {factor}: {_reduce(factor, modulus)}." for factor in factors if factor >= modulus]
        small = [factor % modulus for factor in factors]
        value = small[0]
        if len(small) == 2:
            value = small[0] * small[1]
            steps.append(f"Multiply: {small[0]} * {small[1]} = {_chain(value, modulus)}.")
            value %= modulus
        if len(text) > 1:
            steps.append(f"Add: {total} + {value} = {_chain(total + value, modulus)}.")
        total = (total + value) % modulus
    if not steps:
        steps.append(f"Divide: {_reduce(total, modulus)}.")
    expression = " + ".join(text)
    ask = rng.choice(
        (
            f"What is the remainder when {expression} is divided by {modulus}?",
            f"Find the remainder of {expression} on division by {modulus}.",
            f"Compute {expression} modulo {modulus}.",
            f"If you divide {expression} by {modulus}, what remainder do you get?",
        )
    )
    return Draft(ask, total, tuple(steps))


def _chain(value: int, modulus: int) -> str:
    """A value and, where it is not yet reduced, its division: `54 = 7 * 7 + 5`."""
    return _reduce(value, modulus) if value >= modulus else str(value)


def power(difficulty: int, rng: random.Random) -> Draft:
    """The remainder of a power by multiplying once for every factor."""
    modulus, exponent = sized(rng, difficulty, 9, 90) + 2, grown(difficulty, 2, 11) + rng.randint(0, 1)
    base = rng.randint(2, modulus - 1)
    steps, value = [], base
    for i in range(2, exponent + 1):
        steps.append(f"Power {i}: {value} * {base} = {_chain(value * base, modulus)}.")
        value = value * base % modulus
    ask = rng.choice(
        (
            f"What is the remainder when {base}^{exponent} is divided by {modulus}?",
            f"Find {base}^{exponent} modulo {modulus}.",
            f"Which remainder does {base}^{exponent} leave when divided by {modulus}?",
        )
    )
    return Draft(ask, value, tuple(steps))


def groups(difficulty: int, rng: random.Random) -> Draft:
    """Things put in rows of equal length: how many are left over? Or: how many hours past midnight is it then?"""
    name, parts = rng.choice(NAMES), grown(difficulty, 2, 6)
    counts = [(sized(rng, difficulty, 5, 60), sized(rng, difficulty, 9, 99)) for _ in range(parts)]
    clock = rng.random() < 0.4
    modulus = rng.choice((12, 24)) if clock else sized(rng, difficulty, 8, 70)
    steps, total = [], 0
    for i, (a, b) in enumerate(counts):
        steps.append(f"Part {i + 1} is {a} * {b} = {a * b}{added(total, a * b)}")
        total += a * b
    steps.append(f"Divide by {modulus}: {_reduce(total, modulus)}.")
    listed = ", ".join(f"{a} {'shifts of' if clock else 'boxes of'} {b}" for a, b in counts)
    if clock:
        text = (
            f"A machine starts at hour 0 of a {modulus}-hour clock and runs for {listed} hours, one after the other. "
        )
        return Draft(text + "Which hour does the clock show at the end?", total % modulus, tuple(steps))
    text = f"{name} has {listed} tiles and lays them in rows of {modulus}. "
    return Draft(
        text + rng.choice(("How many tiles are left over?", "How many tiles do not fill a row?")),
        total % modulus,
        tuple(steps),
    )


KINDS: dict[str, Draw] = {"products": products, "power": power, "groups": groups}
