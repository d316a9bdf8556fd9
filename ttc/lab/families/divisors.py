"""Greatest common divisors by Euclid's algorithm and least common multiples, bare or in a story."""

import random
from collections.abc import Callable

from ttc.lab.families.draft import Draft, Draw, grown, sized
from ttc.lab.words import NAMES


def how_many(difficulty: int) -> int:
    """Two numbers, up to five when it is hard."""
    return 2 if difficulty < 7 else 3 if difficulty < 12 else 4 if difficulty < 18 else 5


def _distinct(count: int, draw_one: Callable[[], int]) -> list[int]:
    """`count` different numbers."""
    numbers: list[int] = []
    while len(numbers) < count:
        number = draw_one()
        if number not in numbers:
            numbers.append(number)
    return numbers


def euclid(a: int, b: int) -> tuple[str, int]:
    """Euclid's divisions in one step of text, and the gcd."""
    lines, high, low = [], max(a, b), min(a, b)
    while low:
        lines.append(f"{high} = {low} * {high // low} + {high % low}")
        high, low = low, high % low
    return "; ".join(lines), high


def divisor(difficulty: int, rng: random.Random) -> Draft:
    """The gcd, number by number; each division of Euclid is a step."""
    count, common = how_many(difficulty), sized(rng, difficulty, 5, 60)
    numbers = _distinct(count, lambda: common * sized(rng, difficulty, 7, 300))
    steps, result = [], numbers[0]
    for number in numbers[1:]:
        lines, new = euclid(result, number)
        steps += [f"{rng.choice(('Divide', 'Division'))}: {line}." for line in lines.split("; ")]
        steps.append(f"So gcd({result}, {number}) = {new}.")
        result = new
    listed = ", ".join(map(str, numbers[:-1])) + f" and {numbers[-1]}"
    name = rng.choice(NAMES)
    asks = [
        f"What is the greatest common divisor of {listed}?",
        f"Find the largest integer that divides {listed}.",
        f"Compute the gcd of {listed}.",
        f"{name} cuts ropes of {listed} cm into equal pieces without waste. How many cm can a piece have at most?",
        f"Piles of {listed} cards are split into packs of one equal size. What is the largest possible size of a pack?",
    ]
    if count == 2:
        floor = f"A floor of {numbers[0]} cm by {numbers[1]} cm is covered with equal square tiles."
        asks.append(f"{floor} What is the longest possible side in cm?")
    return Draft(rng.choice(asks), result, tuple(steps))


def multiple(difficulty: int, rng: random.Random) -> Draft:
    """The lcm by a * b / gcd, number by number."""
    count, common = how_many(difficulty), sized(rng, difficulty, 3, 9)
    top = grown(difficulty, 5, 24) if count == 2 else grown(difficulty, 4, 11)
    numbers = _distinct(count, lambda: common * rng.randint(2, top))
    steps, result = [], numbers[0]
    for number in numbers[1:]:
        lines, shared = euclid(result, number)
        steps += [f"{rng.choice(('Divide', 'Division'))}: {line}." for line in lines.split("; ")]
        part = number // shared
        steps.append(
            f"The gcd is {shared}: {number} / {shared} = {part}, so the lcm is {result} * {part} = {result * part}."
        )
        result *= part
    listed = ", ".join(map(str, numbers[:-1])) + f" and {numbers[-1]}"
    asks = (
        f"What is the least common multiple of {listed}?",
        f"Find the smallest positive integer that is divisible by {listed}.",
        f"Compute the lcm of {listed}.",
        f"Buses leave together and then every {listed} minutes. After how many minutes do they next leave together?",
        f"Lamps flash together and then every {listed} seconds. After how many seconds do all flash together again?",
    )
    return Draft(rng.choice(asks), result, tuple(steps))


KINDS: dict[str, Draw] = {"divisor": divisor, "multiple": multiple}
