"""The problem families by name, and the kinds of problems in each. A family is one module with its KINDS."""

from ttc.lab.families import countdown, counting, divisors, linear, modular, sequences, signs, word
from ttc.lab.families.draft import HARDEST, TRAINED, Draft, Draw

FAMILIES: dict[str, dict[str, Draw]] = {
    "word": word.KINDS,
    "linear": linear.KINDS,
    "modular": modular.KINDS,
    "divisors": divisors.KINDS,
    "sequences": sequences.KINDS,
    "counting": counting.KINDS,
    "countdown": countdown.KINDS,
    "signs": signs.KINDS,
}

__all__ = ["FAMILIES", "HARDEST", "TRAINED", "Draft", "Draw"]
