"""Evaluation on many machines: a Ray cluster makes the runs, one ledger actor holds the budget of them all.

The process that is asked keeps the journal and hands out the runs; each worker has its own connection to the model. A
run depends on its seed and its lineage names alone, so it does not matter which worker makes it. The runs of a worker
that died are handed to a new one. It goes on from their tapes where the folder of the journal is shared by all
machines, and begins them again where it is not.
"""

from __future__ import annotations

import asyncio
import math
import os
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from itertools import count, groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ttc.belief.profile import ValueProfile
from ttc.budget.budget import Budget
from ttc.budget.ledger import HoldMode
from ttc.connect import connect
from ttc.core.race import Bounded
from ttc.errors import BackendError, check_range
from ttc.evaluation.append_only import Row
from ttc.evaluation.cells import Cell
from ttc.evaluation.grade import Reader
from ttc.evaluation.jobs import Job, OnModel, OnPool, break_off
from ttc.evaluation.pool import Pool
from ttc.evaluation.tapes import Tapes
from ttc.evaluation.total import Charged, Total, TotalLedger, TotalSpent
from ttc.evaluation.waiting import Waiting
from ttc.types import Cost, Sampling

if TYPE_CHECKING:
    from ttc.evaluation.runner import Runner

Unit = tuple[Job, ...]
"""Jobs that are handed out together: one on a model, all of a problem on a pool."""

LAST_SECONDS = 5.0
MOST_DEATHS = 3
"""A unit that so many workers died with is given up."""


@dataclass(frozen=True)
class Parts:
    """What every worker is made of."""

    cells: Sequence[Cell]
    sampling: Sampling
    hold: HoldMode
    patience: float
    total: Budget
    pool: Pool | None
    source: Any
    options: Mapping[str, Any]
    tapes: Path | None
    values: ValueProfile | None = None


class RemoteTotal:
    """The ledger actor as a worker sees it."""

    def __init__(self, actor: Any):
        self._actor = actor

    async def hold(self, owner: str, calls: int, tokens: int, eflops: float, usd: float) -> int:
        """Hold the worst case of a call; its number."""
        return int(await _told(self._actor.hold.remote(owner, calls, tokens, eflops, usd)))

    def settle(self, number: int, cost: Cost) -> None:
        """Book what the call used."""
        self._actor.settle.remote(number, cost)


class Worker:
    """Makes runs in a process of its own, somewhere in the cluster."""

    def __init__(self, parts: Parts, ledger: Any, name: str):
        self._parts, self._total, self._name = parts, RemoteTotal(ledger), name
        self._made: asyncio.Task[OnModel | OnPool] | None = None
        self._running: set[asyncio.Task[Any]] = set()

    async def do(self, unit: Unit) -> list[Row]:
        """The lines of the jobs."""
        doing = asyncio.create_task(self._do(unit))
        self._running.add(doing)
        try:
            return await doing
        finally:
            self._running.discard(doing)

    async def stop(self, failed: bool) -> None:
        """End what is running, so that its tapes can be gone on from; `failed`: the server is away."""
        worker = await self._made if self._made is not None else None
        tapes = worker.tapes() if isinstance(worker, OnModel) else {}
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        break_off(tapes, failed)

    def process(self) -> int:
        """The number of the process."""
        return os.getpid()

    async def _do(self, unit: Unit) -> list[Row]:
        if self._made is None:
            self._made = asyncio.create_task(self._make(self._parts, self._total))
        worker = await self._made
        readers: dict[str, Reader] = {}  # one for each problem, so that what was read once is known
        rows = []
        for job in unit:
            reader = readers.setdefault(job.example.problem.id, job.reader)
            rows.append(await worker.do(Job(job.cell, job.example, job.repeat, job.seed, reader)))
        return rows

    async def _make(self, parts: Parts, total: Total) -> OnModel | OnPool:
        if parts.pool is not None:
            return OnPool(parts.pool, parts.cells, parts.sampling, parts.hold, parts.values)
        backend = Charged(await connect(parts.source, **parts.options), total, parts.total, self._name)
        tapes = None if parts.tapes is None else Tapes(parts.tapes)
        server = Waiting(backend, parts.patience, lambda message: print(f"ttc: {message}", flush=True))
        return OnModel(server, parts.cells, parts.sampling, parts.hold, tapes, parts.values)


@dataclass
class Place:
    """Where runs are made: a worker, and those that came in its place after it died."""

    number: int
    lives: int = 0
    actor: Any = None

    @property
    def name(self) -> str:
        """The name of the worker that is there now."""
        return f"{self.number}/{self.lives}"


@dataclass
class Cluster:
    """A Ray cluster. `address` is its head ("auto" or host:port); None = the one of $RAY_ADDRESS, else this machine.

    workers: how many processes, by default one for each CPU. source, options: the model as `ttc.Solver` takes it; every
    worker connects by itself (a GGUF is loaded by each).
    """

    source: Any = None
    options: Mapping[str, Any] = field(default_factory=dict)
    workers: int | None = None
    address: str | None = None
    spent: Cost = field(default_factory=Cost)
    """What all runs of the last call cost, as the ledger actor counted it."""

    def __post_init__(self) -> None:
        check_range("[1, inf)", "or None for one on each CPU", workers=self.workers)

    async def rows(self, runner: Runner, jobs: Iterable[Job]) -> AsyncGenerator[tuple[Job, Row], None]:
        """Jobs with their lines, in order of completion."""
        ray = _ray()
        mine = not ray.is_initialized()
        if mine:
            ray.init(address=self.address, include_dashboard=False, logging_level="warning")
        try:
            crew = Crew(ray, self, runner)
            try:
                async for done in crew.rows(units(jobs, runner.pool is not None)):
                    yield done
                self.spent = await crew.spent()
            except (BackendError, TotalSpent):
                crew.failed = True
                raise
            finally:
                await crew.dismiss()
        finally:
            if mine:
                ray.shutdown()


class Crew:
    """The workers of one evaluation and its ledger actor."""

    def __init__(self, ray: Any, cluster: Cluster, runner: Runner):
        cpus = max(1, int(ray.cluster_resources().get("CPU", 1)))
        count = cluster.workers or cpus
        self._ray, self._report = ray, runner.report
        self._each = math.ceil(runner.at_once / count)
        tapes = None if runner.journal is None else runner.journal.tapes.folder.resolve()
        backend = (cluster.source, dict(cluster.options))
        parts = Parts(
            runner.cells, runner.sampling, runner.hold, runner.patience, runner.total, runner.pool, *backend, tapes,
            runner.values,
        )  # fmt: skip
        self._parts = ray.put(parts)
        self._ledger = ray.remote(TotalLedger).options(num_cpus=0).remote(runner.total)
        spread = {"num_cpus": min(1.0, cpus / count), "scheduling_strategy": "SPREAD"}
        self._worker = ray.remote(Worker).options(max_concurrency=self._each + 1, **spread)
        self.failed = False
        self.places = [Place(number) for number in range(count)]
        for place in self.places:
            self._fill(place)

    async def rows(self, waiting: Iterator[Unit]) -> AsyncGenerator[tuple[Job, Row], None]:
        """Hand out units as workers are free; those of a dead worker go first."""
        free = deque(place for _ in range(self._each) for place in self.places)

        async def do(unit: Unit) -> list[Row]:
            for deaths in count(1):
                place = free.popleft()
                name = place.name
                try:
                    rows: list[Row] = await _told(place.actor.do.remote(unit))
                    return rows
                except self._ray.exceptions.RayActorError:
                    self._replace(place, name, unit, deaths)
                finally:
                    free.append(place)
            raise AssertionError("unreachable")

        running = Bounded(do, waiting, len(free))
        try:
            async for unit, rows in running:
                for job, row in zip(unit, rows, strict=True):
                    yield job, row
        finally:
            await running.cancel()

    async def spent(self) -> Cost:
        """What the ledger actor counted."""
        cost: Cost = await self._ledger.cost.remote()
        return cost

    async def dismiss(self) -> None:
        """End all workers; those that do not end within `LAST_SECONDS` leave their tapes as after a kill."""
        stops = [asyncio.ensure_future(_told(place.actor.stop.remote(self.failed))) for place in self.places]
        await asyncio.wait(stops, timeout=LAST_SECONDS)
        for stop in stops:
            stop.cancel()
        await asyncio.gather(*stops, return_exceptions=True)
        for actor in (*(place.actor for place in self.places), self._ledger):
            self._ray.kill(actor)

    def _fill(self, place: Place) -> None:
        place.actor = self._worker.remote(self._parts, self._ledger, place.name)

    def _replace(self, place: Place, name: str, unit: Unit, deaths: int) -> None:
        """Put a new worker in the place of the one of that name, unless another of its jobs saw to that."""
        if deaths >= MOST_DEATHS:
            raise RuntimeError(f"{deaths} workers died with {unit[0].key}; look at their logs (ray logs)")
        if place.name == name:
            self._report(f"worker {name} died; its runs are handed to another")
            self._ledger.release.remote(name)
            place.lives += 1
            self._fill(place)


def units(jobs: Iterable[Job], by_problem: bool) -> Iterator[Unit]:
    """Jobs as they are handed out."""
    if not by_problem:
        return ((job,) for job in jobs)
    return (tuple(group) for _, group in groupby(jobs, key=lambda job: job.example.problem.id))


async def _told(reference: Any) -> Any:
    """The value of a remote call, or its own error without Ray's wrapping."""
    try:
        return await reference
    except Exception as error:
        cause = getattr(error, "cause", None)
        if isinstance(cause, Exception) and hasattr(error, "as_instanceof_cause"):
            raise cause from None
        raise


def _ray() -> Any:
    try:
        return import_module("ray")
    except ImportError:
        raise ValueError("--executor ray needs Ray: pip install 'ttc-llm[ray]'") from None
