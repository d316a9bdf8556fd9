"""Accuracy against tokens: every strategy on the same problems, one line of JSON for each finished run.

python evals/tables/strategies.py --backend simulated --problems 100 --out DIR

Run it again with the same --out to go on where it stopped, or with --problems 0 to write the table only. --backend is
"simulated", "lab" (the model that ships with ttc) or whatever `ttc solve --backend` takes. Problems are those of
`ttc.lab`, test split; --levels 3,4 chooses their levels.
"""

import argparse
import asyncio
import json
from pathlib import Path
from random import Random
from typing import Any

from equal_tokens import csv, lines, markdown, plot
from settings import CURVE, SETTINGS

import ttc
from ttc.lab import LabProblem, check_answer, generate
from ttc.types import Problem


def problems_of(count: int, levels: list[int]) -> list[LabProblem]:
    """The first `count` test problems, levels in turn."""
    return [generate(level=levels[i % len(levels)], seed=i, split="test") for i in range(count)]


def simulated(problems: list[LabProblem]) -> Any:
    """A simulated model that finds each of these problems as hard as a Beta(2, 2) law says."""
    from ttc.backends.simulated import SimulatedBackend

    gold = {problem.prompt: problem.answer for problem in problems}
    chance = {problem.prompt: Random(problem.id).betavariate(2, 2) for problem in problems}

    def p_correct(text: str) -> float:  # prompts that show earlier solutions begin with the problem
        return chance[max((prompt for prompt in chance if text.startswith(prompt)), key=len)]

    return SimulatedBackend(gold=gold, p_correct=p_correct)


async def run(
    problems: list[LabProblem], backend: Any, names: list[str], path: Path, knobs: argparse.Namespace
) -> None:
    """Run what the file does not have yet."""
    rows = read(path)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")  # without a broken last line
    done = {(row["setting"], row["problem"]) for row in rows}
    by_id = {problem.id: problem for problem in problems}
    for name in names:
        strategy, options = SETTINGS[name]
        todo = [Problem(p.prompt, id=p.id) for p in problems if (name, p.id) not in done]
        sampling = ttc.Sampling(max_tokens=knobs.max_tokens, temperature=knobs.temperature)
        options = {"seed": knobs.seed, "sampling": sampling, "concurrency": knobs.concurrency, **options}
        async with ttc.Solver(strategy, backend=backend, **options) as solver:
            async for result in solver.solve_many(todo, at_once=knobs.at_once):
                with path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(row_of(name, result, by_id[result.problem.id])) + "\n")
        print(f"{name}: {len(todo)} new runs", flush=True)


def row_of(name: str, result: ttc.Result, problem: LabProblem) -> dict[str, Any]:
    """What the table needs of one run."""
    right = result.answer is not None and check_answer(problem, f"\\boxed{{{result.answer}}}")
    cost = result.cost
    return {
        "setting": name, "problem": problem.id, "right": right, "confidence": result.confidence,
        "output_tokens": cost.output_tokens, "prompt_tokens": cost.prompt_tokens, "cached_tokens": cost.cached_tokens,
        "calls": cost.calls, "seconds": round(cost.seconds, 3), "stopped": result.stopped,
    }  # fmt: skip


def read(path: Path) -> list[dict[str, Any]]:
    """The finished runs; a last line that was cut off is left out."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            found.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return found


def parser_of(doc: str | None, problems: int) -> argparse.ArgumentParser:
    """The options that live tables share; so many problems unless told otherwise."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--backend", default="simulated")
    parser.add_argument("--problems", type=int, default=problems)
    parser.add_argument("--levels", default="1,2,3,4,5")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", default="", help="settings that contain one of these words, with commas")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--max-tokens", type=int, default=512)
    parser.add_argument("--temperature", type=float, default=0.8)
    parser.add_argument("--concurrency", type=int, default=None, help="calls in flight at once")
    parser.add_argument("--at-once", type=int, default=8, help="problems at once")
    return parser


def main() -> None:
    parser = parser_of(__doc__, 100)
    knobs = parser.parse_args()
    knobs.out.mkdir(parents=True, exist_ok=True)
    path = knobs.out / "runs.jsonl"
    words = [word for word in knobs.only.split(",") if word]
    names = [name for name in SETTINGS if not words or any(word in name for word in words)]
    problems = problems_of(knobs.problems, [int(level) for level in knobs.levels.split(",")])
    backend = None if knobs.backend == "lab" else simulated(problems) if knobs.backend == "simulated" else knobs.backend
    if problems:
        asyncio.run(run(problems, backend, names, path, knobs))
    found = lines(read(path), CURVE)
    (knobs.out / "table.md").write_text(markdown(found), encoding="utf-8")
    (knobs.out / "table.csv").write_text(csv(found), encoding="utf-8")
    plot(found, CURVE, str(knobs.out / "plot.svg"))
    print(markdown(found))


if __name__ == "__main__":
    main()
