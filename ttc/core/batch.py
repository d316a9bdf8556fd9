"""A batch: problems that share one total budget and its deadline, and of which each succeeds or fails by itself."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from dataclasses import replace

from ttc.budget.budget import Budget
from ttc.budget.ledger import Ledger
from ttc.core.result import Result
from ttc.core.run import result_of, run
from ttc.core.session import Session
from ttc.core.strategy import Allocating, Shared, Strategy
from ttc.errors import BackendError, MissingNeed, TTCError
from ttc.types import Problem

REFUSED_KEY = (401, 403)
"""Statuses of a server that refuses the key: no other problem would fare better."""
LEAST_SECONDS = 1e-3
"""What a problem gets that comes after the end; a budget of 0 seconds is none."""


class Batch:
    """Problems under one total, or under none. `width` is how many runs are to be open at the same time.

    Under a total, a strategy that allocates decides which problem goes on. All runs are open then, and `at_once` of
    them spend at the same time.
    """

    def __init__(self, problems: Iterable[str | Problem], strategy: Strategy, total: Budget | None, at_once: int):
        self.problems, self._strategy, self.width = problems, strategy, at_once
        self.ledger = None if total is None else Ledger(total)
        self._end = math.inf if total is None or total.seconds is None else time.monotonic() + total.seconds
        self._shared: Shared | None = None
        if self.ledger is not None and isinstance(strategy, Allocating):
            self.problems = listed = list(problems)
            self.width = max(1, len(listed))
            self._shared = strategy.in_batch(self.ledger, len(listed), at_once)

    def strategy(self, number: int) -> Strategy:
        """The strategy of one problem: that of the shared total, if there is one."""
        return self._strategy if self._shared is None else self._shared.strategy(number)

    def budget(self, own: Budget) -> Budget:
        """The limits of one problem: its own, and the seconds that are left of the total."""
        if math.isinf(self._end):
            return own
        left = max(LEAST_SECONDS, self._end - time.monotonic())
        return replace(own, seconds=left if own.seconds is None else min(own.seconds, left))

    def leave(self, number: int) -> None:
        """A run has ended, whatever ended it."""
        if self._shared is not None:
            self._shared.leave(number)


async def run_apart(strategy: Strategy, name: str, session: Session) -> Result:
    """`run` for one problem of many: an error that concerns this problem alone becomes its result.

    Such a result has `error` and no answer; candidates and costs are there. An error that would end every other run too
    is raised. It is a key that the server refuses (401, 403), or a need of the strategy that is not met.
    """
    try:
        return await run(strategy, name, session)
    except TTCError as error:
        if isinstance(error, MissingNeed) or (isinstance(error, BackendError) and error.status in REFUSED_KEY):
            raise
        found = result_of(session, name, "error", None, None)
        said = " ".join(str(error).split()) or type(error).__name__
        return replace(found, answer=None, text="", candidate=None, confidence=None, error=said)
