"""Countdown: join all given numbers by +, - and * so that a target comes out. Search and backtracking help here.

An expression is a chain: start with one number and apply an operation with each other number in turn. To keep votes
countable the question asks for the value before the last operation, which the generator makes unique by enumeration.
"""

import random
from collections.abc import Iterator
from itertools import permutations

from ttc.lab.families.draft import Draft, Draw, grown

Chain = tuple[tuple[int, str, int, int], ...]
"""Operations (a, sign, b, result); each result is the next operation's a."""
OPERATE = {"+": int.__add__, "-": int.__sub__, "*": int.__mul__}


def draw(difficulty: int, rng: random.Random) -> Draft:
    """Three numbers, four from difficulty 6, five from 17 on; the solution tries some chains before the right one."""
    count = 3 if difficulty < 6 else 4 if difficulty < 17 else 5
    while True:
        numbers = sorted(rng.sample(range(2, 8 + grown(difficulty, 4, 40)), count), reverse=True)
        chains = list(every_chain(tuple(numbers)))
        goal = rng.choice(chains)
        target = goal[-1][3]
        if target <= 1 or target in numbers:
            continue
        right = [chain for chain in chains if chain[-1][3] == target]
        if len({chain[-1][0] for chain in right}) == 1:
            break
    steps = [attempt(chain, target) for chain in tries(chains, target, 4 if difficulty < 6 else 6, rng)]
    steps.append(attempt(min(right), target))
    listed = ", ".join(map(str, numbers[:-1])) + f" and {numbers[-1]}"
    text = rng.choice(
        (
            f"Use each of {listed} exactly once, with +, - and *, to make {target}. Work from left to right.",
            f"Countdown: make {target} from {listed}. Use every number once; apply +, - or * from left to right.",
            f"Start with one of {listed} and apply +, - or * with each of the others once, so that you get {target}.",
        )
    )
    ask = rng.choice(
        ("What is the value before the last operation?", "Which value do you have just before the last operation?")
    )
    return Draft(f"{text} {ask}", right[0][-1][0], tuple(steps), (target, *numbers))


def every_chain(numbers: tuple[int, ...]) -> Iterator[Chain]:
    """All chains with values between 1 and 9999; a sum or product at the start has its larger number first."""
    for order in permutations(numbers):
        yield from _extend(order[0], order[1:], ())


def _extend(value: int, rest: tuple[int, ...], done: Chain) -> Iterator[Chain]:
    if not rest:
        yield done
        return
    number = rest[0]
    for sign, result in (("+", value + number), ("-", value - number), ("*", value * number)):
        if not done and sign != "-" and value < number:
            continue
        if 0 < result < 10000:
            yield from _extend(result, rest[1:], (*done, (value, sign, number, result)))


def tries(chains: list[Chain], target: int, most: int, rng: random.Random) -> list[Chain]:
    """Up to `most` wrong chains, most of them close to the target as a person's would be."""
    wrong = [chain for chain in chains if chain[-1][3] != target]
    chosen: list[Chain] = []
    for _ in range(rng.randint(0, most)):
        some = rng.sample(wrong, min(len(wrong), rng.choice((2, 6, 20))))
        near = min(some, key=lambda chain: abs(chain[-1][3] - target))
        if near not in chosen:
            chosen.append(near)
    return chosen


def attempt(chain: Chain, target: int) -> str:
    """One try as a step of text."""
    lines = ", ".join(f"{a} {sign} {b} = {result}" for a, sign, b, result in chain)
    return f"Try {lines}. " + (f"This makes {target}." if chain[-1][3] == target else f"Not {target}.")


KINDS: dict[str, Draw] = {"countdown": draw}
