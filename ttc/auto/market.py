"""One total for many problems: each bids for its next chunk, at the price at which all their plans cost the total."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ttc.auto.concave_hull import concave_hull
from ttc.auto.costs import Amounts
from ttc.auto.options import Option
from ttc.budget.budget import CURRENCIES
from ttc.budget.ledger import Ledger

Step = tuple[float, float]
"""Gain per cost and cost of one step of a plan."""
LEAST_INDEX = 1e-4
"""Gain per total below which nothing is bought: a hundredth of a point for all the money is noise."""


@dataclass(slots=True)
class _Bid:
    steps: list[Step]
    option: Option
    granted: asyncio.Future[bool]


class Market:
    """Grants chunks to the problems of a batch, dearest gain first, without waiting for any of them.

    A problem that bids is granted its chunk, or waits until the price falls to its index. When no problem runs any more
    and nothing affordable is left to win, it is refused for good. All problems bid before the first is granted, with
    the curve of the prior, so that the share of each is kept for it. `at_once` bounds the problems that run.
    """

    def __init__(self, ledger: Ledger, problems: int, at_once: int):
        self.limits: Amounts = {c: ledger.left(c) for c in CURRENCIES if math.isfinite(ledger.left(c))}
        self.price, self.problems = 0.0, problems
        self._ledger, self._open, self._at_once = ledger, problems, at_once
        self._bids: dict[Hashable, _Bid] = {}
        self._running: dict[Hashable, list[Step]] = {}
        self._age = 0

    async def bid(self, name: Hashable, options: Sequence[Option], option: Option) -> bool:
        """Ask for the first chunk of `option`; False = no more for this problem. Call `leave` when the problem ends."""
        self._running.pop(name, None)
        bid = _Bid(hull_steps(options), option, asyncio.get_running_loop().create_future())
        self._bids[name] = bid
        self._age += 1
        self._serve()
        try:
            return await bid.granted
        finally:
            self._bids.pop(name, None)

    def leave(self, name: Hashable) -> None:
        """The problem has ended, for whatever reason."""
        self._running.pop(name, None)
        self._open -= 1
        self._serve()

    def _serve(self) -> None:
        """Grant, in order of falling index, all bids above the price that fit; refuse all if nothing can happen."""
        known = len(self._bids) + len(self._running)
        if known < self._open:
            return  # not all have spoken yet; they will, before they wait for anything else
        if self._age * 20 >= known or not self._running:
            self._age, self.price = 0, self._clearing_price()
        waiting = sorted(self._waiting(), key=lambda item: -item[1].option.index)
        for name, bid in waiting:
            if len(self._running) >= self._at_once or bid.option.index <= self.price:
                break
            self._grant(name, bid)
        if not self._running and waiting:
            self._last_resort(waiting)

    def _waiting(self) -> list[tuple[Hashable, _Bid]]:
        return [(name, bid) for name, bid in self._bids.items() if not bid.granted.done()]

    def _grant(self, name: Hashable, bid: _Bid) -> None:
        self._running[name] = bid.steps
        bid.granted.set_result(True)

    def _last_resort(self, waiting: Sequence[tuple[Hashable, _Bid]]) -> None:
        """No problem runs and no bid reaches the price: the best one that still fits goes on, or all of them end."""
        share = self._share_left()
        for name, bid in waiting:
            first = bid.option.cost * bid.option.chunk / bid.option.size
            if bid.option.index > LEAST_INDEX and first <= share:
                self._grant(name, bid)
                return
        for _, bid in waiting:
            bid.granted.set_result(False)

    def _share_left(self) -> float:
        """The part of the total that is not spent: of the scarcest currency."""
        return min((self._ledger.unspent(c) / limit for c, limit in self.limits.items()), default=math.inf)

    def _clearing_price(self) -> float:
        """The price at which the plans of all problems cost what is left: the slope of the first step too many.

        What a bisection over the price finds (`evals/tables/batch_allocation.py`), for steps that are kept sorted.
        """
        share, spent = self._share_left(), 0.0
        steps = [step for bid in self._bids.values() for step in bid.steps]
        for slope, cost in sorted(
            [*steps, *(step for steps in self._running.values() for step in steps)], reverse=True
        ):
            spent += cost
            if spent > share:
                return max(LEAST_INDEX, slope)
        return LEAST_INDEX


def hull_steps(options: Sequence[Option]) -> list[Step]:
    """The steps of a problem's plan along the concave hull of its options, steepest first."""
    points = [(0.0, 0.0), *((option.cost, option.gain) for option in options)]
    corners = [points[i] for i in concave_hull(points)]
    return [((gain - before) / (cost - base), cost - base) for (base, before), (cost, gain) in pairwise(corners)]
