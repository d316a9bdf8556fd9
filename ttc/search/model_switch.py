"""Ask the next model only where the last one disagrees with itself (ModelSwitch, JianhaoChen-nju/ModelSwitch)."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

import numpy as np
from numpy.typing import NDArray

from ttc.search.entropy import semantic_entropy
from ttc.search.voting import ABSTAIN, majority


def consistent(labels: Sequence[int], threshold: float = 1.0, least: int = 2) -> bool:
    """Say whether one model agrees with itself.

    Args:
        labels: The answer group of each of its candidates; -1 = no answer.
        threshold: The share of the valid votes that the leader must hold, in (0, 1].
        least: Valid votes that there must be. Without it one readable answer of five would be unanimous.
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"threshold must be in (0, 1], got {threshold}; 1 asks for unanimity")
    votes = sum(label != ABSTAIN for label in labels)
    return votes >= max(least, 1) and max(majority(labels).shares.values()) >= threshold - 1e-12


def agreement_weight(labels: Sequence[int]) -> float:
    """Return the weight of one model's votes: 1/n + (1 - 1/n)(1 - H/H_max), n its valid votes.

    H is the entropy of its answers, and H_max the log of how many different ones there are. A unanimous model weighs 1.
    It weighs 1/n when all answers differ, or split evenly, and 0 without a valid vote. It jumps: [A, A, A, A, B] weighs
    .422.
    """
    votes = [label for label in labels if label != ABSTAIN]
    if not votes:
        return 0.0
    kinds = len(set(votes))
    scatter = semantic_entropy(votes) / log(kinds) if kinds > 1 else 0.0
    return 1 / len(votes) + (1 - 1 / len(votes)) * (1 - scatter)


def candidate_weights(by_model: Sequence[Sequence[int]], trust: Sequence[float] | None = None) -> NDArray[np.float64]:
    """Return the weights of all candidates, model after model, for `voting.weighted`.

    Each candidate casts its model's `agreement_weight` times the model's `trust` (default 1 each, as released).
    """
    trusted = [1.0] * len(by_model) if trust is None else trust
    pairs = zip(by_model, trusted, strict=True)
    weights = [np.full(len(labels), share * agreement_weight(labels)) for labels, share in pairs]
    return np.concatenate(weights) if weights else np.zeros(0)


def expected_candidates(shares: Sequence[Sequence[float]], n: int) -> float:
    """Return the expected number of candidates with n a model and unanimity as the test.

    `shares` holds each model's answer probabilities; model j is asked if none before it was unanimous: n · sum_j
    prod_{i<j} (1 - sum_a p_{i,a}^n).
    """
    asked, expected = 1.0, 0.0
    for answers in shares:
        expected += asked * n
        asked *= 1 - sum(share**n for share in answers)
    return expected
