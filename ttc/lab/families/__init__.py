"""The problem families, by name. Each is one module with `draw(difficulty, rng) -> Draft`."""

import random
from collections.abc import Callable

from ttc.lab.families import countdown, counting, divisors, linear, modular, sequences, signs, word
from ttc.lab.families.draft import HARDEST, TRAINED, Draft

FAMILIES: dict[str, Callable[[int, random.Random], Draft]] = {
    "word": word.draw,
    "linear": linear.draw,
    "modular": modular.draw,
    "divisors": divisors.draw,
    "sequences": sequences.draw,
    "counting": counting.draw,
    "countdown": countdown.draw,
    "signs": signs.draw,
}

__all__ = ["FAMILIES", "HARDEST", "TRAINED", "Draft"]
