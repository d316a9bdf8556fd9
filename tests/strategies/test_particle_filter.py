"""Particle filter: conformance, the laws that hold for any reward, and where it beats greed."""

import math
from zlib import crc32

import numpy as np
import pytest

import ttc
from tests.strategies.stepwise import (
    PRM,
    Ending,
    Seeing,
    StepConformance,
    Uneven,
    accuracy,
    by_end,
    constant,
    steps_of,
    truth,
)
from ttc.backends.simulated import HOSTED, SimulatedBackend
from ttc.errors import BackendError, VerifierError
from ttc.strategies import ParticleFilter
from ttc.types import Candidate, Sampling


class TestConformance(StepConformance):
    def make(self) -> ParticleFilter:
        return ParticleFilter(n=4)


class TestFrozenVote(StepConformance):
    def make(self) -> ParticleFilter:
        return ParticleFilter(
            n=5, weight="prob", resampling="residual", ess=0.6, finished="frozen", pick="vote", end_temperature=0.5
        )


class TestOne(StepConformance):
    def make(self) -> ParticleFilter:
        return ParticleFilter(n=1, weight="incremental", resampling="multinomial", pick="sample")


def binomial(share: float, runs: int) -> float:
    """Three standard deviations of a share."""
    return 3 * math.sqrt(share * (1 - share) / runs)


@pytest.mark.parametrize("resampling", ["systematic", "multinomial"])
@pytest.mark.parametrize("finished", ["reweighted", "frozen"])
async def test_a_constant_reward_samples_the_model(resampling: str, finished: str) -> None:
    strategy = ParticleFilter(n=4, resampling=resampling, finished=finished, pick="sample")  # type: ignore[arg-type]
    runs = 160
    assert abs(await accuracy(strategy, Seeing(constant), runs, p_correct=0.4) - 0.4) < binomial(0.4, runs)


async def test_one_particle_is_plain_sampling() -> None:
    runs = 160
    assert abs(await accuracy(ParticleFilter(n=1), Seeing(truth), runs, p_correct=0.4) - 0.4) < binomial(0.4, runs)


async def test_a_true_reward_finds_what_sampling_misses() -> None:
    # four steps of .669 each: eight particles lose the right path only if all go wrong in one step
    assert await accuracy(ParticleFilter(n=8), Seeing(truth), 60, p_correct=0.2) > 0.95


async def test_copies_go_on_differently() -> None:
    """The best of four particles is copied four times (tiny temperature); the copies must not write the same step."""
    strategy = ParticleFilter(n=4, temperature=0.01)
    result = await ttc.asolve("What is 5 + 4?", strategy, backend=SimulatedBackend(), verifier=PRM)
    tree = result.trace.lineage()
    families = [list(tree.successors(node)) for node in tree if node != "root" and len(list(tree.successors(node))) > 1]
    assert families
    for children in families:
        assert len({tree.nodes[child]["text"] for child in children}) == len(children)


@pytest.mark.parametrize("weight", ["prob", "incremental"])
async def test_the_normaliser_is_unbiased(weight: str) -> None:
    """Rewards .9 while right and .3 once wrong: Z is known in closed form for the two targets."""
    keep, good, bad, steps = 0.7, 0.9, 0.3, 4
    paths = [keep**k * (1 - keep) * good**k * bad ** (steps - k) for k in range(steps)]
    z = sum(paths) + keep**steps * good**steps
    if weight == "incremental":
        z = keep**steps * good + (1 - keep**steps) * bad
    backend = SimulatedBackend(steps=(steps, steps), tokens=40.0, p_correct=keep**steps)
    verifier = Seeing(lambda number, right, candidate: good if right else bad)
    strategy = ParticleFilter(n=3, weight=weight)  # type: ignore[arg-type]
    estimates = []
    async with ttc.Solver(strategy, backend=backend, verifier=verifier) as solver:
        async for result in solver.solve_many([f"What is {i} + 4?" for i in range(220)]):
            (event,) = result.trace.named("normaliser")
            assert event.data["steps"] == steps
            estimates.append(math.exp(event.data["log"]))
    error = np.std(estimates) / math.sqrt(len(estimates))
    assert abs(np.mean(estimates) - z) < 3 * error
    assert 3 * error < 0.15 * z  # tight enough to catch a weight that is counted twice or never


@pytest.mark.parametrize("finished", ["frozen", "reweighted"])
async def test_with_unequal_lengths_only_frozen_particles_estimate_z(finished: str) -> None:
    steps = 4
    z = sum(p * 0.9**k * 0.5 for k, p in enumerate(Ending.lengths(steps)))
    strategy = ParticleFilter(n=4, weight="prob", finished=finished)  # type: ignore[arg-type]
    problems = [f"What is {i} + 4?" for i in range(250)]
    async with ttc.Solver(strategy, backend=Ending(steps=(steps, steps)), verifier=Seeing(by_end)) as solver:
        results = [result async for result in solver.solve_many(problems)]
    estimates = [math.exp(result.trace.named("normaliser")[0].data["log"]) for result in results]
    error = np.std(estimates) / math.sqrt(len(estimates))
    assert (abs(np.mean(estimates) - z) < 3 * error) == (finished == "frozen")
    assert 3 * error < 0.1 * z


async def test_finished_particles_get_no_more_tokens_and_the_population_stays() -> None:
    result = await ttc.asolve("What is 5 + 4?", ParticleFilter(n=6), backend=SimulatedBackend(), verifier=PRM)
    tree = result.trace.lineage()
    assert all(not list(tree.successors(name)) for name in tree if name != "root" and tree.nodes[name]["done"])
    steps = steps_of(result)
    assert steps[0]["live"] <= 6
    assert all(step["held"] <= step["generated"] for step in steps)
    assert sum(tree.nodes[name]["tokens"] for name in tree if name != "root") == steps[-1]["generated"]


async def test_endless_solutions_end() -> None:
    backend = SimulatedBackend(steps=(60, 60), tokens=600.0)
    result = await ttc.asolve("What is 5 + 4?", ParticleFilter(n=3, max_steps=5), backend=backend, verifier=PRM)
    assert {c.finish for c in result.candidates} == {"length"}
    assert max(len(c.steps) for c in result.candidates) == 5
    sampling = Sampling(max_tokens=100)
    result = await ttc.asolve("What is 5 + 4?", ParticleFilter(n=3), backend=backend, verifier=PRM, sampling=sampling)
    assert all(c.output_tokens < 100 + 40 for c in result.candidates)


async def test_a_frozen_particle_keeps_its_place() -> None:
    """A finished particle with a poor score survives if frozen, and is replaced if it competes on."""

    def rule(number: int, right: bool, candidate: Candidate) -> float:
        return 0.05 if candidate.done else 0.95

    kept = {}
    for finished in ("frozen", "reweighted"):
        strategy = ParticleFilter(n=4, finished=finished)  # type: ignore[arg-type]
        result = await ttc.asolve("What is 5 + 4?", strategy, backend=Uneven(steps=(3, 3)), verifier=Seeing(rule))
        kept[finished] = sum(len(c.steps) == 3 for c in result.candidates)
    assert kept == {"frozen": 3, "reweighted": 4}


async def test_the_last_population_is_not_resampled_before_the_pick() -> None:
    """Weights that are all equal lose a particle in a third of the draws; the best of the last step must be there."""
    strategy = ParticleFilter(n=4, temperature=1e9, resampling="multinomial")
    verifier = Seeing(lambda number, right, candidate: crc32(candidate.text.encode()) / 2**32)
    async with ttc.Solver(strategy, backend=SimulatedBackend(), verifier=verifier) as solver:
        async for result in solver.solve_many([f"What is {i} + 4?" for i in range(12)]):
            assert len(result.candidates) == 4
            assert result.candidate == max(result.candidates, key=lambda c: crc32(c.text.encode()))


async def test_particles_without_an_answer_have_no_vote_to_be_sure_of() -> None:
    class Losing(SimulatedBackend):
        """Refuses to go on with the first particle."""

        async def complete(self, request, meter):  # type: ignore[no-untyped-def]
            if request.prefix and request.key.endswith("/0.0"):
                raise BackendError("gone", status=500)
            return await super().complete(request, meter)

    backend = Losing(steps=(9, 9), tokens=200.0)
    strategy = ParticleFilter(n=4, max_steps=2, pick="vote", finished="frozen", ess=0.1)
    result = await ttc.asolve("What is 5 + 4?", strategy, backend=backend, verifier=Seeing(constant))
    assert (result.answer, result.confidence) == (None, 0.0)


async def test_what_is_missing_is_said() -> None:
    with pytest.raises(VerifierError, match="prm"):
        await ttc.asolve("What is 5 + 4?", ParticleFilter(), backend=SimulatedBackend())
    hosted = SimulatedBackend(capabilities=HOSTED)
    with pytest.raises(VerifierError, match="prefix"):
        await ttc.asolve("What is 5 + 4?", ParticleFilter(), backend=hosted, verifier=PRM)
    for knobs in ({"n": 0}, {"temperature": 0.0}, {"ess": 1.5}, {"anneal_steps": 0}, {"stop": ()}, {"step_tokens": 0}):
        with pytest.raises(ValueError, match=next(iter(knobs))):
            ParticleFilter(**knobs)  # type: ignore[arg-type]
