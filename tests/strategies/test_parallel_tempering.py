"""Parallel tempering: conformance, swaps by their law, one chain is particle Gibbs."""

import pytest

import ttc
from tests.strategies.stepwise import PRM, Seeing, StepConformance, accuracy, constant, truth
from ttc.backends.simulated import SimulatedBackend
from ttc.strategies import ParallelTempering, ParticleGibbs


class TestConformance(StepConformance):
    cost_of_one = 1200

    def make(self) -> ParallelTempering:
        return ParallelTempering(n=2, sweeps=2)


async def test_one_chain_is_particle_gibbs() -> None:
    runs = [
        await ttc.asolve("What is 5 + 4?", strategy, backend=SimulatedBackend(), verifier=PRM)
        for strategy in (ParticleGibbs(n=4, sweeps=3), ParallelTempering(n=4, sweeps=3, temperatures=(1.0,)))
    ]
    assert runs[0].text == runs[1].text
    assert runs[0].cost.output_tokens == runs[1].cost.output_tokens
    assert runs[0].candidates == runs[1].candidates


async def test_equal_weights_always_swap_and_better_ones_come_to_the_cold() -> None:
    strategy = ParallelTempering(n=2, sweeps=4, temperatures=(1.0, 2.0, 4.0))
    backend = SimulatedBackend(steps=(3, 3))
    result = await ttc.asolve("What is 5 + 4?", strategy, backend=backend, verifier=Seeing(constant))
    swaps = [event.data["swapped"] for event in result.trace.named("swap")]
    assert swaps == [True] * 6  # two pairs after each sweep but the last
    cold = await accuracy(ParallelTempering(n=2, temperatures=(0.5, 8.0)), Seeing(truth), 50, p_correct=0.4)
    alone = await accuracy(ParticleGibbs(n=1, sweeps=2), Seeing(truth), 50, p_correct=0.4)
    assert cold > alone + 0.2


def test_bad_knobs() -> None:
    for temperatures in ((), (0.0, 1.0), (2.0, 1.0)):
        with pytest.raises(ValueError, match="temperatures"):
            ParallelTempering(temperatures=temperatures)
    with pytest.raises(ValueError, match="sweeps"):
        ParallelTempering(sweeps=0)
