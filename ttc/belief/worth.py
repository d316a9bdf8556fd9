"""What scores and comparisons are worth: how much they move the log-odds of an answer, given its votes.

A score that only repeats how hard a problem is, or what the votes say, is worth nothing, whatever its AUC. Worth is
therefore fitted on top of the votes (`ttc.belief.fit_worth`). A verifier or judge that was not measured adds nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import NormalDist, stdev
from typing import Annotated, Protocol

from pydantic import BaseModel, ConfigDict, Field

Chance = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]

LOWEST, HIGHEST = 0.0067, 0.9933
"""Scores are clipped to these before their log-odds are taken: within ±5."""
LEAST_SD = 0.25
"""Of the log-odds in a run, where a worth is stated."""


class Part(BaseModel):
    """A frozen record that knows all its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Worth(Protocol):
    """What the belief and the plans need of a verifier."""

    @property
    def helps(self) -> bool:
        """Whether its scores move anything."""

    def extra(self, scores: Sequence[float]) -> float:
        """Change of the log-odds of an answer by the scores of its candidates; nan scores are left out."""

    def signal(self, scored: int) -> float:
        """Distance of right from wrong answers after so many scores, in standard deviations; 0 for none."""


class VerifierWorth(Part):
    """A verifier that scores candidates in [0, 1]: m scores of an answer give m^iota (a + c · mean log-odds).

    auc: of one score between a right and a wrong candidate of one problem, ties half. gain ± se: log loss that it saves
    on top of the votes, over `problems`. Without any worth a = c = 0.
    """

    a: Finite = 0.0
    c: Finite = 0.0
    iota: Finite = 0.5
    auc: Chance = 0.5
    gain: Finite = 0.0
    se: Finite = 0.0
    problems: int = 0

    @property
    def helps(self) -> bool:
        """Whether higher scores raise the log-odds."""
        return self.c > 0

    def extra(self, scores: Sequence[float]) -> float:
        """As in `Worth`."""
        known = [log_odds(score) for score in scores if not math.isnan(score)]
        if not known:
            return 0.0
        return float(len(known) ** self.iota) * (self.a + self.c * math.fsum(known) / len(known))

    def signal(self, scored: int) -> float:
        """As in `Worth`."""
        return separation(self.auc) * float(scored**self.iota) if scored and self.helps else 0.0


class BinaryWorth(Part):
    """A verifier that accepts (score at least ½) or rejects. It counts once for each answer.

    completeness: the share of right answers that it accepts. soundness: the share of wrong ones that it rejects.
    """

    completeness: Annotated[float, Field(gt=0, lt=1)] = 0.5
    soundness: Annotated[float, Field(gt=0, lt=1)] = 0.5
    gain: Finite = 0.0
    se: Finite = 0.0
    problems: int = 0

    @property
    def auc(self) -> float:
        """Of one verdict, ties half."""
        return (self.completeness + self.soundness) / 2

    @property
    def helps(self) -> bool:
        """Whether being accepted raises the log-odds."""
        return self.auc > 0.5

    def extra(self, scores: Sequence[float]) -> float:
        """As in `Worth`; verdicts on several candidates of one answer count by their majority, ties as accepted."""
        known = [score >= 0.5 for score in scores if not math.isnan(score)]
        if not known:
            return 0.0
        if 2 * sum(known) >= len(known):
            return math.log(self.completeness / (1 - self.soundness))
        return math.log((1 - self.completeness) / self.soundness)

    def signal(self, scored: int) -> float:
        """As in `Worth`."""
        return separation(self.auc) if scored and self.helps else 0.0


class JudgeWorth(Part):
    """A judge of pairs: its chance to prefer the right one of a right and a wrong answer is Beta(alpha, beta).

    The chance is drawn once for each pair, so that a judge that repeats itself is not believed twice. Between two wrong
    answers the chance is Beta(gamma, gamma). alpha = beta = gamma: the judge adds nothing. `pairs` it was fitted to.
    """

    alpha: Positive = 1.0
    beta: Positive = 1.0
    gamma: Positive = 1.0
    pairs: int = 0

    @property
    def helps(self) -> bool:
        """Whether a win raises the log-odds."""
        return self.alpha > self.beta

    def extra(self, wins: float, losses: float) -> float:
        """Change of the log-odds of an answer that won and lost so many judgements against another one."""
        right = log_beta_binomial(self.alpha, self.beta, wins, losses)
        return right - log_beta_binomial(self.gamma, self.gamma, wins, losses)


BY_NATURE: dict[str, VerifierWorth | BinaryWorth] = {
    "agreement": VerifierWorth(),  # it repeats the votes
    "exact": BinaryWorth(completeness=0.999, soundness=0.999),  # it knows the answer
}
"""Verifiers whose worth needs no measuring, by name."""


def log_beta_binomial(alpha: float, beta: float, wins: float, losses: float) -> float:
    """ln P(a given order of wins and losses), the chance of a win being Beta(alpha, beta); half wins are allowed."""
    after = math.lgamma(alpha + wins) + math.lgamma(beta + losses) - math.lgamma(alpha + beta + wins + losses)
    return after - math.lgamma(alpha) - math.lgamma(beta) + math.lgamma(alpha + beta)


def judged_extra(judge: JudgeWorth, answers: int, records: Iterable[tuple[int, int, float, float]]) -> list[float]:
    """Log-odds of each answer by (first answer, second answer, wins of the first, its losses), a record a pair."""
    extra = [0.0] * answers
    for first, second, wins, losses in records:
        extra[first] += judge.extra(wins, losses)
        extra[second] += judge.extra(losses, wins)
    return extra


def stated_worth(auc: float, scores: Sequence[float]) -> VerifierWorth:
    """The worth of a verifier of which its user says the AUC, in [.5, 1), from all its scores of this run.

    The log-odds of a verifier of this AUC lie √2 Φ⁻¹(auc) standard deviations apart, for right and wrong answers.
    """
    if not 0.5 <= auc < 1:
        raise ValueError(f"verifier_auc is {auc}; it must lie in [0.5, 1), 0.5 means that it adds nothing")
    known = [log_odds(score) for score in scores if not math.isnan(score)]
    spread = max(LEAST_SD, stdev(known) if len(known) > 1 else 0.0)
    return VerifierWorth(a=0.0, c=separation(auc) / spread, iota=0.25, auc=auc)


def separation(auc: float) -> float:
    """Distance of two normal laws of equal variance, in standard deviations: √2 Φ⁻¹(auc); 0 up to an AUC of ½."""
    return math.sqrt(2) * NormalDist().inv_cdf(min(max(auc, 0.5), 0.9999))


def log_odds(score: float) -> float:
    """ln(score / (1 − score)), clipped to ±5; nan stays nan."""
    inside = score if math.isnan(score) else min(max(score, LOWEST), HIGHEST)
    return math.log(inside / (1 - inside))
