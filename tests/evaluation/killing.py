"""Kill an evaluation again and again, resume it, and account for every call that the model ever answered.

python -m evals.bench.kills --kills 200           kills so many times, in as many evaluations as that takes
python -m tests.evaluation.killing OUT SEED       the process that is killed

The server writes a line into calls.log when it hands over a completion. At every kill this is compared with the tapes:
what was handed over and is on no tape was still in flight (handed over in the last turn of the event loop). Of all
other calls none may be lost, and none may be asked again.
"""

import asyncio
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ttc.backends.base import Completion, Meter, Request
from ttc.backends.simulated import HOSTED, SimulatedBackend
from ttc.budget.budget import Budget
from ttc.evaluation import Cell, Runner, load_examples, summarise
from ttc.evaluation.journal import Journal
from ttc.evaluation.runs import Run

ROOT = Path(__file__).parent.parent.parent
CELLS = [
    Cell("self_consistency", {"n": 8}),
    Cell("best_of_n", {"n": 4}, verifier="self_verify"),
    Cell("self_consistency", {"n": 8, "stop": "none"}, budget=Budget(tokens=700)),
]
EXAMPLES = load_examples("lab:test:count=8")
AT_ONCE = 4


class Till(SimulatedBackend):
    """A simulated server that writes down what it hands over."""

    log: int | None = None

    async def complete(self, request: Request, meter: Meter) -> Sequence[Completion]:
        completions = await super().complete(request, meter)
        if self.log is not None:
            os.write(self.log, f"{request.key} {request.seed}\n".encode())
        return completions


async def evaluate(out: Path, seed: int, slow: float) -> list[Run]:
    os.makedirs(out, exist_ok=True)
    gold = {example.problem.text: example.gold for example in EXAMPLES}
    backend = Till(capabilities=HOSTED, gold=gold, time_scale=slow, latency_seed=random.randrange(10**6))
    backend.log = os.open(out / "calls.log", os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    journal = Journal(out / "run", {"seed": seed}, keep_tapes=True)
    try:
        options = {"examples": EXAMPLES, "cells": CELLS, "seed": seed, "at_once": AT_ONCE}
        return await Runner(backend=backend, journal=journal, **options).run()
    finally:
        journal.close()
        os.close(backend.log)


def table(runs: Sequence[Run]) -> list[object]:
    """The final table: everything but wall time."""
    cells = summarise(runs, {})["cells"]
    for cell in cells:
        del cell["cost"]["seconds"]
    return cells


def handed_over(out: Path) -> list[str]:
    log = out / "calls.log"
    return log.read_text().splitlines() if log.exists() else []


def on_disk(out: Path) -> Counter[str]:
    """The calls whose end is on a tape."""
    found: Counter[str] = Counter()
    for tape in (out / "run" / "tapes").glob("*.jsonl"):
        rows = [json.loads(line) for line in tape.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
        starts = {row["call"]: row for row in rows if row.get("event") == "start"}
        for row in rows:
            if row.get("event") == "end":
                found[f"{starts[row['call']]['key']} {starts[row['call']]['seed']}"] += 1
    return found


@dataclass
class Account:
    kills: int = 0
    evaluations: int = 0
    calls: int = 0
    in_flight: int = 0
    lost: int = 0
    paid_twice: int = 0
    other_tables: int = 0


def one_evaluation(folder: Path, seed: int, kills: int, account: Account, rng: random.Random) -> None:
    """Kill one evaluation until it ends by itself or `kills` kills were made; then let it end, and compare."""
    expected = asyncio.run(evaluate(folder / "whole", seed, 0.0))
    reference = Counter(handed_over(folder / "whole"))
    out, in_flight = folder / "killed", Counter[str]()
    for attempt in range(10_000):
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.evaluation.killing", str(out), str(seed)],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert child.stdout is not None
        child.stdout.readline()  # it has imported everything and begins
        if attempt < kills:
            await_moment(child, out, rng)
        else:
            child.wait(100)
        running = child.poll() is None
        child.send_signal(signal.SIGKILL)
        _, errors = child.communicate()
        if not running:
            assert child.returncode == 0, errors.decode()[-2000:]
            break
        account.kills += 1
        lines = handed_over(out)
        missing = Counter(lines) - on_disk(out) - in_flight
        account.lost += sum((missing - Counter(lines[-4 * AT_ONCE :])).values())
        in_flight += missing
    account.evaluations += 1
    account.calls += len(handed_over(out))
    account.in_flight += sum(in_flight.values())
    again = Counter(handed_over(out)) - reference - in_flight
    account.paid_twice += sum(again.values())
    account.lost += sum((reference - Counter(handed_over(out))).values())
    resumed = asyncio.run(evaluate(out, seed, 0.0))
    if table(resumed) != table(expected):
        account.other_tables += 1
        for one, other in zip(expected, resumed, strict=True):
            if (one.correct, one.samples, one.confidence) != (other.correct, other.samples, other.confidence):
                print(f"whole {one}\nkilled {other}", file=sys.stderr)


def await_moment(child: subprocess.Popen[bytes], out: Path, rng: random.Random) -> None:
    """Wait for a random moment: after 0 to 12 more completions and up to a fiftieth of a second."""
    enough = len(handed_over(out)) + rng.randint(0, 12)
    while child.poll() is None and len(handed_over(out)) < enough:
        time.sleep(0.001)
    time.sleep(rng.uniform(0.0, 0.02))


def kill(times: int, seed: int = 0) -> Account:
    """Kill so many times, in as many evaluations as that takes."""
    account, rng = Account(), random.Random(seed)
    while account.kills < times:
        folder = Path(tempfile.mkdtemp())
        try:
            one_evaluation(folder, seed + account.evaluations, times - account.kills, account, rng)
        finally:
            shutil.rmtree(folder)
    return account


if __name__ == "__main__":
    print("begin", flush=True)
    asyncio.run(evaluate(Path(sys.argv[1]), int(sys.argv[2]), 0.03))
