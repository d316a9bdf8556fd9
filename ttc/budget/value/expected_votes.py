"""How many votes a stopping rule will take, and how often it ends on the right answer; the rules are elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VoteOutcome:
    """Expectation over runs of a rule."""

    n: float  # candidates drawn
    accuracy: float  # in [0, 1]; a tie at the end counts half


def expected_votes(rate: float, stop: Callable[[int, int], bool], cap: int) -> VoteOutcome:
    """Follow `stop` (votes of the leader, of the other) exactly, for two answers of which the right one has `rate`.

    Dynamic programme over the counts (right, wrong): the rule is asked after each vote, and `cap` ends every run.
    """
    _check_rate(rate)
    reached = {(0, 0): 1.0}
    n = accuracy = 0.0
    for votes in range(1, cap + 1):
        after: dict[tuple[int, int], float] = {}
        for (right, wrong), chance in reached.items():
            after[right + 1, wrong] = after.get((right + 1, wrong), 0.0) + chance * rate
            after[right, wrong + 1] = after.get((right, wrong + 1), 0.0) + chance * (1 - rate)
        reached = {}
        for (right, wrong), chance in after.items():
            if votes == cap or stop(max(right, wrong), min(right, wrong)):
                n += chance * votes
                accuracy += chance * (1.0 if right > wrong else 0.5 if right == wrong else 0.0)
            else:
                reached[right, wrong] = chance
    return VoteOutcome(n, accuracy)


def esc_expected_n(shares: Sequence[float], window: int, cap: int) -> float:
    """Expected candidates of early-stopping self-consistency, which stops at a unanimous window (arXiv:2401.10480).

    window·(1 − (1 − q)^m) / q with q = Σ shares^window and m = cap / window, summed as window·Σ_{i<m} (1 − q)^i.
    `shares` are the chances of the distinct answers and add up to 1.
    """
    q, windows = _unanimous(shares, window, cap)
    return window * sum((1 - q) ** i for i in range(windows))


def esc_wrong_stop(shares: Sequence[float], window: int, cap: int) -> float:
    """Chance that the unanimous window is of a wrong answer; shares[0] is the right one's.

    Σ_{j≥1} shares[j]^window·Σ_{i<m} (1 − q)^i
    """
    q, windows = _unanimous(shares, window, cap)
    return (q - shares[0] ** window) * sum((1 - q) ** i for i in range(windows))


def certificate_expected_n(rate: float, cap: int) -> float:
    """Expected candidates until the leader of two answers cannot be overtaken any more before `cap`.

    lead > remaining means 2·leader > cap, so a run goes on while neither answer has more than cap // 2 votes:
    E[n] = Σ_{t<cap} P(t − cap // 2 ≤ Binomial(t, rate) ≤ cap // 2).
    """
    from scipy.stats import binom

    _check_rate(rate)
    half = cap // 2
    return float(sum(binom.cdf(half, t, rate) - binom.cdf(t - half - 1, t, rate) for t in range(cap)))


def _unanimous(shares: Sequence[float], window: int, cap: int) -> tuple[float, int]:
    if min(shares) < 0 or abs(sum(shares) - 1) > 1e-6:
        raise ValueError(f"shares {list(shares)} must be non-negative and add up to 1")
    if window < 1 or cap % window:
        raise ValueError(f"cap={cap} must be a multiple of window={window}")
    return sum(share**window for share in shares), cap // window


def _check_rate(rate: float) -> None:
    if not 0 <= rate <= 1:
        raise ValueError(f"rate={rate} must be in [0, 1]")
