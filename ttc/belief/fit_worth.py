"""Fit what verifiers are worth on top of the votes, and keep it only where it pays on other problems."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ttc.belief.belief import Belief
from ttc.belief.graded import Drawn, Graded, drawn, subsamples
from ttc.belief.law import Counts, Floats
from ttc.belief.worth import BinaryWorth, VerifierWorth, log_odds

SIZES = (1, 2, 4, 8)
"""Candidates a stream in the sub-samples to which a verifier is fitted. Without single ones, what is said of the first
candidate is far too sure: on the laboratory pool the calibration error at n = 1 was .126 with 4, 8, 16 and .076 so."""
LEAST_PROBLEMS = 40
SHRINK = 0.01
"""Weight of (a² + c² + (iota − ½)²) against the log loss."""


@dataclass(frozen=True, slots=True)
class _Rows:
    """Sub-samples side by side: ln P by votes, scores known and their mean log-odds [rows, answers + 1]."""

    problem: Counts  # [rows]
    truth: Counts  # [rows]
    votes: Floats
    known: Floats
    mean: Floats

    @classmethod
    def of(cls, belief: Belief, problems: Sequence[Graded], verifier: str, seed: int) -> _Rows:
        rng, found = np.random.default_rng(seed), list[tuple[int, Drawn]]()
        for number, problem in enumerate(problems):
            for _, places in subsamples(problem, SIZES, rng, len(belief.streams)):
                found.append((number, drawn(belief, problem, places, verifier)))
        width = max((part.votes.answers for _, part in found), default=0) + 1
        votes = np.full((len(found), width), -np.inf)
        known, mean = np.zeros((len(found), width)), np.zeros((len(found), width))
        for row, (_, part) in enumerate(found):
            votes[row, : part.votes.answers + 1] = np.logaddexp.reduce(belief.log_joint(part.votes), axis=0)
            for place, scores in enumerate(part.scores):
                known[row, place] = len(scores)
                mean[row, place] = math.fsum(map(log_odds, scores)) / len(scores) if scores else 0.0
        numbers, truth = ([row[0] for row in found], [row[1].truth for row in found])
        return cls(np.array(numbers, dtype=np.int64), np.array(truth, dtype=np.int64), votes, known, mean)

    def part(self, problems: Counts) -> _Rows:
        """The rows of these problems."""
        here = np.isin(self.problem, problems)
        return _Rows(self.problem[here], self.truth[here], self.votes[here], self.known[here], self.mean[here])

    def extra(self, a: float, c: float, iota: float) -> Floats:
        """Extra log-odds of each answer [rows, answers + 1]."""
        there = self.known > 0
        return np.where(there, np.maximum(self.known, 1) ** iota * (a + c * self.mean), 0.0)

    def losses(self, extra: Floats | float) -> Floats:
        """−ln P(right answer, or "not seen" | votes, extra) [rows]."""
        logs = self.votes + extra
        told: Floats = np.logaddexp.reduce(logs, axis=1) - logs[np.arange(len(logs)), self.truth]
        return told


Extra = Callable[[_Rows], Floats]
"""The extra log-odds that a fitted verifier gives to the answers of sub-samples."""
Fit = Callable[[_Rows], tuple[VerifierWorth | BinaryWorth, Extra]]


def fit_verifier(
    problems: Sequence[Graded], belief: Belief, verifier: str, seed: int = 0
) -> VerifierWorth | BinaryWorth:
    """What the scores of a verifier add to the votes; nothing (a = c = 0, or A = S = ½) where that is not sure.

    It is kept where the gain in log loss, cross-fitted by halves, exceeds one standard error over problems. A verifier
    that says only 0 and 1 is fitted as one that accepts or rejects.

    Raises ValueError for fewer than 40 problems with scores.
    """
    scored = [problem for problem in problems if _known(problem, verifier)]
    if len(scored) < LEAST_PROBLEMS:
        raise ValueError(f"{verifier}: {len(scored)} problems with scores are too few, give at least {LEAST_PROBLEMS}")
    rows = _Rows.of(belief, scored, verifier, seed)
    binary = all(score in (0.0, 1.0) for problem in scored for score in _known(problem, verifier))
    fit = _fit_binary if binary else _fit_scores
    gain, se = _cross_fitted(rows, len(scored), fit, seed)
    if not gain > se:
        nothing = BinaryWorth() if binary else VerifierWorth()
        return nothing.model_copy(update={"gain": gain, "se": se, "problems": len(scored)})
    worth = fit(rows)[0]
    update = {"gain": gain, "se": se, "problems": len(scored)}
    if isinstance(worth, VerifierWorth):
        update["auc"] = _auc(scored, verifier, worth)
    return worth.model_copy(update=update)


def _known(problem: Graded, verifier: str) -> list[float]:
    """The known scores of candidates with an answer."""
    scores = problem.scores.get(verifier, ())
    return [s for s, label in zip(scores, problem.labels, strict=False) if label >= 0 and not math.isnan(s)]


def _fit_scores(rows: _Rows) -> tuple[VerifierWorth | BinaryWorth, Extra]:
    """The a, c and iota of least log loss."""
    from scipy.optimize import minimize

    def loss(law: Floats) -> float:
        a, c, iota = map(float, law)
        return float(rows.losses(rows.extra(a, c, iota)).mean()) + SHRINK * (a * a + c * c + (iota - 0.5) ** 2)

    a, c, iota = map(float, minimize(loss, [0.0, 0.1, 0.5], method="Nelder-Mead").x)
    return VerifierWorth(a=a, c=c, iota=iota), lambda others: others.extra(a, c, iota)


def _fit_binary(rows: _Rows) -> tuple[VerifierWorth | BinaryWorth, Extra]:
    """Shares of right answers accepted and of wrong answers rejected, each with a Beta(2, 2) law before."""
    there, accepted = rows.known > 0, rows.mean >= 0
    right = np.zeros_like(there)
    right[np.arange(len(right)), rows.truth] = True
    weight = 1 / np.bincount(rows.problem)[rows.problem][:, None]  # sub-samples of one problem count once together
    shares = []
    for here, said in ((there & right, accepted), (there & ~right, ~accepted)):
        shares.append(float(((here & said) * weight).sum() + 2) / float((here * weight).sum() + 4))
    worth = BinaryWorth(completeness=shares[0], soundness=shares[1])
    yes, no = worth.extra([1.0]), worth.extra([0.0])
    return worth, lambda others: np.where(others.known > 0, np.where(others.mean >= 0, yes, no), 0.0)


def _cross_fitted(rows: _Rows, problems: int, fit: Fit, seed: int) -> tuple[float, float]:
    """Gain in log loss on the half that was not fitted: mean over problems, and its standard error."""
    order = np.random.default_rng(seed).permutation(problems)
    gains: list[float] = []
    for start in (0, 1):
        train, test = rows.part(order[start::2]), rows.part(order[1 - start :: 2])
        if not len(train.problem) or not len(test.problem):
            return 0.0, math.inf
        _, extra = fit(train)
        gained = test.losses(0.0) - test.losses(extra(test))
        gains += [float(gained[test.problem == number].mean()) for number in np.unique(test.problem)]
    return float(np.mean(gains)), float(np.std(gains, ddof=1) / math.sqrt(len(gains)))


def _auc(problems: Sequence[Graded], verifier: str, worth: VerifierWorth) -> float:
    """P(extra of a right candidate exceeds that of a wrong one of its problem), ties half; the mean over problems."""
    areas = []
    for problem in problems:
        pairs = zip(problem.labels, problem.scores[verifier], strict=True)
        extra = [(label == problem.right, worth.extra([s])) for label, s in pairs if label >= 0 and not math.isnan(s)]
        right, wrong = ([value for good, value in extra if good is side] for side in (True, False))
        if right and wrong:
            above = np.subtract.outer(np.array(right), np.array(wrong))
            areas.append(float(((above > 0) + (above == 0) / 2).mean()))
    return float(np.mean(areas)) if areas else 0.5
