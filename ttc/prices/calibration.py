"""The calibration of a server: what `ttc calibrate` measured and fitted, as a file for `ttc plan` and `auto`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ttc.prices.latency import LatencyLaw, LatencyLaws, fit_decode, fit_prefill

Point = tuple[float, float, float]
Burst = tuple[float, float, float, float]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
LEAST_POINTS = 10
"""Fewer points are kept but not fitted."""


class PrefixCache(BaseModel):
    """The same prompt twice, for one token each; and calls sent together whose prompts begin alike."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt_tokens: int
    cold_seconds: Positive
    warm_seconds: Positive
    cached_tokens: int  # of the second, as the server reports it; 0 where it reports none
    together: float | None = None  # share in [0, 1] of the common start that all but the first were served


class ServerCalibration(BaseModel):
    """One server as it was measured. It is a `ttc.plan.Timing`: predictions take it as it is.

    `decode` and `prefill` are None where too few points could be measured. A decode point is (batch, context tokens in
    all, seconds of a step). A prefill point is (calls sent together, new tokens of each, cached tokens of each, seconds
    until all have their one token).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[2] = 2
    url: str
    model: str
    date: str  # ISO 8601
    decode: LatencyLaw | None = None
    prefill: LatencyLaw | None = None
    decode_points: tuple[Point, ...] = ()
    prefill_points: tuple[Burst, ...] = ()
    prefix_cache: PrefixCache | None = None
    kv_capacity: int | None = None  # tokens
    slots: int | None = None  # sequences decoded at once, where the server has a limit
    complete: bool = True  # False: the time or the user ended the measuring early
    conditions: dict[str, str] = Field(default_factory=dict)

    @classmethod
    def fitted(
        cls, url: str, model: str, date: str, decode: list[Point], prefill: list[Burst], **fields: object
    ) -> ServerCalibration:
        """The calibration with both laws fitted, each where there are points enough."""
        return cls.model_validate(
            {
                "url": url,
                "model": model,
                "date": date,
                "decode": fit_decode(decode) if len(decode) >= LEAST_POINTS else None,
                "prefill": fit_prefill(prefill) if len(prefill) >= LEAST_POINTS else None,
                "decode_points": decode,
                "prefill_points": prefill,
                **fields,
            }
        )

    @property
    def lacking(self) -> str:
        """Why there are no laws, in words; empty where there are."""
        if self.decode is not None and self.prefill is not None:
            return ""
        have = f"{len(self.decode_points)} decode and {len(self.prefill_points)} prefill points"
        return (
            f"the calibration of {self.url} has {have}, and {LEAST_POINTS} of each make its laws; measure longer: "
            "ttc calibrate --minutes 5"
        )

    @property
    def laws(self) -> LatencyLaws:
        """Both laws; ValueError where one could not be fitted."""
        if self.decode is None or self.prefill is None:
            raise ValueError(self.lacking)
        return LatencyLaws(self.decode, self.prefill, dict(self.conditions))

    @property
    def trusted(self) -> bool:
        """Whether both laws are there and err by at most 15 % on points that they were not fitted to."""
        return self.decode is not None and self.prefill is not None and not self.laws.fallback

    def decode_step(self, batch: float, context_tokens: float) -> float:
        """Seconds of a decode step of `batch` sequences with `context_tokens` in all."""
        return self.laws.decode_step(batch, context_tokens)

    def prefill_seconds(self, new_tokens: float, cached_tokens: float = 0, requests: float = 1) -> float:
        """Seconds until `requests` calls sent together have their first tokens."""
        return self.laws.prefill_seconds(new_tokens, cached_tokens, requests)

    @property
    def limits(self) -> tuple[float, float]:
        """(slots, KV capacity), infinite where unknown."""
        return self.slots or math.inf, self.kv_capacity or math.inf

    @property
    def cached(self) -> float:
        """Share of a repeated prompt that the prefix cache served, in [0, 1]; by time where it is not reported."""
        cache = self.prefix_cache
        if cache is None:
            return 0.0
        if cache.cached_tokens:
            return min(1.0, cache.cached_tokens / cache.prompt_tokens)
        return float(cache.warm_seconds < cache.cold_seconds / 2)

    @property
    def shared(self) -> float:
        """Share of a common start that calls sent together do not read anew, in [0, 1]; `cached` where not measured."""
        cache = self.prefix_cache
        return self.cached if cache is None or cache.together is None else cache.together

    def save(self, path: str | Path) -> None:
        """Write it as JSON."""
        Path(path).write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> ServerCalibration:
        """Read what `save` wrote; pydantic's ValidationError, a ValueError, names any wrong field."""
        return cls.model_validate_json(Path(path).read_text(encoding="utf-8"))
