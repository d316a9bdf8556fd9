"""Veto: a reward counts only where a check, such as running a program, does not find the solution wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from ttc.core.needs import needs_of_all
from ttc.core.verifier import Verifier, logprobs_for
from ttc.types import Candidate, Verdict
from ttc.verifiers.nested import nested

if TYPE_CHECKING:
    from ttc.core.session import Session


@dataclass(frozen=True)
class Veto:
    """T1's f(y) r(y) (Kang et al. 2025, arXiv 2504.04718): the score of `reward`, or 0 where `check` finds y wrong.

    A check below 1/2 is a veto; one that abstains is none, since a program that could not be written says nothing of
    the solution. Where all that have a reward are vetoed the check has told nothing about which is best, and the
    rewards stand as they are. The paper's choice is best_of_n(weight="answer") with this verifier.
    """

    reward: str | Verifier = "self_verify"
    check: str | Verifier = "tool_check"

    paper: ClassVar[str] = "Kang et al. 2025, arXiv 2504.04718"

    @cached_property
    def parts(self) -> tuple[Verifier, Verifier]:
        """The verifier that rewards and the one that checks."""
        return nested(self.reward), nested(self.check)

    @property
    def needs(self) -> frozenset[str]:
        """What its verifiers need."""
        return needs_of_all(self.parts)

    @property
    def logprobs(self) -> int | None:
        """What sessions must ask the server for: the most that a part needs."""
        return logprobs_for(*self.parts)

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        """The rewards, those of vetoed candidates 0."""
        rewards, checks = [list(await part.verify(session, candidates)) for part in self.parts]
        vetoed = [check.known and check.score < 0.5 for check in checks]
        passes = any(reward.known and not veto for reward, veto in zip(rewards, vetoed, strict=True))
        session.note("vetoed", ids=[c.id for c, veto in zip(candidates, vetoed, strict=True) if veto], counted=passes)
        if not passes:
            return rewards
        return [
            replace(reward, score=0.0, reason=f"vetoed ({check.reason}); {reward.reason}") if veto else reward
            for reward, check, veto in zip(rewards, checks, vetoed, strict=True)
        ]
