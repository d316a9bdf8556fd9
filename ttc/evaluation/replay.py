"""Replay of a pool at the speed of a table look-up: a session that draws recorded samples without asking a backend.

`ReplaySession` gives exactly what `Session` gives on a `PoolBackend`: the same candidates, votes, verdicts and costs.
It is faster for two reasons. What does not depend on the strategy is made once for all runs of a problem (`Texts`,
`Draws`). And no trace is written. Streams, races, limits and continued texts go the way of every session, through the
door. So does all else that is no plain draw of whole solutions without a budget.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ttc.backends.base import eflops_of
from ttc.budget.ledger import Need
from ttc.core import candidates as candidates_of
from ttc.core.candidates import votable
from ttc.core.door import Watch
from ttc.core.session import Session
from ttc.core.verifier import logprobs_for
from ttc.evaluation.grade import Texts
from ttc.evaluation.pool import PoolBackend, Recorded, completion_of
from ttc.types import Candidate, Cost, Verdict
from ttc.verifiers import Verifier
from ttc.verifiers.confidence import Confidence

PLAIN = {"temperature", "top_p", "max_tokens", "logprobs"}
"""Fields of a request that a plain draw may have. A pool has its own temperature, whatever is asked."""
ALONE = (Confidence, Recorded)
"""Verifiers that judge each candidate by itself and ask no model."""


class Draws:
    """What all runs on one problem with one seed share: candidates and verdicts, made when the first run needs them."""

    def __init__(self, backend: PoolBackend, texts: Texts):
        self.samples = [backend.problem.samples[index] for index in backend.order]
        self.texts, self.model = texts, backend.model
        self._made: dict[tuple[int, bool], list[Candidate]] = {}
        self._verdicts: dict[tuple[Verifier, int], tuple[Candidate, Verdict]] = {}
        """Verdicts by verifier and candidate object; the object is kept, so that no other gets its address."""

    def candidates(self, first: int, last: int, most: int, logprobs: bool) -> list[Candidate]:
        """The candidates that are drawn as numbers first, ..., last - 1, each cut off after `most` tokens."""
        made = self._made.setdefault((most, logprobs), [])
        for place in range(len(made), last):
            new = completion_of(self.samples[place], most, logprobs)
            made.append(candidates_of.whole(str(place), new, self.texts.answer_of(new.text), self.model))
        return made[first:last]

    async def verdicts(self, session: Session, verifier: Verifier, candidates: Sequence[Candidate]) -> list[Verdict]:
        """What a verifier of `ALONE` says of candidates; a candidate that it has judged keeps its verdict."""
        new = [candidate for candidate in candidates if (verifier, id(candidate)) not in self._verdicts]
        if new:
            judged = zip(new, await verifier.verify(session, new), strict=True)
            self._verdicts.update(((verifier, id(candidate)), (candidate, verdict)) for candidate, verdict in judged)
        return [self._verdicts[verifier, id(candidate)][1] for candidate in candidates]


class ReplaySession(Session):
    """A session on recorded samples; `draws` is what it shares with the other runs of its problem and seed."""

    draws: Draws

    @property
    def candidates(self) -> list[Candidate]:
        """All finished candidates so far, by lineage."""
        return sorted(self.board.candidates.values(), key=lambda candidate: int(candidate.id))

    def note(self, name: str, **data: Any) -> None:
        """Nothing: the trace of a replay is not read."""

    def answer_of(self, text: str) -> str | None:
        """The final answer in a text."""
        return self.draws.texts.answer_of(text)

    def group(self, candidates: Sequence[Candidate]) -> list[list[int]]:
        """Indices of candidates with equal answers, largest group first."""
        return self.draws.texts.group([votable(c) for c in candidates])

    async def sample(self, n: int = 1, *, watch: Watch | None = None, **fields: Any) -> list[Candidate]:
        """Draw up to n new candidates: those that are left of the recorded ones."""
        first = self.board.children.get("", 0)
        if not self._plain(n, watch, fields) or first >= len(self.draws.samples):
            return await super().sample(n, watch=watch, **fields)
        backend = self.backend
        assert isinstance(backend, PoolBackend)
        most = fields.get("max_tokens", self.sampling.max_tokens)
        logprobs = fields.get("logprobs", logprobs_for(self.verifier)) is not None
        last = min(first + n, len(self.draws.samples))
        drawn = self.draws.candidates(first, last, most, logprobs)
        self.board.children[""] = first + n
        self.enter(*drawn)
        backend.drawn = first + n
        await self._book(backend, drawn)
        return drawn

    async def verify(self, candidates: Sequence[Candidate], verifier: Verifier | None = None) -> list[Verdict]:
        """One verdict for each candidate, by the run's verifier or the given one."""
        judge = verifier or self.verifier
        if not isinstance(judge, ALONE):
            return await super().verify(candidates, verifier)
        verdicts = await self.draws.verdicts(self, judge, candidates)
        self.board.verdicts.update(zip((c.id for c in candidates), verdicts, strict=True))
        return verdicts

    def _plain(self, n: int, watch: Watch | None, fields: Mapping[str, Any]) -> bool:
        """Whether nothing but the recorded samples decides what is drawn now."""
        return (
            n >= 1
            and watch is None
            and fields.keys() <= PLAIN
            and not fields.get("logprobs", logprobs_for(self.verifier))
            and not self.sampling.stop
            and not self.ledger.limited
            and self.door.hold == "worst"
            and math.isinf(self.door.deadline)
        )

    async def _book(self, backend: PoolBackend, drawn: Sequence[Candidate]) -> None:
        """Charge what was drawn, the prompt once, as the door does for one request of several completions."""
        prompt, lengths = backend.problem.prompt_tokens, [candidate.output_tokens for candidate in drawn]
        tokens, pricing = sum(lengths), backend.pricing
        eflops, usd = eflops_of(pricing, prompt, 0, lengths, 1, len(drawn)), pricing.usd(prompt, 0, tokens)
        cost = Cost(len(drawn), prompt, 0, tokens, 0.0, eflops, usd)
        lease = await self.ledger.hold(Need(len(drawn), tokens, tokens))
        lease.settle(cost)
        self.door.cost_by_kind["solve"] += cost
