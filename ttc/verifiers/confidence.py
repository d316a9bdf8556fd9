"""Confidence: a candidate is as good as the model was sure of its own tokens."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from ttc.errors import check_range
from ttc.search.confidence import bottom_confidence, lowest_confidence, mean_confidence, tail_confidence
from ttc.types import ABSTAIN, Candidate, Verdict
from ttc.verifiers.label import TOP

if TYPE_CHECKING:
    from ttc.core.session import Session


@dataclass(frozen=True)
class Confidence:
    """Score by how sure the model was of the candidate's tokens (Fu et al. 2025, DeepConf, arXiv 2508.15260).

    By default a token's confidence is its own log-probability, and the score is the geometric mean of the
    probabilities. Scores rank candidates of one problem; they are no calibrated P(correct). Abstains without
    log-probabilities.

    Args:
        pool: "mean": all tokens. "tail": the last `window`. "lowest": the worst run of `window` tokens. "bottom": the
            mean of the worst tenth of all runs.
        window: Tokens of a run.
        top: Take DeepConf's C, minus the mean log-probability of the 20 likeliest tokens, as the paper does; the score
            is C / (1 + C). Over the mean it is the nearest to self-certainty (Kang et al. 2025, arXiv 2502.18581) that
            a server's top 20 allow.
    """

    pool: Literal["mean", "tail", "lowest", "bottom"] = "mean"
    window: int = 64
    top: bool = False

    paper: ClassVar[str] = "Fu et al. 2025, arXiv 2508.15260"
    asks_no_model: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_range("[1, inf)", window=self.window)

    @property
    def needs(self) -> frozenset[str]:
        """Log-probabilities of the tokens, or of the likeliest at each place."""
        return frozenset({"top_logprobs" if self.top else "logprobs"})

    @property
    def logprobs(self) -> int:
        """What sessions must ask the server for: 0 = the log-probabilities of the sampled tokens, k = the top k."""
        return TOP if self.top else 0

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        """One score in [0, 1] for each candidate."""
        return [self._verdict(c.confidences if self.top else c.logprobs) for c in candidates]

    def _verdict(self, tokens: Sequence[float] | None) -> Verdict:
        pooled = math.nan if not tokens else self._pooled(tokens)
        if math.isnan(pooled):
            return ABSTAIN
        if self.top:
            return Verdict(pooled / (1.0 + pooled), f"{self.pool} confidence {pooled:.3f}")
        return Verdict(min(1.0, math.exp(pooled)), f"{self.pool} log-probability {pooled:.3f}")

    def _pooled(self, tokens: Sequence[float]) -> float:
        if self.pool == "mean":
            return mean_confidence(tokens)
        pools = {"tail": tail_confidence, "lowest": lowest_confidence, "bottom": bottom_confidence}
        return pools[self.pool](tokens, self.window)
