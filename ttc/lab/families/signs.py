"""Missing signs: put +, - or * between numbers in a given order so that a target comes out. Search, as in countdown.

Every number more means three times as many choices: four numbers at first, five, six and then seven when it is hard.
"""

import random
from collections.abc import Iterator
from itertools import product

from ttc.lab.families.countdown import OPERATE, Chain, attempt, tries
from ttc.lab.families.draft import Draft, Draw, grown


def draw(difficulty: int, rng: random.Random) -> Draft:
    """A value on the way is asked for, with many possible values before it; the generator makes it unique."""
    count = 4 if difficulty < 6 else 5 if difficulty < 12 else 6 if difficulty < 17 else 7
    last = 1 if count == 4 else 2  # operations that follow the value asked for
    while True:
        numbers = [rng.randint(2, 6 + grown(difficulty, 3, 12)) for _ in range(count)]
        chains = list(every_chain(numbers))
        if not chains:
            continue
        target = rng.choice(chains)[-1][3]
        right = [chain for chain in chains if chain[-1][3] == target]
        if target > 1 and len(right) < len(chains) and len({chain[-last][0] for chain in right}) == 1:
            break
    steps = [attempt(chain, target) for chain in tries(chains, target, 4 if difficulty < 6 else 7, rng)]
    steps.append(attempt(min(right), target))
    gaps = " _ ".join(map(str, numbers))
    text = rng.choice(
        (
            f"Fill the gaps of {gaps} with +, - or * so that, worked out from left to right, it gives {target}.",
            f"Which of +, - and * must stand in {gaps} to make {target}? Work from left to right.",
            f"In {gaps} the signs are lost. Each was +, - or *, and from left to right the result was {target}.",
        )
    )
    which = "operation" if last == 1 else "two operations"
    ask = rng.choice(
        (f"What is the value before the last {which}?", f"Which value do you have just before the last {which}?")
    )
    return Draft(f"{text} {ask}", right[0][-last][0], tuple(steps), (target, *numbers))


def every_chain(numbers: list[int]) -> Iterator[Chain]:
    """All choices of signs whose values stay between 1 and 9999."""
    for signs in product("+-*", repeat=len(numbers) - 1):
        value, chain = numbers[0], []
        for sign, number in zip(signs, numbers[1:], strict=True):
            result = OPERATE[sign](value, number)
            if not 0 < result < 10000:
                break
            chain.append((value, sign, number, result))
            value = result
        else:
            yield tuple(chain)


KINDS: dict[str, Draw] = {"signs": draw}
