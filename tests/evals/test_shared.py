"""Shared replies: what runs get and pay is what they would have got and paid alone, and the model is asked once."""

import asyncio

from evals.tables.shared import Shared
from ttc import Problem, Result, Sampling, Solver
from ttc.backends.simulated import SimulatedBackend
from ttc.lab import SCORE_TOKEN

PROBLEM = Problem("What is 17 + 25?", id="sum")
RUNS = (
    ("self_consistency", {"n": 4, "stop": "none"}, {}),
    ("self_consistency", {"n": 16, "stop": "none"}, {}),
    ("self_consistency", {"n": 16, "stop": "beta"}, {}),
    ("tournament", {"n": 8, "votes": 2}, {"judge": "pairwise"}),
    ("best_of_n", {"n": 8}, {"verifier": "prm"}),
    ("rebase", {"n": 4}, {"verifier": "prm"}),
    ("particle_filter", {"n": 4, "pick": "best"}, {"verifier": "prm"}),
    ("particle_filter", {"n": 4, "pick": "vote"}, {"verifier": "prm"}),
)


def model() -> SimulatedBackend:
    return SimulatedBackend(gold=lambda text: "42", p_correct=0.4, score_tag=SCORE_TOKEN)


async def solved(backend: object, name: str, knobs: dict[str, object], rest: dict[str, str]) -> Result:
    solver = Solver(name, backend=backend, seed=3, knobs=knobs, sampling=Sampling(max_tokens=300), **rest)  # type: ignore[arg-type]
    return await solver.solve(PROBLEM)


async def test_runs_get_and_pay_what_they_would_alone() -> None:
    shared = Shared(model(), 3, confident=False)
    together = await asyncio.gather(*(solved(shared, *run) for run in RUNS))
    await shared.aclose()
    charged = sum(result.cost.output_tokens for result in together)
    for run, one in zip(RUNS, together, strict=True):
        alone = await solved(Shared(model(), 3, confident=False), *run)
        assert (one.answer, one.text, one.cost.output_tokens) == (alone.answer, alone.text, alone.cost.output_tokens)
        assert one.cost.calls == alone.cost.calls
    assert shared.generated < 0.6 * charged
    first, second = (sorted(c.text for c in result.candidates) for result in together[:2])
    assert set(first) <= set(second)  # candidate i is candidate i
    whole = await solved(model(), *RUNS[5])  # a search by steps: nothing is drawn under another name than alone
    assert (whole.text, whole.cost.output_tokens) == (together[5].text, together[5].cost.output_tokens)


async def test_a_stream_that_is_stopped_is_charged_for_what_was_read() -> None:
    shared = Shared(model(), 3, confident=True)
    await solved(shared, "deepconf", {"n": 8, "mode": "offline", "window": 8}, {})
    before = shared.generated
    short = await solved(shared, "short_m", {"n": 8, "m": 1}, {})
    assert shared.generated == before
    lengths = sorted(c.output_tokens for c in short.candidates if c.finish == "stop")
    assert lengths
    assert short.cost.output_tokens <= 8 * (lengths[0] + 3 * 8)  # pieces of 8: some pass until the others have stopped
    assert short.cost.output_tokens < before


async def test_a_call_outlives_the_run_that_is_cancelled() -> None:
    slow = SimulatedBackend(gold=lambda text: "42", p_correct=0.4, time_scale=0.02)
    shared = Shared(slow, 3, confident=False)
    first = asyncio.create_task(solved(shared, *RUNS[0]))
    second = asyncio.create_task(solved(shared, *RUNS[0]))
    await asyncio.sleep(0.01)
    first.cancel()
    assert (await second).cost.calls == 4
    await shared.aclose()
