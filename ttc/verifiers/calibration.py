"""Calibration: maps from scores to P(correct), fitted on labelled scores, kept as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Kind: TypeAlias = Literal["isotonic", "platt", "temperature"]
Floats: TypeAlias = NDArray[np.float64]


class Calibrator(Protocol):
    """A map from scores to P(correct), both in [0, 1]; nan stays nan. None of them turns the order of scores round."""

    def __call__(self, scores: ArrayLike) -> Floats:
        """P(correct) for each score."""


@dataclass(frozen=True, slots=True)
class Isotonic:
    """A rising step function, straight between its knots (Zadrozny and Elkan 2002): free form, needs many labels."""

    scores: tuple[float, ...]
    chances: tuple[float, ...]
    kind: ClassVar[str] = "isotonic"

    def __call__(self, scores: ArrayLike) -> Floats:
        """P(correct) for each score; beyond the knots the nearest one."""
        values = np.asarray(scores, dtype=float)
        return np.where(np.isnan(values), np.nan, np.interp(values, self.scores, self.chances))

    @classmethod
    def fit(cls, scores: Floats, right: Floats) -> Isotonic:
        """Pool adjacent violators on the mean of `right` at each distinct score."""
        from scipy.optimize import isotonic_regression

        knots, where, counts = np.unique(scores, return_inverse=True, return_counts=True)
        means = np.bincount(where, weights=right) / counts
        fitted = isotonic_regression(means, weights=counts).x
        inner = np.r_[True, (fitted[1:-1] != fitted[:-2]) | (fitted[1:-1] != fitted[2:]), True][: len(knots)]
        return cls(tuple(knots[inner].tolist()), tuple(np.clip(fitted[inner], 0.0, 1.0).tolist()))


@dataclass(frozen=True, slots=True)
class Platt:
    """sigmoid(slope * logit(score) + offset) (Platt 1999): two numbers, for a hundred labels or so."""

    slope: float
    offset: float
    kind: ClassVar[str] = "platt"

    def __call__(self, scores: ArrayLike) -> Floats:
        """P(correct) for each score."""
        return _sigmoid(self.slope * _logit(scores) + self.offset)

    @classmethod
    def fit(cls, scores: Floats, right: Floats) -> Platt:
        """Least cross-entropy, against Platt's targets (n+ + 1)/(n+ + 2) and 1/(n- + 2) instead of 1 and 0."""
        from scipy.optimize import minimize

        good = right.sum()
        targets = np.where(right > 0, (good + 1) / (good + 2), 1 / (len(right) - good + 2))
        x = _logit(scores)
        found = minimize(
            lambda p: _cross_entropy(p[0] * x + p[1], targets), (1.0, 0.0), bounds=[(0.0, None), (None, None)]
        )
        return cls(float(found.x[0]), float(found.x[1]))


@dataclass(frozen=True, slots=True)
class Temperature:
    """sigmoid(logit(score) / temperature) (Guo et al. 2017, arXiv 1706.04599): one number, 1/2 stays 1/2."""

    temperature: float
    kind: ClassVar[str] = "temperature"

    def __call__(self, scores: ArrayLike) -> Floats:
        """P(correct) for each score."""
        return _sigmoid(_logit(scores) / self.temperature)

    @classmethod
    def fit(cls, scores: Floats, right: Floats) -> Temperature:
        """Least cross-entropy over temperatures from 0.01 to 100."""
        from scipy.optimize import minimize_scalar

        x = _logit(scores)
        widest = math.log(100.0)
        found = minimize_scalar(
            lambda log_t: _cross_entropy(x / math.exp(log_t), right), bounds=(-widest, widest), method="bounded"
        )
        return cls(math.exp(float(found.x)))


_KINDS: dict[str, type[Isotonic] | type[Platt] | type[Temperature]] = {
    c.kind: c for c in (Isotonic, Platt, Temperature)
}  # fmt: skip


def fit(scores: ArrayLike, right: Sequence[bool] | NDArray[np.bool_], kind: Kind = "isotonic") -> Calibrator:
    """A calibrator for scores of labelled candidates.

    Args:
        scores: [n] in [0, 1]; nan scores are left out.
        right: [n] whether each candidate is right.
        kind: "isotonic", or a scaling.
    """
    if kind not in _KINDS:
        raise ValueError(f"kind is {kind!r}; it must be one of {', '.join(_KINDS)}")
    values, labels = labelled(scores, right)
    if len(values) < 2 or labels.min() == labels.max():
        raise ValueError(f"{len(values)} scores with {int(labels.sum())} right ones fit nothing; both kinds are needed")
    return _KINDS[kind].fit(values, labels)


def labelled(scores: ArrayLike, right: Sequence[bool] | NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """The known scores and their labels as 1 and 0; ValueError where they do not match."""
    values, labels = np.asarray(scores, dtype=float), np.asarray(right, dtype=float)
    if values.shape != labels.shape or values.ndim != 1:
        raise ValueError(f"scores have the shape {values.shape} and labels {labels.shape}; both must be [n]")
    known = ~np.isnan(values)
    if np.any((values[known] < 0) | (values[known] > 1)):
        raise ValueError(f"scores reach from {values[known].min()} to {values[known].max()}; they must lie in [0, 1]")
    return values[known], labels[known]


def save(calibrator: Isotonic | Platt | Temperature, path: str | Path) -> None:
    """Write a calibrator as JSON: its kind and its numbers."""
    Path(path).write_text(json.dumps({"kind": calibrator.kind, **asdict(calibrator)}), encoding="utf-8")


def load(path: str | Path) -> Calibrator:
    """A calibrator written by `save`."""
    fields = json.loads(Path(path).read_text(encoding="utf-8"))
    kind = fields.pop("kind", None)
    if kind not in _KINDS:
        raise ValueError(f"{path} holds a calibrator of kind {kind!r}; it must be one of {', '.join(_KINDS)}")
    values: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in fields.items()}
    return _KINDS[kind](**values)


def _logit(scores: ArrayLike) -> Floats:
    inside = np.clip(np.asarray(scores, dtype=float), 1e-6, 1.0 - 1e-6)
    odds: Floats = np.log(inside) - np.log1p(-inside)
    return odds


def _sigmoid(x: Floats) -> Floats:
    half: Floats = 0.5 * (1.0 + np.tanh(0.5 * x))
    return half


def _cross_entropy(logits: Floats, targets: Floats) -> float:
    """Mean of -t log p - (1 - t) log(1 - p), without overflow."""
    return float(np.mean(np.logaddexp(0.0, logits) - targets * logits))
