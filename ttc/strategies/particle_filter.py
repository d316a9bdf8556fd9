"""Particle filtering: partial solutions are resampled by the process reward, so that none is bet on or lost at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from ttc.core.candidates import ROOT
from ttc.core.session import Session
from ttc.errors import check_range
from ttc.search.resampling import resampler
from ttc.search.smc import PICKS, annealed_temperature, increments, log_normaliser, resample, resampling_due
from ttc.strategies.step_search import Growth, StepSearch, electable
from ttc.types import Candidate


@dataclass(frozen=True)
class ParticleFilter(StepSearch):
    """Grow `n` particles step by step; after each step draw their successors by weight, with replacement.

    The weight of a particle comes from the verdict's score r of its text so far (set "last", "min", "prod" or "model"
    on the verifier). Copies go on with seeds of their own.

    The log of an estimate of the normaliser is in the trace ("normaliser"): low per step on hard problems. The estimate
    is unbiased with finished="frozen", or where all solutions take equally many steps. With "reweighted" a solution
    that ends early has its last score counted once more in each later round, which is another target.

    The paper's programs draw steps at temperature 0.8 and resample multinomially after every step.

    Args:
        weight: "prob" is r. "logit" is r / (1 - r), which both published programs compute. "incremental" is r over the
            last round's r, for rewards that already judge the whole text.
        temperature: Weights are raised to 1 / temperature.
        end_temperature: What the temperature moves to, linearly; None = it stays.
        anneal_steps: Rounds until then.
    """

    weight: Literal["prob", "logit", "incremental"] = "logit"
    resampling: Literal["systematic", "multinomial", "stratified", "residual"] = "systematic"
    """How successors are drawn; multinomial is the published one and scatters most."""
    ess: float | None = None
    """Resample only when the effective sample size is below this share of n; None = after every step."""
    temperature: float = 1.0
    end_temperature: float | None = None
    anneal_steps: int = 10
    finished: Literal["reweighted", "frozen"] = "reweighted"
    """Whether finished particles compete on with their last score (published), or keep place and weight (exact)."""
    pick: Literal["best", "sample", "vote"] = "best"
    """The answer: best last score, a draw by weight, or the answer that holds most weight."""

    paper: ClassVar[str] = "Puri et al. 2025, arXiv 2502.01618"

    def __post_init__(self) -> None:
        super().__post_init__()
        warm = {"temperature": self.temperature, "end_temperature": self.end_temperature}
        check_range("(0, inf]", "1 is the published setting", **warm)
        check_range("(0, 1]", "0.5 is usual, or be None", ess=self.ess)
        check_range("[1, inf)", anneal_steps=self.anneal_steps)

    async def run(self, session: Session) -> Candidate:
        """Propagate, score, weigh; resample before the next step only, so that the last population is whole."""
        growth = Growth(session, self)
        particles, log_weights, scores = [ROOT] * self.n, np.zeros(self.n), np.ones(self.n)
        while growth.goes_on(sum(not particle.done for particle in particles)):
            if growth.rounds:
                particles, log_weights, scores = self._resampled(session, particles, log_weights, scores)
            resting = np.array([self.finished == "frozen" and particle.done for particle in particles])
            temperature = self._temperature(growth.rounds)
            particles, before = await growth.grow(particles), scores
            scores = await growth.scores(particles)
            gained = increments(scores, before, weight=self.weight, temperature=temperature)
            log_weights = log_weights + np.where(resting, 0.0, gained)
            elect(growth, particles, scores, log_weights, "best" if self.pick == "sample" else self.pick)
        if growth.rounds:
            log_estimate = log_normaliser(log_weights)
            session.note("normaliser", log=log_estimate, steps=growth.rounds, log_per_step=log_estimate / growth.rounds)
        particles = await growth.landed(particles, scores.tolist())
        return elect(growth, particles, scores, log_weights, self.pick)

    def _resampled(
        self,
        session: Session,
        particles: Sequence[Candidate],
        log_weights: NDArray[np.float64],
        scores: NDArray[np.float64],
    ) -> tuple[list[Candidate], NDArray[np.float64], NDArray[np.float64]]:
        """The successors with their new log-weights and last scores."""
        if not resampling_due(log_weights, self.ess):
            return list(particles), log_weights, scores
        frozen = np.array([particle.done for particle in particles]) if self.finished == "frozen" else None
        scheme = resampler(self.resampling)
        ancestors, log_weights = resample(log_weights, session.rng, scheme=scheme, frozen=frozen)
        return [particles[a] for a in ancestors], log_weights, scores[ancestors]

    def _temperature(self, step: int) -> float:
        end = self.temperature if self.end_temperature is None else self.end_temperature
        return annealed_temperature(step, self.temperature, end, self.anneal_steps)


def elect(
    growth: Growth,
    particles: Sequence[Candidate],
    scores: NDArray[np.float64],
    log_weights: NDArray[np.float64],
    pick: str,
) -> Candidate:
    """The particle that is picked among those with an answer, proposed.

    `scores` and `log_weights` are [particles].
    """
    able = electable(particles)
    groups = np.array(growth.session.labels([particles[i] for i in able]))
    index = PICKS[pick](scores[able], log_weights[able], groups, growth.session.rng)
    chosen = particles[able[index]]
    growth.session.propose(chosen)
    return chosen
