"""Particle Gibbs: particle filters in a row, each of which keeps one solution of the last as its reference."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from ttc.core.candidates import ROOT, answered
from ttc.core.session import Session
from ttc.errors import check_choice, check_range
from ttc.forecast import Stage, Workload
from ttc.search.smc import conditional_resample, draw_reference, handed_on, increments, resample
from ttc.strategies.particle_filter import elect
from ttc.strategies.step_search import Growth, StepSearch
from ttc.types import Candidate


@dataclass(slots=True)
class Chain:
    """A population and its reference.

    Args:
        temperature: Weights are raised to 1 / temperature.
        path: What the reference was after each step; empty in the first sweep.
        particles: The population.
        scores: [n] the newest scores in [0, 1].
        log_weights: [n] natural logs.
    """

    temperature: float
    path: list[Candidate]
    particles: list[Candidate]
    scores: NDArray[np.float64]
    log_weights: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Weighing:
    """How the particles of a chain get their weights: the named weight, and whether finished ones are frozen."""

    weight: str
    frozen: bool

    def resting(self, chain: Chain) -> NDArray[np.bool_]:
        """Who keeps place and weight in the next resampling and step."""
        return np.array([self.frozen and particle.done for particle in chain.particles])

    def weigh(self, chain: Chain, scores: NDArray[np.float64], resting: NDArray[np.bool_]) -> None:
        """Take in the scores of a step. Unless some are frozen, all had the same weight before it."""
        gained = increments(scores, chain.scores, weight=self.weight, temperature=chain.temperature)
        chain.log_weights = np.where(resting, chain.log_weights, chain.log_weights + gained)
        chain.scores = scores


@dataclass(frozen=True)
class ParticleGibbs(StepSearch):
    """Run `sweeps` conditional particle filters of `n` particles; the reference of the next is drawn by weight.

    The reference always survives its sweep and takes part with its score at the current step; a particle may branch
    off it there. The last sweep answers.

    Args:
        n: Particles.
        sweeps: Sweeps in all.
        weight: As in particle_filter.
        temperature: As in particle_filter.
        pick: As in particle_filter.
        finished: "frozen" keeps finished particles at their place with their weight. Sweeps then leave p(text) times
            the product of the weights of its own steps as it is, whatever the lengths. With "reweighted", as
            published, that holds only where all solutions take equally many steps. One that ends early is weighed
            once more in each later step.
    """

    n: int = 8
    sweeps: int = 2
    weight: Literal["prob", "logit", "incremental"] = "logit"
    temperature: float = 1.0
    pick: Literal["best", "sample", "vote"] = "best"
    finished: Literal["reweighted", "frozen"] = "reweighted"

    paper: ClassVar[str] = "Andrieu, Doucet and Holenstein 2010; Puri et al. 2025, arXiv 2502.01618"

    def __post_init__(self) -> None:
        super().__post_init__()
        check_range("[1, inf)", sweeps=self.sweeps)
        check_range("(0, inf]", "1 is the published setting", temperature=self.temperature)
        check_choice(("reweighted", "frozen"), finished=self.finished)

    def forecast(self, workload: Workload) -> list[Stage]:
        """The first sweep has n free particles, the others one less beside the reference."""
        return self.growing(workload, self.n) + (self.sweeps - 1) * self.growing(workload, self.n - 1)

    async def run(self, session: Session) -> Candidate:
        """Sweep, draw the reference, sweep again."""
        growth = Growth(session, self)
        chain = new_chain(self.n, self.temperature)
        return await sampled(growth, [chain], self.sweeps, self.pick, Weighing(self.weight, self.finished == "frozen"))


async def sampled(
    growth: Growth,
    chains: list[Chain],
    sweeps: int,
    pick: str,
    weighing: Weighing,
    between: Callable[[Sequence[Chain]], None] = lambda chains: None,
) -> Candidate:
    """The answer of the first chain after all sweeps; `between` may exchange references before the next sweep."""
    for number in range(sweeps):
        before = replace(chains[0])
        with growth.session.span(f"sweep {number + 1}"):
            await sweep(growth, chains, weighing)
        first = chains[0]
        if number and not answered(first.particles):
            first = chains[0] = before  # the budget ended this sweep before its first answer
        elect(growth, first.particles, first.scores, first.log_weights, "best")
        if number + 1 < sweeps:
            for chain in chains:
                draw_path(growth, chain)
            between(chains)
    particles = await growth.landed(first.particles, first.scores.tolist())
    return elect(growth, particles, first.scores, first.log_weights, pick)


def new_chain(n: int, temperature: float) -> Chain:
    """A chain before its first sweep."""
    return Chain(temperature, [], [ROOT] * n, np.ones(n), np.zeros(n))


def draw_path(growth: Growth, chain: Chain) -> None:
    """Draw the chain's next reference by the weights of its last population."""
    chosen = chain.particles[draw_reference(chain.log_weights, growth.session.rng)]
    if chosen.text:
        chain.path = growth.prefixes(chosen)
        growth.session.note("reference", id=chosen.id, steps=len(chain.path))


async def sweep(growth: Growth, chains: Sequence[Chain], weighing: Weighing) -> None:
    """One filter from the start for every chain, all in step with each other; the last slot belongs to the reference.

    Resampling comes after every step but the last. A finished particle competes on with its last score, or is frozen.
    """
    for chain in chains:
        chain.particles = [ROOT] * len(chain.particles)
        chain.scores, chain.log_weights = np.ones(len(chain.particles)), np.zeros(len(chain.particles))
    step = 0
    while growth.goes_on(sum(_live(chain, step) for chain in chains)):
        if step:
            for chain in chains:
                _resample(chain, growth.session.rng, weighing)
        free = [particle for chain in chains for particle in chain.particles[: _free(chain)]]
        resting = [weighing.resting(chain) for chain in chains]
        grown = iter(await growth.grow(free))
        for chain in chains:
            chain.particles = [next(grown) for _ in range(_free(chain))] + chain.path[: step + 1][-1:]
        scores = await growth.scores([particle for chain in chains for particle in chain.particles])
        for chain, own, rests in zip(chains, np.split(scores, len(chains)), resting, strict=True):
            weighing.weigh(chain, own, rests)
        step += 1


def _free(chain: Chain) -> int:
    """Particles that are not the reference."""
    return len(chain.particles) - bool(chain.path)


def _live(chain: Chain, step: int) -> int:
    """Particles that are not at their end; the reference is while its own steps last."""
    return sum(not p.done for p in chain.particles[: _free(chain)]) + (step < len(chain.path))


def _resample(chain: Chain, rng: np.random.Generator, weighing: Weighing) -> None:
    """Draw the successors of all; the reference and frozen particles succeed themselves."""
    frozen = weighing.resting(chain)
    if chain.path:
        ancestors = conditional_resample(chain.log_weights, len(chain.particles) - 1, rng, frozen)
        chain.log_weights = handed_on(chain.log_weights, np.flatnonzero(~frozen))
    else:
        ancestors, chain.log_weights = resample(chain.log_weights, rng, frozen=frozen)
    chain.particles = [chain.particles[a] for a in ancestors]
    chain.scores = chain.scores[ancestors]
