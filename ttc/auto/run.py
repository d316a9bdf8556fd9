"""One run of `auto`: look at what is known, decide, buy, and look again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ttc.auto.costs import Amounts, CalibratedTimes, Length, Spending, WaveTimes
from ttc.auto.options import SCORED, Limits, Offer, Option, State
from ttc.auto.policy import Decision, decide
from ttc.belief.right import Evidence, evidence_of
from ttc.budget.budget import CURRENCIES
from ttc.core import certainty
from ttc.core.candidates import votable
from ttc.core.elect import representative
from ttc.core.verifier import is_free
from ttc.errors import BackendError, BudgetExhausted
from ttc.prices.latency import LatencyLaws
from ttc.types import Candidate, Cost, Kind

if TYPE_CHECKING:
    from ttc.auto.costs import Latency
    from ttc.auto.market import Market
    from ttc.belief.belief import Belief
    from ttc.core.session import Session

FREE: Amounts = dict.fromkeys((*CURRENCIES, "seconds"), 0.0)


class Knobs(Protocol):
    """What `auto` is told; see `ttc.strategies.auto.Auto`."""

    @property
    def n(self) -> int:
        """Candidates at most."""

    @property
    def price(self) -> float:
        """What gain per share must exceed."""

    @property
    def target_accuracy(self) -> float | None:
        """P(right) at which to stop."""

    @property
    def latency(self) -> str | None:
        """The file of `ttc calibrate`."""

    @property
    def verifier_auc(self) -> float | None:
        """What the user says that the verifier is worth."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a run knows: its whole candidates with the numbers of their answers, and the evidence that they are."""

    field: list[Candidate]
    labels: Sequence[int]
    evidence: Evidence

    def members(self, answer: int) -> list[Candidate]:
        """The candidates of the answer at this place of the evidence."""
        label = self.evidence.answers[answer]
        return [candidate for candidate, own in zip(self.field, self.labels, strict=True) if own == label]

    def speaker(self, answer: int) -> Candidate:
        """Who speaks for an answer."""
        return representative(self.field, self.labels, self.evidence.answers[answer])


@dataclass(eq=False)
class AutoRun:
    """Decisions and purchases of one run; in a batch `market` decides who goes on, and `name` bids there.

    What things cost is learnt as they are paid for. `drawn` counts calls that failed for good too. What a budget
    refused is in `refused` and not tried again. The ledger holds every call of a purchase before it is made.
    """

    knobs: Knobs
    session: Session
    market: Market | None = None
    name: Any = None
    drawn: int = 0
    refused: frozenset[Any] = frozenset()
    verdict: Amounts | None = None
    """What one verdict was found to cost; None: no verdict was paid for yet."""
    judgement: Amounts | None = None
    waves: WaveTimes = field(default_factory=WaveTimes)

    async def run(self) -> Candidate:
        """Buy chunk after chunk; every decision is noted in the trace."""
        self._warn()
        if is_free(self.session.verifier):
            self.verdict = FREE
        while True:
            looked = self._look()
            decision = self._decide(looked.evidence)
            option, why = decision.option, decision.why
            if option is not None and not await self._granted(decision.options, option):
                option, why = None, "batch: the total buys more elsewhere, or is spent"
            self._note(looked, decision, option, why)
            if option is None:
                return self._ended(looked, decision)
            await self._buy(option, looked)

    async def _granted(self, options: Sequence[Option], option: Option) -> bool:
        """Whether the batch lets this problem go on; always, outside of one."""
        return self.market is None or await self.market.bid(self.name, options, option)

    def _ended(self, looked: Looked, decision: Decision) -> Candidate:
        """The answer; a budget that refused what would have helped has ended the run."""
        if decision.stop == "budget" and decision.refused != "seconds":  # before its deadline a run finishes
            self.session.refuse(decision.refused)
        if not self.session.candidates:  # a batch whose total is spent before this problem's turn
            raise BudgetExhausted(next(iter(self.limits)))
        return self._propose(looked)

    # ---- deciding -------------------------------------------------------------------------------------------------

    def _look(self) -> Looked:
        """All that is known; what a budget cut short has no answer yet, and says nothing."""
        session = self.session
        whole = [candidate for candidate in session.candidates if not session.is_aside(candidate)]
        seen = certainty.seen(session, whole)
        evidence = evidence_of(session.known, seen, session.verifier_name, session.judge_name, self.knobs.verifier_auc)
        return Looked(whole, seen.labels, evidence)

    def _decide(self, evidence: Evidence) -> Decision:
        """What to buy, or why to stop; in a batch the market takes the place of the price."""
        session, spending = self.session, self._spending()
        offer = Offer(
            draw=lambda stream, h: spending.samples(h),
            n=self._most(evidence),
            verifier=evidence.verifier if session.verifier is not None else None,
            verdict=self.verdict,
            judge=evidence.judge if session.judge is not None else None,
            judgement=self.judgement,
        )
        state = State.of(evidence, self.drawn, self.refused)
        price = self.knobs.price if self.market is None else 0.0
        limits = Limits(self.limits, self._left())
        return decide(self._belief, state, offer, limits, price, self.knobs.target_accuracy)

    def _most(self, evidence: Evidence) -> int:
        """Candidates at most: no second answer where answers cannot be compared and nothing else tells them apart."""
        helpers = (evidence.verifier, evidence.judge)
        told = self.session.problem.domain in certainty.COMPARABLE or any(h is not None and h.helps for h in helpers)
        return self.knobs.n if told or not evidence.answers else min(self.knobs.n, self.drawn)

    def _spending(self) -> Spending:
        """What candidates cost, as far as this run has learnt."""
        session = self.session
        solve = session.cost_by_kind["solve"]
        prompt = solve.prompt_tokens // solve.calls if solve.calls else len(session.problem.text) // 3
        tokens = [candidate.output_tokens for candidate in session.candidates]
        length = Length.learnt(session.known.streams[0].lengths, tokens, session.sampling.max_tokens)
        counted = frozenset({*self.limits, *self._left()})
        return Spending(counted, session.backend.pricing, self._latency, prompt, length)

    def _left(self) -> dict[str, float]:
        """What may still be spent, caps of others included."""
        found = {currency: self.session.left(currency) for currency in (*CURRENCIES, "seconds")}
        return {currency: left for currency, left in found.items() if math.isfinite(left)}

    def _note(self, looked: Looked, decision: Decision, option: Option | None, why: str) -> None:
        """The decision with all that it rests on; `Result.plan` collects them."""
        evidence, told = looked.evidence, decision.to_dict()
        self.session.note(
            "decision",
            profile=self.session.known.profile.name,
            kind="stated" if evidence.stated else self.session.known.kind,
            currencies=sorted(self.limits),
            price=self.knobs.price if self.market is None else self.market.price,
            believed={
                "candidates": evidence.votes.drawn,
                "votes": sorted(evidence.votes.sizes, reverse=True),
                "right": told["right"],
                "unseen": told["unseen"],
            },
            considered=told["considered"],
            chose=None if option is None else told["chose"],
            why=why,
        )

    # ---- buying ---------------------------------------------------------------------------------------------------

    async def _buy(self, option: Option, looked: Looked) -> None:
        """Do one chunk of an option. What comes is kept, also where less comes than was asked for."""
        try:
            if option.action == "compare":
                await self._compare(option, looked)
            elif option.action == "score":
                await self._score(self._unscored(looked))
            else:
                new = await self._draw(option)
                if option.action == "draw and score":
                    await self._score(new)
        except BudgetExhausted as error:
            if not self.session.candidates:
                raise
            self._refuse(option, error.limit)
        self._propose(self._look())

    async def _draw(self, option: Option) -> list[Candidate]:
        """A wave of candidates; a call that fails for good counts as drawn, and says nothing of the problem."""
        session, start = self.session, self.session.now()
        with session.span(f"wave of {option.chunk}"):
            try:
                new = await session.sample(option.chunk)
            except BackendError as error:
                if error.retryable or not session.candidates:
                    raise
                session.note("lost", error=str(error))
                new = []
        self.drawn += option.chunk
        if len(new) < option.chunk and session.refused is not None:
            self._refuse(option, session.refused)
        if "seconds" in self.limits and new:
            self.waves.add(len(new), max(c.output_tokens for c in new), session.now() - start)
        return new

    def _unscored(self, looked: Looked) -> list[Candidate]:
        """What the two first answers have unscored, a few of each."""
        first, verdicts = self._belief.leaders(looked.evidence.votes), self.session.verdicts
        groups = [[c for c in looked.members(answer) if c.id not in verdicts] for answer in first]
        return [candidate for group in groups for candidate in group[:SCORED]]

    async def _score(self, candidates: Sequence[Candidate]) -> None:
        """Verdicts on those that have an answer, and what one of them cost."""
        judged = [candidate for candidate in candidates if votable(candidate) is not None]
        if judged:
            before, start = self.session.cost_by_kind["verify"], self.session.now()
            await self.session.verify(judged)
            self.verdict = self._checks("verify", before, start, len(judged))

    async def _compare(self, option: Option, looked: Looked) -> None:
        """Judgements of the two first answers, by those that speak for them, and what one of them cost."""
        first, second = (looked.speaker(answer) for answer in sorted(self._belief.leaders(looked.evidence.votes)))
        before, start = self.session.cost_by_kind["judge"], self.session.now()
        (row,) = await self.session.compare([(first, second)], votes=option.chunk)
        self.judgement = self._checks("judge", before, start, option.chunk)
        if len(row) < option.chunk:
            self._refuse(option, self.session.refused)

    def _checks(self, kind: Kind, before: Cost, start: float, count: int) -> Amounts:
        """What one of `count` verdicts or judgements cost."""
        after, seconds = self.session.cost_by_kind[kind], self.session.now() - start
        parts = ("calls", "prompt_tokens", "cached_tokens", "output_tokens", "eflops", "usd")
        spent = {name: (getattr(after, name) or 0) - (getattr(before, name) or 0) for name in parts}
        return self._spending().checks(Cost(seconds=seconds, **spent), seconds, count)

    def _refuse(self, option: Option, limit: str | None) -> None:
        """Do not offer this action again: the budget refused a part of it."""
        self.refused |= {(option.action, option.stream)}
        self.session.refuse(limit)

    def _propose(self, looked: Looked) -> Candidate:
        """The candidate of the answer in front; the first one if none has an answer."""
        front = self._belief.leaders(looked.evidence.votes, 1)
        chosen = looked.speaker(front[0]) if front else self.session.candidates[0]
        self.session.propose(chosen)
        return chosen

    # ---- what is given --------------------------------------------------------------------------------------------

    @property
    def _belief(self) -> Belief:
        return self.session.known.belief

    @cached_property
    def limits(self) -> Amounts:
        """What the user allows, by currency; that of the batch in a batch; `n` calls where nothing is limited."""
        own = self.session.limits
        if self.market is not None and self.market.limits:
            own = dict(self.market.limits)
        return Limits.of(own, self.knobs.n).limits

    @cached_property
    def _latency(self) -> Latency:
        """The laws of the server if a file of them is given, else what this run's waves have shown."""
        if self.knobs.latency is None:
            return self.waves
        return CalibratedTimes(LatencyLaws.from_json(Path(self.knobs.latency).read_bytes()))

    def _warn(self) -> None:
        """Say of a verifier or judge that will not be asked why, and how to change that."""
        session, profile = self.session, self.session.known.profile
        known = {
            "verifier": (session.verifier_name, profile.verifier(session.verifier_name) or self.knobs.verifier_auc),
            "judge": (session.judge_name, profile.judge(session.judge_name)),
        }
        for role, (name, worth) in known.items():
            if name is not None and worth is None:
                measure = f"ttc record --{role} {name}, then ttc fit"
                session.warn(f"{name} was not asked: its worth is unknown ({measure})")
