"""How far scores can be trusted: reliability table, calibration errors, error rates, and what they allow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ttc.errors import check_range
from ttc.search.imperfect_verifier import RetryModel
from ttc.verifiers.calibration import labelled

Right = Sequence[bool] | NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Bin:
    """Candidates with scores in one interval.

    Args:
        low: The least score.
        high: The bound of the scores, left out but for 1.
        count: How many candidates.
        score: Their mean score.
        right: The share that is right.
    """

    low: float
    high: float
    count: int
    score: float
    right: float


def reliability(scores: ArrayLike, right: Right, bins: int = 10) -> list[Bin]:
    """The reliability table over equal intervals of [0, 1], without empty ones. The last interval includes 1.

    Args:
        scores: [n] in [0, 1]; nan = left out.
        right: [n] whether each candidate is right.
        bins: Intervals.
    """
    check_range("[1, inf)", "10 is usual", bins=bins)
    values, labels = labelled(scores, right)
    number = np.minimum((values * bins).astype(int), bins - 1)
    return [
        Bin(b / bins, (b + 1) / bins, int(here.sum()), float(values[here].mean()), float(labels[here].mean()))
        for b in range(bins)
        if (here := number == b).any()
    ]


def calibration_error(scores: ArrayLike, right: Right, bins: int = 10) -> float:
    """Expected calibration error: the mean of |score - share right| over candidates, bin by bin; nan without any.

    Args:
        scores: As for `reliability`.
        right: As for `reliability`.
        bins: As for `reliability`.
    """
    table = reliability(scores, right, bins)
    total = sum(b.count for b in table)
    return math.fsum(b.count * abs(b.score - b.right) for b in table) / total if total else math.nan


@dataclass(frozen=True, slots=True)
class ErrorRates:
    """A verifier that accepts scores from a threshold on, measured on labelled candidates.

    Args:
        threshold: The least score that is accepted.
        completeness: The share of right ones that are accepted (true-positive rate).
        false_positive: The share of wrong ones that are accepted.
        interval: The 95 % Wilson interval of `false_positive`.
        rate: The share of candidates that are right.
        abstained: The share without a score.
    """

    threshold: float
    completeness: float
    false_positive: float
    interval: tuple[float, float]
    rate: float
    abstained: float

    def model(
        self,
        wrong_value: float = 0.0,
        shares: tuple[float, ...] = (1.0,),
        rates: tuple[float, ...] | None = None,
    ) -> RetryModel:
        """Drawing until this verifier accepts, as a model of the fLaws of scaling (arXiv 2411.17501).

        Args:
            wrong_value: What accepting a wrong answer is worth; a right one is worth 1.
            shares: Those of the difficulties.
            rates: For each difficulty, P(a candidate is right); None = all problems are as hard as the measured ones.
        """
        return RetryModel(
            shares, rates or (self.rate,), self.completeness, 1.0 - self.false_positive, wrong_value=wrong_value
        )

    @property
    def ceiling(self) -> float:
        """P(right | accepted): what no number of candidates exceeds on problems as hard as the measured ones."""
        return self.model().accepted_accuracy(self.rate)


def error_rates(scores: ArrayLike, right: Right, threshold: float = 0.5) -> ErrorRates:
    """Measure a verifier; nan where there were no right, or no wrong, candidates to measure it on.

    Args:
        scores: [n] in [0, 1]; nan = abstained.
        right: [n] whether each candidate is right.
        threshold: The least score that is accepted.
    """
    values, labels = labelled(scores, right)
    accepted = values >= threshold
    good, bad = labels > 0, labels == 0
    return ErrorRates(
        threshold,
        _share(accepted[good]),
        _share(accepted[bad]),
        wilson(int(accepted[bad].sum()), int(bad.sum())),
        _share(good),
        1.0 - len(values) / max(1, len(np.asarray(right))),
    )


def _share(which: NDArray[np.bool_]) -> float:
    return float(which.mean()) if which.size else math.nan


def wilson(hits: float, n: float) -> tuple[float, float]:
    """The 95 % interval of Wilson (1927) for a share; (0, 1) without data. `n` may be an effective number."""
    if n == 0:
        return 0.0, 1.0
    z = 1.959964
    share, extra = hits / n, z * z / n
    middle = (share + extra / 2) / (1 + extra)
    half = z / (1 + extra) * math.sqrt(share * (1 - share) / n + extra / (4 * n))
    return max(0.0, middle - half), min(1.0, middle + half)
