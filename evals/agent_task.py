"""An agent with a calculator on the laboratory model: does a vote over each step's tool call raise success?

python -m evals.agent_task run --out runs/agent_task --shard 0/16 &  # ... and 1/16 to 15/16; repeat to go on
python -m evals.agent_task table --out runs/agent_task               # writes evals/results/agent_task.md and .json

The agent is a plain loop: ask for the next step, make the tool call that comes back, go on until none comes. With k
votes each step is drawn k times (`ttc.Solver`, self_consistency) and the call with most votes, name and arguments
compared as JSON values, is made. Beside it stand whole loops without votes, also with a vote over their final answers,
and a loop that draws a step anew when no call came.
"""

import argparse
import asyncio
import hashlib
import json
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import ttc
from evals.agent_parts import AgentTask, task_of
from evals.agent_server import MAX_TOKENS, PartsServer
from evals.agent_table import ARMS, LOOPS, Outcome, markdown, rows_of
from ttc.backends.llamacpp import LlamaCppBackend
from ttc.evaluation.append_only import AppendFile, read_rows
from ttc.lab import generate, lab_model_path
from ttc.lab.check import boxed
from ttc.testing.calculator import TOOL, calculate, serving_calculator

PARTS = {"countdown": 2, "linear": 2, "word": 2}
"""Families of the parts in their order, and their level."""
SEED, COUNT, SPLIT = 50_000, 60, "test"
"""Where the seeds of problems begin, how many tasks, which split: fixed before the tasks were drawn from."""
STEPS, SLOTS, CONTEXT = 8, 16, 1024
SAMPLING = ttc.Sampling(temperature=0.8, max_tokens=MAX_TOKENS, suffix="", extra={"tools": [TOOL]})


@dataclass(frozen=True)
class Arm:
    """How a task is run: draws of each step, how often a step without a call is drawn again, how many loops."""

    draws: int = 1
    again: int = 0
    loops: int = 1


RUNS = {"one": Arm(loops=LOOPS), "again": Arm(again=4), **{f"votes {k}": Arm(draws=k) for k in (3, 5, 9)}}


def tasks(count: int, split: str, seed: int) -> list[AgentTask]:
    """The tasks, each of fresh problems; the last number of its id is its own."""
    return [
        task_of([generate(family, level, seed + index, split) for family, level in PARTS.items()], seed + index)
        for index in range(count)
    ]


async def loop(solver: ttc.Solver, task: AgentTask, seed: int, again: int) -> Outcome:
    """Ask, call, go on."""
    messages: list[dict[str, Any]] = [{"role": "user", "content": task.prompt}]
    calls = tokens = 0
    for step in range(STEPS):
        asked = ttc.Problem(tuple(messages), id=f"{task.id}/{step}", meta={"tools": (TOOL,)})
        for attempt in range(again + 1):
            result = await solver.solve(asked, seed=1000 * attempt + seed)
            calls, tokens = calls + result.cost.calls, tokens + result.cost.output_tokens
            message = (result.candidate and result.candidate.message) or {}
            made = message.get("tool_calls")
            if made or boxed(result.text):
                break
        if not made:
            return Outcome(boxed(result.text), step + 1, calls, tokens)
        messages.append({"role": "assistant", "content": message["content"], "tool_calls": made})
        for call in made:
            value = calculate(json.loads(call["function"]["arguments"])["expression"])
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": value})
    return Outcome(None, STEPS, calls, tokens)


async def outcomes(url: str, task: AgentTask, arm: Arm) -> list[Outcome]:
    """All loops of one arm on one task."""
    knobs = {"n": arm.draws, "stop": "none"}
    async with ttc.Solver("self_consistency", backend=url, knobs=knobs, sampling=SAMPLING) as solver:
        return await asyncio.gather(*(loop(solver, task, seed, arm.again) for seed in range(arm.loops)))


async def run(todo: list[tuple[AgentTask, str]], file: AppendFile, threads: int, design: dict[str, Any]) -> None:
    """One line for each arm of each task that has none yet; two arms at a time, to keep the model's slots full."""
    model = LlamaCppBackend(lab_model_path(), slots=SLOTS, context_per_slot=CONTEXT, threads=threads)
    gate = asyncio.Semaphore(2)
    with serving_calculator(model, PartsServer) as url:

        async def one(task: AgentTask, name: str) -> None:
            async with gate:
                found = [asdict(outcome) for outcome in await outcomes(url, task, RUNS[name])]
            file.append([{"task": task.id, "gold": task.answer, "arm": name, "outcomes": found, **design}])
            print(task.id, name, sum(o["answer"] == task.answer for o in found), "of", len(found), flush=True)

        await asyncio.gather(*(one(task, name) for task, name in todo))


def design_of(split: str, seed: int) -> dict[str, Any]:
    """What every line of one run has in common."""
    weights = hashlib.sha256(lab_model_path().read_bytes()).hexdigest()[:12]
    return {"parts": PARTS, "split": split, "seed": seed, "weights": weights}


def lines(folder: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Design and lines of all shards; ValueError where they come from different designs."""
    rows = [row for path in sorted(folder.glob("shard-*.jsonl")) for _, row in read_rows(path) if row]
    designs = {json.dumps({name: row[name] for name in ("parts", "split", "seed", "weights")}) for row in rows}
    if len(designs) > 1:
        raise ValueError(f"{folder} holds lines of {len(designs)} designs or weights; give a folder with those of one")
    return (json.loads(designs.pop()) if designs else {}), rows


def shard(options: argparse.Namespace) -> None:
    """Run what is still to do of the shard's tasks."""
    first, every = map(int, options.shard.split("/"))
    design = design_of(options.split, options.seed)
    there, rows = lines(options.out)
    if there not in ({}, design):
        raise ValueError(f"{options.out} holds lines of {there}, not of {design}; give another folder")
    done = {(row["task"], row["arm"]) for row in rows}
    mine = tasks(options.count, options.split, options.seed)[first::every]
    todo = [(task, arm) for task in mine for arm in options.arms if (task.id, arm) not in done]
    with closing(AppendFile(options.out / f"shard-{first}-of-{every}.jsonl")) as file:
        asyncio.run(run(todo, file, options.threads, design))


def table(folder: Path, results: Path) -> str:
    """The table over the tasks whose arms are all there."""
    design, rows = lines(folder)
    found, gold = dict[str, dict[str, list[Outcome]]](), dict[str, str]()
    for row in rows:
        gold[row["task"]] = row["gold"]
        found.setdefault(row["task"], {})[row["arm"]] = [Outcome(**each) for each in row["outcomes"]]
    whole = {task: arms for task, arms in sorted(found.items()) if arms.keys() >= ARMS}
    if not whole:
        raise ValueError(f"no task in {folder} has the lines of all {len(ARMS)} arms yet; go on with run")
    summary = {**design, "tasks": len(whole), "rows": rows_of(gold, whole)}
    text = markdown(summary)
    results.mkdir(parents=True, exist_ok=True)
    (results / "agent_task.json").write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    (results / "agent_task.md").write_text(text, encoding="utf-8")
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("run", "table"))
    parser.add_argument("--out", type=Path, default=Path("runs/agent_task"), help="folder of the lines")
    parser.add_argument("--results", type=Path, default=Path("evals/results"), help="folder of the table")
    parser.add_argument("--count", type=int, default=COUNT, help="tasks of all shards")
    parser.add_argument("--split", default=SPLIT, help="test, or dev to choose a design on")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--shard", default="0/1", help="i/k: tasks i, i + k, i + 2k, ...")
    parser.add_argument("--arms", nargs="+", default=list(RUNS), choices=list(RUNS))
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    if options.what == "table":
        print(table(options.out, options.results))
        return
    shard(options)


if __name__ == "__main__":
    main()
