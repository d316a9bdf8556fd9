"""What one run has: its problem and roles, what may still be spent, what was found, and what it writes down."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ttc.answers.algebra import within
from ttc.backends.base import Backend, Request
from ttc.belief.lookup import Known
from ttc.belief.profile import ValueProfile
from ttc.belief.right import Confidence
from ttc.budget.budget import CURRENCIES
from ttc.budget.ledger import Ledger
from ttc.core import candidates as candidates_of
from ttc.core import certainty, domains
from ttc.core.board import Board
from ttc.core.candidates import lineage, votable
from ttc.core.door import Door
from ttc.core.trace import Trace
from ttc.core.verifier import name_of
from ttc.errors import check_range
from ttc.types import Candidate, Cost, Kind, Message, Problem, Sampling, Verdict

if TYPE_CHECKING:
    from ttc.core.verifier import Judge, Verifier


class RunState:
    """One problem, one ledger, and what the run knows so far; nothing here calls a model but `fits`.

    Strategies and verifiers use these members and never the `door` and the `board` behind them.
    """

    def __init__(
        self,
        problem: Problem,
        door: Door,
        ledger: Ledger,
        *,
        sampling: Sampling | None = None,
        verifier: Verifier | None = None,
        judge: Judge | None = None,
        board: Board | None = None,
        known: Known | None = None,
        names: tuple[str | None, str | None] = (None, None),
    ):
        self.problem = problem
        self.door = door
        self.ledger = ledger
        self.sampling = sampling or Sampling()
        self.verifier = verifier
        self.judge = judge
        self.board = board or Board()
        self._known, self.names = known, names

    # ---- the problem and the model --------------------------------------------------------------------------------

    @cached_property
    def rng(self) -> np.random.Generator:
        """The run's random numbers for decisions; the same seed gives the same decisions."""
        return np.random.default_rng(self.door.seed_of(f"{self.problem.id}/rng"))

    @cached_property
    def messages(self) -> tuple[Message, ...]:
        """The problem as chat messages: system message, history, and the question with its suffix."""
        return domains.messages_of(self.problem, self.sampling)

    @property
    def backend(self) -> Backend:
        """The server of the generating model: its name, capabilities and prices. Ask it through the session only."""
        return self.door.backend

    def server(self, backend: Backend | None) -> Backend:
        """The server that answers a call with this `backend`: a run on a tape puts the tape in its place."""
        return self.door.server(backend)

    # ---- time and budget ------------------------------------------------------------------------------------------

    def now(self) -> float:
        """Seconds since the run started; a replayed run reads the recorded clock."""
        return self.door.now()

    def left(self, currency: str) -> float:
        """What is neither spent nor held of tokens, calls, eflops, usd; seconds until the deadline."""
        return self.door.deadline - self.now() if currency == "seconds" else self.ledger.left(currency)

    @property
    def limits(self) -> dict[str, float]:
        """What this run may spend in all, by currency, where it is limited; seconds are those until its deadline.

        A total that other runs share, and the caps of a gateway, are no limits of the run.
        """
        found = {currency: self.ledger.limit(currency) for currency in CURRENCIES} | {"seconds": self.door.deadline}
        return {currency: limit for currency, limit in found.items() if math.isfinite(limit)}

    @property
    def cost_by_kind(self) -> Mapping[Kind, Cost]:
        """What the run has paid by kind of call; a kind that is looked up and was not paid for costs nothing."""
        return self.door.cost_by_kind

    @property
    def refused(self) -> str | None:
        """The currency in which the budget refused or cut a candidate, if it did."""
        return self.board.refused

    def refuse(self, currency: str | None) -> None:
        """Say that the budget refused a candidate: a run that then ends by itself counts as ended by its budget."""
        self.board.refused = currency

    def may_share(self, n: int, tokens: int) -> bool:
        """Whether n completions of `tokens` each may go in one request: all fit, and none may have to stop alone."""
        return (
            self.backend.capabilities.fan_out
            and self.door.hold == "worst"
            and math.isinf(self.door.deadline)
            and n * tokens <= self.left("tokens")
            and n <= self.left("calls")
            and math.isinf(self.left("usd"))
            and math.isinf(self.left("eflops"))
        )

    async def fits(self, messages: Sequence[Message], reply: int) -> bool:
        """Whether a prompt leaves room for a reply of so many tokens (or of half the context, where that is less).

        True where the server does not say how long its context is.
        """
        context = self.backend.capabilities.context
        if context is None:
            return True
        reply = min(reply, context // 2)
        if sum(len(str(dict(message)).encode()) + 16 for message in messages) + reply <= context:
            return True  # there is no token shorter than a byte
        return await self.backend.count(Request("count", tuple(messages), reply)) + reply <= context

    # ---- candidates and answers -----------------------------------------------------------------------------------

    @property
    def candidates(self) -> list[Candidate]:
        """All finished candidates so far, by lineage."""
        return sorted(self.board.candidates.values(), key=lineage)

    @property
    def verdicts(self) -> Mapping[str, Verdict]:
        """The newest verdict on each candidate, by its id."""
        return self.board.verdicts

    @property
    def judgements(self) -> Mapping[tuple[str, str], Sequence[float]]:
        """All judgements by the ids of the pair: P(the first is better), nan where nothing could be read."""
        return self.board.judgements

    @property
    def known(self) -> Known:
        """What is believed of the model before it is asked: the laws of the run's value profile."""
        if self._known is None:
            self._known = certainty.default_known(self.backend.model, self.problem.domain)
        return self._known

    def believe(self, profile: ValueProfile | None = None, verifier_auc: float | None = None) -> None:
        """Take the laws of another profile from now on, and the user's word on the verifier's AUC.

        None changes nothing. The word counts only for a verifier that the profile does not know.
        """
        if profile is not None:
            self._known = self.known.under(profile)
        if verifier_auc is not None:
            self.board.verifier_auc = verifier_auc

    @property
    def verifier_name(self) -> str | None:
        """The name of the verifier, as value profiles know it; None without one."""
        return None if self.verifier is None else self.names[0] or name_of(self.verifier)

    @property
    def judge_name(self) -> str | None:
        """The name of the judge; None without one."""
        return None if self.judge is None else self.names[1] or name_of(self.judge)

    def p_right(self, candidate: Candidate | None) -> Confidence | None:
        """P(the candidate's answer is right) by all that the run has drawn, scored and compared so far.

        None where that says nothing. It is what `Result.confidence` will be if the run ends now with this candidate.
        """
        return certainty.confidence_of(self, candidate)

    def is_rewritten(self, candidate: Candidate) -> bool:
        """Whether a candidate was written from earlier ones, so that it is no vote of its own."""
        return candidate.id in self.board.rewritten

    def set_aside(self, candidates: Iterable[Candidate]) -> None:
        """Say which candidates the answer does not count, for they came into the run by their lengths or by luck."""
        self.board.aside = {candidate.id for candidate in candidates}

    def is_aside(self, candidate: Candidate) -> bool:
        """Whether a candidate says nothing of the answer: set aside, or ended by a rule or the budget."""
        return candidate.finish in certainty.CUT or candidate.id in self.board.aside

    @property
    def warnings(self) -> Sequence[str]:
        """What `warn` was told so far."""
        return self.board.warnings

    def warn(self, sentence: str) -> None:
        """Say once what a user must know to read the result, for example that a reply could not be read."""
        if sentence not in self.board.warnings:
            self.board.warnings.append(sentence)

    @property
    def meanings(self) -> Mapping[str, int]:
        """The group of meaning of candidates by id, where a strategy has sorted them (`sort`)."""
        return self.board.meanings

    def sort(self, candidates: Sequence[Candidate], labels: Sequence[int]) -> None:
        """Say which candidates mean the same, where equal answers do not show it; -1 = it could not be read."""
        self.board.meanings.update(zip((c.id for c in candidates), labels, strict=True))

    def enter(self, *candidates: Candidate) -> None:
        """Count candidates among those of the run; one whose id is there already changes nothing."""
        for candidate in candidates:
            self.board.candidates.setdefault(candidate.id, candidate)

    def withdraw(self, candidate: Candidate) -> None:
        """Count a candidate no longer among those of the run, for example because it goes on."""
        self.board.candidates.pop(candidate.id, None)

    def answer_of(self, text: str) -> str | None:
        """The final answer in a text, by the problem's domain."""
        return domains.answer_in(self.problem, text)

    def group(self, candidates: Sequence[Candidate]) -> list[list[int]]:
        """Indices of candidates with equal answers, largest group first. Truncated or answerless ones are in none."""
        with within(self.board.algebra):
            return domains.group(self.problem.domain, [votable(c) for c in candidates])

    def same(self, first: str, second: str) -> bool:
        """Whether two answers are the same, by the problem's domain and within the run's time for algebra."""
        with within(self.board.algebra):
            return domains.same(self.problem.domain, first, second)

    def end_algebra(self) -> None:
        """Wait for no more comparisons by algebra: what is not known by now is different. For when the run is over."""
        self.board.algebra.end()

    def labels(self, candidates: Sequence[Candidate]) -> list[int]:
        """The number of each candidate's answer group, numbered by first appearance; -1 abstains."""
        return candidates_of.labels(self.group(candidates), len(candidates))

    def propose(self, candidate: Candidate, confidence: float | None = None) -> None:
        """The answer if the run ended now.

        Leave `confidence` out: `p_right` then says how sure the run is. A strategy that knows better gives its own
        P(right) in [0, 1].
        """
        check_range("[0, 1]", confidence=confidence)
        self.board.proposed, self.board.confidence = candidate, confidence
        self.note("propose", id=candidate.id, answer=candidate.answer, confidence=confidence)

    # ---- the trace ------------------------------------------------------------------------------------------------

    @property
    def trace(self) -> Trace:
        """The events of the run; all its sessions, shares included, have the same one."""
        return self.door.trace

    def note(self, name: str, **data: Any) -> None:
        """Write a fact into the trace (plain values)."""
        self.trace.add(self.now(), name, **data)

    @contextmanager
    def span(self, name: str) -> Iterator[None]:
        """Name a phase in the trace: the events "begin" and "span_end" ("end" is that of the run)."""
        self.note("begin", span=name)
        try:
            yield
        finally:
            self.note("span_end", span=name)
