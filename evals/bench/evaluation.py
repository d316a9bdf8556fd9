"""What an evaluation costs beside the model: samples a second, memory, and the replay of a pool by many strategies.

python evals/bench/evaluation.py                    both tables
python evals/bench/evaluation.py --replay           500 problems x 64 samples, 20 strategy settings, one core
python evals/bench/evaluation.py --live             1,000 problems x 64 samples of the simulated model, with journal
python evals/bench/evaluation.py --pool FILE        the same settings on a recorded pool of your own

CPU seconds are those of the process, so a busy machine moves them little; memory is its peak.
"""

import argparse
import asyncio
import gzip
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from ttc.backends.simulated import Difficulty, SimulatedBackend
from ttc.evaluation import Cell, Runner, grid, load_examples, read_pool, summarise
from ttc.evaluation.journal import Journal


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


def replay(path: Path) -> None:
    begun, cpu = time.perf_counter(), time.process_time()
    pool = read_pool(path)
    n = min(len(problem.samples) for problem in pool.problems.values())
    cells = settings(n)
    read = time.process_time() - cpu
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(folder, {})
        runs = asyncio.run(Runner(examples=pool.examples, cells=cells, pool=pool, journal=journal).run())
        journal.close()
    ran = time.process_time() - cpu - read
    summarise(runs, {})
    whole = time.process_time() - cpu
    drawn = sum(run.samples.n for run in runs)
    told = (
        f"{len(pool.problems)} problems x {n} samples, {len(cells)} settings: {len(runs)} runs, {drawn} samples drawn"
    )
    print(f"replay   {told}")
    print(f"         read {read:.1f} s, run {ran:.1f} s, metrics {whole - ran - read:.1f} s of CPU; ", end="")
    print(
        f"{len(runs) / ran:.0f} runs/s, {drawn / ran:.0f} samples/s, {time.perf_counter() - begun:.1f} s on the clock"
    )
    print(f"         peak memory {peak():.0f} MB")


def live(problems: int, samples: int) -> None:
    cpu = time.process_time()
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
    print(f"live     {problems} problems x {samples} samples of the simulated model: {drawn} samples, {size:.0f} MB")
    print(f"         {spent:.1f} s of CPU, {1e3 * spent / drawn:.2f} ms a sample, {drawn / spent:.0f} samples/s")
    print(f"         peak memory {peak():.0f} MB")


def peak() -> float:
    """Peak resident memory of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replay", action="store_true")
    parser.add_argument("--live", action="store_true")
    parser.add_argument("--pool", type=Path)
    parser.add_argument("--problems", type=int)
    parser.add_argument("--samples", type=int, default=64)
    options = parser.parse_args()
    if options.pool is not None:
        replay(options.pool)
    elif options.replay:
        with tempfile.TemporaryDirectory() as folder:
            make_pool(path := Path(folder) / "pool.jsonl.gz", options.problems or 500, options.samples)
            replay(path)
    elif options.live:
        live(options.problems or 1000, options.samples)
    else:
        for which in ("--live", "--replay"):  # a process each, so that each has its own peak of memory
            subprocess.run([sys.executable, __file__, which], check=True)


if __name__ == "__main__":
    main()
