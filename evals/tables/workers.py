"""Live tables by many processes: every process has a model of its own and makes runs until none are left.

A table is a list of settings (`ttc.evaluation.Cell`), in groups. A process takes a group on one problem, makes its
runs on replies that they share (see shared.py), and appends a line of JSON for each finished run, in one write, to
runs.jsonl in --out. Whatever ends the processes, finished runs are on disk; the same command makes those that are
missing. --seconds begins no run after so long and writes the tables of what there is; --problems 0 writes the tables
only. units.jsonl says what the model really wrote for each group and problem.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from random import Random
from typing import Any

import ttc
from evals.tables.memory import memory
from evals.tables.shared import Shared
from ttc.backends.base import Backend
from ttc.connect import connect
from ttc.evaluation import Cell
from ttc.evaluation.append_only import read_rows
from ttc.lab import FAMILIES, SCORE_TOKEN, LabProblem, check_answer, generate, lab_model_path
from ttc.types import Problem

Knobs = argparse.Namespace
Groups = list[list[Cell]]
"""Cells that share their replies stand together; the dearest group comes first."""
Row = dict[str, Any]
Unit = tuple[int, int]
"""A group and a problem, by their places."""

SAY_SECONDS = 30.0
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def parser_of(doc: str | None, problems: int) -> argparse.ArgumentParser:
    """The options of all live tables; so many problems unless told otherwise."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--out", type=Path, required=True, help="folder of runs.jsonl and the tables")
    add("--backend", default="lab", help='"lab", "simulated", a GGUF file or URLs of servers, with commas')
    add("--problems", type=int, default=problems, help="0 = write the tables only; 8 families x levels make a round")
    add("--levels", default="1,2,3,4,5")
    add("--split", default="test", choices=("test", "dev"))
    add("--only", default="", help="settings that contain one of these words, with commas")
    add("--hf", type=Path, default=None, help="folder of the same weights for transformers, for st_bon")
    add("--workers", type=int, default=1, help="processes, each with a model of its own (or a connection)")
    add("--threads", type=int, default=None, help="of the model in each process")
    add("--slots", type=int, default=16, help="completions at once in each process")
    add("--at-once", type=int, default=4, help="settings at once in each process")
    add("--seconds", type=float, default=float("inf"), help="begin no run after so long")
    add("--seed", type=int, default=0)
    add("--max-tokens", type=int, default=640)
    add("--temperature", type=float, default=0.8)
    return parser


def problems_of(knobs: Knobs) -> list[LabProblem]:
    """The first problems, all families and levels in turn: those of evals/results/lab_pool.jsonl.gz."""
    levels, families = [int(level) for level in knobs.levels.split(",")], sorted(FAMILIES)
    rounds = -(-knobs.problems // (len(levels) * len(families)))
    places = [(family, level, seed) for seed in range(rounds) for family in families for level in levels]
    return [generate(*place, split=knobs.split) for place in places[: knobs.problems]]


def seed_of(problem: LabProblem) -> int:
    """The round that a problem belongs to."""
    return int(problem.id.rpartition("-")[2])


@dataclass(frozen=True)
class Work:
    """All that a process needs: it makes the groups of cells by itself, for replays of hidden states are large."""

    knobs: Knobs
    groups_of: Callable[[Knobs], Groups]
    done: frozenset[tuple[str, str]]
    until: float

    @property
    def path(self) -> Path:
        """The file of finished runs."""
        return Path(self.knobs.out) / "runs.jsonl"

    def units(self) -> list[Unit]:
        """What is to be done: the dearest group first, in rounds of all families and levels, hard ones first."""
        problems, groups = problems_of(self.knobs), self.groups_of(self.knobs)
        order = sorted(range(len(problems)), key=lambda i: (seed_of(problems[i]), -problems[i].level))
        pairs = [(group, i) for group in range(len(groups)) for i in order]
        return [(g, i) for g, i in pairs if any((c.name, problems[i].id) not in self.done for c in groups[g])]


def chosen(groups: Groups, knobs: Knobs) -> Groups:
    """The cells that --only names."""
    words = [word for word in knobs.only.split(",") if word]
    kept = [[c for c in group if not words or any(word in c.name for word in words)] for group in groups]
    return [group for group in kept if group]


# ---- in a process -----------------------------------------------------------------------------------------------


class Maker:
    """Makes the runs of units on one backend: where there are several servers, process `number` has one of them."""

    def __init__(self, work: Work, number: int = 0):
        self.work, self.knobs, self.number = work, work.knobs, number
        self.problems, self.groups = problems_of(work.knobs), work.groups_of(work.knobs)
        self.sampling = ttc.Sampling(max_tokens=self.knobs.max_tokens, temperature=self.knobs.temperature)

    async def run(self, next_unit: Callable[[], Unit | None]) -> None:
        """Unit after unit until there is none."""
        backend = await opened(self.knobs, self.problems, self.number)
        try:
            while time.time() < self.work.until and (unit := await asyncio.to_thread(next_unit)) is not None:
                await self._unit(backend, *unit)
        finally:
            await backend.aclose()

    async def _unit(self, backend: Backend, group: int, place: int) -> None:
        start, problem = time.time(), self.problems[place]
        cells = [cell for cell in self.groups[group] if (cell.name, problem.id) not in self.work.done]
        confident = any("confidence" in cell.name or "deepconf" in cell.name for cell in cells)
        shared, free = Shared(backend, self.knobs.seed, confident), asyncio.Semaphore(self.knobs.at_once)

        async def one(cell: Cell) -> None:
            async with free:
                if time.time() < self.work.until:
                    await self._made(shared, cell, problem)

        try:
            async with asyncio.TaskGroup() as tasks:
                for cell in cells:
                    tasks.create_task(one(cell))
        finally:
            await shared.aclose()
            used = {"group": group, "problem": problem.id, "generated": shared.generated}
            append(self.work.path.with_name("units.jsonl"), {**used, "seconds": round(time.time() - start, 1)})

    async def _made(self, backend: Backend, cell: Cell, problem: LabProblem) -> None:
        try:
            append(self.work.path, await self._row(backend, cell, problem))
        except Exception as error:  # one run must not end the others: it is missing, and made again
            print(f"{cell.name} on {problem.id}: {error!r}", file=sys.stderr, flush=True)

    async def _row(self, backend: Backend, cell: Cell, problem: LabProblem) -> Row:
        options = {"verifier": cell.verifier, "judge": cell.judge, "knobs": cell.knobs, "budget": cell.budget}
        solver = ttc.Solver(cell.strategy, backend=backend, seed=self.knobs.seed, sampling=self.sampling, **options)
        result = await solver.solve(Problem(problem.prompt, id=problem.id))
        return row_of(cell.name, result, problem)


async def opened(knobs: Knobs, problems: Sequence[LabProblem], number: int = 0) -> Backend:
    """The backend that --backend names, or the one of them that process `number` has."""
    if knobs.backend == "simulated":
        return simulated(problems)
    if "://" in knobs.backend:
        urls = knobs.backend.split(",")
        return await connect(urls[number % len(urls)])
    return await connect(None if knobs.backend == "lab" else knobs.backend, threads=knobs.threads, slots=knobs.slots)


def simulated(problems: Sequence[LabProblem]) -> Backend:
    """A simulated model that finds each of these problems as hard as a Beta(2, 2) law says."""
    from ttc.backends.simulated import SimulatedBackend

    gold = {problem.prompt: problem.answer for problem in problems}
    chance = {problem.prompt: Random(problem.id).betavariate(2, 2) for problem in problems}
    texts = sorted(gold, key=len, reverse=True)  # prompts that show earlier solutions hold the problem's text

    def prompt_in(text: str) -> str:
        return next(prompt for prompt in texts if prompt in text)

    return SimulatedBackend(
        gold=lambda text: gold[prompt_in(text)],
        p_correct=lambda text: chance[prompt_in(text)],
        score_tag=SCORE_TOKEN,
    )


def row_of(name: str, result: ttc.Result, problem: LabProblem) -> Row:
    """What the tables need of one run."""
    right = result.answer is not None and check_answer(problem, f"\\boxed{{{result.answer}}}")
    cost, solving = result.cost, result.cost_by_kind.get("solve", ttc.Cost())
    return {
        "setting": name, "problem": problem.id, "right": right, "confidence": result.confidence,
        "output_tokens": cost.output_tokens, "prompt_tokens": cost.prompt_tokens, "calls": cost.calls,
        "solve_tokens": solving.output_tokens, "solve_prompt": solving.prompt_tokens,
        "solve_cached": solving.cached_tokens, "candidates": len(result.candidates), "stopped": result.stopped,
        **memory(result),
    }  # fmt: skip


def append(path: Path, row: Row) -> None:
    """Add a line, whole or not at all, whoever else writes."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(file, (json.dumps(row, separators=(",", ":")) + "\n").encode())
    finally:
        os.close(file)


def _serve(work: Work, number: int, waiting: "multiprocessing.Queue[Unit | None]", parent: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends its processes

    def next_unit() -> Unit | None:
        return waiting.get() if os.getppid() == parent else None

    asyncio.run(Maker(work, number).run(next_unit))


# ---- in the parent ----------------------------------------------------------------------------------------------


def make(knobs: Knobs, groups_of: Callable[[Knobs], Groups]) -> list[Row]:
    """Make the runs that are missing, as far as --seconds allows; all finished runs, in the order of the settings."""
    knobs.out.mkdir(parents=True, exist_ok=True)
    path = knobs.out / "runs.jsonl"
    rows = read(path)
    names = [cell.name for group in groups_of(knobs) for cell in group]
    if len(set(names)) < len(names):
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r} is there twice")
    if knobs.problems:
        check(knobs)
        path.write_text("".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows), encoding="utf-8")
        done = frozenset((row["setting"], row["problem"]) for row in rows)
        spread(Work(knobs, groups_of, done, time.time() + knobs.seconds))
    return sorted(
        (row for row in read(path) if row["setting"] in set(names)), key=lambda row: names.index(row["setting"])
    )


def check(knobs: Knobs) -> None:
    """Write what all runs of the folder have in common, or compare: another model's runs do not go in between."""
    file = {"lab": lab_model_path()}.get(knobs.backend, Path(knobs.backend))
    weights = blake2b(file.read_bytes(), digest_size=8).hexdigest() if file.is_file() else None
    same = ("backend", "split", "seed", "max_tokens", "temperature")
    mine = {**{name: getattr(knobs, name) for name in same}, "weights": weights}
    path = knobs.out / "about.json"
    theirs = json.loads(path.read_text(encoding="utf-8")) if path.exists() else mine
    if theirs != mine:
        raise SystemExit(f"{knobs.out} holds runs of {theirs}, not of {mine}; choose another --out")
    path.write_text(json.dumps(mine) + "\n", encoding="utf-8")


def spread(work: Work) -> None:
    """Hand the units out to the processes and say now and then how far they are."""
    knobs, units = work.knobs, work.units()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if knobs.threads is not None:
        os.environ.update(dict.fromkeys(THREADS, str(knobs.threads)))
    context = multiprocessing.get_context("spawn")
    waiting: multiprocessing.Queue[Unit | None] = context.Queue()
    for unit in [*units, *[None] * knobs.workers]:
        waiting.put(unit)
    processes = [
        context.Process(target=_serve, args=(work, number, waiting, os.getpid()), daemon=True)
        for number in range(min(knobs.workers, len(units)))
    ]
    try:
        for process in processes:
            process.start()
        _watch(work, processes)
    finally:
        for process in processes:
            process.terminate()
        waiting.cancel_join_thread()  # units that nobody took
    failed = [process.exitcode for process in processes if process.exitcode]
    if failed:
        print(f"{len(failed)} processes failed (exit codes {failed}); the same command makes their runs", flush=True)


def _watch(work: Work, processes: Sequence[Any]) -> None:
    problems, cells = len(problems_of(work.knobs)), sum(map(len, work.groups_of(work.knobs)))
    said = start = time.time()
    while any(process.is_alive() for process in processes):
        for process in processes:
            process.join(0.2)
        if time.time() - said > SAY_SECONDS:
            said = time.time()
            rows = read(work.path)
            tokens = sum(row["output_tokens"] for row in rows)
            told = f"{len(rows)} runs of {problems * cells}, {tokens / 1e6:.2f} M tokens charged"
            print(f"{said - start:.0f} s: {told}", flush=True)


def read(path: Path) -> list[Row]:
    """The finished runs; lines that were cut off are left out."""
    return [row for _, row in read_rows(path) if row is not None] if path.exists() else []
