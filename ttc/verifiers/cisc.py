"""CISC: confidences become weights that add up to 1, sharp or flat by a temperature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from ttc.core.needs import needs_of_all
from ttc.core.verifier import Verifier, logprobs_for
from ttc.errors import check_range
from ttc.search.voting import cisc_weights
from ttc.types import Candidate, Verdict
from ttc.verifiers.nested import nested

if TYPE_CHECKING:
    from ttc.core.session import Session


@dataclass(frozen=True)
class Cisc:
    """Score = softmax(confidence / temperature) over the batch (Taubenfeld et al. 2025, arXiv 2502.06233).

    `confidence` is any verifier, in the paper P(True) read at one token. With best_of_n(weight="answer") the scores add
    up to the vote of CISC. A low temperature listens to the best single candidate, a high one counts heads; it is tuned
    per model. What the verifier cannot judge stays unknown.
    """

    confidence: str | Verifier = "self_verify"
    temperature: float = 0.5

    paper: ClassVar[str] = "Taubenfeld et al. 2025, arXiv 2502.06233"

    def __post_init__(self) -> None:
        check_range("(0, inf]", "a high one counts heads", temperature=self.temperature)

    @property
    def needs(self) -> frozenset[str]:
        """What its verifier needs."""
        return needs_of_all(self.parts)

    @property
    def parts(self) -> tuple[Verifier]:
        """The verifier inside."""
        return (self.inner,)

    @property
    def logprobs(self) -> int | None:
        """What sessions must ask the server for: what the verifier needs."""
        return logprobs_for(self.inner)

    @cached_property
    def inner(self) -> Verifier:
        """The verifier whose scores are the confidences."""
        return nested(self.confidence)

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        """One weight for each candidate; they add up to 1."""
        verdicts = list(await self.inner.verify(session, candidates))
        if not any(verdict.known for verdict in verdicts):
            return verdicts
        weights = cisc_weights([verdict.score for verdict in verdicts], self.temperature)
        return [
            replace(verdict, score=float(weight.clip(0.0, 1.0)), reason=f"weight of {verdict.reason}")
            for verdict, weight in zip(verdicts, weights, strict=True)
        ]
