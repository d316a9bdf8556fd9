"""What the problems of a batch share: a total, its deadline, and the market on which they bid for it."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from ttc.budget.budget import Budget
from ttc.budget.ledger import Ledger
from ttc.types import Problem

if TYPE_CHECKING:
    from ttc.strategies.base import Strategy

LEAST_SECONDS = 1e-3
"""What a problem gets that comes after the end; a budget of 0 seconds is none."""


class Batch:
    """Problems under one total, or under none. `width` is how many runs are to be open at the same time.

    A strategy that allocates (it has `in_batch`) gets a market: then all runs are open, and the market lets `at_once`
    of them spend at the same time.
    """

    def __init__(self, problems: Iterable[str | Problem], strategy: Strategy, total: Budget | None, at_once: int):
        self.problems, self._strategy, self.width = problems, strategy, at_once
        self.ledger = None if total is None else Ledger(total)
        self._end = math.inf if total is None or total.seconds is None else time.monotonic() + total.seconds
        self._market = None
        if self.ledger is not None and hasattr(strategy, "in_batch"):
            from ttc.budget.allocator.market import Market

            self.problems = listed = list(problems)
            self.width = max(1, len(listed))
            self._market = Market(self.ledger, len(listed), at_once)

    def strategy(self, number: int) -> Strategy:
        """The strategy of one problem: on the market, if there is one."""
        if self._market is None:
            return self._strategy
        allocating: Strategy = self._strategy.in_batch(self._market, number)  # type: ignore[attr-defined]
        return allocating

    def budget(self, own: Budget) -> Budget:
        """The limits of one problem: its own, and the seconds that are left of the total."""
        if math.isinf(self._end):
            return own
        left = max(LEAST_SECONDS, self._end - time.monotonic())
        return replace(own, seconds=left if own.seconds is None else min(own.seconds, left))

    def leave(self, number: int) -> None:
        """A run has ended, whatever ended it."""
        if self._market is not None:
            self._market.leave(number)
