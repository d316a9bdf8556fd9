"""Auto: the strategy when none is named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ttc.strategies.best_of_n import BestOfN
from ttc.strategies.self_consistency import SelfConsistency
from ttc.types import Candidate

if TYPE_CHECKING:
    from ttc.session import Session


@dataclass(frozen=True)
class Auto:
    """Adaptive self-consistency; with a verifier, weighted best-of-N.

    A fixed choice by what was passed in: votes where there is only the model, scores added up over equal answers where
    something can score. `n` is the most candidates that are drawn.
    """

    n: int = 32

    paper: ClassVar[str] = "a rule of ttc"
    access: ClassVar[str] = "chat"

    async def run(self, session: Session) -> Candidate:
        """Run the strategy that fits."""
        if session.verifier is None:
            return await SelfConsistency(n=self.n).run(session)
        return await BestOfN(n=self.n, weight="answer").run(session)
