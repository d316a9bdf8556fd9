"""Means with honest intervals. Samples of one problem are not independent, so every interval is over problems."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Kind = Literal["counts", "signs"]

RESAMPLES = 4000
LEVEL = 0.95
BLOCK = 4_000_000
"""Numbers of a resampling that are held at once; smaller ones are kept for the next comparison of as many problems."""


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
    low, high = _percentiles([block @ array / n for block in _blocks("counts", n, seed)])
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
    far = abs(gaps.sum()) - 1e-9
    extreme = sum(int(np.sum(np.abs(block @ gaps) >= far)) for block in _blocks("signs", gaps.size, seed))
    return Difference(mean.value, mean.se, mean.low, mean.high, mean.n, (1 + extreme) / (1 + RESAMPLES))


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values corrected so that the chance of any false finding stays below the level (Holm 1979): same order."""
    order = sorted(range(len(p_values)), key=lambda i: p_values[i])
    corrected, largest = [0.0] * len(order), 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * p_values[index]))
        corrected[index] = largest
    return corrected


def _percentiles(blocks: Sequence[Values]) -> tuple[float, float]:
    tail = 100 * (1 - LEVEL) / 2
    low, high = np.percentile(np.concatenate(blocks), [tail, 100 - tail])
    return float(low), float(high)


def _blocks(what: Kind, n: int, seed: int) -> Iterable[Values]:
    """RESAMPLES random rows of n numbers, in blocks: how often each problem is drawn, or a sign for each."""
    if RESAMPLES * n <= BLOCK:
        return (_rows(what, n, seed, RESAMPLES),)
    size = max(1, BLOCK // n)
    starts = range(0, RESAMPLES, size)
    return (_drawn(what, n, (seed, start), min(size, RESAMPLES - start)) for start in starts)


@lru_cache(maxsize=8)
def _rows(what: Kind, n: int, seed: int, rows: int) -> Values:
    return _drawn(what, n, (seed,), rows)


def _drawn(what: Kind, n: int, seed: tuple[int, ...], rows: int) -> Values:
    rng = np.random.default_rng(seed)
    if what == "signs":
        return (rng.integers(0, 2, (rows, n)) * 2 - 1).astype(np.float64)
    return rng.multinomial(n, np.full(n, 1 / n), rows).astype(np.float64)
