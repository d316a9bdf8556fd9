"""A mixture of Beta distributions over problems' success rates, with a share of problems that are never solved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ttc.auto.coverage import beta_coverage

if TYPE_CHECKING:
    import numpy as np

_MINKA_STEPS = 5


@dataclass(frozen=True, slots=True)
class BetaMixture:
    """Success rate p ~ Σ_j weights[j]·Beta(alphas[j], betas[j]) + unsolvable·[p = 0]; the shares add up to 1."""

    weights: tuple[float, ...]
    alphas: tuple[float, ...]
    betas: tuple[float, ...]
    unsolvable: float = 0.0

    def __post_init__(self) -> None:
        total = sum(self.weights) + self.unsolvable
        if abs(total - 1) > 1e-6:
            raise ValueError(f"weights and unsolvable add up to {total}: they must add up to 1")

    @property
    def mean(self) -> float:
        """Chance that the next candidate is right."""
        return self.coverage(1)

    def coverage(self, k: float) -> float:
        """Chance that one of the next k candidates is right."""
        parts = zip(self.weights, self.alphas, self.betas, strict=True)
        return sum(weight * beta_coverage(alpha, beta, k) for weight, alpha, beta in parts)

    def posterior(self, n: int, correct: int) -> BetaMixture:
        """The distribution for one problem after `correct` right answers among n candidates of it."""
        log_joint = _log_joint(self, np.array([n]), np.array([correct]))[0]
        shares = np.exp(log_joint - log_joint.max())
        shares /= shares.sum()
        alphas = tuple(alpha + correct for alpha in self.alphas)
        betas = tuple(beta + n - correct for beta in self.betas)
        return BetaMixture(tuple(float(share) for share in shares[1:]), alphas, betas, float(shares[0]))


def fit_beta_mixture(
    n: Sequence[int],
    correct: Sequence[int],
    components: int = 2,
    *,
    unsolvable: bool = True,
    iterations: int = 500,
    tolerance: float = 1e-7,
) -> BetaMixture:
    """Fit by expectation-maximisation to `correct[i]` right answers among `n[i]` candidates of problem i.

    Each step takes Minka's fixed-point iteration ("Estimating a Dirichlet distribution", 2000), which never lowers
    the likelihood; it ends when that rises by less than `tolerance` a problem. Deterministic.
    """
    trials, hits = np.asarray(n), np.asarray(correct)
    if trials.shape != hits.shape or trials.size < components:
        raise ValueError(f"{trials.size} n, {hits.size} correct: give a pair for each of {components} or more problems")
    if not np.all((hits >= 0) & (hits <= trials) & (trials > 0)):
        raise ValueError("every correct[i] must be between 0 and n[i], and n[i] positive")
    mixture = _start(trials, hits, components, unsolvable)
    pairs, problems = np.unique(np.column_stack([trials, hits]), axis=0, return_counts=True)  # few are distinct
    last = -np.inf
    for _ in range(iterations):
        log_joint = _log_joint(mixture, pairs[:, 0], pairs[:, 1])
        log_evidence = np.logaddexp.reduce(log_joint, axis=1)
        mean = float(np.average(log_evidence, weights=problems))
        if mean - last < tolerance:
            break
        last = mean
        shares = np.exp(log_joint - log_evidence[:, None]) * problems[:, None] / trials.size
        mixture = _maximise(mixture, shares, pairs[:, 0], pairs[:, 1])
    return mixture


def log_likelihood(mixture: BetaMixture, n: Sequence[int], correct: Sequence[int]) -> float:
    """Mean natural-log likelihood a problem, of the order in which its answers came (no binomial coefficient)."""
    return float(np.logaddexp.reduce(_log_joint(mixture, np.asarray(n), np.asarray(correct)), axis=1).mean())


def _log_joint(mixture: BetaMixture, trials: np.ndarray, hits: np.ndarray) -> np.ndarray:
    """log P(component, data) as [problem, component]; column 0 is the unsolvable share."""
    from scipy.special import betaln

    alphas, betas = np.array(mixture.alphas), np.array(mixture.betas)
    with np.errstate(divide="ignore"):
        shares = np.log(np.array([mixture.unsolvable, *mixture.weights]))
    evidence = betaln(alphas + hits[:, None], betas + (trials - hits)[:, None]) - betaln(alphas, betas)
    never = np.where(hits == 0, 0.0, -np.inf)
    joint: np.ndarray = np.column_stack([never, evidence]) + shares
    return joint


def _start(trials: np.ndarray, hits: np.ndarray, components: int, unsolvable: bool) -> BetaMixture:
    """Components at the means of equally many problems, from hard to easy."""
    rates = np.sort(hits / trials)
    means = [float(np.clip(group.mean(), 0.05, 0.95)) for group in np.array_split(rates, components)]
    never = 0.5 * float(np.mean(hits == 0)) if unsolvable else 0.0
    weights = ((1 - never) / components,) * components
    return BetaMixture(weights, tuple(4 * mean for mean in means), tuple(4 * (1 - mean) for mean in means), never)


def _maximise(mixture: BetaMixture, shares: np.ndarray, trials: np.ndarray, hits: np.ndarray) -> BetaMixture:
    """Weights become sums of shares; alpha ← alpha·Σ_i share_i·(ψ(alpha + hits_i) − ψ(alpha)) / scale (beta: misses).

    scale = Σ_i share_i·(ψ(alpha + beta + trials_i) − ψ(alpha + beta))
    """
    from scipy.special import psi

    alphas, betas = np.array(mixture.alphas), np.array(mixture.betas)
    own, hit, trial = shares[:, 1:], hits[:, None], trials[:, None]
    for _ in range(_MINKA_STEPS):
        total = alphas + betas
        scale = np.maximum((own * (psi(total + trial) - psi(total))).sum(0), 1e-300)
        alphas, betas = (
            np.clip(alphas * (own * (psi(alphas + hit) - psi(alphas))).sum(0) / scale, 1e-6, 1e6),
            np.clip(betas * (own * (psi(betas + trial - hit) - psi(betas))).sum(0) / scale, 1e-6, 1e6),
        )
    never, *weights = (float(value) for value in shares.sum(0))
    return BetaMixture(tuple(weights), tuple(map(float, alphas)), tuple(map(float, betas)), never)
