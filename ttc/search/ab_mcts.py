"""AB-MCTS-A: decide at each node by Thompson sampling whether to go wider (a new child) or deeper (an existing one).

Inoue et al. (2025), "Wider or Deeper? Scaling LLM Inference-Time Compute with Adaptive Branching Tree Search", arXiv
2503.04412. A node has an arm for a new child (generate), one for descending (continue) and, behind that, one for each
child. The arms' rewards are read off the tree itself, so results may arrive in any order and count once:

- generate: the scores of the node's children;
- continue: the scores of all descendants further down;
- child c: the score of c and of all its descendants.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, Self

import numpy as np


class Posterior(Protocol):
    """Belief about the mean reward of an arm."""

    def given(self, rewards: Sequence[float]) -> Self:
        """The belief after these rewards, each in [0, 1]."""
        ...

    def draw(self, rng: np.random.Generator) -> float:
        """One mean reward, drawn from the belief."""
        ...


@dataclass(frozen=True, slots=True)
class GaussianPosterior:
    """Normal rewards of unknown mean and variance: the normal-inverse-chi-squared family.

    Args:
        mean: The expected mean.
        kappa: Observations that the mean is worth.
        nu: Observations that the variance is worth.
        tau2: The expected variance.
    """

    mean: float = 0.0
    kappa: float = 1.0  # observations that the mean is worth
    nu: float = 1.0  # observations that the variance is worth
    tau2: float = 0.1  # variance

    def given(self, rewards: Sequence[float]) -> "GaussianPosterior":
        """Conjugate update; the order of rewards and their division into batches do not matter."""
        n = len(rewards)
        if n == 0:
            return self
        centre = float(np.mean(rewards))
        within = float(np.sum(np.square(np.asarray(rewards) - centre)))
        kappa, nu = self.kappa + n, self.nu + n
        between = self.kappa * n / kappa * (centre - self.mean) ** 2
        return GaussianPosterior(
            mean=(self.kappa * self.mean + n * centre) / kappa,
            kappa=kappa,
            nu=nu,
            tau2=(self.nu * self.tau2 + within + between) / nu,
        )

    def draw(self, rng: np.random.Generator) -> float:
        """Variance first, nu * tau2 / chi2(nu), then the mean with that variance over kappa."""
        variance = self.nu * self.tau2 / rng.chisquare(self.nu)
        return float(rng.normal(self.mean, np.sqrt(variance / self.kappa)))


@dataclass(frozen=True, slots=True)
class BetaPosterior:
    """Rewards in [0, 1] counted as fractions of a success and of a failure, from Jeffreys' prior."""

    successes: float = 0.5
    failures: float = 0.5

    def given(self, rewards: Sequence[float]) -> "BetaPosterior":
        """Add each reward to the successes and its complement to the failures; outside [0, 1] is a ValueError."""
        if len(rewards) > 0 and not 0.0 <= min(rewards) <= max(rewards) <= 1.0:
            raise ValueError(f"rewards run from {min(rewards)} to {max(rewards)}; they must lie in [0, 1]")
        total = float(sum(rewards))
        return BetaPosterior(self.successes + total, self.failures + len(rewards) - total)

    def draw(self, rng: np.random.Generator) -> float:
        """One draw of the Beta distribution."""
        return float(rng.beta(self.successes, self.failures))


@dataclass(slots=True)
class Arms:
    """Rewards of the arms of one node.

    Args:
        generate: Scores of the node's children.
        descend: Scores of all descendants further down.
        children: Child -> its score and those of all its descendants.
    """

    generate: list[float] = field(default_factory=list)
    descend: list[float] = field(default_factory=list)
    children: dict[int, list[float]] = field(default_factory=dict)


def arms(parents: Sequence[int], scores: Sequence[float]) -> list[Arms]:
    """Arms of every node of a tree: `parents` [nodes] with -1 for the root (node 0), whose score is not read.

    Each node's score goes to its parent's generate arm and to its own child arm there. It also goes to the continue
    arm and the child arm of every edge above. A new child is never counted as a continuation of its own parent.
    """
    found = [Arms() for _ in parents]
    for node in range(1, len(parents)):
        score, below, above = scores[node], node, parents[node]
        found[above].generate.append(score)
        while above >= 0:
            found[above].children.setdefault(below, []).append(score)
            if below != node:
                found[above].descend.append(score)
            below, above = above, parents[above]
    return found


def thompson(beliefs: Sequence[Posterior], rng: np.random.Generator) -> int:
    """Index of the greatest of one draw from each belief; also the choice of a model, over all its rewards so far."""
    return int(np.argmax([belief.draw(rng) for belief in beliefs]))


def node_to_expand(tree: Sequence[Arms], prior: Posterior, rng: np.random.Generator) -> int:
    """Node that gets the next child: from the root, descend until a draw says generate or no child is left.

    Args:
        tree: The arms of every node, from `arms`.
        prior: The belief about an arm without rewards.
        rng: Draws the mean rewards.
    """
    node = 0
    while tree[node].children:
        here = tree[node]
        if thompson([prior.given(here.generate), prior.given(here.descend)], rng) == 0:
            return node
        names = list(here.children)
        node = names[thompson([prior.given(here.children[name]) for name in names], rng)]
    return node
