"""The agent task: how its parts hang together, what its server makes of a history, and its table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from evals.agent_parts import AgentTask, expression, open_part
from evals.agent_server import PartsServer
from evals.agent_table import LOOPS, VOTES, Outcome, between, rows_of, voted
from evals.agent_task import PARTS, RUNS, outcomes, table, tasks
from ttc.backends.base import Capabilities, Completion, Meter, Request, TokenPrices
from ttc.lab import generate
from ttc.testing.calculator import calculate, serving_calculator
from ttc.types import Finish

RIGHT = {p.prompt: p.answer for index in range(3) for f, d in PARTS.items() for p in [generate(f, d, index, "dev")]}


def history(task: AgentTask, results: Sequence[str]) -> list[dict[str, Any]]:
    return [{"role": "user", "content": task.prompt}, *({"role": "tool", "content": result} for result in results)]


@pytest.mark.parametrize("task", tasks(3, "dev", 0), ids=lambda task: task.id)
def test_right_answers_lead_through_the_problems_to_the_last_result(task: AgentTask) -> None:
    results: list[str] = []
    while part := open_part(history(task, results)):
        results.append(calculate(expression(int(RIGHT[part.question]), part.shift)))
    assert len(results) == len(PARTS)
    assert results[-1] == task.answer


def test_a_wrong_answer_makes_the_next_part_another_problem() -> None:
    task = tasks(1, "dev", 0)[0]
    first = open_part(history(task, []))
    assert first is not None
    wrong = calculate(expression(int(RIGHT[first.question]) + 1, first.shift))
    second = open_part(history(task, [wrong]))
    assert second is not None
    assert second.question not in RIGHT
    assert "R1" not in second.question


@pytest.mark.parametrize("answer", [-12, 0, 7])
@pytest.mark.parametrize("shift", [-30, 0, 5])
def test_the_calculator_takes_every_sum(answer: int, shift: int) -> None:
    assert calculate(expression(answer, shift)) == str(answer + shift)


class Solver:
    """A model that knows the right answers, and slips in some of its draws."""

    model, pricing, capabilities = "solver", TokenPrices(), Capabilities()

    def __init__(self, slips: Sequence[str]):
        self.slips = slips
        """What draw i says in place of the answer: "" = the right one, "..." = cut off, else a wrong number."""

    async def prepare(self) -> None: ...

    async def aclose(self) -> None: ...

    async def count(self, request: Request) -> int:
        return 1

    async def complete(self, request: Request, meter: Meter) -> list[Completion]:
        said = self.slips[: request.n]
        right = RIGHT.get(request.messages[0]["content"], "0")
        texts = ["and so on" if slip == "..." else f"\\boxed{{{slip or right}}}" for slip in said]
        ends: list[Finish] = ["length" if slip == "..." else "stop" for slip in said]
        return [Completion(text, 1, end) for text, end in zip(texts, ends, strict=True)]


@pytest.mark.parametrize(
    ("slips", "votes", "right"),
    [(["", "1", "2", "", "..."], 5, True), (["1"], 1, False), (["..."], 1, False), (["...", "...", ""], 3, True)],
)
async def test_votes_mend_slips_and_draws_without_a_call(slips: list[str], votes: int, right: bool) -> None:
    task = tasks(1, "dev", 0)[0]
    arm = RUNS["one"] if votes == 1 else RUNS[f"votes {votes}"]
    with serving_calculator(Solver(slips), PartsServer) as url:
        found = await outcomes(url, task, arm)
    assert len(found) == arm.loops
    assert all((outcome.answer == task.answer) is right for outcome in found)
    assert found[0].steps == (1 if slips == ["..."] else len(PARTS) + 1)


async def test_the_last_result_is_said_when_all_parts_are_done() -> None:
    task = tasks(1, "dev", 0)[0]
    body = {"messages": history(task, ["1", "2", "77"]), "n": 2, "temperature": 0.8}
    with serving_calculator(Solver([]), PartsServer) as url:
        async with aiohttp.ClientSession() as session, session.post(f"{url}/chat/completions", json=body) as reply:
            said = await reply.json()
    assert [choice["message"]["content"] for choice in said["choices"]] == ["\\boxed{77}"] * 2
    assert said["usage"]["completion_tokens"] == 0


def arms_of(gold: str, right: int, *, votes: bool) -> dict[str, list[Outcome]]:
    """`right` of the single loops are right (the others all differ); votes and redrawing are right or not."""
    one = [Outcome(gold if index < right else f"x{index}", 4, 4, 40) for index in range(LOOPS)]
    rest = {f"votes {k}": [Outcome(gold if votes else "x", 4, 4 * k, 40 * k)] for k in VOTES}
    return {"one": one, "again": [Outcome(None, 1, 5, 50)], **rest}


def test_rows_pair_by_task_and_pay_for_every_loop() -> None:
    found = {"a": arms_of("1", 2, votes=True), "b": arms_of("2", 0, votes=True), "c": arms_of("3", 1, votes=False)}
    rows = {row["arm"]: row for row in rows_of({"a": "1", "b": "2", "c": "3"}, found)}
    assert rows["one loop"]["success"] == pytest.approx(3 / (3 * LOOPS))
    assert (rows["one loop"]["tokens"], rows["one loop"]["gain"]) == (40, 0)
    assert rows["5 votes on each tool call"]["success"] == pytest.approx(2 / 3)
    assert rows["5 votes on each tool call"]["gain"] == pytest.approx(2 / 3 - 3 / (3 * LOOPS))
    final = rows["5 loops, vote on the final answers"]
    assert (final["success"], final["tokens"]) == (pytest.approx(2 / 3), 200)  # of equals the first: right in a and c
    text = between(list(rows.values()), "5 votes on each tool call", "5 loops, vote on the final answers")
    assert text.startswith("+0.000 (")
    assert "does not exclude zero" in text


def test_votes_over_final_answers_leave_out_loops_without_one() -> None:
    assert voted([Outcome(None, 1, 1, 1), Outcome(None, 1, 1, 1), Outcome("4", 1, 1, 1)]) == "4"
    assert voted([Outcome(None, 1, 1, 1)]) is None


def write(folder: Path, name: str, task: str, seed: int, arms: dict[str, list[Outcome]]) -> None:
    design = {"parts": PARTS, "split": "dev", "seed": seed, "weights": "0"}
    rows = [
        {"task": task, "gold": "1", "arm": arm, "outcomes": [asdict(outcome) for outcome in each], **design}
        for arm, each in arms.items()
    ]
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def test_the_table_joins_shards_and_leaves_out_unfinished_tasks(tmp_path: Path) -> None:
    arms = arms_of("1", 3, votes=True)
    write(tmp_path, "shard-0-of-2.jsonl", "a", 0, arms)
    write(tmp_path, "shard-1-of-2.jsonl", "b", 0, {"one": arms["one"]})
    assert "1 dev tasks" in table(tmp_path, tmp_path / "results")
    assert json.loads((tmp_path / "results" / "agent_task.json").read_text())["tasks"] == 1
    write(tmp_path, "shard-0-of-2.jsonl", "a", 0, {"one": arms["one"]})
    with pytest.raises(ValueError, match="no task"):
        table(tmp_path, tmp_path / "results")
    write(tmp_path, "shard-1-of-2.jsonl", "b", 7, arms)
    with pytest.raises(ValueError, match="2 designs"):
        table(tmp_path, tmp_path / "results")
