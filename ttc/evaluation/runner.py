"""The runner: every cell on every problem, through the same solver as `ttc solve`, into the journal."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ttc.backends.base import Backend
from ttc.belief.profile import ValueProfile
from ttc.budget.budget import Budget
from ttc.budget.ledger import HoldMode
from ttc.core.race import Bounded
from ttc.errors import BackendError, check_range
from ttc.evaluation.append_only import Row
from ttc.evaluation.cells import Cell
from ttc.evaluation.examples import Example
from ttc.evaluation.grade import GRADERS, Grader, Reader
from ttc.evaluation.jobs import Job, OnModel, OnPool, break_off
from ttc.evaluation.journal import Journal
from ttc.evaluation.pool import Pool
from ttc.evaluation.rows import prompt_hash
from ttc.evaluation.runs import Run, run_of
from ttc.evaluation.tapes import Key
from ttc.evaluation.total import Charged, TotalLedger, TotalSpent
from ttc.evaluation.waiting import Waiting
from ttc.registry import nearest
from ttc.types import Sampling

if TYPE_CHECKING:
    from ttc.evaluation.cluster import Cluster

REPEAT_STRIDE = 1_000_003
"""Seeds of repeats lie this far apart, so that evaluations with neighbouring seeds share none."""


@dataclass(kw_only=True)
class Runner:
    """What is run and how. Exactly one of `backend` and `pool` is given; `journal` None keeps nothing on disk.

    `at_once`: runs in flight on a backend. `patience`: seconds to wait for a server that went away. `total`: what this
    call may spend, all runs together. `values`: what is believed of the model, None = the shipped profile. `cluster`:
    the Ray cluster that makes the runs; None = this process. `watch` is called with every finished run, those of the
    journal first; `report` with what a person should know.
    """

    examples: Sequence[Example]
    cells: Sequence[Cell]
    backend: Backend | None = None
    pool: Pool | None = None
    journal: Journal | None = None
    repeat: int = 1
    seed: int = 0
    sampling: Sampling = field(default_factory=Sampling)
    hold: HoldMode = "worst"
    values: ValueProfile | None = None
    grader: Grader = GRADERS["equivalence"]
    at_once: int = 64
    patience: float = 600.0
    total: Budget = field(default_factory=Budget)
    cluster: Cluster | None = None
    watch: Callable[[Run], None] = lambda run: None
    report: Callable[[str], None] = lambda message: None

    def __post_init__(self) -> None:
        if (self.backend is None) == (self.pool is None):
            raise ValueError("an evaluation needs either a backend or a pool, not both and not none")
        check_range("[1, inf)", repeat=self.repeat, at_once=self.at_once)
        if not self.examples or not self.cells:
            raise ValueError("an evaluation needs at least one problem and one strategy")
        if self.pool is not None and (missing := [e for e in self.examples if e.problem.id not in self.pool.problems]):
            raise ValueError(
                f"the pool has no samples of {len(missing)} of {len(self.examples)} problems, "
                f"for example {missing[0].problem.id!r}; evaluate the problems that it holds"
            )
        for cell in self.cells if self.pool is not None else ():
            if isinstance(cell.verifier, str) and cell.verifier.startswith("pool:"):
                self._check_recorded(cell.verifier.removeprefix("pool:"))

    def _check_recorded(self, name: str) -> None:
        """A verifier of which the pool has no score at all would abstain everywhere, and say nothing."""
        assert self.pool is not None
        known = {score for problem in self.pool.problems.values() for s in problem.samples for score in s.scores}
        if name not in known:
            hint = nearest(name, known) if known else "it holds no scores at all; see ttc record --verifier"
            raise ValueError(f"the pool has no scores of a verifier {name!r}; {hint}")

    @property
    def n_runs(self) -> int:
        """How many runs there are in all."""
        return len(self.examples) * len(self.cells) * self.repeat

    async def run(self) -> list[Run]:
        """All runs, in the order of problems, repeats and cells; finished ones are read back from the journal.

        Raises JournalError if the disk is full, BackendError if the server stays away and TotalSpent at the end of the
        total budget. After those, as after a cancellation or a kill, the same call goes on where this one ended.
        """
        found = self.finished()
        if self.journal is not None:
            self.journal.plan(job.key for job in self.jobs())
        for done in found.values():
            self.watch(done)
        jobs = (job for job in self.jobs() if job.key not in found)
        async with aclosing(self._rows(jobs)) as rows:
            async for job, row in rows:
                if self.journal is not None:
                    self.journal.finish(row, synced=self.pool is None)
                found[job.key] = run_of(row)
                self.watch(found[job.key])
        return [found[job.key] for job in self.jobs()]

    def jobs(self) -> Iterator[Job]:
        """Problem by problem, so that prompts stay in the server's cache and all cells fill up evenly."""
        for example in self.examples:
            reader = Reader(example, self.grader)
            for repeat in range(self.repeat):
                for cell in self.cells:
                    yield Job(cell, example, repeat, self.seed + REPEAT_STRIDE * repeat, reader)

    def finished(self) -> dict[Key, Run]:
        """The journal's runs that belong to this evaluation, graded as they were."""
        rows = self.journal.finished() if self.journal is not None else {}
        found = {}
        for job in self.jobs():
            row = rows.get(job.key)
            if row is not None:
                if (row["prompt_hash"], row["gold"]) != (prompt_hash(job.example), job.example.gold):
                    raise ValueError(
                        f"problem {row['id']!r} is not what it was when {job.cell.name} ran; use another --out"
                    )
                found[job.key] = run_of(row)
        return found

    def _rows(self, jobs: Iterable[Job]) -> AsyncGenerator[tuple[Job, Row], None]:
        """Jobs with their lines, as they end."""
        if self.cluster is not None:
            return self.cluster.rows(self, jobs)
        return self._on_pool(jobs) if self.pool is not None else self._on_model(jobs)

    async def _on_pool(self, jobs: Iterable[Job]) -> AsyncGenerator[tuple[Job, Row], None]:
        """One after the other: nothing is waited for."""
        assert self.pool is not None
        worker = OnPool(self.pool, self.cells, self.sampling, self.hold, self.values)
        for job in jobs:
            yield job, await worker.do(job)

    async def _on_model(self, jobs: Iterable[Job]) -> AsyncGenerator[tuple[Job, Row], None]:
        """`at_once` at a time, in order of completion. Whatever ends this early leaves tapes to resume from."""
        assert self.backend is not None
        charged = Charged(self.backend, TotalLedger(self.total), self.total) if self.total != Budget() else self.backend
        server = Waiting(charged, self.patience, self.report)
        kept = None if self.journal is None else self.journal.tapes
        worker = OnModel(server, self.cells, self.sampling, self.hold, kept, self.values)
        running, failed = Bounded(worker.do, jobs, self.at_once), False
        try:
            async for done in running:
                yield done
        except (BackendError, TotalSpent):
            failed = True
            raise
        finally:
            tapes = worker.tapes()
            await running.cancel()
            break_off(tapes, failed)
