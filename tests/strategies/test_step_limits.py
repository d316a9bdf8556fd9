"""Step searches write on until the model ends its text or `Sampling.max_tokens` is reached, whatever their steps."""

import pytest

import ttc
from tests.strategies.stepwise import Seeing, truth
from ttc.backends.simulated import SimulatedBackend
from ttc.registry import knobs_of
from ttc.strategies import STRATEGIES, make_strategy
from ttc.types import Sampling

SMALL = {"ets": {"n": 2}, "mur": {"n": 2}, "particle_gibbs": {"n": 3}, "parallel_tempering": {"n": 2}}
STEPWISE = [name for name, cls in STRATEGIES.items() if "max_steps" in knobs_of(cls)]
PROBLEM = "What is 5 + 4?"


async def solved(name: str, backend: SimulatedBackend, **knobs: object) -> ttc.Result:
    strategy = make_strategy(name, {"n": 3} | SMALL.get(name, {}) | knobs)
    return await ttc.asolve(
        PROBLEM, strategy, backend=backend, verifier=Seeing(truth), sampling=Sampling(max_tokens=1400)
    )


def test_all_of_them_are_here() -> None:
    assert len(STEPWISE) == 8
    assert {knobs_of(STRATEGIES[name])["max_steps"][1] for name in STEPWISE} == {None}


@pytest.mark.parametrize("name", STEPWISE)
async def test_many_steps_are_no_end(name: str) -> None:
    result = await solved(name, SimulatedBackend(steps=(50, 50), tokens=600.0))
    assert result.answer is not None
    assert {len(c.steps) for c in result.candidates if c.finish == "stop"} == {50}
    given_up = await solved(name, SimulatedBackend(steps=(50, 50), tokens=600.0), max_steps=20)
    assert {c.finish for c in given_up.candidates} == {"length"}


@pytest.mark.parametrize("name", STEPWISE)
async def test_a_long_step_is_no_end(name: str) -> None:
    """Two steps of some 500 tokens each are written in four or five, and the text is the model's."""
    result = await solved(name, SimulatedBackend(steps=(2, 2), tokens=1000.0))
    ended = [c for c in result.candidates if c.finish == "stop"]
    assert result.answer is not None
    assert ended
    assert all(len(c.steps) > 2 and c.text.count("\n\n") <= 2 for c in ended)
    assert all("".join(c.steps) == c.text for c in ended)


@pytest.mark.parametrize("name", STEPWISE)
async def test_the_tokens_end_a_solution(name: str) -> None:
    result = await solved(name, SimulatedBackend(steps=(60, 60), tokens=4000.0))
    assert result.answer is None
    assert {c.finish for c in result.candidates} == {"length"}
    assert all(1400 <= c.output_tokens < 1400 + 256 for c in result.candidates)
