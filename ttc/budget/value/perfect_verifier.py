"""Share candidates among problems when a perfect verifier picks the right one and success rates are known.

Another candidate of a problem with rate p gains p·(1 − p)^b after b of them, which falls with b: greedy is optimal.
Damani et al., 2024, "Learning how hard to think", arXiv:2410.04707, do this with a learned predictor of the gain.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence


def greedy_allocation(rates: Sequence[float], budget: int) -> list[int]:
    """Candidates for each problem, `budget` in all, each given where it gains most (ties: the earlier problem)."""
    _check(rates)
    if budget < 0:
        raise ValueError(f"budget={budget} must not be negative")
    counts = [0] * len(rates)
    heap = [(-rate, i) for i, rate in enumerate(rates)]
    heapq.heapify(heap)
    for _ in range(budget if rates else 0):
        gain, i = heap[0]
        counts[i] += 1
        heapq.heapreplace(heap, (gain * (1 - rates[i]), i))
    return counts


def water_filling(rates: Sequence[float], price: float) -> list[int]:
    """Candidates that gain at least `price` each: 0 if p < price, else ⌊1 + ln(price / p) / ln(1 − p)⌋."""
    _check(rates)
    if not price > 0:
        raise ValueError(f"price={price} must be positive: at price 0 every candidate is worth buying")
    return [_worth_buying(rate, price) for rate in rates]


def _worth_buying(rate: float, price: float) -> int:
    if rate < price:
        return 0
    if rate == 1:
        return 1
    return math.floor(1 + math.log(price / rate) / math.log1p(-rate) + 1e-9)


def solved_share(rates: Sequence[float], counts: Sequence[int]) -> float:
    """Expected share of problems solved: mean of 1 − (1 − p)^count."""
    return math.fsum(1 - (1 - rate) ** count for rate, count in zip(rates, counts, strict=True)) / len(rates)


def _check(rates: Sequence[float]) -> None:
    for rate in rates:
        if not 0 <= rate <= 1:
            raise ValueError(f"rate {rate} must be in [0, 1]")
