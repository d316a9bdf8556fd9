"""Discrimination: how well scores tell right candidates from wrong ones, whatever they say as probabilities."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from ttc.verifiers.calibration import labelled
from ttc.verifiers.reliability import Right


def auc(scores: ArrayLike, right: Right) -> float:
    """P(a right candidate scores higher than a wrong one), ties half; nan scores are left out.

    The area under the ROC curve (Hanley and McNeil 1982), from the counts of each distinct score. nan where there are
    no right, or no wrong, candidates.
    """
    values, labels = labelled(scores, right)
    if not len(values) or labels.min() == labels.max():
        return math.nan
    _, place = np.unique(values, return_inverse=True)
    good, bad = (np.bincount(place[labels == label], minlength=place.max() + 1) for label in (1, 0))
    below = np.cumsum(bad) - bad
    return float(good @ (below + bad / 2) / (good.sum() * bad.sum()))


def within_auc(scores: ArrayLike, right: Right, problems: Sequence[Hashable]) -> float:
    """The mean over problems of the AUC among the candidates of one problem; nan without a problem that has both.

    Best-of-N and weighted votes depend on it. The AUC over all candidates also rewards knowing which problems are hard.
    Taubenfeld et al. (2025, arXiv 2502.06233) call the share of pairs within-question discrimination.

    Args:
        scores: [n].
        right: [n] whether each candidate is right.
        problems: [n] names the problem of each candidate.
    """
    found = [area for area in aucs_by_problem(scores, right, problems).values() if not math.isnan(area)]
    return math.fsum(found) / len(found) if found else math.nan


def aucs_by_problem(scores: ArrayLike, right: Right, problems: Sequence[Hashable]) -> dict[Hashable, float]:
    """The AUC among the candidates of each problem, nan for problems that are all right or all wrong.

    Args:
        scores: [n].
        right: [n] whether each candidate is right.
        problems: [n] names the problem of each candidate.
    """
    values, labels = np.asarray(scores, dtype=float), np.asarray(right, dtype=bool)
    members: dict[Hashable, list[int]] = {}
    for place, problem in enumerate(problems):
        members.setdefault(problem, []).append(place)
    if sum(map(len, members.values())) != len(values):
        raise ValueError(f"there are {len(values)} scores and {len(problems)} problem names; each score needs its own")
    return {problem: auc(values[places], labels[places]) for problem, places in members.items()}
