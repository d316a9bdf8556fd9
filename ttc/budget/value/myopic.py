"""When to give up on a problem whose success rate is unknown, with a perfect verifier.

Under a Beta(alpha, beta) prior the chance that the next candidate is right, alpha / (alpha + beta + failures), falls
with every failure, so looking one step ahead is optimal, also across problems.
"""

from __future__ import annotations

import math


def next_success(alpha: float, beta: float, failures: int) -> float:
    """Chance that the next candidate is right after `failures` wrong ones; the index to rank problems by."""
    if not (alpha > 0 and beta > 0):
        raise ValueError(f"alpha={alpha} and beta={beta} must be positive")
    return alpha / (alpha + beta + failures)


def failures_to_stop(alpha: float, beta: float, value: float, cost: float) -> int:
    """Failures after which value·next_success < cost: ⌊alpha·value/cost − alpha − beta⌋ + 1, at least 0.

    `value` of a right answer and `cost` of a candidate are in the same unit.
    """
    next_success(alpha, beta, 0)
    if not (value >= 0 and cost > 0):
        raise ValueError(f"value={value} must not be negative and cost={cost} must be positive")
    return max(0, math.floor(alpha * value / cost - alpha - beta) + 1)
