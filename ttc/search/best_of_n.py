"""Best-of-n that does not trust its reward to the end: soft best-of-n and inference-time pessimism.

A reward model is a proxy: the more candidates there are, the more the highest reward is an error of the proxy. Both
rules draw the answer from the pool with bounded weights instead of taking the top. beta > 0, in units of the
reward, sets the bound.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def soft_weights(rewards: ArrayLike, beta: float) -> NDArray[np.float64]:
    """Return P(i) = softmax(reward/beta) [n] (soft best-of-n, arXiv 2505.03156): best-of-n to uniform as beta grows."""
    rewards = _checked(rewards, beta)
    weights = np.exp((rewards - rewards.max()) / beta)
    chances: NDArray[np.float64] = weights / weights.sum()
    return chances


def pessimism_level(rewards: ArrayLike, beta: float) -> float:
    """Return the lambda that solves (1/n) sum_i relu((r_i - lambda)/beta) = 1 (arXiv 2503.21878), by sorting.

    If the j highest rewards are those above lambda, then lambda = (r_1 + ... + r_j - n beta)/j. The right j is the
    last one whose own reward still exceeds it.
    """
    ordered = np.sort(_checked(rewards, beta))[::-1]
    levels = (np.cumsum(ordered) - ordered.size * beta) / np.arange(1, ordered.size + 1)
    return float(levels[np.flatnonzero(ordered > levels)[-1]])


def pessimistic_weights(rewards: ArrayLike, beta: float) -> NDArray[np.float64]:
    """Return P(i) = relu((r_i - lambda)/beta)/n [n], which sums to 1 (InferenceTimePessimism, arXiv 2503.21878).

    Candidates below `pessimism_level` are never drawn. This samples the pool itself; accepting candidates one after
    the other with chance w_i/max w gives the same law.
    """
    values = _checked(rewards, beta)
    weights: NDArray[np.float64] = np.maximum(values - pessimism_level(values, beta), 0) / (beta * values.size)
    return weights


def _checked(rewards: ArrayLike, beta: float) -> NDArray[np.float64]:
    values: NDArray[np.float64] = np.asarray(rewards, dtype=float)
    if values.ndim != 1 or not values.size or not np.isfinite(values).all():
        raise ValueError(
            f"rewards must be a list of finite numbers, got {rewards!r}; leave out what could not be judged"
        )
    if not beta > 0:
        raise ValueError(f"beta must be > 0, got {beta}; best-of-n is the limit of a small beta")
    return values
