"""Semantic entropy: how widely the candidates disagree, counted in meanings and not in wordings.

Farquhar et al. 2024 (Nature 630, doi 10.1038/s41586-024-07421-0) and Kuhn et al. 2023 (arXiv 2302.09664). All
entropies in nats. The plug-in value of m candidates in c clusters is too low by about (c - 1)/(2m) (Miller-Madow).
So few candidates always look sure. A threshold holds for one m only, or for the value normalised by ln m.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ttc.search.voting import ABSTAIN


def alone(labels: Sequence[int]) -> list[int]:
    """Give every abstention a cluster of its own: an unreadable answer agrees with no other (the cautious reading)."""
    fresh = max(labels, default=ABSTAIN) + 1
    own: list[int] = []
    for label in labels:
        own.append(fresh if label == ABSTAIN else label)
        fresh += label == ABSTAIN
    return own


def cluster_masses(labels: Sequence[int], logprobs: ArrayLike | None = None) -> NDArray[np.float64]:
    """Return p(C) of each cluster in order of first appearance; abstentions are left out (see `alone`).

    Without `logprobs` it is the share of candidates (discrete). `logprobs` [n] are l_i, the mean token log-probability
    of each candidate. Then p(C) is sum_{i in C} e^{l_i} / sum_j e^{l_j}; a constant added to all l_i changes nothing.
    """
    votes = np.asarray(labels, dtype=int)
    weight = np.zeros(votes.size) if logprobs is None else np.asarray(logprobs, dtype=float)
    if weight.shape != votes.shape or np.isnan(weight).any():
        raise ValueError(f"logprobs must be one number for each of the {votes.size} candidates, got {logprobs!r}")
    weight, votes = weight[votes != ABSTAIN], votes[votes != ABSTAIN]
    if not votes.size:
        return np.zeros(0)
    mass = np.exp(weight - weight.max())
    _, first, cluster = np.unique(votes, return_index=True, return_inverse=True)
    masses: NDArray[np.float64] = np.bincount(cluster, weights=mass / mass.sum()).astype(float)
    return masses[np.argsort(first)]


def semantic_entropy(labels: Sequence[int], logprobs: ArrayLike | None = None) -> float:
    """Return -sum_C p(C) ln p(C) over `cluster_masses`, from 0 to ln(number of clusters); nan without a vote.

    Without `logprobs` this is the discrete form; with them the Rao form of the released code (its
    `predictive_entropy_rao` of masses normalised over the candidates drawn).
    """
    p = cluster_masses(labels, logprobs)
    return float(-np.sum(p * np.log(p), where=p > 0) + 0.0) if p.size else float("nan")


def normalised_entropy(labels: Sequence[int]) -> float:
    """Return the discrete semantic entropy over ln m, in [0, 1], comparable between numbers of candidates.

    m counts the candidates that voted; a single vote has entropy 0.
    """
    votes = sum(label != ABSTAIN for label in labels)
    return semantic_entropy(labels) / np.log(votes) if votes > 1 else semantic_entropy(labels)
