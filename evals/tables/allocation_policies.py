"""Policies that decide, from a stream of recorded candidates, when to stop and what to answer.

A policy is called with one problem's candidates in the order of this run and returns (candidates used, chance that its
answer is right); ties of votes are broken fairly, so a tie counts by parts.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from evals.tables.score_target import candidates_for_score, fit_truncated_normal
from ttc.auto.costs import Length
from ttc.auto.options import Limits, Offer, State
from ttc.auto.policy import decide
from ttc.belief.graded import Graded
from ttc.belief.lookup import Known
from ttc.belief.right import Evidence, Seen, evidence_of
from ttc.search.stopping import StopRule

Outcome = tuple[int, float]
PROBES = 4
"""First candidates of OptScale."""
LONGEST = 4096  # tokens of a candidate, far above what the pools hold


@dataclass(frozen=True)
class Run:
    """One problem in one order."""

    labels: Sequence[int]
    tokens: Sequence[int]
    scores: Sequence[float]
    right: int | None


Policy = Callable[[Run], Outcome]


def run_of(problem: Graded, order: Sequence[int], verifier: str) -> Run:
    """The problem's candidates in this order."""
    scores = problem.scores[verifier]
    columns = ([column[i] for i in order] for column in (problem.labels, problem.tokens, scores))
    return Run(*columns, problem.right)


def vote(run: Run, n: int) -> float:
    """Chance that the majority of the first n is right."""
    votes = Counter(label for label in run.labels[:n] if label >= 0)
    top = [label for label, count in votes.items() if count == max(votes.values())]
    return (run.right in top) / len(top) if top and run.right is not None else 0.0


def uniform(n: int) -> Policy:
    """Self-consistency with n candidates for every problem."""
    return lambda run: (n, vote(run, n))


def stopped_by(rule: StopRule, cap: int) -> Policy:
    """Self-consistency that stops by a rule, looked at after every candidate."""

    def policy(run: Run) -> Outcome:
        n = next(n for n in range(1, cap + 1) if rule.stop(run.labels[:n], cap))
        return n, vote(run, n)

    return policy


def optscale(target: float, cap: int, quantile: float = 0.5, voting: bool = False) -> Policy:
    """OptScale: from the scores of the probes the number of candidates whose best score reaches the target.

    The answer is that of the best score, or the vote of all that were drawn.
    """

    def policy(run: Run) -> Outcome:
        known = [score for score, label in zip(run.scores, run.labels, strict=True) if label >= 0]
        probes = [score for score, label in zip(run.scores[:PROBES], run.labels[:PROBES], strict=True) if label >= 0]
        n = PROBES
        if len(set(probes)) > 1:
            try:
                n = min(cap, max(n, candidates_for_score(*_law(tuple(probes)), target, quantile)))
            except ValueError:  # out of reach
                n = cap
        if voting or not known:
            return n, vote(run, n)
        ranked = [s if label >= 0 else -math.inf for s, label in zip(run.scores[:n], run.labels[:n], strict=True)]
        best = run.labels[int(np.argmax(ranked))]
        return n, float(best == run.right and best >= 0)

    return policy


_FITS: dict[tuple[float, ...], tuple[float, float]] = {}


def _law(scores: tuple[float, ...]) -> tuple[float, float]:
    if scores not in _FITS:
        _FITS[scores] = fit_truncated_normal(scores)
    return _FITS[scores]


def allocated(known: Known, price: float, cap: int, currency: str = "tokens", verifier: str = "") -> Policy:
    """What `strategy="auto"` does at a price, in accuracy per output token; with a free verifier if one is named.

    The same price for all problems is the batch allocation: it is the multiplier at which all plans spend the total.
    `currency` decides how large a chunk of a plan is bought.
    """

    def policy(run: Run) -> Outcome:
        n = 0
        while True:
            evidence = evidence_of(known, seen_of(run, n, verifier), verifier or None)
            length = Length.learnt(known.streams[0].lengths, run.tokens[:n], LONGEST).moment(1)
            offer = Offer(lambda stream, h, each=length: {currency: h * each}, cap, evidence.verifier, {})
            option = decide(known.belief, State.of(evidence, n), offer, Limits({currency: 1.0}), price).option
            if option is None:
                return n, chosen(run, evidence, known)
            n += option.chunk

    return policy


def seen_of(run: Run, n: int, verifier: str) -> Seen:
    """The first n candidates."""
    return Seen(run.labels[:n], tokens=run.tokens[:n], scores=run.scores[:n] if verifier else ())


def chosen(run: Run, evidence: Evidence, known: Known) -> float:
    """Chance that the answer of highest belief is right; beliefs within rounding are a tie."""
    if not evidence.answers or run.right is None:
        return 0.0
    right = known.belief.right(evidence.votes)[:-1]
    top = [answer for answer, p in zip(evidence.answers, right, strict=True) if p >= right.max() - 1e-9]
    return (run.right in top) / len(top)
