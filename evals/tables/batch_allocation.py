"""Share one budget among many problems, each with a curve of value against cost, by one price for all of them.

The market of `ttc.auto.market` does it step by step; this does it at once, to compare with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ttc.auto.concave_hull import Curve, concave_hull, slope

_BISECTIONS = 100


@dataclass(frozen=True, slots=True)
class BatchAllocation:
    """A point for each problem."""

    choices: tuple[int, ...]  # index into each problem's curve
    cost: float
    value: float
    price: float  # value per unit of cost below which nothing more is bought


def choose_at_price(curves: Sequence[Curve], price: float) -> BatchAllocation:
    """For each problem the point of highest value − price·cost, the cheapest of equals; its cost falls with price."""
    return _choose(curves, [concave_hull(curve) for curve in curves], price)


def allocate_batch(curves: Sequence[Curve], budget: float) -> BatchAllocation:
    """Most value for at most `budget`: the price is found by bisection (Everett, 1963, Lagrange multipliers).

    Optimal for what it spends. Up to one step of one problem may stay unspent, as hull points cannot be split.
    """
    hulls = [concave_hull(curve) for curve in curves]
    steepest = [slope(curve, hull[0], hull[1]) for curve, hull in zip(curves, hulls, strict=True) if len(hull) > 1]
    low, high = 0.0, max(steepest, default=0.0)
    allocation = _choose(curves, hulls, high)
    if allocation.cost > budget:
        raise ValueError(f"budget={budget} is less than {allocation.cost}, the cheapest point of every curve")
    everything = _choose(curves, hulls, 0.0)
    if everything.cost <= budget:
        return everything
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        trial = _choose(curves, hulls, middle)
        if trial.cost <= budget:
            high, allocation = middle, trial
        else:
            low = middle
    return allocation


def _choose(curves: Sequence[Curve], hulls: Sequence[list[int]], price: float) -> BatchAllocation:
    choices = []
    for curve, hull in zip(curves, hulls, strict=True):
        at = 0
        while at + 1 < len(hull) and slope(curve, hull[at], hull[at + 1]) > price:
            at += 1
        choices.append(hull[at])
    points = [curve[i] for curve, i in zip(curves, choices, strict=True)]
    return BatchAllocation(tuple(choices), sum(cost for cost, _ in points), sum(value for _, value in points), price)
