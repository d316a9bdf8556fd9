"""Particle Gibbs: conformance, the reference survives and scores its own step, the law that sweeps keep."""

import math
from collections.abc import Callable

import numpy as np
import pytest

import ttc
from tests.strategies.stepwise import PRM, Ending, Seeing, StepConformance, accuracy, by_end, constant, truth
from ttc.backends.simulated import SimulatedBackend
from ttc.core.strategy import Strategy
from ttc.strategies import ParallelTempering, ParticleFilter, ParticleGibbs
from ttc.types import Candidate


class TestConformance(StepConformance):
    cost_of_one = 800

    def make(self) -> ParticleGibbs:
        return ParticleGibbs(n=3, sweeps=2)


async def test_the_reference_survives_its_sweep() -> None:
    strategy = ParticleGibbs(n=3, sweeps=6, weight="prob")
    result = await ttc.asolve("What is 5 + 4?", strategy, backend=SimulatedBackend(), verifier=PRM)
    drawn = [event.data["id"] for event in result.trace.named("reference")]
    assert len(drawn) == 5
    assert len(set(drawn)) < 5  # drawn again after it survived a whole sweep
    assert len(set(drawn)) > 1  # and left for another in time


async def test_a_reference_alone_is_kept_for_ever() -> None:
    """With one particle, the sweeps after the first have nobody but the reference and write nothing."""
    costs = []
    for sweeps in (1, 5):
        strategy = ParticleGibbs(n=1, sweeps=sweeps)
        result = await ttc.asolve("What is 5 + 4?", strategy, backend=SimulatedBackend(), verifier=PRM)
        costs.append(result.cost.output_tokens)
    assert costs[0] == costs[1]


async def test_the_reference_scores_its_own_step() -> None:
    """Its score at step t is that of its first t steps: with a reward of the step number alone all weights are equal.

    Were the reference one step ahead or at its last score, its weight would differ and the log of the normaliser too.
    """

    def by_number(number: int, right: bool, candidate: Candidate) -> float:
        return (0.1, 0.9, 0.2, 0.8)[number]

    seen = []

    class Watching(ParticleGibbs):
        pass

    from ttc.strategies import particle_gibbs

    original = particle_gibbs._resample

    def watched(chain: particle_gibbs.Chain, rng: np.random.Generator, weighing: particle_gibbs.Weighing) -> None:
        seen.append((bool(chain.path), np.ptp(chain.log_weights)))
        original(chain, rng, weighing)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(particle_gibbs, "_resample", watched)
        backend = SimulatedBackend(steps=(4, 4))
        await ttc.asolve("What is 5 + 4?", Watching(n=4, sweeps=3), backend=backend, verifier=Seeing(by_number))
    assert [path for path, _ in seen].count(True) == 6
    assert all(spread < 1e-12 for _, spread in seen)


@pytest.mark.parametrize("sweeps", [1, 3])
async def test_sweeps_keep_the_target(sweeps: int) -> None:
    """Drawing by weight from many particles samples p(right) * g / Z in closed form, after any number of sweeps."""
    keep, good, bad, steps, runs = 0.8, 0.8, 0.4, 3, 150
    z = [keep**k * (1 - keep) * good**k * bad ** (steps - k) for k in range(steps)] + [(keep * good) ** steps]
    right = z[-1] / sum(z)
    verifier = Seeing(lambda number, is_right, candidate: good if is_right else bad)
    backend = SimulatedBackend(steps=(steps, steps), tokens=30.0, p_correct=keep**steps)
    strategy = ParticleGibbs(n=6, sweeps=sweeps, weight="prob", pick="sample")
    found = 0
    async with ttc.Solver(strategy, backend=backend, verifier=verifier) as solver:
        async for result in solver.solve_many([f"What is {i} + 4?" for i in range(runs)]):
            found += "Thus" not in result.text
    assert abs(found / runs - right) < 3 * math.sqrt(right * (1 - right) / runs)
    assert abs(keep**steps - right) > 3 * math.sqrt(right * (1 - right) / runs)  # plain sampling would fail


async def short_ones(strategy: Strategy, runs: int, steps: int) -> float:
    """Share of the last references of the first chain that take one step."""
    found = 0
    backend = Ending(steps=(steps, steps), tokens=20.0)
    async with ttc.Solver(strategy, backend=backend, verifier=Seeing(by_end)) as solver:
        async for result in solver.solve_many([f"What is {i} + 4?" for i in range(runs)]):
            sweeps = len(result.trace.named("begin"))
            drawn = [event.data["steps"] for event in result.trace.named("reference")]
            found += drawn[-(len(drawn) // (sweeps - 1))] == 1
    return found / runs


@pytest.mark.parametrize(
    "make",
    [
        lambda finished: ParticleGibbs(n=6, sweeps=3, weight="prob", finished=finished),
        lambda finished: ParallelTempering(n=6, sweeps=3, weight="prob", finished=finished, temperatures=(1.0, 3.0)),
    ],
)
async def test_with_unequal_lengths_only_frozen_particles_keep_the_target(make: Callable[[str], Strategy]) -> None:
    """P(k + 1 steps) is in proportion to the model's times .9^k: .54 of the solutions take one step."""
    steps, runs = 3, 120
    wanted = [p * 0.9**k for k, p in enumerate(Ending.lengths(steps))]
    share = wanted[0] / sum(wanted)
    error = 3 * math.sqrt(share * (1 - share) / runs)
    assert abs(await short_ones(make("frozen"), runs, steps) - share) < error
    assert await short_ones(make("reweighted"), runs, steps) < share - error


async def test_a_true_reward_is_used_and_a_constant_one_is_not() -> None:
    assert await accuracy(ParticleGibbs(n=6), Seeing(truth), 40, p_correct=0.2) > 0.9
    found = await accuracy(ParticleGibbs(n=3, pick="sample"), Seeing(constant), 120, p_correct=0.4)
    assert abs(found - 0.4) < 3 * math.sqrt(0.24 / 120)


async def test_one_sweep_costs_what_a_filter_costs() -> None:
    async def calls(strategy: ParticleFilter | ParticleGibbs) -> int:
        backend = SimulatedBackend(steps=(4, 4))
        result = await ttc.asolve("What is 5 + 4?", strategy, backend=backend, verifier=Seeing(truth))
        return result.cost.calls

    assert await calls(ParticleGibbs(n=5, sweeps=1)) == await calls(ParticleFilter(n=5)) == 20
    assert await calls(ParticleGibbs(n=5, sweeps=3)) == 20 + 2 * 16


def test_bad_knobs() -> None:
    for knobs in ({"sweeps": 0}, {"temperature": -1.0}, {"finished": "gone"}):
        with pytest.raises(ValueError, match=next(iter(knobs))):
            ParticleGibbs(**knobs)  # type: ignore[arg-type]
