"""Means with honest intervals. Samples of one problem are not independent, so every interval is over problems."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ttc.verifiers.reliability import wilson

Values = NDArray[np.float64]
Kind = Literal["counts", "signs"]

RESAMPLES = 4000
LEVEL = 0.95
BLOCK = 4_000_000
"""Numbers of a resampling that are held at once; smaller ones are kept for the next comparison of as many problems."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over problems, its standard error and its 95 % interval: Wilson's for accuracies, else the bootstrap."""

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


def proportion(values: Sequence[float] | Values, draws: float = 1) -> Estimate:
    """The mean of accuracies of problems and Wilson's interval. `values` [problems] in [0, 1] are means of `draws`.

    The interval is that of a share m of n_eff independent problems. For values that are 0 or 1, n_eff is their number
    n. A mean over several draws varies less than 0 or 1: n_eff = n * m (1 - m) / variance, at most n * draws. It is n
    where the variance says nothing (it is 0, or m is 0 or 1). So the interval is never of width zero.

    For every share from .03 to .97 of 30 problems its coverage is .916 to .981; that of the percentile bootstrap falls
    to .79. (Wilson 1927; Brown, Cai and DasGupta 2001.) SE as in `estimate`.
    """
    array = np.asarray(values, dtype=float)
    n = array.size
    if not n:
        return Estimate(math.nan, math.nan, math.nan, math.nan, 0)
    if not (array.min() >= -1e-9 and array.max() <= 1 + 1e-9):
        raise ValueError(
            f"accuracies from {array.min():g} to {array.max():g} must be in [0, 1]; use estimate for costs"
        )
    mean = min(1.0, max(0.0, float(array.mean())))
    variance, effective = float(array.var()), float(n)
    if variance > 1e-12 and 0 < mean < 1:
        effective = n * min(max(1.0, draws), mean * (1 - mean) / variance)
    return Estimate(mean, _standard_error(array), *wilson(mean * effective, effective), n)


def estimate(values: Sequence[float] | Values, seed: int = 0) -> Estimate:
    """The mean of per-problem means `values` [problems] of any size: costs, counts, paired differences.

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
    return Estimate(float(array.mean()), _standard_error(array), low, high, n)


def difference(first: Sequence[float] | Values, second: Sequence[float] | Values, seed: int = 0) -> Difference:
    """first - second, paired by problem; p from random flips of the signs of the differences.

    If the two were exchangeable, every difference could as well have the other sign. p is the share of 4000 random
    flips whose mean is at least as far from 0, the observed one counted in.
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
    """p-values corrected so that the chance of any false finding stays below the level (Holm 1979): same order.

    nan is the p of a comparison that could not be made: it stays nan, and does not count among the comparisons.
    """
    order = sorted((i for i, p in enumerate(p_values) if not math.isnan(p)), key=lambda i: p_values[i])
    corrected, largest = [math.nan] * len(p_values), 0.0
    for rank, index in enumerate(order):
        largest = max(largest, min(1.0, (len(order) - rank) * p_values[index]))
        corrected[index] = largest
    return corrected


def _standard_error(array: Values) -> float:
    """Of a mean over problems; nan for a single one."""
    return float(array.std(ddof=1) / math.sqrt(array.size)) if array.size > 1 else math.nan


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
