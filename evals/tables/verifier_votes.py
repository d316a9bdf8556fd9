"""What best-of-n, weighted votes and plain votes make of scored candidates, over random orders of each problem's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SIZES = (1, 2, 4, 8, 16)
ORDERS = 100
"""Random orders of a problem's candidates; the first n of an order are what a run with n would have drawn."""

Scores = NDArray[np.float64]
Rescore = Callable[[int, Sequence[int]], Scores]
"""(number of the problem, the candidates' places) -> their scores if only they had been drawn."""


@dataclass(frozen=True)
class Curves:
    """Accuracies [problems, sizes]: of the best scored candidate, of the votes weighted by score, of plain votes."""

    plain: Scores
    weighted: Scores
    majority: Scores


def curves_of(
    scores: Sequence[Scores],
    right: Sequence[NDArray[np.bool_]],
    labels: Sequence[NDArray[np.int_]],
    rescore: Rescore | None = None,
    sizes: Sequence[int] = SIZES,
    seed: int = 0,
) -> Curves:
    """The three curves. Ties are shared: the accuracy is that of a draw by lot, so no luck is in it."""
    rng = np.random.default_rng(seed)
    found = np.zeros((3, len(scores), len(sizes)))
    for problem, (row, good, groups) in enumerate(zip(scores, right, labels, strict=True)):
        orders = [rng.permutation(len(row)) for _ in range(ORDERS)]
        for place, n in enumerate(sizes):
            for order in orders if n < len(row) else orders[:1]:
                part = order[:n]
                own = row[part] if rescore is None else rescore(problem, part.tolist())
                worth = (best(own, good[part]), vote(groups[part], good[part], own), vote(groups[part], good[part]))
                found[:, problem, place] += np.array(worth) / (ORDERS if n < len(row) else 1)
    return Curves(*found)


def best(scores: Scores, right: NDArray[np.bool_]) -> float:
    """P(right) of the highest scored; those that could not be judged are out, unless none could."""
    if np.isnan(scores).all():
        return float(right.mean())
    top: NDArray[np.bool_] = scores >= np.nanmax(scores) - 1e-12
    return float(right[top].mean())


def vote(labels: NDArray[np.int_], right: NDArray[np.bool_], weights: Scores | None = None) -> float:
    """P(right) of a vote; without a positive weight heads are counted, and a vote in which all abstain is wrong."""
    votes = labels >= 0
    cast = np.ones(len(labels)) if weights is None else np.nan_to_num(weights)
    if not votes.any():
        return 0.0
    totals = np.bincount(labels[votes], cast[votes])
    if not totals.any():
        totals = np.bincount(labels[votes])
    worth = np.zeros(len(totals))
    worth[labels[votes]] = right[votes]
    top = totals >= totals.max() * (1 - 1e-12)
    return float(worth[top].mean())
