"""What judges say of pairs goes into the pool, is not asked twice, and tells `ttc fit` what they are worth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ttc.backends.simulated import SimulatedBackend
from ttc.belief.fit_judge import fit_judge
from ttc.belief.profile import ValueProfile
from ttc.cli import app
from ttc.evaluation.examples import Example
from ttc.evaluation.graded_candidates import judged_pairs
from ttc.evaluation.pool import read_pool
from ttc.evaluation.record import PoolRecorder
from ttc.evaluation.record_pairs import JUDGEMENTS, MOST_PAIRS, PairRecorder
from ttc.types import Problem

PROBLEMS = 60
EXAMPLES = [Example(Problem(f"How much is {i} plus {2 * i}?", f"p{i}"), str(3 * i)) for i in range(PROBLEMS)]


def backend(**laws: Any) -> SimulatedBackend:
    gold = {str(example.problem.prompt): example.gold for example in EXAMPLES}
    return SimulatedBackend(gold=gold, p_correct=0.5, **laws)


async def recorded(path: Path, **laws: Any) -> dict[str, Any]:
    """A pool of six samples a problem with judged pairs, and how to go on with it."""
    common: dict[str, Any] = {"examples": EXAMPLES, "path": path, "backend": backend(**laws)}
    await PoolRecorder(**common, n=6).run()
    return common


async def test_pairs_are_recorded_once_and_tell_what_a_judge_is_worth(tmp_path: Path) -> None:
    path = tmp_path / "pool.jsonl"
    common = await recorded(path, p_compare=0.85)
    asked = await PairRecorder(**common, judges=["pairwise"]).run()
    assert PROBLEMS / 2 < asked <= PROBLEMS * MOST_PAIRS
    assert await PairRecorder(**common, judges=["pairwise"]).run() == 0
    assert await PoolRecorder(**common, n=6).run() == 0  # the lines of pairs do not disturb the recording
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    pairs = [row for row in rows if row.get("kind") == "pair"]
    assert len(pairs) == asked
    keys = {"kind", "problem", "judge", "first", "second", "won", "lost", "unreadable"}
    assert all(row.keys() == keys for row in pairs)
    assert all(row["won"] + row["lost"] + row["unreadable"] == JUDGEMENTS for row in pairs)
    pool = read_pool(path)
    assert len(pool.pairs) == asked
    ((judge, graded),) = judged_pairs(pool).items()
    worth = fit_judge(graded)
    assert judge == "pairwise"
    assert worth.helps
    assert worth.alpha / (worth.alpha + worth.beta) == pytest.approx(0.85, abs=0.08)


async def test_a_judge_that_tosses_coins_adds_nothing(tmp_path: Path) -> None:
    common = await recorded(tmp_path / "pool.jsonl", p_compare=0.5)
    await PairRecorder(**common, judges=["pairwise"]).run()
    assert not fit_judge(judged_pairs(read_pool(tmp_path / "pool.jsonl"))["pairwise"]).helps


async def test_a_pair_of_a_sample_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pool.jsonl"
    await recorded(path)
    row = {"kind": "pair", "problem": "p1", "judge": "pairwise", "first": 0, "second": 99, "won": 1, "lost": 3}
    with path.open("a") as file:
        file.write(json.dumps(row) + "\n")
    with pytest.raises(ValueError, match="pairwise compared sample 99 of p1, which is not there"):
        read_pool(path)


async def test_the_fit_of_a_pool_knows_model_class_and_judge(tmp_path: Path) -> None:
    path, out = tmp_path / "pool.jsonl", tmp_path / "mine.json"
    common = await recorded(path, p_compare=0.85)
    await PairRecorder(**common, judges=["pairwise"]).run()
    told = CliRunner().invoke(app, ["fit", str(path), "--out", str(out), "--parameters", "1.5"])
    assert told.exit_code == 0, told.output
    assert "judge pairwise" in told.output
    assert "ECE at n=4" in told.output
    profile = ValueProfile.load(out)
    assert (profile.version, profile.problems, profile.model.parameters) == (2, PROBLEMS, 1.5e9)
    assert profile.model.name == common["backend"].model
    assert profile.judges["pairwise"].helps
    assert profile.streams["prose:1"].check
