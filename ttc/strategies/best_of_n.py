"""Best-of-N: draw n candidates, let a verifier score them, take the best."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from ttc.core.candidates import agreement, contenders
from ttc.core.session import Session
from ttc.errors import check_choice, check_range
from ttc.forecast import Stage, Workload, checks, solutions
from ttc.search.best_of_n import pessimistic_weights, soft_weights
from ttc.search.voting import weighted
from ttc.types import Candidate, Verdict


@dataclass(frozen=True)
class BestOfN:
    """Draw `n` candidates and take the one with the highest score.

    Candidates that the verifier cannot judge are out, unless it can judge none; then the vote decides. Without a
    verifier the score is agreement. Candidates without an answer do not compete while others have one. The more
    candidates there are, the more the highest score is an error of the verifier. So `choose` can draw the candidate
    with bounded weights instead.

    Args:
        n: Candidates to draw.
        weight: "answer" adds up the scores of equal answers first and takes the best candidate of the best answer
            (weighted best-of-N). It is right more often when scores are noisy and answers can be compared.
        ties: Equal scores are broken by lot with the run's seed, or go to the first.
        choose: The highest score, or a draw: "soft" by softmax, "pessimistic" with no weight for low scores.
        beta: How bounded the weights of a draw are, > 0, in units of the score.
    """

    n: int = 8
    weight: Literal["none", "answer"] = "none"
    ties: Literal["random", "first"] = "random"
    choose: Literal["highest", "soft", "pessimistic"] = "highest"
    beta: float = 0.1

    paper: ClassVar[str] = (
        "Cobbe et al. 2021, arXiv 2110.14168; weighted: Li et al. 2022, arXiv 2206.02336; soft: arXiv 2505.03156; "
        "pessimistic: Huang et al. 2025, arXiv 2503.21878"
    )
    needs: ClassVar[frozenset[str]] = frozenset()
    uses: ClassVar[frozenset[str]] = frozenset({"verifier"})

    def __post_init__(self) -> None:
        check_range("[1, inf)", n=self.n)
        check_choice(("highest", "soft", "pessimistic"), choose=self.choose)
        if self.choose != "highest" and self.weight == "answer":
            raise ValueError(
                f"choose is {self.choose!r}; with weight='answer' the sum decides, so it must be 'highest'"
            )
        check_range("(0, inf]", "a small one is best-of-n", beta=self.beta)

    def forecast(self, workload: Workload) -> list[Stage]:
        """n solutions, and a verdict on each if there is a verifier."""
        return [solutions(workload, self.n), *checks(workload, self.n)]

    async def run(self, session: Session) -> Candidate:
        """Sample, verify, choose."""
        candidates = contenders(await session.sample(self.n))
        verdicts = await self._verdicts(session, candidates)
        scores = [verdict.score for verdict in verdicts]
        if self.weight == "answer":
            candidates, scores = self._of_best_answer(session, candidates, scores)
        best = self._best(session, scores)
        session.propose(candidates[best])
        return candidates[best]

    @staticmethod
    async def _verdicts(session: Session, candidates: Sequence[Candidate]) -> Sequence[Verdict]:
        """The verifier's verdicts; agreement where there is no verifier or it can judge none."""
        if session.verifier is not None:
            verdicts = await session.verify(candidates)
            if any(verdict.known for verdict in verdicts):
                return verdicts
        return agreement(session.group(candidates), len(candidates))

    @staticmethod
    def _of_best_answer(
        session: Session, candidates: Sequence[Candidate], scores: Sequence[float]
    ) -> tuple[list[Candidate], list[float]]:
        """The candidates of the answer with the greatest sum of scores, and their scores."""
        labels = session.labels(candidates)
        winner = weighted(labels, scores, rng=session.rng).winner
        if winner is None:
            return list(candidates), list(scores)
        members = [i for i, label in enumerate(labels) if label == winner]
        return [candidates[i] for i in members], [scores[i] for i in members]

    def _best(self, session: Session, scores: Sequence[float]) -> int:
        """Index of the highest score (ties by lot or the first), or one drawn by weight; nan is below everything."""
        judged = [i for i, score in enumerate(scores) if not math.isnan(score)]
        if self.choose != "highest" and judged:
            weights = soft_weights if self.choose == "soft" else pessimistic_weights
            return int(session.rng.choice(judged, p=weights([scores[i] for i in judged], self.beta)))
        known = [-math.inf if math.isnan(score) else score for score in scores]
        top = [i for i, score in enumerate(known) if score == max(known)]
        return top[0] if self.ties == "first" else int(session.rng.choice(top))
