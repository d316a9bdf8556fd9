"""Self-verification: the model is asked whether a solution is right, and P(Yes) is read from one token."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ttc import prompts
from ttc.backends.base import Backend
from ttc.errors import check_range
from ttc.types import Candidate, Verdict
from ttc.verifiers.asking import about, ready, replies, solution_of
from ttc.verifiers.label import TOP, YES_NO
from ttc.verifiers.tally import Reading, Tally, report

if TYPE_CHECKING:
    from ttc.core.session import Session


@dataclass(frozen=True)
class SelfVerify:
    """Score = P(Yes) / (P(Yes) + P(No)) at the first token of the reply to "Is the proposed solution correct?".

    This is P(True) of Kadavath et al., and RL^V (Sareen et al. 2025, arXiv 2505.04842) without its training. Candidates
    without text are not asked about; a reply that begins with neither Yes nor No abstains.

    Args:
        votes: Replies of a few tokens that are sampled where the endpoint gives no log-probabilities. The score is then
            the share of Yes.
        temperature: The sampling temperature of these replies.
    """

    votes: int = 4
    temperature: float = 1.0
    backend: Backend | None = None
    """The model that verifies; None = the one that generates."""

    paper: ClassVar[str] = "Kadavath et al. 2022, arXiv 2207.05221"
    needs: ClassVar[frozenset[str]] = frozenset()
    uses: ClassVar[frozenset[str]] = frozenset({"logprobs"})

    def __post_init__(self) -> None:
        check_range("[1, inf)", votes=self.votes)

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        """P(Yes) for each candidate."""
        backend = await ready(session, self.backend)
        soft = backend.capabilities.logprobs

        async def one(candidate: Candidate) -> Tally:
            return Tally.of(await self._readings(session, candidate, soft) if solution_of(candidate) else [])

        found = await session.map(one, candidates)
        tallies = [Tally.of([None]) if tally is None else tally for tally in found]
        report(session, "self_verify", tallies)
        return [tally.verdict() for tally in tallies]

    async def _readings(self, session: Session, candidate: Candidate, soft: bool) -> list[Reading]:
        """P(Yes) from one reply with log-probabilities, or 1 and 0 from `votes` replies."""
        text = prompts.VERIFY.format(problem=session.problem.text, solution=solution_of(candidate))
        answers = await replies(
            session,
            f"verify/self/{candidate.id}",
            about(session, text),
            1 if soft else self.votes,
            backend=self.backend,
            max_tokens=1 if soft else 4,
            temperature=self.temperature,
            top_p=1.0,
            logprobs=TOP if soft else None,
        )
        chances = [None if answer is None else YES_NO.of_first(answer) or [math.nan] for answer in answers]
        return [None if chance is None else chance[0] for chance in chances]
