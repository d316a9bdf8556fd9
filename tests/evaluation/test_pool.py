"""Pools: what a strategy draws from recorded samples is what it would have drawn live."""

import asyncio
import gzip
import json
import math
import os
from pathlib import Path

import pytest

import ttc
from ttc.backends.simulated import SimulatedBackend
from ttc.budget.budget import Budget
from ttc.evaluation import Cell, Example, PoolBackend, Runner, grid, load_examples, read_pool, summarise
from ttc.evaluation.config import EvalConfig
from ttc.evaluation.evaluate import evaluate
from ttc.evaluation.record import PoolRecorder
from ttc.evaluation.runs import Run
from ttc.types import Problem

DATA = Path(os.environ.get("TTC_DATA") or Path(__file__).parents[3] / "shared" / "data")
POOL = {"gsm8k": "qwen25coder15b_gsm8k_n16", "math": "qwen25coder15b_mathdev_n32"}


def pool_file(path: Path, answers: list[str], **fields: list[object]) -> Path:
    """A pool of one problem, in the shared format; the gold answer is 7."""
    samples = []
    for place, answer in enumerate(answers):
        text = f"Sample {place}. " + "word " * 20 + f"\\boxed{{{answer}}}"
        sample = {"text": text, "finish": "stop", "tokens": 100 + place}
        samples.append(sample | {name: values[place] for name, values in fields.items()})
    row = {"id": "p", "gold": "7", "level": 2, "prompt_tokens": 30, "samples": samples}
    path.write_bytes(gzip.compress((json.dumps(row) + "\n").encode()))
    return path


async def run(path: Path, *cells: Cell, **options: object) -> list[Run]:
    pool = read_pool(path)
    return await Runner(examples=pool.examples, cells=cells, pool=pool, **options).run()  # type: ignore[arg-type]


def check_known_numbers(name: str, n: int, single: float, oracle: float, vote: float) -> None:
    """`vote` was counted over identical answer strings, ours over equal answers: it may be higher by a few points."""
    path = DATA / "pools" / f"{POOL[name]}.jsonl.gz"
    if not path.is_file():
        pytest.skip("the shared pools are not here")
    config = EvalConfig(pool=str(path), strategy=["self_consistency"], n=[n], knobs={"stop": "none"})
    summary = asyncio.run(evaluate(config))
    assert summary["samples"]["pass@1"]["value"] == pytest.approx(single, abs=0.005)
    assert summary["samples"]["coverage"]["value"] == pytest.approx(oracle, abs=0.005)
    assert summary["samples"][f"maj@{n}"]["value"] == pytest.approx(vote, abs=0.01)
    assert summary["cells"][0]["accuracy"]["value"] == pytest.approx(vote, abs=0.02)  # ties go to the first seen


def test_the_shared_pool_of_word_problems_gives_its_known_numbers() -> None:
    check_known_numbers("gsm8k", 16, 0.576, 0.926, 0.766)


async def test_a_sample_that_was_cut_off_is_wrong_whatever_it_says(tmp_path: Path) -> None:
    finishes = ["length", "length", "length", "stop"]
    path = pool_file(tmp_path / "p.jsonl.gz", ["7", "7", "7", "8"], finish=finishes)  # type: ignore[arg-type]
    runs = await run(path, *grid(["self_consistency", "best_of_n"], n=[4], knobs={"self_consistency.stop": "none"}))
    for found in runs:
        assert not found.correct
        assert found.samples.right == (False,) * 4
    assert sorted(runs[0].samples.labels) == [-1, -1, -1, 0]  # and it abstains
    summary = await evaluate(EvalConfig(pool=str(path), n=[4]))
    assert summary["samples"]["avg@4"]["value"] == summary["samples"]["coverage"]["value"] == 0.0


@pytest.mark.slow
def test_the_shared_pool_of_mathematics_gives_its_known_numbers() -> None:
    check_known_numbers("math", 32, 0.355, 0.792, 0.558)


async def test_runs_draw_without_replacement_in_the_order_of_the_seed(tmp_path: Path) -> None:
    path = pool_file(tmp_path / "pool.jsonl.gz", [str(i) for i in range(12)])
    problem = read_pool(path).problems["p"]
    orders = [PoolBackend(problem, seed).order for seed in (0, 1)]
    assert sorted(orders[0]) == list(range(12)) == sorted(orders[1])
    assert orders[0] != orders[1]
    assert PoolBackend(problem, 0).order == orders[0]
    drawn = {}
    for seed in (0, 0, 1):
        (result,) = await run(path, Cell("self_consistency", {"n": 12, "stop": "none"}), seed=seed)
        drawn[seed] = result.samples.tokens
        assert sorted(drawn[seed]) == [100 + i for i in range(12)]  # each sample once
    assert drawn[0] != drawn[1]


async def test_cells_with_one_seed_see_the_same_candidates(tmp_path: Path) -> None:
    path = pool_file(tmp_path / "pool.jsonl.gz", [str(i % 5) for i in range(12)])
    cells = [Cell("self_consistency", {"n": n, "stop": "none"}) for n in (4, 8)]
    few, many = await run(path, *cells)
    assert many.samples.tokens[:4] == few.samples.tokens


async def test_a_pool_that_runs_out_is_told(tmp_path: Path) -> None:
    path = pool_file(tmp_path / "pool.jsonl.gz", ["7", "7", "3"])
    (result,) = await run(path, Cell("self_consistency", {"n": 8, "stop": "none"}))
    assert result.samples.n == 3
    assert result.exhausted
    assert result.correct
    assert summarise([result], {})["cells"][0]["pool_exhausted"] == 1
    backend = PoolBackend(read_pool(path).problems["p"])
    problem = ttc.Problem("p", "p")
    result = await ttc.asolve(problem, "self_consistency", knobs={"n": 3, "stop": "none"}, backend=backend)
    assert len(result.candidates) == 3
    again = await ttc.asolve(problem, Later(), backend=PoolBackend(read_pool(path).problems["p"]))
    assert (again.stopped, again.limit) == ("budget", "pool")


class Later:
    """Draws three candidates, then more than there are."""

    async def run(self, session: ttc.Session) -> ttc.Candidate:
        await session.sample(3)
        return (await session.sample(1))[0]


async def test_streams_arrive_shortest_first_and_cancelled_ones_cost_what_came(tmp_path: Path) -> None:
    path = tmp_path / "pool.jsonl"
    samples = [{"text": f"{t} \\boxed{{{t}}}", "finish": "stop", "tokens": t} for t in (900, 64, 400)]
    path.write_text(json.dumps({"id": "p", "gold": "64", "prompt_tokens": 9, "samples": samples}) + "\n")
    (result,) = await run(path, Cell(First()))
    assert result.samples.tokens == (64,)
    assert result.cost["calls"] == 3
    assert 3 * 64 <= result.cost["tokens"] <= 3 * 64 + 2 * 128  # the others stopped where the first one ended


class First:
    """Takes the first of three that arrives."""

    async def run(self, session: ttc.Session) -> ttc.Candidate:
        async with session.race(3) as arrivals:
            async for candidate in arrivals:
                return candidate
        raise AssertionError


async def test_budgets_bind_as_they_do_live(tmp_path: Path) -> None:
    path = pool_file(tmp_path / "pool.jsonl.gz", ["7"] * 8)
    (result,) = await run(path, Cell("self_consistency", {"n": 8, "stop": "none"}, Budget(tokens=250)))
    assert result.cost["tokens"] <= 250
    assert result.stopped == "budget"
    assert -1 in result.samples.labels or result.samples.n <= 2  # what was cut off abstains


async def test_confidence_reads_the_recorded_log_probabilities(tmp_path: Path) -> None:
    means = [-0.9, -0.1, -0.5]
    path = pool_file(tmp_path / "pool.jsonl.gz", ["3", "7", "5"], mean_logprob=means)
    (result,) = await run(path, Cell("best_of_n", {"n": 3}, verifier="confidence"))
    assert result.correct
    assert sorted(result.samples.scores) == pytest.approx(sorted(map(math.exp, means)))


async def test_recorded_scores_are_a_verifier(tmp_path: Path) -> None:
    scores = [{"prm": 0.2}, {"prm": 0.9}, {"other": 1.0}]
    path = pool_file(tmp_path / "pool.jsonl.gz", ["3", "7", "5"], scores=scores)
    (result,) = await run(path, Cell("best_of_n", {"n": 3}, verifier="pool:prm"))
    assert result.correct
    assert sum(map(math.isnan, result.samples.scores)) == 1  # what was not recorded abstains


@pytest.mark.parametrize("cell", [Cell("best_of_n", verifier="self_verify"), Cell("self_evolution")])
async def test_what_a_pool_cannot_answer_is_refused_at_once(tmp_path: Path, cell: Cell) -> None:
    """Were it a server's refusal, best-of-N would quietly fall back to a vote."""
    path = pool_file(tmp_path / "pool.jsonl.gz", ["7", "3"] * 8)
    with pytest.raises(ValueError, match="a pool holds whole solutions"):
        await run(path, cell)


async def test_what_was_recorded_is_what_a_live_run_with_that_seed_draws(tmp_path: Path) -> None:
    examples = load_examples("lab:test:count=3")
    backend = SimulatedBackend(gold={e.problem.text: e.gold for e in examples})
    path = tmp_path / "pool.jsonl"
    common = {"examples": examples, "path": path, "backend": backend, "seed": 4}
    assert await PoolRecorder(**common, n=3, logprobs="mean").run() == 9  # type: ignore[arg-type]
    assert await PoolRecorder(**common, n=5, logprobs="mean", verifiers=["self_verify"]).run() == 6  # type: ignore[arg-type]
    assert await PoolRecorder(**common, n=5).run() == 0  # type: ignore[arg-type]
    pool = read_pool(path)
    assert [(e.problem, e.gold) for e in pool.examples] == [(e.problem, e.gold) for e in examples]
    for example in examples:
        problem = pool.problems[example.problem.id]
        assert problem.prompt_tokens > 0
        assert all(not math.isnan(sample.mean_logprob) for sample in problem.samples)
        live = await ttc.asolve(example.problem, Each(), backend=backend, seed=4)
        assert [c.text for c in live.candidates] == [s.text for s in problem.samples]
        assert [set(s.scores) for s in problem.samples] == [set()] * 3 + [{"self_verify"}] * 2
    with pytest.raises(ValueError, match="choose another file"):
        await PoolRecorder(**{**common, "about": {"seed": 5}}, n=5).run()  # type: ignore[arg-type]


class Each:
    """Five candidates, a call for each."""

    async def run(self, session: ttc.Session) -> ttc.Candidate:
        return [(await session.sample(1))[0] for _ in range(5)][-1]


def test_bad_pools_name_the_line(tmp_path: Path) -> None:
    path = tmp_path / "pool.jsonl"
    path.write_text('{"id": "p", "gold": "7", "samples": []}\n{"id": "q", "gold": "7", "samples": [{"tokens": 3}]}\n')
    with pytest.raises(ValueError, match="line 2 is no row of a pool"):
        read_pool(path)
    path.write_text("")
    with pytest.raises(ValueError, match="no samples"):
        read_pool(path)


def test_a_set_restricts_a_pool_and_missing_problems_are_named(tmp_path: Path) -> None:
    path = pool_file(tmp_path / "pool.jsonl.gz", ["7"])
    pool = read_pool(path)
    with pytest.raises(ValueError, match="no samples of 1 of 1 problems"):
        Runner(examples=load_examples("lab:test:count=1"), cells=grid(["auto"]), pool=pool)


SAMPLE = {"text": "\\boxed{7}", "tokens": 3}


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([{"id": "p", "gold": "7", "samples": [SAMPLE]}] * 2, "line 2 .* has a line already"),
        ([{"id": "p", "gold": None, "samples": [SAMPLE]}], "line 1 .* gold is null"),
        ([{"id": "p", "gold": "7", "samples": [{**SAMPLE, "tokens": -3}]}], "line 1 .* tokens is -3"),
    ],
)
def test_rows_that_would_spoil_the_numbers_are_refused(tmp_path: Path, rows: list[object], told: str) -> None:
    """Two recordings in one file, a gold answer "None", a cost below zero: each would pass in silence."""
    path = tmp_path / "pool.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(ValueError, match=told):
        read_pool(path)


def test_a_file_that_is_damaged_says_so(tmp_path: Path) -> None:
    """An EOFError would be taken for the end of the user's typing, and the command line would say "Aborted"."""
    path = pool_file(tmp_path / "pool.jsonl.gz", [str(i**9) for i in range(40)])
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ValueError, match=r"pool.jsonl.gz is damaged after line 0 \(Compressed file ended"):
        read_pool(path)
    path.write_bytes(b"no gzip")
    with pytest.raises(ValueError, match="is damaged after line 0"):
        read_pool(path)
    plain = tmp_path / "pool.jsonl"
    plain.write_bytes(b'{"pool": 1}\n\xff\n')
    with pytest.raises(ValueError, match="is damaged after line"):
        read_pool(plain)


def test_a_byte_order_mark_and_a_sample_without_text_are_read(tmp_path: Path) -> None:
    path = tmp_path / "pool.jsonl"
    row = {"id": "p", "gold": "7", "samples": [SAMPLE, {"text": None, "tokens": 0}]}
    path.write_text(json.dumps(row) + "\n", encoding="utf-8-sig")
    assert [sample.text for sample in read_pool(path).problems["p"].samples] == [SAMPLE["text"], ""]


async def test_samples_without_a_token_have_a_summary(tmp_path: Path) -> None:
    path = pool_file(tmp_path / "pool.jsonl.gz", ["7", "3"], tokens=[0, 0])
    summary = await evaluate(EvalConfig(pool=str(path), n=[1, 2]))
    assert [cell["gain_at_equal_cost"] for cell in summary["cells"]] == [None, None]


async def test_scores_that_nobody_recorded_are_no_verifier(tmp_path: Path) -> None:
    """It would abstain everywhere, and best-of-N would be a draw under its name."""
    path = pool_file(tmp_path / "pool.jsonl.gz", ["3", "7"], scores=[{"prm": 0.2}, {"prm": 0.9}])
    with pytest.raises(ValueError, match="no scores of a verifier 'pmr'; did you mean 'prm'"):
        await run(path, Cell("best_of_n", {"n": 2}, verifier="pool:pmr"))
    with pytest.raises(ValueError, match="no scores at all"):
        await run(pool_file(path, ["7"]), Cell("best_of_n", {"n": 1}, verifier="pool:prm"))


async def test_a_recording_of_other_problems_is_not_continued(tmp_path: Path) -> None:
    """The samples of the old problem would count for the new one."""
    old, path = Example(Problem("1 + 1 = ?", "p"), "2"), tmp_path / "pool.jsonl"
    await PoolRecorder(examples=[old], n=1, path=path, backend=SimulatedBackend()).run()
    for new in (Example(Problem("1 + 2 = ?", "p"), "2"), Example(Problem("1 + 1 = ?", "p"), "3")):
        with pytest.raises(ValueError, match="problem 'p' is not what it was"):
            await PoolRecorder(examples=[new], n=2, path=path, backend=SimulatedBackend()).run()
    assert await PoolRecorder(examples=[old], n=2, path=path, backend=SimulatedBackend()).run() == 1


async def test_levels_of_a_pool_are_named_as_those_of_a_set(tmp_path: Path) -> None:
    path = tmp_path / "pool.jsonl"
    path.write_text(json.dumps({"id": "p", "gold": "7", "level": "Level 5", "samples": [SAMPLE]}))
    assert (await evaluate(EvalConfig(pool=str(path), n=[1], levels="4-5")))["n_problems"] == 1
    with pytest.raises(ValueError, match="holds no problems of level 3"):
        await evaluate(EvalConfig(pool=str(path), n=[1], levels="3"))
