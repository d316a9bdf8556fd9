"""The session: all that a strategy or a verifier can do in a run. One session belongs to one problem and one budget.

What the run has (the problem, the budget left, the candidates, the trace) is in `ttc.core.run_state`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from ttc.backends.base import Backend, Completion, Request
from ttc.budget.budget import Budget
from ttc.core import candidates as candidates_of
from ttc.core import domains
from ttc.core.candidates import votable
from ttc.core.door import Watch
from ttc.core.race import Race, outcomes
from ttc.core.run_state import RunState
from ttc.core.verifier import logprobs_for
from ttc.errors import BackendError, BudgetExhausted, MissingNeed, TTCError, VerifierError, check_range
from ttc.types import Candidate, Finish, Kind, Message, Problem, Sampling, Verdict

if TYPE_CHECKING:
    from ttc.core.verifier import Judge, Verifier

T = TypeVar("T")
U = TypeVar("U")


CANNOT_CONTINUE = (
    "cannot continue a text, and this strategy grows solutions step by step; servers of vLLM, SGLang and llama.cpp can"
)


class Session(RunState):
    """The whole face of a run: what it has (`RunState`), and how to ask, draw, continue, verify and compare.

    A strategy gets one, and does everything through it:

    >>> import ttc
    >>> from ttc.backends.simulated import SimulatedBackend
    >>> class Single:
    ...     async def run(self, session):
    ...         return (await session.sample(1))[0]
    >>> ttc.solve("What is 6 * 7?", Single(), backend=SimulatedBackend()).cost.calls
    1
    """

    rewrites = False
    """Whether its candidates are written from earlier ones."""

    # ---- asking ---------------------------------------------------------------------------------------------------

    async def ask(
        self,
        key: str,
        messages: str | Sequence[Message],
        *,
        kind: Kind = "verify",
        backend: Backend | None = None,
        watch: Watch | None = None,
        **fields: Any,
    ) -> Sequence[Completion]:
        """Ask a model anything. It is charged, seeded, cancellable and recorded.

        Args:
            key: Names the call within the problem, for example "verify/2#0"; the same key gives the same seed.
            messages: The chat, or one message of the user.
            kind: What the call is for: "solve", "verify" or "judge".
            backend: The model that answers; None = the one that generates.
            watch: Sees every piece of a stream and may end it.
            fields: Those of `Request`: n, max_tokens, temperature, prefix, logprobs and so on.

        Raises:
            BudgetExhausted: The call does not fit into what is left.
            BackendError: The server fails.
        """
        for knob in ("max_tokens", "temperature", "top_p"):
            fields.setdefault(knob, getattr(self.sampling, knob))
        request = Request(
            key=(name := f"{self.problem.id}/{key}"),
            seed=self.door.seed_of(name),
            messages=({"role": "user", "content": messages},) if isinstance(messages, str) else tuple(messages),
            kind=kind,
            affinity=self.problem.id,
            **fields,
        )
        return await self.door.ask(self.ledger, request, watch, backend)

    async def sample(self, n: int = 1, *, watch: Watch | None = None, **fields: Any) -> list[Candidate]:
        """Draw up to n new candidates: fewer when the budget ends, never none (then the reason is raised).

        Args:
            n: How many, at least 1.
            watch: Sees every piece of a stream and may end it.
            fields: They override those of `Request`: temperature, logprobs, max_tokens and so on.
        """
        check_range("[1, inf)", n=n)
        names = [self.board.next_child("") for _ in range(n)]
        tokens = fields.get("max_tokens", self.sampling.max_tokens)
        if n > 1 and watch is None and self.may_share(n, tokens):
            completions = await self._generate(f"generate/{names[0]}", n=n, **fields)
            came = [(name, c) for name, c in zip(names, completions, strict=True) if c.finish != "cancelled"]
            return await self._settled([self._whole(name, c) for name, c in came])

        async def one(name: str) -> Candidate:
            return self._whole(name, (await self._generate(f"generate/{name}", watch=watch, **fields))[0])

        results = await outcomes([one(name) for name in names])
        self._refused(results)
        return await self._settled([result for result in results if isinstance(result, Candidate)])

    @asynccontextmanager
    async def race(self, n: int, *, watch: Watch | None = None, **fields: Any) -> AsyncIterator[Race]:
        """Draw n candidates and get each as it ends: `async with session.race(8) as arrivals: async for ...`.

        Leaving the block cancels what still runs and charges what it used. `arrivals.more(k)` starts k further ones.

        Args:
            n: How many.
            watch: Sees every piece of a stream and may end it.
            fields: They override those of `Request`.
        """

        async def one(name: str) -> Candidate:
            new = await self._generate(f"generate/{name}", watch=watch, stream=True, **fields)
            return (await self._settled([self._whole(name, new[0])]))[0]

        race = Race(one, lambda: self.board.next_child(""))
        race.more(n)
        try:
            yield race
        finally:
            await race.cancel()

    async def extend(
        self, candidates: Sequence[Candidate], *, stop: Sequence[str] = ("\n\n",), append: str = "", **fields: Any
    ) -> list[Candidate]:
        """Grow each candidate by one step, up to and including a stop string. Same length, same order.

        Done candidates pass untouched. So does one whose step could not be paid: it comes back done, with finish
        "budget". A step that ends the text, or completes a boxed answer, makes the candidate done. Needs a backend that
        can continue a prefix.

        Args:
            candidates: What is extended.
            stop: What ends a step.
            append: What is put behind the text first, for example "Wait".
            fields: They override those of `Request`.
        """
        self.check_continues()
        names = [c.id if c.done else self.board.next_child(c.id) for c in candidates]

        async def one(name: str, before: Candidate) -> Candidate:
            if before.done:
                return before
            step = candidates_of.step_from(before, append)
            new = (await self._generate(f"generate/{name}", stop=tuple(stop), **step, **fields))[0]
            source = self.backend.model
            return self._keep(candidates_of.grown(name, before, append, new, self.answer_of, source), new)

        results = await outcomes([one(name, c) for name, c in zip(names, candidates, strict=True)])
        self._refused(results)
        for index, result in enumerate(results):
            if isinstance(result, TTCError):
                cut: Finish = "budget" if isinstance(result, BudgetExhausted) else "cancelled"
                results[index] = replace(candidates[index], done=True, finish=cut)
        grown = [result for result in results if isinstance(result, Candidate)]
        await self._settled([new for new, old in zip(grown, candidates, strict=True) if new.done and not old.done])
        return grown

    def check_continues(self) -> None:
        """Raise MissingNeed where the backend cannot continue a text."""
        if not self.backend.capabilities.prefill:
            raise MissingNeed(f"{self.backend.model} {CANNOT_CONTINUE}", "strategy", "best_of_n")

    # ---- judging --------------------------------------------------------------------------------------------------

    async def verify(self, candidates: Sequence[Candidate], verifier: Verifier | None = None) -> list[Verdict]:
        """One verdict for each candidate, by the run's verifier or the given one."""
        verifier = verifier or self.verifier
        if verifier is None:
            raise MissingNeed("this strategy needs a verifier", "verifier", "self_verify")
        verdicts = list(await verifier.verify(self, candidates))
        if len(verdicts) != len(candidates):
            raise VerifierError(f"{verifier} gave {len(verdicts)} verdicts for {len(candidates)} candidates")
        for candidate, verdict in zip(candidates, verdicts, strict=True):
            self.board.verdicts[candidate.id] = verdict
            self.note("verdict", id=candidate.id, score=verdict.score, reason=verdict.reason)
        return verdicts

    async def compare(
        self, pairs: Sequence[tuple[Candidate, Candidate]], votes: int = 1, judge: Judge | None = None
    ) -> list[list[float]]:
        """Judgements of pairs: for each pair the list of P(first is better), nan where nothing was said.

        Votes alternate the order; those that the budget refuses are missing from the list.

        Args:
            pairs: What is compared.
            votes: Judgements of each pair.
            judge: Who judges; None = the run's judge.
        """
        judge = judge or self.judge
        if judge is None:
            raise MissingNeed("this strategy needs a judge", "judge", "pairwise")
        the_judge = judge

        async def one(first: Candidate, second: Candidate, vote: int) -> float:
            wins = await the_judge.prefer(self, first, second, vote)
            self.note("judgement", first=first.id, second=second.id, vote=vote, wins=wins)
            self.board.judgements.setdefault((first.id, second.id), []).append(wins)
            return wins

        calls: list[Awaitable[float]] = []
        for first, second in pairs:
            start = self.board.pairs.get((first.id, second.id), 0)
            self.board.pairs[first.id, second.id] = start + votes
            calls.extend(one(first, second, vote) for vote in range(start, start + votes))
        results = await outcomes(calls)
        rows = [results[i * votes : (i + 1) * votes] for i in range(len(pairs))]
        return [[r for r in row if not isinstance(r, TTCError)] for row in rows]

    async def map(self, function: Callable[[T], Awaitable[U]], items: Sequence[T]) -> list[U | None]:
        """Call `function` on all items at once; same order. None where budget or server refused; raises if all were."""
        results = await outcomes([function(item) for item in items])
        self._refused(results)
        return [None if isinstance(result, TTCError) else result for result in results]

    # ---- sessions on a part of it ---------------------------------------------------------------------------------

    def share(self, part: float | Budget) -> Session:
        """A session on part of the budget (a share in (0, 1] of what is left here, or own limits inside it)."""
        return self._but(ledger=self.ledger.share(part if isinstance(part, Budget) else self.ledger.part(part)))

    def asking(self, problem: Problem, sampling: Sampling | None = None) -> Session:
        """The same run, budget and candidates, on a problem that is put in other words.

        What it draws is written from earlier candidates and no vote of its own.
        """
        session = self._but(problem=problem, sampling=sampling or self.sampling)
        session.rewrites = True
        return session

    def _but(self, **changes: Any) -> Session:
        fields = ("problem", "door", "ledger", "sampling", "verifier", "judge", "board", "known", "names")
        session = Session(**{name: getattr(self, name) for name in fields} | changes)
        session.rewrites = self.rewrites
        return session

    # ---- parts ----------------------------------------------------------------------------------------------------

    def _refused(self, results: Sequence[object]) -> None:
        """Remember what the budget refused, and note what the server lost."""
        for error in {str(result) for result in results if isinstance(result, BackendError)}:
            self.note("lost", error=error)
        for result in results:
            if isinstance(result, BudgetExhausted):
                self.refuse(result.limit)

    async def _generate(self, key: str, **fields: Any) -> Sequence[Completion]:
        fields.setdefault("stop", self.sampling.stop)
        fields.setdefault("logprobs", logprobs_for(self.verifier))
        fields.setdefault("extra", self.sampling.extra)
        return await self.ask(key, self.messages, kind="solve", **fields)

    async def _settled(self, new: list[Candidate]) -> list[Candidate]:
        """The new candidates, once their answers can be compared with all others on the board at once."""
        if candidates_of.bring_new_answers(new, self.candidates):
            await domains.settle(self.problem.domain, [votable(c) for c in self.candidates], self.board.algebra)
        return new

    def _whole(self, name: str, new: Completion) -> Candidate:
        answer = domains.answer_in(self.problem, new.text, new.message)
        return self._keep(candidates_of.whole(name, new, answer, self.backend.model), new)

    def _keep(self, candidate: Candidate, new: Completion) -> Candidate:
        """Enter a candidate on the board and in the trace."""
        if candidate.done:
            self.enter(candidate)
        if self.rewrites:
            self.board.rewritten.add(candidate.id)
        if candidate.finish == "budget":
            self.refuse(self.refused or "tokens")
        told = {"answer": candidate.answer, "done": candidate.done, "finish": new.finish, "tokens": new.output_tokens}
        self.note("candidate", id=candidate.id, text=new.text, **told)
        return candidate
