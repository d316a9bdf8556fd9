"""Evaluation on a Ray cluster of this machine: one budget, the same results, and dead workers are replaced."""

import math
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.evaluation.test_pool import pool_file
from ttc.backends.simulated import HOSTED, SimulatedBackend
from ttc.budget.budget import Budget
from ttc.evaluation import Cell, Run, Runner, grid, load_examples, read_pool
from ttc.evaluation.cluster import Cluster
from ttc.evaluation.journal import Journal
from ttc.evaluation.total import TotalSpent
from ttc.types import Sampling

ray = pytest.importorskip("ray")
pytestmark = [pytest.mark.timeout(300), pytest.mark.filterwarnings("ignore")]  # of Ray's own making

EXAMPLES = load_examples("lab:test:count=6")
GOLD = {example.problem.text: example.gold for example in EXAMPLES}
CELLS = [Cell("self_consistency", {"n": 6}), Cell("best_of_n", {"n": 3}, verifier="self_verify")]


@pytest.fixture(scope="module", autouse=True)
def _cluster() -> Iterator[None]:
    ray.init(num_cpus=2, include_dashboard=False, logging_level="error", log_to_driver=False)
    yield
    ray.shutdown()


def server(**options: Any) -> SimulatedBackend:
    return SimulatedBackend(capabilities=HOSTED, gold=GOLD, **options)


def timeless(runs: list[Run]) -> str:
    """What must be equal wherever the runs are made; as text, for nan is not equal to itself."""
    return str([replace(run, cost={**run.cost, "seconds": math.nan}) for run in runs])


async def evaluate(folder: Path | None, backend: SimulatedBackend, **options: Any) -> list[Run]:
    journal = None if folder is None else Journal(folder, {"model": "simulated"})
    try:
        options = {"examples": EXAMPLES, "cells": CELLS, "journal": journal, "at_once": 4, **options}
        return await Runner(backend=backend, **options).run()
    finally:
        if journal is not None:
            journal.close()


async def test_a_cluster_gives_what_one_process_gives_and_one_ledger_counts_it(tmp_path: Path) -> None:
    cluster = Cluster(server(), workers=2)
    many = await evaluate(tmp_path / "run", server(), cluster=cluster, repeat=2, total=Budget(tokens=10**6))
    alone = await evaluate(None, server(), repeat=2)
    assert timeless(many) == timeless(alone)
    assert cluster.spent.output_tokens == sum(run.cost["tokens"] for run in alone)
    assert cluster.spent.calls == sum(run.cost["calls"] for run in alone)
    again = await evaluate(tmp_path / "run", server(fail_first=9), repeat=2)  # all is in the journal
    assert timeless(again) == timeless(alone)


async def test_the_runs_of_a_killed_worker_are_taken_over(tmp_path: Path) -> None:
    """One of two workers is killed in the middle; its runs end elsewhere, from what their tapes hold."""
    told, killed = list[str](), list[int]()
    cluster = Cluster(Marked(tmp_path, capabilities=HOSTED, gold=GOLD, time_scale=0.05), workers=2)

    def kill_one(run: Run) -> None:
        if len(processes(tmp_path)) == 2 and not killed:
            killed.append(min(processes(tmp_path)))
            os.kill(killed[0], signal.SIGKILL)

    runs = await evaluate(tmp_path / "run", server(), cluster=cluster, watch=kill_one, report=told.append)
    assert killed
    assert "died; its runs are handed to another" in told[0]
    assert len(processes(tmp_path)) == 3
    assert timeless(runs) == timeless(await evaluate(None, server()))


def processes(folder: Path) -> set[int]:
    """The processes that have called the server."""
    return {int(path.name.partition("-")[0]) for path in folder.glob("*-call")}


class Marked(SimulatedBackend):
    """A simulated server that leaves a file named after the process for each call."""

    def __init__(self, folder: Path, **options: Any):
        super().__init__(**options)
        object.__setattr__(self, "folder", folder)

    async def complete(self, request: Any, meter: Any) -> Any:
        completions = await super().complete(request, meter)
        name = f"{os.getpid()}-{abs(hash(request.key))}-call"
        (self.folder / name).touch()  # type: ignore[attr-defined]
        return completions


async def test_the_total_holds_for_all_workers_together_and_can_be_renewed(tmp_path: Path) -> None:
    short = {"sampling": Sampling(max_tokens=256)}
    with pytest.raises(TotalSpent, match="tokens of --total are spent"):
        cluster = Cluster(server(), workers=2)
        await evaluate(tmp_path / "run", server(), cluster=cluster, total=Budget(tokens=2500), **short)
    rest = Cluster(server(), workers=2)
    runs = await evaluate(tmp_path / "run", server(), cluster=rest, total=Budget(tokens=100_000), **short)
    whole = await evaluate(None, server(), **short)
    assert timeless(runs) == timeless(whole)
    needed = sum(run.cost["tokens"] for run in whole)
    assert needed - 2500 <= rest.spent.output_tokens < needed  # what the first call paid for is not paid again


async def test_a_pool_is_replayed_on_a_cluster(tmp_path: Path) -> None:
    pool = read_pool(pool_file(tmp_path / "pool.jsonl.gz", ["7", "7.0", "3", "5"] * 4))
    options: dict[str, Any] = {"examples": pool.examples, "cells": grid(["self_consistency"], n=[4, 16]), "repeat": 3}
    many = await Runner(pool=pool, cluster=Cluster(workers=2), **options).run()
    assert timeless(many) == timeless(await Runner(pool=pool, **options).run())


def test_workers_must_be_there() -> None:
    with pytest.raises(ValueError, match="workers is 0"):
        Cluster(workers=0)
