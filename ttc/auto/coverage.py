"""Coverage: the chance that at least one of k candidates is right."""

from __future__ import annotations

import math


def pass_at_k(n: int, correct: int, k: int) -> float:
    """Unbiased estimate of coverage from `correct` right ones among n candidates (Chen et al., 2021, arXiv:2107.03374).

    1 − C(n − correct, k) / C(n, k), as a product that has a factor 0 when fewer than k candidates are wrong.
    """
    if not 0 <= correct <= n:
        raise ValueError(f"correct={correct} must be between 0 and n={n}")
    if not 0 <= k <= n:
        raise ValueError(f"k={k} must be between 0 and n={n}: more would be extrapolation, see beta_coverage")
    return 1.0 - math.prod(1.0 - k / i for i in range(n - correct + 1, n + 1))


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
