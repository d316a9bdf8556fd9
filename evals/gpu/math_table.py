"""Accuracy against cost on MATH-500 with a live server: one line of JSON for each finished run, resumable.

    python evals/gpu/math_table.py --base-url http://127.0.0.1:8000/v1 --problems math500.jsonl --out DIR --seconds 900

Settings come in turn, each on the same problems; what --seconds or a broken lease leaves undone, a second call with the
same --out does. runs.jsonl has the runs, settings.jsonl the server's own counters over each setting. summary.py makes
the tables.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

sys.path += [str(Path(__file__).parent), str(Path(__file__).parent.parent.parent)]

from counters import metered
from math_settings import BUDGETS, SETTINGS

import ttc
from evals.tables.workers import read
from ttc.connect import connect
from ttc.evaluation.examples import Example, load_examples
from ttc.evaluation.grade import equivalence


def row_of(setting: str, example: Example, result: ttc.Result) -> dict[str, Any]:
    """What the tables need of one run."""
    right = result.answer is not None and equivalence("math", example.gold, result.answer)
    cost = result.cost
    return {
        "setting": setting, "problem": example.problem.id, "level": example.level, "right": right,
        "answer": result.answer, "confidence": result.confidence, "output_tokens": cost.output_tokens,
        "prompt_tokens": cost.prompt_tokens, "cached_tokens": cost.cached_tokens, "calls": cost.calls,
        "seconds": round(cost.seconds, 3), "stopped": result.stopped,
        "by_kind": {kind: part.output_tokens for kind, part in result.cost_by_kind.items()},
    }  # fmt: skip


async def one_setting(name: str, todo: list[Example], backend: Any, knobs: argparse.Namespace, end: float) -> int:
    """Run a setting on the problems that are left, until the time is up; how many were finished."""
    strategy, options = SETTINGS[name]
    sampling = ttc.Sampling(max_tokens=knobs.max_tokens, temperature=knobs.temperature)
    budget = ttc.Budget(tokens=BUDGETS[name]) if name in BUDGETS else None
    by_id, finished = {example.problem.id: example for example in todo}, 0
    common = {"seed": knobs.seed, "sampling": sampling, "budget": budget}
    async with metered(knobs.base_url) as seen, ttc.Solver(strategy, backend=backend, **common, **options) as solver:
        results = solver.solve_many([e.problem for e in todo], at_once=knobs.at_once)
        try:
            async with asyncio.timeout(max(0.1, end - time.monotonic())):
                async for result in results:
                    append(knobs.out / "runs.jsonl", row_of(name, by_id[result.problem.id], result))
                    finished += 1
        except TimeoutError:
            print(f"{name}: the time is up", flush=True)
        finally:
            await results.aclose()
    append(knobs.out / "settings.jsonl", {"setting": name, "finished": finished, "asked": len(todo), **seen})
    print(name, finished, "of", len(todo), json.dumps(seen), flush=True)
    return finished


def append(path: Path, row: dict[str, Any]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base-url", default="http://127.0.0.1:8000/v1")
    parser.add_argument("--problems", type=Path, required=True, help="math500.jsonl")
    parser.add_argument("--limit", type=int, default=150)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=900)
    parser.add_argument("--only", default="", help="settings that contain one of these words, with commas")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--max-tokens", type=int, default=1024)
    parser.add_argument("--temperature", type=float, default=0.8)
    parser.add_argument("--at-once", type=int, default=64, help="problems at once")
    knobs = parser.parse_args()
    end = time.monotonic() + knobs.seconds
    knobs.out.mkdir(parents=True, exist_ok=True)
    examples = load_examples("math500", data=knobs.problems, limit=knobs.limit)
    words = [word for word in knobs.only.split(",") if word]
    backend = await connect(knobs.base_url)
    about = {key: getattr(knobs, key) for key in ("limit", "seed", "max_tokens", "temperature", "at_once")}
    about |= {"model": backend.model, "date": time.strftime("%Y-%m-%d"), "ttc": ttc.__version__}
    (knobs.out / "about.json").write_text(json.dumps(about, indent=1) + "\n")
    rows = read(knobs.out / "runs.jsonl")
    done = {(row["setting"], row["problem"]) for row in rows}
    (knobs.out / "runs.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    for name in SETTINGS:
        todo = [e for e in examples if (name, e.problem.id) not in done]
        if todo and time.monotonic() < end and (not words or any(word in name for word in words)):
            try:
                await one_setting(name, todo, backend, knobs, end)
            except ttc.TTCError as error:  # one setting that fails leaves the others alone
                print(f"{name}: {error}", flush=True)
    await backend.aclose()


if __name__ == "__main__":
    asyncio.run(main())
