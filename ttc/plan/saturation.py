"""Where more candidates, or more rounds, stop paying: the model of TTSPM (2025, arXiv:2505.20522)."""

from __future__ import annotations

import math


def saturating_accuracy(n: float, rate: float, limit: float = 1.0) -> float:
    """Accuracy after n candidates or rounds: limit·(1 − (1 − rate)^n)."""
    _check(rate, limit)
    return limit * (1.0 - float((1.0 - rate) ** n))


def saturation_n(rate: float, gain: float, limit: float = 1.0) -> int:
    """Least n >= 1 after which one more adds at most `gain`: ⌈ln(gain / (limit·rate)) / ln(1 − rate)⌉.

    `rate` is the success chance of a candidate, or of a round to leave the wrong answers. It is for coverage, unless it
    is adjusted for how the answer is selected. When already the first adds at most `gain`, the formula would be
    negative; the result is 1.
    """
    _check(rate, limit)
    if not gain > 0:
        raise ValueError(f"gain={gain} must be positive: a gain of 0 is never reached")
    if limit * rate <= gain or rate == 1:
        return 1
    return max(1, math.ceil(math.log(gain / (limit * rate)) / math.log1p(-rate) - 1e-9))


def _check(rate: float, limit: float) -> None:
    if not (0 <= rate <= 1 and 0 <= limit <= 1):
        raise ValueError(f"rate={rate} and limit={limit} must be in [0, 1]")
