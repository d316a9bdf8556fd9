"""Votes over groups of equal answers.

Answers arrive as integer labels, one for each candidate in index order: equal label = equivalent answer, `ABSTAIN`
(-1) = no answer could be read. An abstention never wins; if all abstain the winner is None. Weights that are nan
(could not judge) are left out. A vote in which no weight is left over zero carries no information and falls back to
counting heads.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ttc.search.confidence import keep_threshold

ABSTAIN = -1
SAME = 1e-12  # relative difference below which two sums of weights are a tie and not a rounding error


@dataclass(frozen=True, slots=True)
class Vote:
    """Outcome of a vote.

    Args:
        winner: A label, or None if no candidate voted.
        shares: Label -> its part of the votes cast, in order of the first vote; they sum to 1.
        tied: All labels that share the lead, in the same order.
    """

    winner: int | None
    shares: dict[int, float]
    tied: tuple[int, ...]


def majority(labels: Sequence[int], *, rng: np.random.Generator | None = None) -> Vote:
    """Plurality vote (self-consistency; Wang et al. 2022, arXiv 2203.11171). Ties: see `weighted`."""
    return _elect(_by_label(labels, np.ones(len(labels))), rng)


def weighted(labels: Sequence[int], weights: ArrayLike, *, rng: np.random.Generator | None = None) -> Vote:
    """Vote in which candidate i casts `weights[i]` (weighted best-of-N when the weights are verifier scores).

    Args:
        labels: [n] the answer group of each candidate; -1 abstains.
        weights: [n], >= 0; nan = left out.
        rng: Draws a tie uniformly; None: a tie goes to the label that was voted for first.
    """
    weights = np.asarray(weights, dtype=float)
    if weights.shape != (len(labels),):
        raise ValueError(f"weights has shape {weights.shape}, needs one weight for each of the {len(labels)} labels")
    if np.any(weights < 0) or np.any(np.isinf(weights)):
        raise ValueError(
            f"weights must be finite and >= 0 (nan = left out), got {weights.tolist()}; use `cisc` for signed scores"
        )
    totals = _by_label(labels, weights)
    if not any(total > 0 for total in totals.values()):
        return majority(labels, rng=rng)
    return _elect(totals, rng)


def shortest_majority(labels: Sequence[int], lengths: ArrayLike) -> Vote:
    """Shortest majority vote: label a scores c_a / ln L_a (Zeng et al. 2025, arXiv 2502.12215).

    c_a counts the votes for a and L_a is their mean length in tokens. The score depends on the unit, so `lengths` must
    be in tokens; L_a below 2 is taken as 2, where ln is still positive.
    """
    lengths = np.asarray(lengths, dtype=float)
    if lengths.shape != (len(labels),) or not np.all(lengths >= 0):
        raise ValueError(f"lengths must be {len(labels)} token counts >= 0, got {lengths.tolist()}")
    counts = _by_label(labels, np.ones(len(labels)))
    tokens = _by_label(labels, lengths)
    scores = {label: count / math.log(max(tokens[label] / count, 2.0)) for label, count in counts.items()}
    return _elect(scores, None)


def cisc(labels: Sequence[int], confidences: ArrayLike, *, temperature: float = 1.0) -> Vote:
    """Confidence-informed self-consistency: vote with `cisc_weights` (Taubenfeld et al. 2025, arXiv 2502.06233).

    Weights are relative to the surest voter: beside a surer abstention those of all voters could come to 0.

    Args:
        labels: [n] the answer group of each candidate; -1 abstains.
        confidences: [n]; nan = left out.
        temperature: > 0.
    """
    own = np.array(confidences, dtype=float)
    if own.shape == (len(labels),):  # `weighted` refuses any other shape
        own[np.asarray(labels, dtype=int) == ABSTAIN] = np.nan
    return weighted(labels, cisc_weights(own, temperature))


def cisc_weights(confidences: ArrayLike, temperature: float) -> NDArray[np.float64]:
    """Return softmax(confidence / temperature), nan where the confidence is nan.

    temperature -> 0 leaves the best single candidate, infinity is the majority vote; a constant added to all
    confidences changes nothing.
    """
    if not temperature > 0:
        raise ValueError(f"temperature must be > 0, got {temperature}; math.inf is the majority vote")
    confidences = np.asarray(confidences, dtype=float)
    if np.isnan(confidences).all():
        return confidences
    scaled: NDArray[np.float64] = np.exp((confidences - np.nanmax(confidences)) / temperature)
    return scaled / np.nansum(scaled)


def deepconf(
    labels: Sequence[int],
    confidences: ArrayLike,
    *,
    eta: float = 90.0,
    threshold: float | None = None,
) -> Vote:
    """Let the most confident `eta` percent of the candidates vote by confidence (Fu et al. 2025, arXiv 2508.15260).

    If no voting candidate reaches the threshold, all vote.

    Args:
        labels: [n] the answer group of each candidate; -1 abstains.
        confidences: [n]; nan = left out.
        eta: The part that is KEPT, in percent: 10 is the paper's DeepConf-low, 90 its DeepConf-high. (The released
            wrapper's argument `confidence_percentile=90` also keeps 90 %.)
        threshold: Replaces the percentile, for example that of an online warm-up.
    """
    confidences = np.asarray(confidences, dtype=float)
    voting = (np.asarray(labels, dtype=int) != ABSTAIN) & ~np.isnan(confidences)
    if not voting.any():
        return majority(labels)
    if threshold is None:
        threshold = keep_threshold(confidences[voting], eta)
    kept = voting & (confidences >= threshold)
    return weighted(labels, np.where(kept if kept.any() else voting, confidences, np.nan))


def _by_label(labels: Sequence[int], weights: NDArray[np.float64]) -> dict[int, float]:
    """Sum the weights of each label; fsum makes the sums independent of the order of the candidates."""
    cast: dict[int, list[float]] = {}
    for label, weight in zip(labels, weights.tolist(), strict=True):
        if label < ABSTAIN:
            raise ValueError(f"label {label} is negative; labels are 0, 1, 2, ... and {ABSTAIN} for an abstention")
        if label != ABSTAIN and not math.isnan(weight):
            cast.setdefault(int(label), []).append(weight)
    return {label: math.fsum(votes) for label, votes in cast.items()}


def _elect(totals: dict[int, float], rng: np.random.Generator | None) -> Vote:
    """Pick the label with the largest total; `totals` lists labels in order of their first vote."""
    if not totals:
        return Vote(None, {}, ())
    best = max(totals.values())
    tied = tuple(label for label, total in totals.items() if total >= best * (1 - SAME))
    winner = tied[0] if rng is None else tied[int(rng.integers(len(tied)))]
    cast = math.fsum(totals.values())
    return Vote(winner, {label: total / cast for label, total in totals.items()}, tied)
