"""Which answers the next samples will give, as far as a few samples tell: Hoppe's urn (1984).

The next sample repeats an answer with a chance proportional to how often it came, or gives a new one in proportion to
`Workload.novelty`. It is exchangeable and needs no list of possible answers. Its draws differ from run to run as our
knowledge does: after four equal samples it is sure of little more than that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

from ttc.forecast.workload import Workload
from ttc.search.stopping import StopRule
from ttc.search.waves import next_wave, waves_left

T = TypeVar("T")

KEPT = 0.75
"""P(a solution that is written from earlier ones keeps the answer of one of them), before any is seen (ours)."""
RUNS = 32
"""Simulated runs for an expectation."""
SEED = 20260201
ABSTAIN = -1


class Urn:
    """One run's answers; every draw is remembered. What the probes said is in it from the start."""

    def __init__(self, w: Workload, rng: Random):
        self.counts, self.novelty = list(w.answers), w.novelty
        self.rng = rng
        voters = sum(self.counts)
        self.p_silent = rng.betavariate(w.silent + 0.1, voters + 0.9) if voters + w.silent else 0.0

    def draw(self, n: int) -> list[int]:
        """The labels of the next n samples; ABSTAIN gave no answer."""
        return [self._one() for _ in range(n)]

    def _one(self) -> int:
        if self.p_silent and self.rng.random() < self.p_silent:
            return ABSTAIN
        place = self.rng.random() * (sum(self.counts) + self.novelty)
        for label, count in enumerate(self.counts):
            place -= count
            if place < 0:
                self.counts[label] += 1
                return label
        self.counts.append(1)
        return len(self.counts) - 1


def waves_by(rule: StopRule, urn: Urn, cap: int, waves: int | None, labels: Sequence[int] = ()) -> list[int]:
    """The sizes of the waves that one run draws until the rule stops, after those labels; None = no limit on waves."""
    drawn, sizes = list(labels), list[int]()
    while size := next_wave(rule, drawn, cap, cap, waves_left=waves_left(waves, len(sizes))):
        sizes.append(size)
        drawn += urn.draw(size)
    return sizes


def differing(w: Workload, n: int) -> float:
    """The expected share of pairs of n solutions that give different answers."""

    def run(urn: Urn) -> float:
        labels = [label for label in urn.draw(n) if label >= 0]
        pairs = len(labels) * (len(labels) - 1)
        same = sum(labels.count(label) * (labels.count(label) - 1) for label in set(labels))
        return 1 - same / pairs if pairs else 0.0

    shares = simulated(w, run)
    return sum(shares) / len(shares)


def simulated(w: Workload, run: Callable[[Urn], T], runs: int = RUNS) -> list[T]:
    """`run` on so many urns; what it returns of each."""
    return [run(Urn(w, Random(SEED + number))) for number in range(runs)]
