"""Generated problems with known answers, for tests and studies with the simulated model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from ttc.types import Problem


@dataclass(frozen=True, slots=True)
class Posed:
    """A problem and its right answer."""

    problem: Problem
    gold: str


def math_problems(n: int, seed: int = 0) -> list[Posed]:
    """n different problems in words whose answer is a whole number."""
    return [_shelf(number, Random(f"math/{seed}/{number}")) for number in range(n)]


def choice_problems(n: int, seed: int = 0) -> list[Posed]:
    """n different problems whose answer is one of the letters A to E."""
    return [_choice(number, Random(f"choice/{seed}/{number}")) for number in range(n)]


def gold_of(posed: Iterable[Posed]) -> dict[str, str]:
    """Right answers by the text of the problem: what `SimulatedBackend(gold=...)` takes."""
    return {one.problem.text: one.gold for one in posed}


def _shelf(number: int, rng: Random) -> Posed:
    boxes, pens, missing = rng.randint(2, 40), rng.randint(2, 40), rng.randint(0, 9)
    text = f"Shelf {number} holds {boxes} boxes of {pens} pens each, and {missing} pens lie beside it. How many pens?"
    return Posed(Problem(text, id=f"math-{number}"), str(boxes * pens + missing))


def _choice(number: int, rng: Random) -> Posed:
    values = rng.sample(range(10, 100), 5)
    shown = ", ".join(f"({letter}) {value}" for letter, value in zip("ABCDE", values, strict=True))
    text = f"Question {number}: which of these numbers is the largest? {shown}"
    return Posed(Problem(text, id=f"choice-{number}", domain="choice"), "ABCDE"[values.index(max(values))])
