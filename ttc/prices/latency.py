"""Fit the latency laws of a real server to measurements of it; the measuring itself happens elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

_FOLDS = 5


@dataclass(frozen=True, slots=True)
class LatencyLaw:
    """A non-negative linear law, fitted: seconds = Σ coefficients·features, and its error on points held out."""

    coefficients: tuple[float, ...]
    mape: float  # mean |predicted − measured| / measured over held-out points


@dataclass(frozen=True, slots=True)
class LatencyLaws:
    """What was measured on one server, with both laws.

        step    = a + b·batch + c·context_tokens
        prefill = e + r·(f·new + g·(new²/2 + cached·new) + h)

    context_tokens are summed over the batch. r calls are sent together, for one token each. e is their round trip, f
    and g the reading of their prompts, h what every call costs.

    Args:
        decode: Its coefficients are (a, b, c).
        prefill: Its coefficients are (e, f, g, h).
    """

    decode: LatencyLaw
    prefill: LatencyLaw
    conditions: dict[str, str] = field(default_factory=dict)  # device, driver, server version, dtype, flags, date
    max_mape: float = 0.15  # laws with a larger error are not to be trusted

    @property
    def fallback(self) -> bool:
        """True if a law fits too badly: plan with the measured points themselves, or do not promise seconds."""
        return max(self.decode.mape, self.prefill.mape) > self.max_mape

    def decode_step(self, batch: float, context_tokens: float) -> float:
        """Seconds of a decode step of `batch` sequences with `context_tokens` in all."""
        a, b, c = self.decode.coefficients
        return a + b * batch + c * context_tokens

    def prefill_seconds(self, new_tokens: float, cached_tokens: float = 0, requests: float = 1) -> float:
        """Seconds until `requests` calls sent together have their first tokens, each after `new_tokens` of a prompt of
        which `cached_tokens` more were known."""
        e, f, g, h = self.prefill.coefficients
        return e + requests * (f * new_tokens + g * (new_tokens**2 / 2 + cached_tokens * new_tokens) + h)

    @classmethod
    def from_json(cls, text: str | bytes) -> LatencyLaws:
        """Read the laws from a JSON object; pydantic's ValidationError, a ValueError, names any wrong field."""
        from pydantic import TypeAdapter

        return TypeAdapter(cls).validate_json(text)


def fit_decode(points: Sequence[tuple[float, float, float]]) -> LatencyLaw:
    """Fit (a, b, c) to points (batch, context tokens in all, seconds of one step)."""
    return _fit([(1.0, batch, context) for batch, context, _ in points], [point[2] for point in points])


def fit_prefill(points: Sequence[tuple[float, float, float, float]]) -> LatencyLaw:
    """Fit (e, f, g, h) to points (requests sent together, new tokens of each, cached tokens of each, seconds)."""
    features = [(1.0, r * new, r * (new**2 / 2 + cached * new), r) for r, new, cached, _ in points]
    return _fit(features, [point[3] for point in points])


def _fit(rows: Sequence[tuple[float, ...]], measured: Sequence[float]) -> LatencyLaw:
    """Least squares of *relative* errors (weights 1/seconds), coefficients >= 0, error by 5-fold cross-validation."""
    features, seconds = np.asarray(rows, dtype=float), np.asarray(measured, dtype=float)
    if len(seconds) < 2 * _FOLDS:
        raise ValueError(f"{len(seconds)} points are too few to fit and check a law: measure at least {2 * _FOLDS}")
    if not np.all(np.isfinite(features)) or not np.all((seconds > 0) & np.isfinite(seconds)):
        raise ValueError(
            f"all numbers must be finite and seconds positive; they go from {seconds.min()} to {seconds.max()}"
        )
    # points come in the order of a grid: shuffled, no fold is a whole row of it, which would ask to extrapolate
    fold = np.random.default_rng(0).permutation(len(seconds)) % _FOLDS
    errors: list[Any] = []
    for held_out in range(_FOLDS):
        test = fold == held_out
        predicted = features[test] @ _solve(features[~test], seconds[~test])
        errors.extend(np.abs(predicted / seconds[test] - 1))
    coefficients = _solve(features, seconds)
    return LatencyLaw(tuple(float(value) for value in coefficients), float(np.mean(errors)))


def _solve(features: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    from scipy.optimize import nnls

    relative = features / seconds[:, None]
    scale = np.maximum(np.linalg.norm(relative, axis=0), np.finfo(float).tiny)  # columns differ by 10 powers of ten
    solution: np.ndarray = nnls(relative / scale, np.ones(len(seconds)))[0] / scale
    return solution
