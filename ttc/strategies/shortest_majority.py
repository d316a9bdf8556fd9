"""Shortest majority vote: among answers with about as many votes, the one that took fewer tokens."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from ttc.core.elect import elect
from ttc.core.session import Session
from ttc.errors import check_range
from ttc.forecast import Stage, Workload, solutions
from ttc.search.voting import majority, shortest_majority
from ttc.types import Candidate


@dataclass(frozen=True)
class ShortestMajority:
    """Draw `n` candidates and take the answer with the greatest votes / ln(mean length in tokens).

    The logarithm makes length little more than a tie-break. Candidates that were cut off or gave no answer abstain.
    """

    n: int = 16

    paper: ClassVar[str] = "Zeng et al. 2025, arXiv 2502.12215"
    needs: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        check_range("[1, inf)", n=self.n)

    def forecast(self, workload: Workload) -> list[Stage]:
        """n solutions and nothing else."""
        return [solutions(workload, self.n)]

    async def run(self, session: Session) -> Candidate:
        """Draw and vote."""
        candidates = await session.sample(self.n)
        labels = session.labels(candidates)
        winner = shortest_majority(labels, [c.output_tokens for c in candidates]).winner
        return elect(session, candidates, labels, replace(majority(labels), winner=winner))
