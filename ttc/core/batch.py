"""A batch: problems that share one total budget, its deadline, and the strategy that divides it among them."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from dataclasses import replace

from ttc.budget.budget import Budget
from ttc.budget.ledger import Ledger
from ttc.core.strategy import Allocating, Shared, Strategy
from ttc.types import Problem

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
