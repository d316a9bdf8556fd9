"""Pairwise judge: the model is shown two solutions and says which is better; both orders cancel its preference."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from ttc import prompts
from ttc.backends.base import Backend
from ttc.core.session import Session
from ttc.types import Candidate
from ttc.verifiers.asking import about, ready, solution_of
from ttc.verifiers.label import TOP, Labels

PLACES = Labels(("1", "2", "tie"))


@dataclass(frozen=True)
class Pairwise:
    """One comparison = one short reply: 1, 2 or tie (Chen et al. 2024, arXiv 2411.19477, section on knockout).

    With log-probabilities a comparison is P(1) + P(tie)/2, a soft vote. Two comparisons, one in each order, then say
    all that the model has to say of a pair. Without them it is 1, 0 or 1/2. What cannot be read is nan, not a tie.
    """

    temperature: float = 1.0
    backend: Backend | None = None
    """The model that judges; None = the one that generates."""

    paper: ClassVar[str] = "Chen et al. 2024, arXiv 2411.19477"
    needs: ClassVar[frozenset[str]] = frozenset()
    uses: ClassVar[frozenset[str]] = frozenset({"logprobs"})

    async def prefer(self, session: Session, first: Candidate, second: Candidate, vote: int) -> float:
        """P(first is better); even votes show `first` in the first place, odd votes in the second."""
        shown = (second, first) if vote % 2 else (first, second)
        soft = (await ready(session, self.backend)).capabilities.logprobs
        one, two = (solution_of(candidate) for candidate in shown)
        text = prompts.COMPARE.format(problem=session.problem.text, first=one, second=two)
        replies = await session.ask(
            f"judge/pairwise/{first.id}>{second.id}#{vote}",
            about(session, text),
            kind="judge",
            backend=self.backend,
            max_tokens=1 if soft else 4,
            temperature=self.temperature,
            top_p=1.0,
            logprobs=TOP if soft else None,
        )
        chances = PLACES.of_first(replies[0])
        first_place = math.nan if chances is None else chances[0] + chances[2] / 2
        session.note("places", first=shown[0].id, second=shown[1].id, vote=vote, first_place=first_place)
        return 1.0 - first_place if vote % 2 else first_place
