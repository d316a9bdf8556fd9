"""Shortest majority vote: among answers with about as many votes, the one that took fewer tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ttc.core.candidates import representative, smoothed
from ttc.errors import check_range
from ttc.search.voting import shortest_majority
from ttc.types import Candidate

if TYPE_CHECKING:
    from ttc.core.session import Session


@dataclass(frozen=True)
class ShortestMajority:
    """Draw `n` candidates and take the answer with the greatest votes / ln(mean length in tokens).

    The logarithm makes length little more than a tie-break. Candidates that were cut off or gave no answer abstain.
    """

    n: int = 16

    paper: ClassVar[str] = "Zeng et al. 2025, arXiv 2502.12215"
    access: ClassVar[str] = "chat"

    def __post_init__(self) -> None:
        check_range("[1, inf)", n=self.n)

    async def run(self, session: Session) -> Candidate:
        """Draw and vote."""
        candidates = await session.sample(self.n)
        labels = session.labels(candidates)
        winner = shortest_majority(labels, [c.output_tokens for c in candidates]).winner
        if winner is None:
            session.propose(candidates[0])
            return candidates[0]
        chosen = representative(candidates, labels, winner)
        session.propose(chosen, smoothed(labels.count(winner), sum(label >= 0 for label in labels)))
        return chosen
