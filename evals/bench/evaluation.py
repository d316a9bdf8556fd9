"""What an evaluation costs beside the model: samples a second, memory, and the replay of a pool by many strategies.

python evals/bench/evaluation.py                    both tables
python evals/bench/evaluation.py --replay           500 problems x 64 samples, 20 strategy settings, one core
python evals/bench/evaluation.py --live             1,000 problems x 64 samples of the simulated model, with journal
python evals/bench/evaluation.py --votes            the same pool under votes alone, without a journal: the pure replay
python evals/bench/evaluation.py --pool FILE        the same settings on a recorded pool of your own
python evals/bench/evaluation.py --out FOLDER       all of them, into evaluation_bench.md and evaluation_bench.json

CPU seconds are those of the process, so a busy machine moves them little; memory is its peak.
"""

import argparse
import asyncio
import gzip
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from ttc.backends.simulated import Difficulty, SimulatedBackend
from ttc.evaluation import Cell, Runner, grid, load_examples, read_pool, summarise
from ttc.evaluation.journal import Journal

Numbers = dict[str, Any]
BENCHES = {
    "live": "The simulated model, with journal and tapes",
    "replay": "Twenty strategy settings on a pool, with journal",
    "votes": "Eleven sizes of a plain vote on a pool, nothing kept",
}


def settings(n: int) -> list[Cell]:
    """Twenty strategy settings: votes with and without stopping, best-of-N by confidence and by agreement."""
    sizes = [size for size in (4, 8, 16, 32, 64) if size <= n]
    stops = {"self_consistency.stop": ["none", "beta", "dirichlet"]}
    cells = grid(["self_consistency"], n=sizes, knobs=stops)
    cells += grid(["best_of_n"], n=sizes[-3:], verifier="confidence")
    cells += grid(["best_of_n"], n=sizes[-2:], knobs={"weight": "answer"}, verifier="confidence")
    return cells


def make_pool(path: Path, problems: int, samples: int) -> None:
    """A pool of texts as long as a small model's, with whole numbers as answers."""
    rng = Random(0)
    words = ["so", "we", "then", "get", "the", "sum", "of", "both", "sides", "and", "hence", "that", "term", "is"]
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=1) as file:
        for place in range(problems):
            gold, p = rng.randint(10, 999), rng.betavariate(1.2, 1.0)
            rows = []
            for _ in range(samples):
                answer = gold if rng.random() < p else gold + rng.choice((-10, -2, -1, 1, 2, 3, 7))
                text = " ".join(rng.choices(words, k=200)) + f"\n\nThe answer is \\boxed{{{answer}}}."
                rows.append({"text": text, "finish": "stop", "tokens": 260, "mean_logprob": -rng.expovariate(5.0)})
            row = {"id": f"p{place}", "gold": str(gold), "level": place % 5 + 1, "prompt_tokens": 80, "samples": rows}
            file.write(json.dumps(row) + "\n")


def votes(n: int) -> list[Cell]:
    """Every size up to 8 and the powers of two above, in plain votes."""
    sizes = [size for size in (*range(1, 9), 16, 32, 64) if size <= n]
    return grid(["self_consistency"], n=sizes, knobs={"stop": "none"})


def replay(path: Path, cells_of: Callable[[int], list[Cell]] = settings, kept: bool = True) -> Numbers:
    """Replay a pool under the cells; with `kept` into a journal, as `ttc eval --out` does."""
    begun, cpu = time.perf_counter(), time.process_time()
    pool = read_pool(path)
    n = min(len(problem.samples) for problem in pool.problems.values())
    cells = cells_of(n)
    read = time.process_time() - cpu
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(folder, {}) if kept else None
        runs = asyncio.run(Runner(examples=pool.examples, cells=cells, pool=pool, journal=journal).run())
        if journal is not None:
            journal.close()
    ran = time.process_time() - cpu - read
    summarise(runs, {})
    whole = time.process_time() - cpu
    drawn = sum(run.samples.n for run in runs)
    return {
        "problems": len(pool.problems), "samples of each": n, "settings": len(cells), "journal": kept,
        "runs": len(runs), "samples drawn": drawn, "CPU s to read": read, "CPU s to run": ran,
        "CPU s for metrics": whole - ran - read,
        "runs/s": len(runs) / ran, "samples/s": drawn / ran, "s on the clock": time.perf_counter() - begun,
        "peak MB": peak(),
    }  # fmt: skip


def live(problems: int, samples: int) -> Numbers:
    """One cell on the simulated model, with a journal and all its tapes."""
    begun, cpu = time.perf_counter(), time.process_time()
    examples = load_examples(f"lab:test:count={problems}")
    gold = {example.problem.text: example.gold for example in examples}
    backend = SimulatedBackend(gold=gold, p_correct=Difficulty(1.2, 1.0, 0.15))
    cells = [Cell("self_consistency", {"n": samples, "stop": "none"})]
    made = time.process_time() - cpu
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(folder, {})
        runs = asyncio.run(Runner(examples=examples, cells=cells, backend=backend, journal=journal).run())
        journal.close()
        size = (Path(folder) / "results.jsonl").stat().st_size / 1e6
    spent = time.process_time() - cpu - made
    drawn = sum(run.samples.n for run in runs)
    return {
        "problems": problems, "samples of each": samples, "runs": len(runs), "samples drawn": drawn,
        "CPU s to run": spent, "ms a sample": 1e3 * spent / drawn, "samples/s": drawn / spent, "MB written": size,
        "s on the clock": time.perf_counter() - begun, "peak MB": peak(),
    }  # fmt: skip


def peak() -> float:
    """Peak resident memory of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def told(name: str, numbers: Numbers) -> str:
    """A section of the table."""
    rows = [
        f"| {what} | {value:,.1f} |" if isinstance(value, float) else f"| {what} | {value} |"
        for what, value in numbers.items()
    ]
    return "\n".join([f"## {name}", "", "| | |", "|---|---|", *rows, ""])


def measured(name: str, options: argparse.Namespace) -> Numbers:
    """One of the benches."""
    if name == "live":
        return live(options.problems or 1000, options.samples)
    if options.pool is not None:
        return replay(options.pool)
    with tempfile.TemporaryDirectory() as folder:
        make_pool(path := Path(folder) / "pool.jsonl.gz", options.problems or 500, options.samples)
        return replay(path) if name == "replay" else replay(path, votes, kept=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, what in BENCHES.items():
        parser.add_argument(f"--{name}", action="store_true", help=what)
    parser.add_argument("--pool", type=Path)
    parser.add_argument("--problems", type=int)
    parser.add_argument("--samples", type=int, default=64)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    names = [name for name in BENCHES if getattr(options, name)] or (["replay"] if options.pool else [])
    if names:
        numbers = measured(names[0], options)
        print(json.dumps(numbers) if options.json else told(BENCHES[names[0]], numbers))
        return
    found = {}
    for name, what in BENCHES.items():  # a process each, so that each has its own peak of memory
        command = [sys.executable, __file__, f"--{name}", "--json", "--samples", str(options.samples)]
        command += ["--problems", str(options.problems)] if options.problems else []
        found[name] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        print(told(what, found[name]))
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        about = {"python": platform.python_version(), "cores": os.cpu_count(), "load before": os.getloadavg()[0]}
        notes = " ".join(__doc__[__doc__.index("CPU seconds") :].split())
        machine = f"Python {about['python']} on {about['cores']} cores, load {about['load before']:.1f} when it began"
        text = f"# What an evaluation costs beside the model\n\n{notes} Measured with {machine}.\n\n"
        text += "\n".join(told(BENCHES[name], numbers) for name, numbers in found.items())
        (options.out / "evaluation_bench.md").write_text(text, encoding="utf-8")
        (options.out / "evaluation_bench.json").write_text(
            json.dumps({**about, **found}, indent=1) + "\n", encoding="utf-8"
        )


if __name__ == "__main__":
    main()
