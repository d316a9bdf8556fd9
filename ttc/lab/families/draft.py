"""What every family returns, and the few draws that all of them share."""

import random
from collections.abc import Callable
from dataclasses import dataclass

TRAINED = 24
"""The model was trained on raw difficulties 1 to this number."""
SCALE = 16
"""The raw difficulty at which sizes and counts reach their `hard` value; they go on growing beyond it."""
HARDEST = 24
"""Raw difficulties run from 1 to this number in every kind of problem."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One problem before it has an identity."""

    prompt: str
    """The problem as a person would write it."""
    answer: int
    """The right answer; every family asks for one integer, so that votes can be counted."""
    steps: tuple[str, ...]
    """A right solution, step by step, without the last step that boxes the answer."""
    facts: tuple[int, ...] = ()
    """What a family's own step checker needs besides the texts."""


Draw = Callable[[int, random.Random], Draft]
"""Makes one problem of a kind, of a raw difficulty."""


def sized(rng: random.Random, difficulty: float, easy: int, hard: int) -> int:
    """A number from 2 up whose size grows geometrically from `easy` (difficulty 1) to `hard` (difficulty 16)."""
    top = round(easy * (hard / easy) ** ((difficulty - 1) / (SCALE - 1)))
    return rng.randint(max(2, top // 3), max(3, top))


def added(total: int, more: int, unit: str = "") -> str:
    """The end of a step that adds to a running total: `, so 12 + 30 = 42 km.`, or the full stop alone at the start."""
    return f", so {total} + {more} = {total + more}{unit}." if total else "."


def grown(difficulty: float, easy: int, hard: int) -> int:
    """A count that grows linearly from `easy` (difficulty 1) to `hard` (difficulty 16)."""
    return round(easy + (hard - easy) * (difficulty - 1) / (SCALE - 1))
