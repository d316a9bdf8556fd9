"""Replay is fast and exact: what a pool gives is what the same run gives through the door, for every strategy."""

import json
import random
from pathlib import Path

import pytest

from ttc.budget.budget import Budget
from ttc.budget.ledger import Ledger
from ttc.core.door import Door
from ttc.core.run import run
from ttc.core.session import Session
from ttc.core.trace import Trace
from ttc.evaluation import Cell, Runner, grid, read_pool
from ttc.evaluation.grade import Reader
from ttc.evaluation.jobs import Job
from ttc.evaluation.pool import Pool, PoolBackend, Recorded, verifier_of
from ttc.evaluation.replay import Draws
from ttc.evaluation.rows import row_of
from ttc.strategies import make_strategy
from ttc.types import Sampling
from ttc.values import role_names

CELLS = [
    *grid(["self_consistency"], n=[1, 5, 24], knobs={"stop": ["none", "certificate", "beta", "dirichlet", "esc"]}),
    *grid(["best_of_n"], n=[4, 24], knobs={"weight": ["none", "answer"]}, verifier="confidence"),
    *grid(["best_of_n"], n=[16], knobs={"choose": ["soft", "pessimistic"]}, verifier="pool:prm"),
    *grid(["best_of_n", "short_m", "shortest_majority", "cisc", "semantic_entropy"], n=[6]),
    *grid(
        ["self_consistency", "best_of_n"], n=[8], budgets=[Budget(tokens=700), Budget(calls=3)], verifier="agreement"
    ),
    Cell("short_m", {"n": 6, "m": 2}, Budget(tokens=900)),
]
ANSWERS = ["1/2", "0.5", r"\frac{1}{2}", "50\\%", "3", "3.0", "x=3", "5 cm", "5", "5 m", "(1, 2)", "(2, 1)", "no"]


def random_pool(path: Path, seed: int) -> Pool:
    """Answers that are equal in several spellings, some texts cut off, some without an answer."""
    rng, lines = random.Random(seed), []
    for place in range(3):
        samples = []
        for _ in range(rng.choice((7, 20, 24))):
            text = "step " * rng.randint(5, 60) + rng.choice(("", f"\\boxed{{{rng.choice(ANSWERS)}}}"))
            sample = {"text": text, "tokens": rng.randint(1, 300), "finish": rng.choice(("stop", "stop", "length"))}
            sample |= {"mean_logprob": -rng.random(), "scores": {"prm": rng.random()} if rng.random() < 0.8 else {}}
            samples.append(sample)
        lines.append({"id": f"p{place}", "gold": rng.choice(ANSWERS), "prompt_tokens": 40, "samples": samples})
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return read_pool(path)


async def through_the_door(pool: Pool, job: Job, sampling: Sampling) -> dict[str, object]:
    """The line of a job from a session as `ttc.Solver` makes it, which knows nothing of pools."""
    cell, problem = job.cell, job.example.problem
    backend = PoolBackend(pool.problems[problem.id], job.seed)
    door, verifier = Door(backend, Trace(), job.seed), verifier_of(cell.verifier)
    names = role_names(verifier if isinstance(verifier, Recorded) else cell.verifier, None)
    session = Session(problem, door, Ledger(cell.budget), sampling=sampling, verifier=verifier, names=names)
    result = await run(make_strategy(cell.strategy, cell.knobs), cell.strategy_name, session)
    return row_of(cell, job.example, job.repeat, result, job.reader, backend)


@pytest.mark.parametrize(("seed", "most"), [(0, 1024), (1, 90)])
async def test_replay_is_exactly_a_session_on_the_pool(tmp_path: Path, seed: int, most: int) -> None:
    pool = random_pool(tmp_path / "pool.jsonl", seed)
    sampling, rows = Sampling(max_tokens=most), dict[tuple[str, str, int], dict[str, object]]()
    runner = Runner(examples=pool.examples, cells=CELLS, pool=pool, repeat=2, seed=seed, sampling=sampling)
    async for job, row in runner._on_pool(runner.jobs()):
        rows[job.key] = row
    assert len(rows) == runner.n_runs
    for job in runner.jobs():
        slow = Job(job.cell, job.example, job.repeat, job.seed, Reader(job.example))  # nothing is shared
        assert rows[job.key] == await through_the_door(pool, slow, sampling), job.key


async def test_the_door_is_passed_only_where_something_binds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the test above would compare the door with itself."""
    asked, ask = list[str](), Door.ask

    async def counting(door: Door, ledger: Ledger, request, *rest):  # type: ignore[no-untyped-def]
        asked.append(request.key)
        return await ask(door, ledger, request, *rest)

    monkeypatch.setattr(Door, "ask", counting)
    pool = random_pool(tmp_path / "pool.jsonl", 0)
    free, bound = Cell("self_consistency", {"n": 4}), Cell("self_consistency", {"n": 4}, Budget(tokens=2000))
    await Runner(examples=pool.examples, cells=[free], pool=pool).run()
    assert asked == []
    await Runner(examples=pool.examples, cells=[bound], pool=pool).run()
    assert asked != []


async def test_what_runs_share_is_made_once_and_not_for_other_seeds(tmp_path: Path) -> None:
    pool = random_pool(tmp_path / "pool.jsonl", 0)
    example = pool.examples[0]
    texts = Reader(example).texts
    draws = [Draws(PoolBackend(pool.problems[example.problem.id], seed), texts) for seed in (0, 1)]
    first, again = (draws[0].candidates(0, 5, 1024, False) for _ in range(2))
    assert all(one is other for one, other in zip(first, again, strict=True))
    assert [c.text for c in first] != [c.text for c in draws[1].candidates(0, 5, 1024, False)]
    assert draws[0].candidates(0, 5, 1024, True)[0].logprobs is not None
    assert first[0].logprobs is None
