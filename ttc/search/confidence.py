"""Confidence read from the log-probabilities of tokens: DeepConf (Fu et al. 2025, arXiv 2508.15260) and self-certainty.

A token's confidence C_t is the mean surprise of its k most likely tokens. A peaked distribution leaves the others
very unlikely, so a higher value means more confident. All log-probabilities are natural logs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

WINDOW = 2048  # tokens in a group, as in the paper


def token_confidence(top_logprobs: Sequence[Sequence[float]], k: int = 20) -> NDArray[np.float64]:
    """Return C_t = -(1/k) sum of the k largest log-probabilities, one for each token.

    Servers add the chosen token as entry k+1 when it is not among the top k; taking the k largest drops it. A position
    with fewer than k entries is averaged over what it has, one without any is nan.
    """
    if k < 1:
        raise ValueError(f"k must be >= 1, got {k}; the paper uses 20")
    largest = [sorted(row, reverse=True)[:k] for row in top_logprobs]
    return np.array([-sum(row) / len(row) if row else np.nan for row in largest], dtype=float)


def group_confidences(confidences: ArrayLike, window: int = WINDOW) -> NDArray[np.float64]:
    """Return the mean of every full window of `window` tokens; the mean of all if they are fewer, [] if none."""
    tokens = _tokens(confidences, window)
    if tokens.size < window:
        return tokens.mean(keepdims=True) if tokens.size else tokens
    summed = np.concatenate([[0.0], np.cumsum(tokens)])
    means: NDArray[np.float64] = (summed[window:] - summed[:-window]) / window
    return means


def mean_confidence(confidences: ArrayLike) -> float:
    """Return the mean over all tokens; nan without tokens."""
    tokens = _tokens(confidences, 1)
    return float(tokens.mean()) if tokens.size else float("nan")


def tail_confidence(confidences: ArrayLike, window: int = WINDOW) -> float:
    """Return the mean over the last `window` tokens; nan without tokens."""
    return mean_confidence(_tokens(confidences, window)[-window:])


def bottom_confidence(confidences: ArrayLike, window: int = WINDOW, part: float = 0.1) -> float:
    """Return the mean of the lowest groups, at least one; nan without tokens.

    Args:
        confidences: C_t of each token.
        window: Tokens of a group.
        part: Which share of the groups, in (0, 1].
    """
    if not 0 < part <= 1:
        raise ValueError(f"part must be in (0, 1], got {part}; the paper uses 0.1")
    groups = np.sort(group_confidences(confidences, window))
    return mean_confidence(groups[: max(1, int(part * groups.size))])


def lowest_confidence(confidences: ArrayLike, window: int = WINDOW) -> float:
    """Return the confidence of the least confident group; nan without tokens."""
    groups = group_confidences(confidences, window)
    return float(groups.min()) if groups.size else float("nan")


def keep_threshold(confidences: ArrayLike, eta: float = 90.0) -> float:
    """Return the bar that keeps the most confident `eta` percent: the (100 - eta)-th percentile.

    Online, `confidences` are the lowest groups of the warm-up candidates. A smaller eta sets a HIGHER bar. eta = 10,
    the paper's low, is the 90th percentile and stops most streams. eta = 90, the paper's high, is the 10th percentile.
    """
    if not 0 < eta <= 100:
        raise ValueError(f"eta must be in (0, 100] percent kept, got {eta}; the paper uses 10 and 90")
    known = np.asarray(confidences, dtype=float)
    known = known[~np.isnan(known)]
    if not known.size:
        raise ValueError("confidences has no number in it: give at least one warm-up candidate with log-probabilities")
    return float(np.percentile(known, 100.0 - eta))


class GroupMeter:
    """The mean of the latest window of one stream, token by token, for stopping it online."""

    def __init__(self, window: int = WINDOW) -> None:
        _check_window(window)
        self.window = window
        self._latest: deque[float] = deque(maxlen=window)
        self._sum = 0.0

    def add(self, confidence: float) -> float | None:
        """Take in the next C_t; return the mean of the last `window` tokens, None before `window` tokens are seen."""
        if len(self._latest) == self.window:
            self._sum -= self._latest[0]
        self._latest.append(confidence)
        self._sum += confidence
        return self._sum / self.window if len(self._latest) == self.window else None


def _tokens(confidences: ArrayLike, window: int) -> NDArray[np.float64]:
    """Return the confidences as a flat array without nan."""
    _check_window(window)
    tokens: NDArray[np.float64] = np.asarray(confidences, dtype=float).ravel()
    known: NDArray[np.float64] = tokens[~np.isnan(tokens)]
    return known


def _check_window(window: int) -> None:
    if window < 1:
        raise ValueError(f"window must be >= 1 token, got {window}; the paper uses {WINDOW}")
