"""Generative verification: the model checks a solution in words, several times; P(Yes) of its verdicts is averaged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ttc import prompts
from ttc.backends.base import Backend
from ttc.errors import check_range
from ttc.types import Candidate, Verdict
from ttc.verifiers.asking import about, ready, replies, solution_of
from ttc.verifiers.label import TOP
from ttc.verifiers.tally import Tally, report
from ttc.verifiers.verdict_line import read_report

if TYPE_CHECKING:
    from ttc.core.session import Session


@dataclass(frozen=True)
class GenRM:
    """Score = mean over `votes` reports of P(Yes) at the verdict (Zhang et al. 2024, arXiv 2408.15240).

    Reports without a verdict are left out of the mean and counted. Solutions are shown without their thinking. Singhi
    et al. 2025 (arXiv 2504.01005) find that at equal compute more solutions are worth more than reports until budgets
    are large: buy verification last.

    Args:
        votes: Reports on each candidate.
        temperature: The sampling temperature of the reports.
        max_tokens: The most tokens of one report.
    """

    votes: int = 4
    temperature: float = 0.7
    max_tokens: int = 1024
    backend: Backend | None = None
    """The model that verifies; None = the one that generates."""

    paper: ClassVar[str] = "Zhang et al. 2024, arXiv 2408.15240"
    needs: ClassVar[frozenset[str]] = frozenset()
    uses: ClassVar[frozenset[str]] = frozenset({"logprobs"})

    def __post_init__(self) -> None:
        check_range("[1, inf)", votes=self.votes, max_tokens=self.max_tokens)

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        """The mean of P(Yes) for each candidate."""
        soft = (await ready(session, self.backend)).capabilities.logprobs

        async def one(candidate: Candidate) -> Tally:
            if not (solution := solution_of(candidate)):
                return Tally.of([])
            text = prompts.CRITIQUE.format(problem=session.problem.text, solution=solution)
            return await self._tally(session, candidate, text, soft)

        found = await session.map(one, candidates)
        tallies = [Tally.of([None]) if tally is None else tally for tally in found]
        report(session, "genrm", tallies)
        return [tally.verdict() for tally in tallies]

    async def _tally(self, session: Session, candidate: Candidate, text: str, soft: bool) -> Tally:
        reports = await replies(
            session,
            f"verify/genrm/{candidate.id}",
            about(session, text),
            self.votes,
            backend=self.backend,
            max_tokens=self.max_tokens,
            temperature=self.temperature,
            logprobs=TOP if soft else None,
        )
        return Tally.of([None if reply is None else read_report(reply) for reply in reports])
