"""Given: no new candidates; the ones at hand are verified and the best is chosen. Behind `ttc verify`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ttc.core.candidates import contenders
from ttc.core.session import Session
from ttc.types import Candidate


@dataclass(frozen=True)
class Given:
    """Verify these texts as candidates "0", "1", ... of the problem, and choose the first of the highest score."""

    texts: tuple[str, ...]

    needs: ClassVar[frozenset[str]] = frozenset({"verifier"})

    def __post_init__(self) -> None:
        if not self.texts:
            raise ValueError("there is nothing to verify; give at least one candidate")

    async def run(self, session: Session) -> Candidate:
        """Enter the candidates, verify them together, choose."""
        candidates = [
            Candidate(id=str(i), text=text, answer=session.answer_of(text)) for i, text in enumerate(self.texts)
        ]
        session.enter(*candidates)
        verdicts = await session.verify(candidates)
        scores = {c.id: v.score if v.known else -1.0 for c, v in zip(candidates, verdicts, strict=True)}
        best = max(contenders(candidates), key=lambda candidate: scores[candidate.id])
        session.propose(best)
        return best
