"""Counting: menus, choices, teams summed over cases, multiples in a range."""

import random
from math import comb

from ttc.lab.families.draft import Draft, Draw, added, grown, sized
from ttc.lab.words import NAMES, WARES


def menu(difficulty: int, rng: random.Random) -> Draft:
    """A product of choices, less the forbidden ones."""
    name, kinds = rng.choice(NAMES), rng.sample(WARES, grown(difficulty, 2, 6))
    counts = [sized(rng, difficulty, 6, 24) for _ in kinds]
    listed = ", ".join(f"{count} {many}" for count, (_, many) in zip(counts, kinds, strict=True))
    steps, total = [], counts[0]
    for i, count in enumerate(counts[1:], 2):
        steps.append(f"With {i} kinds: {total} * {count} = {total * count}.")
        total *= count
    text = rng.choice(
        (
            f"{name} can choose from {listed}, and takes one of each kind.",
            f"A shop offers {listed}. A set has one of each kind.",
            f"On a shelf there are {listed}. {name} picks exactly one of each.",
        )
    )
    if difficulty > 2 and rng.random() < 0.6:
        banned = rng.randint(2, max(3, total // 3))
        text += f" Of all these sets, {banned} are not allowed."
        steps.append(f"Without the forbidden sets: {total} - {banned} = {total - banned}.")
        total -= banned
    return Draft(
        text + rng.choice((" How many sets are possible?", " In how many ways can this be done?")), total, tuple(steps)
    )


def _choose(n: int, k: int) -> tuple[str, int]:
    """C(n, k) as equations from small products, and its value."""
    parts, value = [], n
    for i in range(1, k):
        parts.append(f"{value} * {n - i} / {i + 1} = {value * (n - i) // (i + 1)}")
        value = value * (n - i) // (i + 1)
    return ", ".join(parts), value


def teams(difficulty: int, rng: random.Random) -> Draft:
    """A team from one group, or from two groups summed over the cases that are allowed."""
    women, men = sized(rng, difficulty, 5, 15) + 2, sized(rng, difficulty, 5, 15) + 2
    first, second = rng.choice(
        (("women", "men"), ("girls", "boys"), ("painters", "singers"), ("red cards", "blue cards"))
    )
    size = rng.randint(2, 3)
    if difficulty <= 4:
        text, value = _choose(women, size)
        ask = f"In how many ways can {size} {first} be chosen from {women} {first}?"
        return Draft(ask, value, (f"Choose {size} of {women}: {text}.",))
    size = rng.randint(2, min(grown(difficulty, 2, 5), women, men))
    least = rng.randint(0 if difficulty > 10 else max(0, size - 2), size - 1)
    steps, total = [], 0
    for k in range(least, size + 1):
        part = comb(women, k) * comb(men, size - k)
        lines = [text for text in (_choose(women, k)[0], _choose(men, size - k)[0]) if text]
        lines.append(f"{comb(women, k)} * {comb(men, size - k)} = {part}")
        if k > least:
            lines.append(f"{total} + {part} = {total + part}")
        steps.append(f"With {k} {first}: {', '.join(lines)}.")
        total += part
    pool = f"{women} {first} and {men} {second}"
    ask = rng.choice(
        (
            f"From {pool}, {size} are chosen, at least {least} of them {first}. How many choices are there?",
            f"In how many ways can you pick {size} from {pool} so that there are at least {least} {first}?",
        )
    )
    return Draft(ask, total, tuple(steps))


def _divided(limit: int, d: int) -> str:
    return f"{limit} = {d} * {limit // d} + {limit % d}"


def multiples(difficulty: int, rng: random.Random) -> Draft:
    """How many integers up to a limit are divisible by a or by b (or by c): inclusion and exclusion."""
    primes = [2, 3, 5, 7, 11, 13][: 3 + difficulty // 5]
    divisors = sorted(rng.sample(primes, 2 if difficulty < 8 else 3))
    limit = sized(rng, difficulty, 40, 3000) + 2 * max(divisors)
    pairs = [(a, b) for i, a in enumerate(divisors) for b in divisors[i + 1 :]]
    steps, total = [], 0
    for d in divisors:
        steps.append(f"Multiples of {d}: {_divided(limit, d)}{added(total, limit // d)}")
        total += limit // d
    for a, b in pairs:
        less = limit // (a * b)
        steps.append(
            f"Multiples of {a} * {b} = {a * b}: {_divided(limit, a * b)}, so {total} - {less} = {total - less}."
        )
        total -= less
    if len(divisors) == 3:
        a, b, c = divisors
        more, all_three = limit // (a * b * c), f"{a * b} * {c} = {a * b * c}"
        step = f"Multiples of {all_three}: {_divided(limit, a * b * c)}, so {total} + {more} = {total + more}."
        steps.append(step)
        total += more
    listed = ", ".join(map(str, divisors[:-1])) + f" or {divisors[-1]}"
    who = rng.choice(("integers", "whole numbers", "numbers"))
    if rng.random() < 0.3:
        text = f"Of the tickets 1 to {limit}, those win that are divisible by {listed}. How many tickets win?"
        return Draft(text, total, tuple(steps))
    return Draft(f"How many {who} from 1 to {limit} are divisible by {listed}?", total, tuple(steps))


KINDS: dict[str, Draw] = {"menu": menu, "teams": teams, "multiples": multiples}
