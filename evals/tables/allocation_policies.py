"""Policies that decide, from a stream of recorded candidates, when to stop and what to answer.

A policy is called with one problem's candidates in the order of this run and returns (candidates used, chance that its
answer is right); ties of votes are broken fairly, so a tie counts by parts.
"""

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from ttc.auto.futures import Votes, chances, sampling_gains
from ttc.auto.old_policy import chunk_of
from ttc.auto.prior import Observed, ScoreLaw, ValueProfile

from evals.tables.score_target import candidates_for_score, fit_truncated_normal
from ttc.auto.costs import Length
from ttc.search.stopping import StopRule

Outcome = tuple[int, float]
PROBES = 4
LONGEST = 4096  # tokens of a candidate, far above what the pools hold


@dataclass(frozen=True)
class Run:
    """One problem in one order."""

    labels: Sequence[int]
    tokens: Sequence[int]
    scores: Sequence[float]
    right: int | None


Policy = Callable[[Run], Outcome]


def run_of(problem: Observed, order: Sequence[int], verifier: str) -> Run:
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


def allocated(
    profile: ValueProfile, price: float, cap: int, currency: str = "tokens", probes: int = PROBES, verifier: str = ""
) -> Policy:
    """What `strategy="auto"` does at a price, in accuracy per output token; with a free verifier if one is named.

    The same price for all problems is the batch allocation: it is the multiplier at which all plans spend the total.
    """
    law = profile.scores[verifier] if verifier else None

    def policy(run: Run) -> Outcome:
        n = probes
        while n < cap:
            length = Length.learnt(profile.lengths, list(run.tokens[:n]), LONGEST).moment(1)
            _, votes = votes_of(run, n, law)
            gains = sampling_gains(profile, votes, cap - n, law, score_new=law is not None)
            size, gain = max(gains, key=lambda item: item[1] / item[0])
            if gain / (size * length) <= price:
                break
            n += chunk_of(size, currency)
        return n, chosen(run, n, profile, law)

    return policy


def votes_of(run: Run, n: int, law: ScoreLaw | None) -> tuple[list[int], Votes]:
    """The labels of the answers among the first n, and their votes (and scores)."""
    counts = Counter(label for label in run.labels[:n] if label >= 0)
    pairs = list(zip(run.labels[:n], run.scores[:n], strict=True))
    scores = tuple(tuple(s for label, s in pairs if label == answer) for answer in counts) if law else ()
    return list(counts), Votes(tuple(counts.values()), n - sum(counts.values()), scores)


def chosen(run: Run, n: int, profile: ValueProfile, law: ScoreLaw | None) -> float:
    """Chance that the answer of highest belief is right; beliefs within rounding are a tie."""
    answers, votes = votes_of(run, n, law)
    if not answers:
        return 0.0
    belief = chances(profile, votes, law)[:-1]
    top = [answer for answer, p in zip(answers, belief, strict=True) if p >= belief.max() - 1e-9]
    return (run.right in top) / len(top) if run.right is not None else 0.0
