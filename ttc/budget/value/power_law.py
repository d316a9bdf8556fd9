"""The exponentiated power law of coverage; to extrapolate, a Beta mixture is better and speaks of single problems."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """coverage(k) = exp(a·k^b) with a, b < 0 (Brown et al., 2024, "Large Language Monkeys", arXiv:2407.21787)."""

    a: float
    b: float

    def coverage(self, k: float) -> float:
        """Coverage at k candidates, in (0, 1)."""
        return math.exp(self.a * k**self.b)


def fit_power_law(ks: Sequence[float], coverages: Sequence[float]) -> PowerLaw:
    """Least-squares line through (ln k, ln(−ln coverage)); two points are met exactly. Coverages in (0, 1)."""
    if len(ks) != len(coverages) or len(set(ks)) < 2:
        raise ValueError(f"{len(ks)} ks and {len(coverages)} coverages: give one coverage for each of two or more ks")
    if not all(0 < coverage < 1 for coverage in coverages):
        raise ValueError(f"coverages {list(coverages)} must lie strictly between 0 and 1")
    x, y = [math.log(k) for k in ks], [math.log(-math.log(coverage)) for coverage in coverages]
    mean_x, mean_y = math.fsum(x) / len(x), math.fsum(y) / len(y)
    pairs = list(zip(x, y, strict=True))
    slope = sum((u - mean_x) * (v - mean_y) for u, v in pairs) / sum((u - mean_x) ** 2 for u in x)
    return PowerLaw(a=-math.exp(mean_y - slope * mean_x), b=slope)
