"""Reservation values: open the box with the highest one, and stop when the best found exceeds all others.

Weitzman, 1979, "Optimal search for the best alternative"; for candidates: Kalayci et al., 2025, arXiv:2510.01394. The
reservation value τ of a box with prize v and cost c solves E[max(v − τ, 0)] = c. Strategies are boxes, too. Where c
exceeds what any τ inside the prize's range allows, τ = E[v] − c lies below it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence


def reservation_uniform(cost: float, low: float = 0.0, high: float = 1.0) -> float:
    """Prize uniform on [low, high]: τ = high − √(2·cost·(high − low))."""
    _positive(cost)
    if not high > low:
        raise ValueError(f"high={high} must exceed low={low}")
    inside = high - math.sqrt(2 * cost * (high - low))
    return inside if inside >= low else (low + high) / 2 - cost


def reservation_exponential(cost: float, rate: float = 1.0) -> float:
    """Prize exponential with mean 1/rate: τ = −ln(rate·cost) / rate."""
    _positive(cost)
    if not rate > 0:
        raise ValueError(f"rate={rate} must be positive")
    return -math.log(rate * cost) / rate if rate * cost <= 1 else 1 / rate - cost


def reservation_normal(cost: float, mean: float = 0.0, sd: float = 1.0) -> float:
    """Prize normal: τ = mean + sd·z with φ(z) − z·(1 − Φ(z)) = cost / sd."""
    from scipy.optimize import brentq

    _positive(cost)
    if not sd > 0:
        raise ValueError(f"sd={sd} must be positive")

    def excess(z: float) -> float:
        upper = 0.5 * math.erfc(z / math.sqrt(2))
        return math.exp(-z * z / 2) / math.sqrt(2 * math.pi) - z * upper - cost / sd

    return mean + sd * float(brentq(excess, -cost / sd - 1, 40.0, xtol=1e-13))


def reservation_bernoulli(cost: float, rate: float, prize: float = 1.0) -> float:
    """Prize won with chance `rate`, else 0: τ = prize − cost / rate."""
    _positive(cost)
    if not 0 < rate <= 1:
        raise ValueError(f"rate={rate} must be in (0, 1]")
    return prize - cost / rate if cost <= rate * prize else rate * prize - cost


def reservation_empirical(cost: float, prizes: Sequence[float]) -> float:
    """Prize equally likely any of the recorded ones: τ = max_m (sum of the m largest − len(prizes)·cost) / m.

    E[max(v − τ, 0)] is the largest of the lines (top_m − m·τ) / len(prizes), so τ is where the last of them meets c.
    """
    _positive(cost)
    if not prizes:
        raise ValueError("prizes are empty: give at least one recorded prize")
    best, top = -math.inf, 0.0
    for m, prize in enumerate(sorted(prizes, reverse=True), start=1):
        top += prize
        best = max(best, (top - len(prizes) * cost) / m)
    return best


def _positive(cost: float) -> None:
    if not cost > 0:
        raise ValueError(f"cost={cost} must be positive: a free box is always opened")
