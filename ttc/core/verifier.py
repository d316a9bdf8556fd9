"""The two contracts of judgement. Both get the session: whatever they ask a model is charged and cancellable."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from ttc.types import Candidate, Verdict

if TYPE_CHECKING:
    from ttc.core.session import Session


@runtime_checkable
class Verifier(Protocol):
    """Says how good candidates are."""

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> Sequence[Verdict]:
        """One verdict for each candidate, in the same order. What cannot be judged is `ABSTAIN`, never a score of 0."""


@runtime_checkable
class Judge(Protocol):
    """Says which of two candidates is better."""

    async def prefer(self, session: Session, first: Candidate, second: Candidate, vote: int) -> float:
        """P(first is better) in [0, 1]; 0.5 is a tie, nan says nothing.

        `vote` counts the judgements of this pair from 0: even votes must show `first` in the first place and odd
        votes in the second, so that a preference for a place cancels.
        """
