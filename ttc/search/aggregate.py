"""One score of a candidate out of many: its steps' scores, or repeated verdicts on it. nan = could not be judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import fsum, isnan, nan, prod


def last(steps: Sequence[float]) -> float:
    """Return the score of the last step (the usual choice for process rewards): 0 without steps or if it has none."""
    return 0.0 if not steps or isnan(steps[-1]) else steps[-1]


def lowest(steps: Sequence[float]) -> float:
    """Return the lowest score, steps without one left out: a chain is as good as its worst step; 0 if none is left."""
    return min(_known(steps), default=0.0)


def product(steps: Sequence[float]) -> float:
    """Return the product of the scores, steps without one left out: punishes long candidates; 0 if none is left."""
    known = _known(steps)
    return prod(known) if known else 0.0


def mean(steps: Sequence[float]) -> float:
    """Return the mean of the scores, steps without one left out: can hide one fatal step; 0 if none is left."""
    known = _known(steps)
    return fsum(known) / len(known) if known else 0.0


AGGREGATES: dict[str, Callable[[Sequence[float]], float]] = {
    "last": last,
    "min": lowest,
    "prod": product,
    "mean": mean,
}


def aggregate(steps: Sequence[float], how: str = "last") -> float:
    """Return one score for a candidate's steps, each in [0, 1], by the aggregate of this name."""
    if how not in AGGREGATES:
        raise ValueError(f"aggregate {how!r} is unknown; choose one of {', '.join(AGGREGATES)}")
    return AGGREGATES[how](steps)


def mean_verdict(verdicts: Sequence[float]) -> tuple[float, int]:
    """Return the mean of repeated verdicts in [0, 1] and how many abstained (nan), which the mean leaves out.

    A real 0 counts as 0. nan if all abstained.
    """
    known = _known(verdicts)
    return (fsum(known) / len(known) if known else nan), len(verdicts) - len(known)


def _known(scores: Sequence[float]) -> list[float]:
    return [score for score in scores if not isnan(score)]
