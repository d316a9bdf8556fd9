"""Try again until an imperfect verifier accepts: what at most K tries are worth, and the best K.

Stroebl, Kapoor, Narayanan, 2024, "Inference Scaling fLaws", arXiv:2411.17501. Their notebook weighs the survivors
twice (posterior times chance of getting there), so its values differ; the best K agree.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetryModel:
    """Problems of several difficulties, and a verifier that errs. Problems that survive rejections are harder.

    accept right: completeness·rate;  accept wrong: (1 − rate)·(1 − soundness);  reject: what is left.
    """

    shares: tuple[float, ...]  # of each difficulty, adding up to 1
    rates: tuple[float, ...]  # chance that a candidate is right, for each difficulty
    completeness: float  # share of right answers that are accepted
    soundness: float  # share of wrong answers that are rejected
    wrong_value: float = 0.0  # of accepting a wrong answer, usually negative; a right one is worth 1

    def __post_init__(self) -> None:
        if len(self.shares) != len(self.rates) or abs(sum(self.shares) - 1) > 1e-6:
            raise ValueError(f"shares {self.shares} must add up to 1, one for each of the rates {self.rates}")
        for value in (*self.shares, *self.rates, self.completeness, self.soundness):
            if not 0 <= value <= 1:
                raise ValueError(f"{value} must be in [0, 1]: shares, rates, completeness and soundness are chances")

    def value(self, tries: float) -> float:
        """Expected value of at most `tries` tries (math.inf allowed): Σ_i share_i·gain_i·Σ_{k<tries} reject_i^k."""
        return math.fsum(
            share * self._gain(rate) * _geometric(self._reject(rate), tries)
            for share, rate in zip(self.shares, self.rates, strict=True)
        )

    def best_tries(self, most: int = 200) -> float:
        """The number of tries of highest value, 0 to `most`, or math.inf if trying on is better than all of these.

        With a single difficulty it is 0 or infinity: only a mixture has a finite optimum.
        """
        values = [self.value(tries) for tries in range(most + 1)]
        best = max(range(most + 1), key=values.__getitem__)
        limit = self.value(math.inf)
        return math.inf if limit > 0 and limit >= values[best] else best

    def accepted_accuracy(self, rate: float) -> float:
        """P(right | accepted) at one difficulty, which no number of tries exceeds: right / (right + wrong)."""
        right, wrong = self.completeness * rate, (1 - rate) * (1 - self.soundness)
        return right / (right + wrong) if right + wrong else math.nan

    def _gain(self, rate: float) -> float:
        accepted_wrong = (1 - rate) * (1 - self.soundness)
        return self.completeness * rate + accepted_wrong * self.wrong_value

    def _reject(self, rate: float) -> float:
        return (1 - self.completeness) * rate + self.soundness * (1 - rate)


def _geometric(ratio: float, terms: float) -> float:
    """Σ_{k<terms} ratio^k; for ratio 1 nothing is ever accepted, so the sum is multiplied by 0 anyway."""
    if ratio == 1:
        return 0.0
    return (1.0 - float(ratio**terms)) / (1.0 - ratio)
