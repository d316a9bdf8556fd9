"""Confidence-informed self-consistency: a vote in which each candidate weighs as much as the model believes it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ttc.core.elect import elect, leading
from ttc.core.session import Session
from ttc.core.verifier import logprobs_for
from ttc.errors import check_range
from ttc.forecast import Stage, Workload, checks, solutions
from ttc.search.voting import cisc
from ttc.types import Candidate


@dataclass(frozen=True)
class Cisc:
    """Draw `n` candidates and vote with weights softmax(confidence / temperature).

    The confidence is the run's verifier's score, best P(True) read at one token (verifier="self_verify"). Without a
    verifier it is the geometric mean of a candidate's token probabilities. A temperature near 0 leaves the best single
    candidate, a large one the plain vote; tune it for each model. Candidates that could not be judged do not vote,
    unless none could: then heads are counted.
    """

    n: int = 16
    temperature: float = 0.2

    paper: ClassVar[str] = "Taubenfeld et al. 2025, arXiv 2502.06233"
    needs: ClassVar[frozenset[str]] = frozenset({"verifier or logprobs"})

    def __post_init__(self) -> None:
        check_range("[1, inf)", n=self.n)
        check_range("(0, inf]", "math.inf is the plain vote", temperature=self.temperature)

    def forecast(self, workload: Workload) -> list[Stage]:
        """n solutions, and a verdict on each if there is a verifier."""
        return [solutions(workload, self.n), *checks(workload, self.n)]

    async def run(self, session: Session) -> Candidate:
        """Draw, ask how sure, vote."""
        needed = 0 if session.verifier is None else logprobs_for(session.verifier)
        candidates = await session.sample(self.n, logprobs=needed)
        labels = session.labels(candidates)
        chosen, share = leading(session, candidates, labels)
        session.propose(chosen)
        if share is None:
            return chosen
        confidences = await self._confidences(session, candidates)
        session.note("confidences", **{c.id: value for c, value in zip(candidates, confidences, strict=True)})
        return elect(session, candidates, labels, cisc(labels, confidences, temperature=self.temperature))

    @staticmethod
    async def _confidences(session: Session, candidates: Sequence[Candidate]) -> list[float]:
        """One confidence in [0, 1] for each candidate, nan where there is none."""
        if session.verifier is not None:
            return [verdict.score for verdict in await session.verify(candidates)]
        means = [sum(c.logprobs) / len(c.logprobs) if c.logprobs else math.nan for c in candidates]
        return [math.exp(mean) for mean in means]
