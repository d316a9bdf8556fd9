"""Jobs: one cell on one problem, once, on a model or on a pool. A job becomes the line of a finished run."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ttc.api import Solver
from ttc.backends.base import Backend
from ttc.belief.profile import ValueProfile
from ttc.budget.ledger import HoldMode, Ledger
from ttc.core.door import Door
from ttc.core.run import run
from ttc.core.trace import Trace
from ttc.errors import BackendError
from ttc.evaluation.append_only import Row, cannot_record
from ttc.evaluation.cells import Cell
from ttc.evaluation.examples import Example
from ttc.evaluation.grade import Reader
from ttc.evaluation.pool import Pool, PoolBackend, Recorded, verifier_of
from ttc.evaluation.replay import Draws, ReplaySession
from ttc.evaluation.rows import failed_row, row_of
from ttc.evaluation.tapes import Key, Tapes, cut_before_error
from ttc.evaluation.total import TotalSpent
from ttc.strategies import make_strategy
from ttc.types import Event, Sampling
from ttc.values import known_values, role_names
from ttc.verifiers import Verifier, make_judge


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """One cell on one problem, once. Cells share `seed`, so they see the same candidates and pair well."""

    cell: Cell
    example: Example
    repeat: int
    seed: int
    reader: Reader

    @property
    def key(self) -> Key:
        """What the journal calls it."""
        return self.cell.name, self.example.problem.id, self.repeat


@dataclass(frozen=True, slots=True)
class Paid:
    """A listener that has the tape fsynced after every call. It knows only the key: no gold is in reach of a run."""

    written: Callable[[Key], None]
    key: Key

    def __call__(self, event: Event) -> None:
        """Take an event of the run."""
        if event.name == "ask":
            self.written(self.key)


class OnModel:
    """Does jobs on a backend. With tapes every sample is on one of them when it comes, and jobs resume from there."""

    def __init__(
        self,
        backend: Backend,
        cells: Sequence[Cell],
        sampling: Sampling,
        hold: HoldMode,
        kept: Tapes | None,
        values: ValueProfile | None = None,
    ):
        self.kept = kept
        same: dict[str, Any] = {"backend": backend, "sampling": sampling, "hold": hold, "values": values}
        self._solvers = {
            cell.name: Solver(
                cell.strategy, knobs=cell.knobs, budget=cell.budget, verifier=_by_name(cell.verifier),
                judge=cell.judge, **same,
            )
            for cell in cells
        }  # fmt: skip
        self._running: set[Key] = set()

    async def do(self, job: Job) -> Row:
        """The line of the job. Raises BackendError if the server stays away, JournalError if the disk is full."""
        self._running.add(job.key)
        row = await self._solve(job)
        self._running.discard(job.key)  # a job that did not end stays: `break_off` must know it
        return row

    async def _solve(self, job: Job) -> Row:
        tape, resumes = None, False
        if self.kept is not None:
            tape, resumes = self.kept.path(job.key), self.kept.resumable(job.key)
        try:
            result = await self._solvers[job.cell.name].solve(
                job.example.problem,
                seed=job.seed,
                record=tape,
                replay=tape if resumes else None,
                listeners=[] if self.kept is None else [Paid(self.kept.written, job.key)],
            )
        except (BackendError, TotalSpent) as error:
            if isinstance(error, BackendError) and error.refused:
                return failed_row(job.cell, job.example, job.repeat, job.seed, error)
            if tape is not None:
                cut_before_error(tape)
            raise
        except OSError as error:
            raise cannot_record(error) from error
        return row_of(job.cell, job.example, job.repeat, result, job.reader)

    def tapes(self) -> dict[Path, int]:
        """The tapes of the jobs that are running, and how long they are now."""
        paths = [self.kept.path(key) for key in self._running] if self.kept is not None else []
        return {path: path.stat().st_size for path in paths if path.exists()}


def _by_name(verifier: str | Verifier | None) -> str | Verifier | None:
    """The verifier of a cell as `Solver` takes it: by its name, by which a value profile knows it."""
    return verifier_of(verifier) if isinstance(verifier, str) and verifier.startswith("pool:") else verifier


def break_off(tapes: Mapping[Path, int], failed: bool) -> None:
    """Shorten tapes to what they were before their jobs were cancelled: cancelled calls are no part of the run.

    `failed`: the server is away, so failures that were recorded are no part of it either.
    """
    for path, length in tapes.items():
        if path.exists() and path.stat().st_size > length:
            os.truncate(path, length)
        if path.exists() and failed:
            cut_before_error(path)


class OnPool:
    """Does jobs on recorded samples: the same strategies, sessions and ledgers as on a model, and no model."""

    def __init__(
        self,
        pool: Pool,
        cells: Sequence[Cell],
        sampling: Sampling,
        hold: HoldMode,
        values: ValueProfile | None = None,
    ):
        self.pool, self.sampling, self.hold, self.values = pool, sampling, hold, values
        self.model = str(pool.about.get("model", ""))
        self._draws: dict[int, Draws] = {}
        """Draws by seed, of one problem at a time: jobs come problem by problem."""
        self._made = {
            cell.name: (make_strategy(cell.strategy, cell.knobs), verifier_of(cell.verifier), make_judge(cell.judge))
            for cell in cells
        }

    async def do(self, job: Job) -> Row:
        """The line of the job. Raises ValueError if the strategy asks for what a pool cannot answer."""
        problem = job.example.problem
        backend = PoolBackend(self.pool.problems[problem.id], job.seed)
        cell = job.cell
        strategy, verifier, judge = self._made[cell.name]
        deadline = float("inf") if cell.budget.seconds is None else cell.budget.seconds
        door = Door(backend, Trace(), job.seed, self.hold, deadline)
        roles: dict[str, Any] = {"verifier": verifier, "judge": judge, "sampling": self.sampling}
        roles["known"] = known_values(self.values, self.model, problem.domain)
        roles["names"] = role_names(verifier if isinstance(verifier, Recorded) else cell.verifier, cell.judge)
        session = ReplaySession(problem, door, Ledger(cell.budget), **roles)
        session.draws = self._shared(backend, job)
        result = await run(strategy, cell.strategy_name, session)
        return row_of(cell, job.example, job.repeat, result, job.reader, backend)

    def _shared(self, backend: PoolBackend, job: Job) -> Draws:
        """What the job shares with those of the same problem and seed."""
        if any(draws.texts is not job.reader.texts for draws in self._draws.values()):
            self._draws.clear()
        if job.seed not in self._draws:
            self._draws[job.seed] = Draws(backend, job.reader.texts)
        return self._draws[job.seed]
