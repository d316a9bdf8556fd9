"""Tool check: the model writes a program that checks a solution, and what the program finds is the verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from ttc import prompts
from ttc.backends.base import Backend
from ttc.errors import check_range
from ttc.sandbox import Limits, Run, Sandbox, SandboxError
from ttc.types import Candidate, Verdict
from ttc.verifiers.asking import about, ready, replies, solution_of
from ttc.verifiers.program import opened, program_of
from ttc.verifiers.tally import Reading, Tally, report

if TYPE_CHECKING:
    from ttc.core.session import Session

FINDINGS = {"RESULT: CORRECT": 1.0, "RESULT: WRONG": 0.0}


@dataclass(frozen=True)
class ToolCheck:
    """T1's tool-integrated verification (Kang et al. 2025, arXiv 2504.04718) without its training.

    The model is asked for a program that recomputes what a solution claims and prints its finding last. The score is
    the share of programs that find the solution correct. A reply without a program, a program that crashes, takes too
    long or finds nothing abstains. The paper lets the model read the output. Here the output itself is the verdict,
    since a small model reads less well than it computes. Meant as a veto beside a reward: see `veto`.

    Args:
        votes: Programs that are written and run.
        temperature: The sampling temperature of the programs.
        max_tokens: The most tokens of one program.
        seconds: The most seconds that one program runs.
    """

    votes: int = 1
    temperature: float = 0.7
    max_tokens: int = 1024
    seconds: float = 10.0
    isolated: bool = True
    """Refuse to run programs where they could read files or use the network."""
    backend: Backend | None = None
    """The model that writes the program; None = the one that generates."""

    paper: ClassVar[str] = "Kang et al. 2025, arXiv 2504.04718"
    needs: ClassVar[frozenset[str]] = frozenset({"sandbox"})

    def __post_init__(self) -> None:
        check_range("[1, inf)", votes=self.votes)
        _ = self.limits

    @property
    def limits(self) -> Limits:
        """What one program may use."""
        return Limits(seconds=self.seconds, cpu_seconds=max(1, math.ceil(self.seconds)))

    async def ready(self, session: Session) -> None:
        """Start the sandbox, before a program is paid for that could not be run."""
        await opened(self.isolated)

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        """The share of programs that find each candidate correct."""
        await ready(session, self.backend)
        sandbox = await opened(self.isolated)

        async def one(candidate: Candidate) -> Tally:
            return Tally.of(await self._readings(session, sandbox, candidate) if solution_of(candidate) else [])

        found = await session.map(one, candidates)
        tallies = [Tally.of([None]) if tally is None else tally for tally in found]
        report(session, "tool_check", tallies)
        return [tally.verdict("checked by program") for tally in tallies]

    async def _readings(self, session: Session, sandbox: Sandbox, candidate: Candidate) -> list[Reading]:
        text = prompts.TOOL_CHECK.format(problem=session.problem.text, solution=solution_of(candidate))
        written = await replies(
            session,
            f"verify/tool/{candidate.id}",
            about(session, text),
            self.votes,
            backend=self.backend,
            max_tokens=self.max_tokens,
            temperature=self.temperature,
        )
        return [None if reply is None else await self._finding(sandbox, reply.text) for reply in written]

    async def _finding(self, sandbox: Sandbox, reply: str) -> float:
        """1 or 0 as the program in the reply finds, nan where there is none or it finds nothing."""
        if (code := program_of(reply)) is None:
            return math.nan
        try:
            return finding(await sandbox.run(code, limits=self.limits))
        except SandboxError:
            return math.nan


def finding(run: Run) -> float:
    """What a check program found: only its last line counts, and only if it ended well."""
    if run.stopped or run.status != 0:
        return math.nan
    return FINDINGS.get((run.stdout.strip().splitlines() or [""])[-1].strip(), math.nan)
