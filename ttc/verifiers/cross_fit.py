"""Cross-fitting: calibrated scores for candidates that the calibrator never saw, nor any other of their problem."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from ttc.errors import check_range
from ttc.verifiers.calibration import Floats, Kind, fit, labelled
from ttc.verifiers.reliability import Right

FOLDS = 5


def cross_fitted(
    scores: ArrayLike, right: Right, problems: Sequence[Hashable], kind: Kind = "isotonic", folds: int = FOLDS
) -> Floats:
    """Each score mapped by a calibrator that was fitted on the problems of the other folds; [n], nan stays nan.

    Candidates of one problem resemble each other, so a fold holds whole problems: fold i has every `folds`-th problem
    in order of appearance. Where the other folds hold only right or only wrong candidates nothing can be fitted, and
    the score stays as it is.

    Args:
        scores: [n] in [0, 1].
        right: [n] whether each candidate is right.
        problems: [n] names the problem of each candidate.
        kind: Of the calibrator, as for `fit`.
        folds: How many.
    """
    check_range("[2, inf)", f"{FOLDS} is usual", folds=folds)
    values, labels = np.asarray(scores, dtype=float), np.asarray(right, dtype=bool)
    if len(problems) != len(values):
        raise ValueError(f"there are {len(values)} scores and {len(problems)} problem names; each score needs its own")
    number = {problem: place for place, problem in enumerate(dict.fromkeys(problems))}
    fold = np.array([number[problem] % folds for problem in problems], dtype=int)
    mapped = values.copy()
    for own in range(folds):
        here, others = fold == own, fold != own
        known = labelled(values[others], labels[others])[1]
        if len(known) and known.min() != known.max():
            mapped[here] = fit(values[others], labels[others], kind)(values[here])
    return mapped
