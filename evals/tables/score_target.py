"""OptScale: how many candidates until the best score reaches a target (Wang et al., 2025, arXiv:2506.22376).

Scores of one problem are taken as normal, truncated to [0, 1]. This optimises the score, not correctness.
"""

from __future__ import annotations

import math
from collections.abc import Sequence


def truncated_normal_cdf(score: float, mean: float, sd: float) -> float:
    """P(a score is at most `score`) for Normal(mean, sd²) truncated to [0, 1]."""
    if not sd > 0:
        raise ValueError(f"sd={sd} must be positive")
    if score <= 0:
        return 0.0
    if score >= 1:
        return 1.0
    low, here, high = (_normal_cdf((x - mean) / sd) for x in (0.0, score, 1.0))
    if high == low:  # all of the mass lies at the end that is nearer to the mean
        return 0.0 if mean > 1 else 1.0
    return (here - low) / (high - low)


def candidates_for_score(mean: float, sd: float, target: float, quantile: float) -> int:
    """Least n whose best score misses `target` with chance at most `quantile`: ⌈ln quantile / ln F(target)⌉.

    `target` in [0, 1), `quantile` in (0, 1); F is `truncated_normal_cdf`.
    """
    if not 0 <= target < 1:
        raise ValueError(f"target={target} must be in [0, 1): no number of candidates is sure to exceed 1")
    if not 0 < quantile < 1:
        raise ValueError(f"quantile={quantile} must be in (0, 1)")
    below = truncated_normal_cdf(target, mean, sd)
    if below == 0:
        return 1
    if below == 1:
        raise ValueError(f"target={target} is out of reach for scores of mean {mean} and sd {sd}: lower it")
    return max(1, math.ceil(math.log(quantile) / math.log(below)))


def fit_truncated_normal(scores: Sequence[float]) -> tuple[float, float]:
    """Maximum-likelihood (mean, sd) of the underlying normal from a few scores in [0, 1], at least two distinct ones.

    The mean is sought in [−1, 2] and the sd in [0.01, 2]: scores that all sit at an end would send them to infinity.
    """
    import numpy as np
    from scipy.optimize import minimize
    from scipy.stats import truncnorm

    data = np.asarray(scores, dtype=float)
    if np.unique(data).size < 2 or data.min() < 0 or data.max() > 1:
        raise ValueError(f"scores {list(scores)} must lie in [0, 1] and at least two must differ")

    def loss(parameters: np.ndarray) -> float:
        mean, sd = parameters
        return -float(truncnorm.logpdf(data, -mean / sd, (1 - mean) / sd, mean, sd).mean())

    start = [float(data.mean()), max(0.02, float(data.std()))]
    found = minimize(loss, start, method="L-BFGS-B", bounds=[(-1.0, 2.0), (0.01, 2.0)])
    return float(found.x[0]), float(found.x[1])


def _normal_cdf(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2))
