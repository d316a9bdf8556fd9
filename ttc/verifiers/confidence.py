"""Confidence: a candidate is as good as the model was sure of its own tokens."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from ttc.types import ABSTAIN, Candidate, Verdict

if TYPE_CHECKING:
    from ttc.session import Session


@dataclass(frozen=True)
class Confidence:
    """Score = geometric mean of the probabilities of a candidate's tokens, over the part that `pool` names.

    mean: all tokens; tail: the last `window`; lowest: the worst run of `window` tokens (the group confidence of
    DeepConf, Fu et al. 2025, arXiv 2508.15260, here on the sampled tokens, so that one log-probability a token is
    enough). The score ranks candidates of one problem; it is no calibrated P(correct). Abstains without
    log-probabilities.
    """

    pool: Literal["mean", "tail", "lowest"] = "mean"
    window: int = 64

    paper: ClassVar[str] = "Fu et al. 2025, arXiv 2508.15260"
    access: ClassVar[str] = "logprobs"
    logprobs: ClassVar[int] = 0
    """What sessions must ask the server for: 0 = the log-probabilities of the sampled tokens."""

    def __post_init__(self) -> None:
        if self.window < 1:
            raise ValueError(f"window is {self.window}; it must be at least 1 token")

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        """One score in (0, 1] for each candidate."""
        return [self._verdict(candidate.logprobs) for candidate in candidates]

    def _verdict(self, logprobs: Sequence[float] | None) -> Verdict:
        if not logprobs:
            return ABSTAIN
        from ttc.search.confidence import lowest_confidence, mean_confidence, tail_confidence

        if self.pool == "mean":
            mean = mean_confidence(logprobs)
        elif self.pool == "tail":
            mean = tail_confidence(logprobs, self.window)
        else:
            mean = lowest_confidence(logprobs, self.window)
        return Verdict(min(1.0, math.exp(mean)), f"{self.pool} log-probability {mean:.3f}")
