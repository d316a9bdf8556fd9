"""The tools over one model, each call within the caps of its server."""

from __future__ import annotations

import asyncio
import functools
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ParamSpec, Self, TypeVar

from pydantic import Field

from ttc.api import Solver
from ttc.belief.profile import ValueProfile
from ttc.budget.budget import Budget
from ttc.budget.ledger import Ledger
from ttc.core.needs import needs_of
from ttc.core.result import Result
from ttc.errors import TTCError, VerifierError
from ttc.mcp import forms
from ttc.plan import Costing
from ttc.plan.probe import Probe, workload_of
from ttc.plan.table import Situation, best_row, rows_of
from ttc.serve.refusals import Refusal, refusal_of
from ttc.serve.request_options import RequestOptions, options_of
from ttc.serve.settings import Limits
from ttc.strategies import STRATEGIES, make_strategy
from ttc.strategies.verify_only import Given
from ttc.types import Candidate, Problem, Sampling
from ttc.values import known_values, read_values

if TYPE_CHECKING:
    from ttc.backends.base import Backend
    from ttc.core.session import Session

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Comparison:
    """A strategy that draws nothing: two solutions as candidates "0" and "1", judged `votes` times."""

    texts: tuple[str, str]
    votes: int

    async def run(self, session: Session) -> Candidate:
        """Judge; the candidate with more points, the first of equals."""
        first, second = (Candidate(str(i), text, session.answer_of(text)) for i, text in enumerate(self.texts))
        session.enter(first, second)
        session.propose(first)
        wins = [w for w in (await session.compare([(first, second)], self.votes))[0] if not math.isnan(w)]
        return second if wins and sum(wins) < len(wins) / 2 else first


def as_tool_errors(tool: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """The tool with its expected failures as tool errors, in words that hold no URL and no key."""

    @functools.wraps(tool)
    async def wrapped(*args: P.args, **kwargs: P.kwargs) -> T:
        from mcp.server.mcpserver.exceptions import ToolError

        try:
            return await tool(*args, **kwargs)
        except VerifierError as error:
            raise ToolError(str(error)) from None
        except (Refusal, TTCError, ValueError) as error:
            raise ToolError(str(refusal_of(error))) from None

    return wrapped


class Tools:
    """The four tools over one model. `async with` connects to it.

    `source` (its backend), `values` (the value profile) and `options` are those of `ttc.Solver`.
    """

    def __init__(
        self,
        source: str | Backend | None = None,
        caps: forms.Caps | None = None,
        values: str | ValueProfile | None = None,
        **options: Any,
    ):
        self.caps = caps or forms.Caps()
        self._values = read_values(values)
        self._owner = Solver(backend=source, **options)
        self._total = Ledger(Budget(tokens=self.caps.total_tokens))

    async def __aenter__(self) -> Self:
        self.backend = await self._owner.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._owner.aclose()

    @as_tool_errors
    async def solve(
        self,
        problem: forms.Question,
        strategy: forms.Strategy = "auto",
        knobs: forms.Knobs = {},  # noqa: B006 (never changed)
        tokens: forms.Tokens = None,
        calls: forms.Calls = None,
        seconds: forms.Seconds = None,
        verifier: forms.Checker | None = None,
        domain: forms.Kind = "math",
        seed: int = 0,
    ) -> forms.Solved:
        """Solve a problem with several tries, checks and votes within a budget; says how sure the answer is."""
        options = self._allowed(strategy=strategy, knobs=knobs, verifier=verifier)
        solver = self._solver(self._budget(tokens, calls, seconds), options, seed)
        result = await self._run(solver, Problem(problem, domain=domain))
        found = {name: getattr(result, name) for name in ("answer", "text", "confidence", "stopped", "limit")}
        found["warnings"] = list(result.warnings)
        return forms.Solved(**found, candidates=len(result.candidates), strategy=strategy, spent=forms.spent_of(result))

    @as_tool_errors
    async def verify(
        self,
        problem: forms.Question,
        solutions: Annotated[list[forms.Solution], Field(min_length=1)],
        verifier: forms.Checker = "self_verify",
        tokens: forms.Tokens = None,
        calls: forms.Calls = None,
        seconds: forms.Seconds = None,
        domain: forms.Kind = "math",
    ) -> forms.Verified:
        """Score solutions that exist already: how likely each is right."""
        self._check_number(len(solutions), "solutions")
        options, given = self._allowed(verifier=verifier), Given(tuple(solutions))
        solver = self._solver(self._budget(tokens, calls, seconds), options, strategy=given)
        result = await self._run(solver, Problem(problem, domain=domain))
        rows = [forms.Checked.of(result, str(number)) for number in range(len(solutions))]
        return forms.Verified(solutions=rows, warnings=list(result.warnings), spent=forms.spent_of(result))

    @as_tool_errors
    async def compare(
        self,
        problem: forms.Question,
        first: forms.Solution,
        second: forms.Solution,
        votes: Annotated[int, Field(ge=1, description="Judgements; an even number shows both orders equally.")] = 2,
        tokens: forms.Tokens = None,
        calls: forms.Calls = None,
        seconds: forms.Seconds = None,
        domain: forms.Kind = "math",
    ) -> forms.Compared:
        """Judge which of two solutions is better, shown in both orders."""
        self._check_number(votes, "votes")
        pair = Comparison((first, second), votes)
        solver = self._solver(self._budget(tokens, calls, seconds), self._allowed(), strategy=pair)
        result = await self._run(solver, Problem(problem, domain=domain))
        found = [event.data["wins"] for event in result.trace.named("judgement")]
        wins = [w for w in found if not math.isnan(w)]
        mean = math.fsum(wins) / len(wins) if wins else None
        share = None if mean is None else round(mean, 2)
        better = "unknown" if share is None else "tie" if share == 0.5 else "first" if share > 0.5 else "second"
        return forms.Compared(better=better, first_wins=mean, votes=len(wins), spent=forms.spent_of(result))  # type: ignore[arg-type]

    @as_tool_errors
    async def plan(
        self,
        problem: forms.Question,
        tokens: forms.Tokens = None,
        calls: forms.Calls = None,
        probe: Annotated[int, Field(ge=1, le=16, description="Samples drawn to see how long solutions are.")] = 4,
        domain: forms.Kind = "math",
    ) -> forms.Planned:
        """Predict for every strategy what it would cost and how right it would be, from a few probe samples."""
        budget, caps = self._budget(tokens, calls, None), self.caps
        result = await self._run(
            self._solver(budget, self._allowed(), strategy=Probe(probe)), Problem(problem, domain=domain)
        )
        workload = workload_of(result, self.caps.max_tokens, fan_out=self.backend.capabilities.fan_out)
        values = known_values(self._values, self.backend.model, domain)
        needs = {name: needs_of(strategy) for name, strategy in STRATEGIES.items()}
        # seconds cannot be predicted without a calibration
        limits = Budget(tokens=budget.tokens or caps.tokens, calls=budget.calls or caps.calls)

        def offered(name: str, knobs: Mapping[str, Any]) -> Any:
            self._check_number(knobs.get("n", 1), "candidates")
            return make_strategy(name, knobs)

        situation = Situation(workload, Costing(), limits, values, None, "pairwise")
        rows = rows_of(STRATEGIES, needs, offered, situation)
        rows.sort(key=lambda row: (not row.fits, row.needs is not None, -(row.accuracy or 0.0)))
        best = best_row(rows)
        notes = [f"P(right): {values.kind} by the value profile of {values.why}", "costs are means"]
        notes += situation.notes
        listed = [row.to_dict() for row in rows]
        return forms.Planned(
            best=best.strategy if best else None, rows=listed, notes=notes, spent=forms.spent_of(result)
        )

    def _allowed(self, **fields: Any) -> RequestOptions:
        """What an agent may ask for, checked as the gateway checks its clients."""
        limits = Limits(n=self.caps.n, calls=self.caps.calls, max_tokens=self.caps.max_tokens)
        options, _ = options_of({"model": "ttc", "ttc": fields}, None, limits)
        assert options is not None
        return options

    def _budget(self, tokens: int | None, calls: int | None, seconds: float | None) -> Budget:
        """What was asked for, within the caps. `_run` keeps the caps themselves: `auto` plans by what was asked for."""
        caps = self.caps
        late = seconds is None or seconds >= caps.seconds
        return Budget(
            tokens=None if tokens is None else min(tokens, caps.tokens),
            calls=None if calls is None else min(calls, caps.calls),
            seconds=None if late else seconds,
        )

    def _check_number(self, number: int, what: str) -> None:
        if number > self.caps.n:
            raise ValueError(f"{what}: {number} given; this server allows at most {self.caps.n}")

    def _solver(self, budget: Budget, options: RequestOptions, seed: int = 0, strategy: Any = None) -> Solver:
        own: dict[str, Any] = {} if strategy is None else {"strategy": strategy, "knobs": None}
        own["values"] = self._values
        return options.solver(self.backend, budget, Sampling(max_tokens=self.caps.max_tokens), seed, **own)

    async def _run(self, solver: Solver, problem: Problem) -> Result:
        """The run within the caps, ended with its best answer so far at that of seconds."""
        ledger = Ledger(Budget(tokens=self.caps.tokens, calls=self.caps.calls), self._total)
        timer = asyncio.get_running_loop().call_later(self.caps.seconds, solver.stop)
        try:
            return await solver.solve(problem, ledger=ledger)
        finally:
            timer.cancel()
