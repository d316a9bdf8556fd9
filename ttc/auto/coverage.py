"""Coverage: the chance that at least one of k candidates is right."""

from __future__ import annotations

import math


def beta_coverage(alpha: float, beta: float, k: float) -> float:
    """Coverage at k when success rates over problems are Beta(alpha, beta): 1 − B(alpha, beta + k) / B(alpha, beta)."""
    _positive(alpha, beta)
    log_ratio = _log_beta(alpha, beta + k) - _log_beta(alpha, beta)
    return -math.expm1(log_ratio)


def beta_coverage_tail(alpha: float, beta: float, k: float) -> float:
    """The part not covered at large k: (Γ(alpha + beta) / Γ(beta))·k^(−alpha), a power law of exponent alpha.

    Schaeffer et al., 2025, "How do large language monkeys get their power (laws)?", arXiv:2502.17578.
    """
    _positive(alpha, beta)
    return math.exp(math.lgamma(alpha + beta) - math.lgamma(beta) - alpha * math.log(k))


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _positive(alpha: float, beta: float) -> None:
    if not (alpha > 0 and beta > 0):
        raise ValueError(f"alpha={alpha} and beta={beta} must be positive")
