"""Tree search with refinement of weak steps: whom to descend to, and how long to refine.

Chang et al. (2025), "Step-level Verifier-guided Hybrid Test-Time Scaling", arXiv 2507.15512. A path follows the child
with the highest `puct`; the step it arrives at is rewritten while `RefineRule.goes_on`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

# Constants of AlphaZero (Silver et al., 2018): exploration grows slowly with the visits of the parent.
PUCT_BASE = 19652.0
PUCT_INIT = 1.25


def puct(values: FloatArray, visits: FloatArray, priors: FloatArray) -> FloatArray:
    """Selection value of each child [n]: its value plus an exploration bonus; the search descends to the greatest.

    The bonus is (ln((N + 19653) / 19652) + 1.25) * sqrt(N) / (visits + 1) * prior. N counts the paths through the
    parent: those through its children, and the one that created them.

    Args:
        values: [n] process rewards in [0, 1].
        visits: [n] paths through each child.
        priors: [n] probabilities, see `step_prior`.
    """
    parent = float(visits.sum()) + 1.0
    rate = math.log((parent + PUCT_BASE + 1.0) / PUCT_BASE) + PUCT_INIT
    bonus: FloatArray = rate * math.sqrt(parent) / (visits + 1.0) * priors
    return values + bonus


def step_prior(logprobs: Sequence[float]) -> float:
    """Length-averaged probability of a step, exp of the mean log-probability of its tokens, in (0, 1]."""
    if len(logprobs) == 0:
        raise ValueError("logprobs is empty; a step has at least one token")
    return math.exp(math.fsum(logprobs) / len(logprobs))


@dataclass(frozen=True, slots=True)
class RefineRule:
    """When to stop rewriting a step, given its score and the score of every rewrite so far, oldest first."""

    enough: float = 0.9  # a step that scores more needs no critic at all
    rounds: int = 5  # at most
    gain: float = 0.2  # less than this over the best version so far is a poor round
    patience: int = 2  # consecutive poor rounds that end the refinement

    def best(self, score: float, rewrites: Sequence[float]) -> float:
        """Score of the version that is kept: a rewrite replaces the step only if it scores more."""
        return max(score, *rewrites, score)

    def goes_on(self, score: float, rewrites: Sequence[float]) -> bool:
        """Whether to ask for one more rewrite.

        The gain of a round is taken against the best score BEFORE the round; taken after it, no round would ever gain.
        """
        if self.best(score, rewrites) > self.enough or len(rewrites) >= self.rounds:
            return False
        poor, best = 0, score
        for rewrite in rewrites:
            poor = poor + 1 if rewrite - best < self.gain else 0
            best = max(best, rewrite)
        return poor < self.patience
