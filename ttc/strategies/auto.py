"""Auto: the strategy when none is named. It buys, step by step, what promises most for its cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ttc.auto.futures import Votes, chances, sampling_gains
from ttc.auto.market import Market
from ttc.auto.old_policy import chunk_of
from ttc.auto.prior import ValueProfile, shipped_profile
from ttc.auto.purchase import Purchase
from ttc.budget.ledger import Ledger
from ttc.core.session import Session
from ttc.errors import check_range
from ttc.forecast import ABSTAIN, Stage, Urn, Workload, checks, simulated, waves_of
from ttc.types import Candidate

PROBE_SHARE = 0.25
"""Share of the candidates that the first wave may take, as forecast."""
FORECASTS = 24
"""Simulated runs of a forecast, whose every decision is a simulation itself."""


@dataclass(frozen=True)
class Auto:
    """Draw a few candidates, see how far they agree, and buy what promises most accuracy for its cost, step by step.

    What can be bought: more candidates, verdicts if there is a verifier, comparisons of the two leading answers if
    there is a judge. What it believes comes from a value profile, the shipped one or that of `profile` (a file of
    `ttc fit`). It stops when nothing is worth `price`, in accuracy for the whole budget (0.05: five points), or when
    the answer is right with chance `target_accuracy`, if that is given, whatever the price. `n` is the most candidates,
    and stands for the budget if there is none; `probes` are the first candidates, fewer if they would take more than a
    quarter of the budget. `latency` is the profile of a server (a file of `ttc calibrate`) to plan seconds with.
    """

    n: int = 32
    probes: int = 4
    price: float = 0.05
    target_accuracy: float | None = None
    profile: str | None = None
    latency: str | None = None

    paper: ClassVar[str] = "the allocator of ttc; index after Gittins 1979, beliefs after Pitman 1995"
    access: ClassVar[str] = "chat"

    def __post_init__(self) -> None:
        check_range("[1, inf)", n=self.n, probes=self.probes)
        check_range("[0, inf]", "0.05 is usual", price=self.price)
        check_range("(0, 1)", "0.95 is usual", target_accuracy=self.target_accuracy)

    def forecast(self, workload: Workload) -> list[Stage]:
        """Waves of half of what promises most, while it is worth its price, with n candidates as the budget.

        Every candidate is checked where there is a verifier; what its scores would save is not known beforehand.
        """
        waves = waves_of(workload, simulated(workload, self._bought, FORECASTS))
        return [stage for wave in waves for stage in (wave, *checks(workload, wave.calls, wave.chance))]

    def _bought(self, urn: Urn) -> list[int]:
        """The waves of one forecast run."""
        profile = ValueProfile.load(self.profile) if self.profile else shipped_profile()
        target, price = self.target_accuracy, 0.0 if self.target_accuracy else self.price
        sizes = [min(self.probes, max(1, int(PROBE_SHARE * self.n)))]
        labels = urn.draw(sizes[0])
        while len(labels) < self.n:
            counts = sorted((labels.count(label) for label in set(labels) - {ABSTAIN}), reverse=True)
            votes = Votes(tuple(counts), labels.count(ABSTAIN))
            if target and float(max(chances(profile, votes)[:-1], default=0.0)) >= target:
                break
            gains = sampling_gains(profile, votes, self.n - len(labels))
            index, size = max((gain * self.n / size, size) for size, gain in gains)
            if index <= price:
                break
            sizes.append(chunk_of(size, "tokens"))
            labels += urn.draw(sizes[-1])
        return sizes

    async def run(self, session: Session) -> Candidate:
        """Probe, then buy until nothing is worth its price."""
        return await Purchase(self, session).run()

    def in_batch(self, total: Ledger, problems: int, at_once: int) -> AutoBatch:
        """The same under one total for a batch, in which a market decides which problem goes on."""
        return AutoBatch(self, Market(total, problems, at_once))


@dataclass(frozen=True)
class AutoBatch:
    """`Auto` for the problems of one batch: the price of their market in place of its own."""

    auto: Auto
    market: Market

    def strategy(self, number: int) -> AutoInBatch:
        """The strategy of problem `number`: every chunk is bid for."""
        return AutoInBatch(self.auto, self.market, number)

    def leave(self, number: int) -> None:
        """The run of this problem has ended."""
        self.market.leave(number)


@dataclass(frozen=True)
class AutoInBatch:
    """`Auto` for one problem of a batch."""

    auto: Auto
    market: Market
    number: int

    async def run(self, session: Session) -> Candidate:
        """As `Auto`, but every chunk is bid for."""
        return await Purchase(self.auto, session, self.market, self.number).run()
