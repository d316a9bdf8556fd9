"""Auto: the strategy when none is named. It buys, step by step, what promises most for its cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, InitVar, dataclass
from typing import ClassVar

from ttc.auto.market import Market
from ttc.auto.options import Limits, Offer, State
from ttc.auto.policy import decide
from ttc.auto.run import AutoRun
from ttc.belief.belief import Votes
from ttc.belief.classes import Model
from ttc.belief.lookup import known_of
from ttc.belief.profile import ValueProfile, shipped_profile
from ttc.budget.ledger import Ledger
from ttc.core.session import Session
from ttc.errors import check_range
from ttc.forecast import ABSTAIN, Stage, Urn, Workload, checks, simulated, waves_of
from ttc.types import Candidate

FORECASTS = 24
"""Simulated runs of a forecast, whose every decision is a simulation itself."""


@dataclass(frozen=True)
class Auto:
    """Draw one candidate, and then buy what promises most accuracy for its cost, step by step.

    What can be bought: more candidates, verdicts, comparisons of the two first answers. What it believes comes from the
    value profile of the run. A verifier or a judge whose worth the profile does not know is never asked: see `ttc fit`.
    It stops when nothing is worth `price`, or when the answer is right with chance `target_accuracy`.

    Args:
        n: The most candidates; n calls stand for the budget where there is none. Judgements are at most 2n.
        price: Accuracy that the whole budget must be worth: .05 = five points. In [0, inf].
        target_accuracy: Stop at this P(right), in (0, 1), and buy whatever has a gain until then.
        profile: A file of `ttc fit`, which goes before the value profile that the run was given.
        latency: The file of `ttc calibrate`, to plan seconds with; without it, the waves of the run teach them.
        verifier_auc: What the verifier is worth, in [.5, 1), by your word, where the profile does not know it.
    """

    n: int = 32
    _: KW_ONLY
    price: float = 0.05
    target_accuracy: float | None = None
    profile: str | None = None
    latency: str | None = None
    verifier_auc: float | None = None
    probes: InitVar[int | None] = None

    paper: ClassVar[str] = "the allocator of ttc; index after Gittins 1979, beliefs after Pitman 1995"
    access: ClassVar[str] = "chat"
    gone: ClassVar[Mapping[str, str]] = {"probes": "auto starts with one candidate and decides after each purchase"}
    """Knobs of earlier versions, and what is in their place."""

    def __post_init__(self, probes: int | None) -> None:
        if probes is not None:
            raise ValueError(f"auto has no knob 'probes' any more; {self.gone['probes']}")
        check_range("[1, inf)", n=self.n)
        check_range("[0, inf]", "0.05 is usual", price=self.price)
        check_range("(0, 1)", "0.95 is usual", target_accuracy=self.target_accuracy)
        check_range("[0.5, 1)", "0.5 means that it adds nothing", verifier_auc=self.verifier_auc)

    def forecast(self, workload: Workload) -> list[Stage]:
        """The purchases of simulated runs with n calls as the budget.

        Every candidate is checked where there is a verifier; what its scores would save is not known beforehand.
        """
        waves = waves_of(workload, simulated(workload, self._bought, FORECASTS))
        return [stage for wave in waves for stage in (wave, *checks(workload, wave.calls, wave.chance))]

    def _bought(self, urn: Urn) -> list[int]:
        """The waves of one forecast run."""
        own = self._profile
        known = known_of(shipped_profile(), model=Model()) if own is None else known_of(own)  # a guess, as in a run
        offer, limits = Offer(lambda stream, h: {"calls": float(h)}, self.n), Limits.of({}, self.n)
        sizes, labels = list[int](), list[int]()
        while True:
            counts = sorted((labels.count(label) for label in set(labels) - {ABSTAIN}), reverse=True)
            state = State(Votes.of(counts, labels.count(ABSTAIN)), len(labels))
            option = decide(known.belief, state, offer, limits, self.price, self.target_accuracy).option
            if option is None:
                return sizes
            sizes.append(option.chunk)
            labels += urn.draw(option.chunk)

    @property
    def _profile(self) -> ValueProfile | None:
        return None if self.profile is None else ValueProfile.load(self.profile)

    async def run(self, session: Session) -> Candidate:
        """Draw one, then buy until nothing is worth its price."""
        return await self.run_in(session)

    async def run_in(self, session: Session, market: Market | None = None, number: int = 0) -> Candidate:
        """One run, alone or as one of a batch.

        Args:
            session: The run.
            market: Where every chunk is bid for; None = alone.
            number: The number of the problem in its batch.
        """
        session.believe(self._profile, self.verifier_auc)
        return await AutoRun(self, session, market, number).run()

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
    """`Auto` for one problem of a batch.

    Args:
        auto: The strategy.
        market: Where it bids for every chunk.
        number: The number of the problem, from 0.
    """

    auto: Auto
    market: Market
    number: int

    async def run(self, session: Session) -> Candidate:
        """As `Auto`, but every chunk is bid for."""
        return await self.auto.run_in(session, self.market, self.number)
