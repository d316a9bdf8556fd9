"""One run of `auto`: look at what there is, choose, buy, and look again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ttc.auto.costs import CalibratedTimes, Length, Spending, WaveTimes
from ttc.auto.futures import chances
from ttc.auto.holdings import Holdings
from ttc.auto.old_policy import Option, best_option
from ttc.auto.planner import SCORED, Helpers, Planner, leaders
from ttc.auto.prior import ScoreLaw, ValueProfile, shipped_profile
from ttc.core.candidates import votable
from ttc.core.verifier import name_of
from ttc.errors import BudgetExhausted
from ttc.prices.latency import LatencyLaws
from ttc.types import Candidate, Cost

if TYPE_CHECKING:
    from ttc.auto.costs import Amounts, Latency
    from ttc.auto.market import Market
    from ttc.auto.old_policy import Option
    from ttc.auto.planner import Planner, State
    from ttc.auto.prior import ScoreLaw, ValueProfile
    from ttc.core.session import Session

CURRENCIES = ("tokens", "calls", "eflops", "usd", "seconds")
USUAL_AUC = 0.75
"""Of a verifier that the profile does not know."""
TARGET_STEP = 4
"""Candidates to plan for where only confidence is to be gained."""
PROBE_SHARE = 0.25
"""Of the budget, that the first candidates may take."""
LEAST = 1e-9
"""Of a currency: a shared total may be spent, or held by others, before this run begins; its first call then waits."""


@dataclass(eq=False)
class Purchase:
    """Decisions and purchases of one run; in a batch `market` decides who goes on, and `name` bids there."""

    auto: Any
    session: Session
    market: Market | None = None
    name: Any = None
    held: Holdings = field(default_factory=Holdings)
    verdict: Amounts | None = None
    """What one verdict was found to cost."""
    judgement: Amounts | None = None

    async def run(self) -> Candidate:
        """Buy chunk after chunk; every decision is noted in the trace."""
        while True:
            state, planner = self._state(), self._planner()
            options, refused = planner.options(state)
            option, why = self._choose(options, refused, state, planner)
            if option is not None and not await self._granted(options, option):
                option, why = None, "batch: the total buys more elsewhere, or is spent"
            self._note(state, options, option, why)
            if option is None:
                if refused not in (None, "seconds") and why.startswith("budget"):  # before its deadline a run finishes
                    self.session.refuse(refused)
                if not self.held.candidates:  # a batch whose total is spent before this problem's turn
                    raise BudgetExhausted(self._currency(planner))
                return self._propose(state)
            await self._buy(option, state)

    async def _granted(self, options: list[Option], option: Option) -> bool:
        """Whether the batch lets this problem go on; always, outside of one."""
        return self.market is None or await self.market.bid(self.name, options, option)

    # ---- choosing -------------------------------------------------------------------------------------------------

    def _choose(
        self, options: list[Option], refused: str | None, state: State, planner: Planner
    ) -> tuple[Option | None, str]:
        """What to buy now and why, or None and why not."""
        target, price = self.auto.target_accuracy, self._price
        if not self.held.candidates:
            return self._probe(options, planner), "probe: the first candidates"
        if target is not None and self._belief(state)[0] >= target:
            return None, f"sure: the target of {target} is reached"
        option = best_option(options, price, self._currency(planner))
        if option is None:
            return None, f"budget: no {refused} left" if refused else f"cap: all {self.auto.n} candidates are drawn"
        if option.gain > 0 and option.index > price:
            return option, "index: the most gain per cost"
        if target is not None:
            most = max((o for o in options if o.size <= TARGET_STEP), key=lambda o: ("sample" in o.action, o.size))
            return most, "target: not sure yet"
        return None, "settled: nothing changes the answer" if option.gain == 0 else "price: no gain is worth its cost"

    def _probe(self, options: list[Option], planner: Planner) -> Option:
        """The first wave: `probes` candidates, or more where seconds bind and more at once are worth it."""
        spending, most = planner.spending, min(self.auto.probes, self.auto.n)
        one, mine = spending.share(spending.samples(1)), 1.0 if self.market is None else 1.0 / self.market.problems
        size = max(1, min(most, int(PROBE_SHARE * mine / one))) if one else most
        best = best_option(options, self._price, self._currency(planner))
        if self._currency(planner) == "seconds" and best is not None and best.size > size:
            return best
        gain = max((option.gain for option in options if option.size <= size), default=0.0)
        return Option("sample", size, gain, spending.share(spending.samples(size)), size)

    @property
    def _price(self) -> float:
        """What an index must exceed: nothing in a batch, where the market sees to it, or with a target."""
        return self.auto.price if self.market is None and self.auto.target_accuracy is None else 0.0

    @staticmethod
    def _currency(planner: Planner) -> str:
        return planner.spending.binding(planner.spending.samples(1))

    def _planner(self) -> Planner:
        """What things cost and may bring, as far as this run has learnt."""
        session, drawn = self.session, self.held.candidates
        solve = session.cost_by_kind["solve"]
        prompt = solve.prompt_tokens // solve.calls if solve.calls else len(session.problem.text) // 3
        length = Length.learnt(self.profile.lengths, [c.output_tokens for c in drawn], session.sampling.max_tokens)
        spending = Spending(self.limits, session.backend.pricing, self.latency, prompt, length)
        one = spending.samples(1)  # a verdict or a judgement is taken to cost as much, until one was paid for
        verdict = None if self.law is None else one if self.verdict is None else self.verdict
        judgement = None if session.judge is None else one if self.judgement is None else self.judgement
        helpers = Helpers(self.law, verdict, judgement)
        return Planner(self.profile, spending, helpers, session.left, self.auto.n - len(drawn))

    def _state(self) -> State:
        return self.held.state(self.profile.judge, calibrated=self._known_law is not None)

    def _belief(self, state: State) -> tuple[float, float]:
        """P(right) of the answer in front, and P(the right answer was not seen)."""
        belief = chances(self.profile, state.votes, self.law)
        return float(belief[:-1].max(initial=0.0)), float(belief[-1])

    def _note(self, state: State, options: Sequence[Option], option: Option | None, why: str) -> None:
        """The decision with all that it rests on; `Result.plan` collects them."""
        right, unseen = self._belief(state)
        best = {o.action: o for o in sorted(options, key=lambda o: o.index)}  # of each action the horizon of most index
        self.session.note(
            "decision",
            profile=self.profile.name,
            currencies=sorted(self.limits),
            price=self._price if self.market is None else self.market.price,
            believed={
                "candidates": state.votes.drawn,
                "votes": sorted(state.votes.sizes, reverse=True),
                "right": round(right, 4),
                "unseen": round(unseen, 4),
            },
            considered=[o.to_dict() for o in best.values()],
            chose=None if option is None else {"action": option.action, "count": option.chunk, "toward": option.size},
            why=why,
        )

    # ---- buying ---------------------------------------------------------------------------------------------------

    async def _buy(self, option: Option, state: State) -> None:
        """Do one chunk of the option. What comes is kept, also where less comes than was asked for."""
        first = leaders(self.profile, state.votes, self.law)
        if option.action == "judge":
            await self._judge(first, option.chunk)
        elif option.action == "score":
            await self._score([c for answer in first for c in self.held.unscored(answer)[:SCORED]])
        else:
            new = await self._sample(option.chunk)
            free = self.verdict is not None and not any(self.verdict.values())
            if self.law is not None and (option.action == "sample and score" or self.verdict is None or free):
                await self._score(new)
        self._propose(self._state())

    async def _sample(self, count: int) -> list[Candidate]:
        """A wave of candidates."""
        session, held = self.session, self.held
        start = session.now()
        with session.span(f"wave of {count}"):
            new = await session.sample(count)
        if "seconds" in self.limits:
            self.waves.add(len(new), max(c.output_tokens for c in new), session.now() - start)
        held.candidates += new
        held.labels = session.labels(held.candidates)
        self._propose(self._state())
        return new

    async def _score(self, candidates: Sequence[Candidate]) -> None:
        """Verdicts on those that have an answer, and what one of them cost."""
        judged = [c for c in candidates if votable(c) is not None]
        if judged:
            before, start = self.session.cost_by_kind["verify"], self.session.now()
            verdicts = await self.session.verify(judged)
            self.held.verdicts.update(zip((c.id for c in judged), verdicts, strict=True))
            seconds = self.session.now() - start
            self.verdict = _each(before, self.session.cost_by_kind["verify"], seconds, len(judged))

    async def _judge(self, pair: Sequence[int], count: int) -> None:
        """Comparisons of the candidates that speak for two answers, and what one of them cost."""
        first, second = (self.held.speaker(answer) for answer in pair)
        before, start = self.session.cost_by_kind["judge"], self.session.now()
        (row,) = await self.session.compare([(first, second)], votes=count)
        known = [win for win in row if not math.isnan(win)]
        self.held.judged.append((first.id, second.id, sum(known), len(known) - sum(known)))
        seconds = self.session.now() - start
        self.judgement = _each(before, self.session.cost_by_kind["judge"], seconds, count)

    def _propose(self, state: State) -> Candidate:
        """The candidate of the answer in front, with its chance to be right; the first one if nobody has an answer."""
        front = leaders(self.profile, state.votes, self.law)
        if not front:
            self.session.propose(self.held.candidates[0])
            return self.held.candidates[0]
        chosen = self.held.speaker(front[0])
        self.session.propose(chosen, self._belief(state)[0])
        return chosen

    # ---- what is given --------------------------------------------------------------------------------------------

    @cached_property
    def limits(self) -> Amounts:
        """The whole budget by currency, that of the batch in a batch; `n` calls where nothing is limited."""
        if self.market is not None and self.market.limits:
            return self.market.limits
        left = {currency: max(LEAST, self.session.left(currency)) for currency in CURRENCIES}
        return {c: amount for c, amount in left.items() if math.isfinite(amount)} or {"calls": float(self.auto.n)}

    @cached_property
    def profile(self) -> ValueProfile:
        """The given value profile, else the shipped one."""
        return shipped_profile() if self.auto.profile is None else ValueProfile.load(self.auto.profile)

    @cached_property
    def law(self) -> ScoreLaw | None:
        """How the run's verifier scores: the profile's law of that name, else a usual one. None without a verifier."""
        return None if self.session.verifier is None else self._known_law or ScoreLaw.of_auc(USUAL_AUC)

    @cached_property
    def _known_law(self) -> ScoreLaw | None:
        name = name_of(self.session.verifier).replace("_", "").lower()
        return {key.replace("_", "").lower(): law for key, law in self.profile.scores.items()}.get(name)

    @cached_property
    def waves(self) -> Any:
        """Times of this run's own waves."""
        return WaveTimes()

    @cached_property
    def latency(self) -> Latency:
        """The laws of the server if a file of them is given, else what this run's waves have shown."""
        if self.auto.latency is None:
            waves: Latency = self.waves
            return waves
        return CalibratedTimes(LatencyLaws.from_json(Path(self.auto.latency).read_bytes()))


def _each(before: Cost, after: Cost, seconds: float, count: int) -> Amounts:
    """What one of `count` verdicts or judgements cost on average."""
    spent = {
        "tokens": after.output_tokens - before.output_tokens,
        "calls": after.calls - before.calls,
        "eflops": (after.eflops or 0.0) - (before.eflops or 0.0),
        "usd": (after.usd or 0.0) - (before.usd or 0.0),
        "seconds": seconds if after.calls > before.calls else 0.0,
    }
    return {currency: amount / count for currency, amount in spent.items()}
