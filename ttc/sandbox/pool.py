"""The sandbox: a pool of zygotes behind three coroutines."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import sys
import typing
from collections import deque
from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

from ttc.sandbox.limits import Limits
from ttc.sandbox.outcome import Check, Isolation, Run, SandboxError
from ttc.sandbox.worker import Worker, levels


class Sandbox:
    """Runs untrusted programs, each in a fresh process that cannot touch anything outside it.

    Nothing is started before the first check; `aclose` or the end of this process ends it all. One sandbox can serve
    several event loops, one after the other or in several threads.

    Args:
        limits: What one check may use, where a call does not say so.
        isolated: Refuse to run where the isolation would be "limits" only.
        isolation: Ask for one level; None = the best that this machine has.
        workers: Checks that run at once; None = one for each core.
        python: The interpreter of the programs.

    Raises:
        ValueError: The isolation is none of the levels, or there are no workers.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        isolated: bool = True,
        isolation: Isolation | None = None,
        workers: int | None = None,
        python: str = sys.executable,
    ):
        if isolation is not None and isolation not in typing.get_args(Isolation):
            raise ValueError(f"isolation is {isolation!r}; choose one of {', '.join(typing.get_args(Isolation))}")
        if workers is not None and workers < 1:
            raise ValueError(f"workers is {workers}; at least 1 is needed")
        self.limits = limits or Limits()
        self.isolated = isolated
        self.python = python
        self.level: Isolation | None = None
        self._levels = [isolation] if isolation is not None else levels()
        self.width = workers or len(os.sched_getaffinity(0)) if sys.platform == "linux" else workers or os.cpu_count()
        self._idle: deque[Worker] = deque()
        self._all: set[Worker] = set()
        self._turns: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()

    async def start(self) -> Isolation:
        """Make sure that the sandbox works; the level at which it does. Raises SandboxError if it cannot."""
        if self.level is None:
            async with self._turn():
                self._idle.append(await self._first())
        assert self.level is not None
        return self.level

    async def run(self, code: str, stdin: str = "", limits: Limits | None = None) -> Run:
        """Run Python code as a script."""
        return self._ran(await self._ask("run", limits, code, stdin=stdin))

    async def command(self, argv: Sequence[str], stdin: str = "", limits: Limits | None = None) -> Run:
        """Run a command of the system."""
        if not argv:
            raise ValueError("argv is empty; its first word names the command")
        return self._ran(await self._ask("command", limits, json.dumps(list(argv)), stdin=stdin))

    async def check(
        self,
        code: str,
        tests: str,
        *,
        entry_point: str | None = None,
        context: str = "",
        every: bool = True,
        limits: Limits | None = None,
    ) -> Check:
        """Run tests (Python with asserts) against a program.

        The two run in different processes, between which only values travel. The program sees the calls that the tests
        make, but neither their text nor their process.

        Args:
            code: The program.
            tests: A function `check(candidate)` is called with the program's `entry_point`. Functions `test_...()` are
                called as they are.
            entry_point: The function that is tested; None = the tests name it themselves.
            every: Go on after a failure.
            context: The task's own Python text. Names that the tests do not define are the program's. Three kinds are
                not: modules, the usual names of libraries (`np`, `Counter`, `isclose`), and what this text imports or
                defines in full. A program must not bring what its results are compared with.
            limits: What the check may use; None = the sandbox's own limits.
        """
        sheet = {"tests": tests, "entry_point": entry_point, "context": context, "every": every}
        said = await self._ask("check", limits, code, **sheet)
        stopped = said.get("stopped", "")
        reason = {"time": "out of time", "crash": "the tests ended without a verdict"}.get(stopped, "")
        return Check(
            passed=said.get("passed", 0),
            total=said.get("total", 0),
            reason=said.get("reason", "") or reason,
            stopped=stopped,
            seconds=said["seconds"],
            isolation=said["isolation"],
        )

    async def aclose(self) -> None:
        """End all processes; the next check starts new ones."""
        self.close()

    def close(self) -> None:
        """As `aclose`."""
        self._idle.clear()
        while self._all:
            self._all.pop().close()

    async def __aenter__(self) -> Sandbox:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    # ---- parts ----------------------------------------------------------------------------------------------------

    def _ran(self, said: dict[str, Any]) -> Run:
        known = {"status": None, "stdout": "", "stderr": "", "stopped": "", **said}
        return Run(**{name: known[name] for name in Run.__slots__})

    def _turn(self) -> asyncio.Semaphore:
        return self._turns.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(self.width or 1))

    async def _ask(self, do: str, limits: Limits | None, task: str, **sheet: Any) -> dict[str, Any]:
        """One request to a free worker. A worker that failed, or whose caller was cancelled, is not used again."""
        async with self._turn():
            worker = self._idle.pop() if self._idle else await self._first()
            try:
                result = await worker.ask(do, (limits or self.limits).plain(), task, sheet)
            except BaseException:
                self._drop(worker)
                raise
            self._idle.append(worker)
        if "broken" in result:
            raise SandboxError(f"the sandbox failed: {result['broken']}")
        return {**result, "isolation": self.level}

    async def _first(self) -> Worker:
        """A new worker, of the level that is known to work or the best that does."""
        refusals = []
        for level in [self.level] if self.level is not None else self._levels:
            if level == "limits" and self.isolated:
                refusals.append("limits: a program would not be isolated; pass isolated=False to run it nevertheless")
                continue
            try:
                worker = await self._started(level)
            except SandboxError as error:
                refusals.append(f"{level}: {error}")
                continue
            self.level = level
            return worker
        raise SandboxError("no sandbox can be had here. " + "; ".join(refusals))

    async def _started(self, level: Isolation) -> Worker:
        worker = Worker(level, self.python)
        self._all.add(worker)
        try:
            await worker.ready()
        except BaseException:
            self._drop(worker)
            raise
        return worker

    def _drop(self, worker: Worker) -> None:
        self._all.discard(worker)
        worker.close()


@lru_cache(maxsize=8)
def shared(isolated: bool = True, python: str = sys.executable) -> Sandbox:
    """The sandbox that all of this process uses; its processes start at the first check."""
    sandbox = Sandbox(isolated=isolated, python=python)
    atexit.register(sandbox.close)
    return sandbox
