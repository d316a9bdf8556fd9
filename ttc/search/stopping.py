"""Stop rules for sampling answers one after the other.

A rule sees the labels of the candidates so far in INDEX order (see `voting`). So the decision does not depend on
which candidate happened to arrive first. The label -1 is an abstention: it counts as drawn but does not vote.
`waves` turns any rule into batches.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ttc.search.posterior import beta_confidence, dirichlet_confidence
from ttc.search.voting import ABSTAIN, weighted

Labels = Sequence[int]


class StopRule(Protocol):
    """Decides when further candidates cannot pay any more."""

    def stop(self, labels: Labels, cap: int, weights: Sequence[float] | None = None) -> bool:
        """Say whether to stop after these candidates.

        Args:
            labels: The answer group of each candidate, in index order; -1 abstains.
            cap: The most candidates that may be drawn.
            weights: The weight of each candidate's vote, for rules that weigh; None = all equal.
        """
        ...

    def reach(self, labels: Labels, cap: int) -> int:
        """Return the least number of further candidates after which the rule could stop, at most what `cap` leaves."""
        ...


@dataclass(frozen=True, slots=True)
class Never:
    """Draw all `cap` candidates: plain self-consistency."""

    def stop(self, labels: Labels, cap: int, weights: Sequence[float] | None = None) -> bool:
        """Stop at the cap."""
        return len(labels) >= cap

    def reach(self, labels: Labels, cap: int) -> int:
        """All that is left."""
        return max(cap - len(labels), 0)


@dataclass(frozen=True, slots=True)
class Certificate:
    """Stop when the lead exceeds the number of candidates still to come: the winner of all `cap` is then certain."""

    def stop(self, labels: Labels, cap: int, weights: Sequence[float] | None = None) -> bool:
        """Stop when no continuation can change or tie the winner."""
        leader, rival, *_ = [*_counts(labels), 0, 0]
        return leader - rival > cap - len(labels) or len(labels) >= cap

    def reach(self, labels: Labels, cap: int) -> int:
        """Every vote for the leader adds one to the lead and takes one from what is left."""
        return _votes_for_leader(self.stop, labels, cap)


@dataclass(frozen=True, slots=True)
class Beta:
    """Adaptive-Consistency: stop when `beta_confidence` >= `threshold` (Aggarwal et al. 2023, arXiv 2305.11860)."""

    threshold: float = 0.95

    def __post_init__(self) -> None:
        _check_threshold(self.threshold)

    def stop(self, labels: Labels, cap: int, weights: Sequence[float] | None = None) -> bool:
        """Compare the two most frequent labels."""
        return beta_confidence(_counts(labels)) >= self.threshold or len(labels) >= cap

    def reach(self, labels: Labels, cap: int) -> int:
        """Votes that the leader needs."""
        return _votes_for_leader(self.stop, labels, cap)


@dataclass(frozen=True, slots=True)
class Dirichlet:
    """Adaptive-Consistency over all labels seen: stop when `dirichlet_confidence` reaches `threshold`."""

    threshold: float = 0.95

    def __post_init__(self) -> None:
        _check_threshold(self.threshold)

    def stop(self, labels: Labels, cap: int, weights: Sequence[float] | None = None) -> bool:
        """Compare the leader with all other labels at once."""
        counts = _counts(labels)
        # beating everyone is never likelier than beating the runner-up, whose closed form costs less than the integral
        sure = beta_confidence(counts) >= self.threshold and dirichlet_confidence(counts) >= self.threshold
        return sure or len(labels) >= cap

    def reach(self, labels: Labels, cap: int) -> int:
        """Votes that the leader needs."""
        return _votes_for_leader(self.stop, labels, cap)


@dataclass(frozen=True, slots=True)
class Windows:
    """Early-stopping self-consistency (ESC): stop after a unanimous window (Li et al. 2024, arXiv 2401.10480).

    Windows of `size` candidates do not overlap. A window with an abstention in it is not unanimous.
    """

    size: int = 5

    def __post_init__(self) -> None:
        if self.size < 1:
            raise ValueError(f"size must be >= 1 candidate, got {self.size}; the paper uses 5")

    def answer(self, labels: Labels) -> int | None:
        """Return the label of the first unanimous window, None if there is none."""
        for start in range(0, len(labels) - self.size + 1, self.size):
            window = set(labels[start : start + self.size])
            if len(window) == 1 and ABSTAIN not in window:
                return window.pop()
        return None

    def stop(self, labels: Labels, cap: int, weights: Sequence[float] | None = None) -> bool:
        """Stop if one complete window is unanimous."""
        return self.answer(labels) is not None or len(labels) >= cap

    def reach(self, labels: Labels, cap: int) -> int:
        """The rest of the open window if it is clean so far, else that and one window more."""
        opened = len(labels) % self.size
        window = set(labels[len(labels) - opened :])
        spoilt = len(window) > 1 or ABSTAIN in window
        return min(self.size - opened + spoilt * self.size, cap - len(labels))


@dataclass(frozen=True, slots=True)
class Consensus:
    """Stop when the leader holds the part `threshold` of the votes, once `least` candidates have voted.

    With weights = confidences and least = 16 warm-up candidates this is DeepConf's consensus stop (arXiv 2508.15260).
    Without weights it is the majority-share rule. With threshold 1 it is the unanimity test of ModelSwitch.
    """

    threshold: float = 0.95
    least: int = 16

    def __post_init__(self) -> None:
        if not 0 < self.threshold <= 1 or self.least < 1:
            raise ValueError(
                f"need 0 < threshold <= 1 and least >= 1, got {self.threshold}, {self.least}; paper: .95, 16"
            )

    def stop(self, labels: Labels, cap: int, weights: Sequence[float] | None = None) -> bool:
        """Compare the leader's share of all weight."""
        if len(labels) >= cap:
            return True
        if sum(_counts(labels)) < self.least:
            return False
        shares = weighted(labels, np.ones(len(labels)) if weights is None else weights).shares
        return max(shares.values()) >= self.threshold - 1e-12

    def reach(self, labels: Labels, cap: int) -> int:
        """Votes that the leader needs if all weigh the same."""
        return _votes_for_leader(self.stop, labels, cap)


@dataclass(frozen=True, slots=True)
class FirstFinished:
    """short-m@k: start all k, stop when the first `m` are finished (Hassid et al. 2025, arXiv 2505.17813).

    The one rule whose order is that of finishing: `labels` are those of the finished candidates. For a run that is the
    same whatever the latencies, let the length in tokens decide which finished first.
    """

    m: int = 3

    def __post_init__(self) -> None:
        if self.m < 1:
            raise ValueError(f"m must be >= 1, got {self.m}")

    def stop(self, labels: Labels, cap: int, weights: Sequence[float] | None = None) -> bool:
        """Stop with `m` finished."""
        return len(labels) >= min(self.m, cap)

    def reach(self, labels: Labels, cap: int) -> int:
        """All must be running from the start."""
        return max(cap - len(labels), 0)


STOP_RULES: dict[str, Callable[..., StopRule]] = {
    "none": Never,
    "certificate": Certificate,
    "beta": Beta,
    "dirichlet": Dirichlet,
    "esc": Windows,
    "consensus": Consensus,
    "short_m_k": FirstFinished,
}


def stop_rule(name: str, **knobs: float) -> StopRule:
    """Return the stop rule of this name with these knobs."""
    if name not in STOP_RULES:
        raise ValueError(f"stop rule {name!r} is unknown; choose one of {', '.join(STOP_RULES)}")
    return STOP_RULES[name](**knobs)


def _counts(labels: Labels) -> list[int]:
    """Return the votes of each label, most first; abstentions do not vote."""
    votes = Counter(labels)
    votes.pop(ABSTAIN, None)
    return sorted(votes.values(), reverse=True)


def _votes_for_leader(stop: Callable[[Labels, int], bool], labels: Labels, cap: int) -> int:
    """Return the least number of further votes, all for the leading label, at which `stop` holds (by bisection)."""
    voters = [label for label in labels if label != ABSTAIN]
    leader = Counter(voters).most_common(1)[0][0] if voters else 0
    low, high = 0, max(cap - len(labels), 0)
    while low < high:
        middle = (low + high) // 2
        if stop([*labels, *[leader] * middle], cap):
            high = middle
        else:
            low = middle + 1
    return low


def _check_threshold(threshold: float) -> None:
    if not 0.5 < threshold < 1:
        raise ValueError(f"threshold must be in (0.5, 1), got {threshold}; the paper uses 0.95")
