"""Means with honest intervals. Samples of one problem are not independent, so every interval is over problems."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

RESAMPLES = 4000
LEVEL = 0.95
_BLOCK = 2_000_000
"""Numbers of a resampling that are held at once."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over problems: its standard error and its 95 % interval from the cluster bootstrap."""

    value: float
    se: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean of paired differences over problems; p is two-sided, `p_holm` corrected for all comparisons made."""

    value: float
    se: float
    low: float
    high: float
    n: int
    p: float
    p_holm: float = math.nan


def estimate(values: Sequence[float] | Values, seed: int = 0) -> Estimate:
    """The mean of per-problem means `values` [problems].

    SE = sd / sqrt(problems), with n - 1 in the sd (Miller 2024, arXiv 2411.00640); the interval resamples problems
    with replacement (percentile bootstrap). One problem has no spread to estimate from: SE and interval are nan.
    """
    array = np.asarray(values, dtype=float)
    n = array.size
    if not n:
        return Estimate(math.nan, math.nan, math.nan, math.nan, 0)
    if n == 1:
        return Estimate(float(array[0]), math.nan, math.nan, math.nan, 1)
    low, high = _percentiles(_bootstrap_means(array, seed))
    return Estimate(float(array.mean()), float(array.std(ddof=1) / math.sqrt(n)), low, high, n)


def difference(first: Sequence[float] | Values, second: Sequence[float] | Values, seed: int = 0) -> Difference:
    """first - second, paired by problem; p from random flips of the signs of the differences.

    If the two were exchangeable, every difference could as well have the other sign; p is the share of 4000 random
    flips, the observed one counted in, whose mean is at least as far from 0.
    """
    one, two = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    if one.shape != two.shape:
        raise ValueError(f"{one.size} and {two.size} problems cannot be paired; compare runs on the same problems")
    gaps = one - two
    mean = estimate(gaps, seed)
    if not gaps.size:
        return Difference(math.nan, math.nan, math.nan, math.nan, 0, math.nan)
    moved = gaps[gaps != 0]
    rng, extreme = np.random.default_rng(seed), 0
    for size in _blocks(moved.size):
        signs = rng.integers(0, 2, (size, moved.size)) * 2 - 1
        extreme += int(np.sum(np.abs(signs @ moved) >= abs(moved.sum()) - 1e-9))
    return Difference(mean.value, mean.se, mean.low, mean.high, mean.n, (1 + extreme) / (1 + RESAMPLES))


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values corrected so that the chance of any false finding stays below the level (Holm 1979): same order."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    corrected, largest = [0.0] * len(order), 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * p_values[index]))
        corrected[index] = largest
    return corrected


def _bootstrap_means(values: Values, seed: int) -> Values:
    rng = np.random.default_rng(seed)
    blocks = [values[rng.integers(0, values.size, (size, values.size))].mean(axis=1) for size in _blocks(values.size)]
    return np.concatenate(blocks)


def _percentiles(means: Values) -> tuple[float, float]:
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.percentile(means, [tail, 100 - tail])
    return float(low), float(high)


def _blocks(width: int) -> list[int]:
    """RESAMPLES split so that a block of rows of `width` numbers stays small in memory."""
    size = max(1, min(RESAMPLES, _BLOCK // max(1, width)))
    whole, rest = divmod(RESAMPLES, size)
    return [size] * whole + [rest] * (rest > 0)
