"""The simulated model in the place of a workload's own: it answers as its samples did, verifies, judges and notes."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Self

from ttc.backends.base import Completion, Meter, Request
from ttc.backends.simulated import ALL, SimulatedBackend
from ttc.backends.simulated.roles import recognise, text_of
from ttc.backends.simulated.texts import Text
from ttc.backends.simulated.tokens import encode
from ttc.backends.simulated.verdicts import preference, process_score
from ttc.core.session import Session
from ttc.forecast.hoppe_urn import KEPT, Urn
from ttc.forecast.workload import Workload
from ttc.types import Candidate, Kind, Message, Verdict

MOST_CALLS = 4096
"""Calls of a run after which it is given up: the strategy goes on until a budget ends it."""
QUIET = 16
"""Turns of the event loop without a new call after which the waiting calls are a whole wave."""
STICKS = 24
"""Answers that were not seen yet among which the rest of the probability is broken."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request: the wave in which it went out, and its tokens."""

    key: str
    kind: Kind
    wave: int
    n: int
    continues: bool
    """Whether it goes on with a text that was written in an earlier wave."""
    outputs: list[float]
    prompt: float = 0.0


@dataclass(kw_only=True, eq=False)
class WorkloadModel(SimulatedBackend):
    """The model, its verifier and its judge. Calls go out in waves: all that wait when no other is on its way."""

    workload: Workload
    calls: list[Call] = field(default_factory=list)
    checked: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    """Wave -> for each verdict, the steps of what was judged (1 where candidates are judged as a whole)."""
    compared: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Wave -> the first candidate of each comparison."""
    _judged: set[str] = field(default_factory=set)
    _wave: int = 0
    _arrived: int = 0
    _running: int = 0

    @classmethod
    def of(cls, w: Workload, rng: Random) -> Self:
        """A model whose next answers are one draw of what the workload's samples let expect.

        The law of the answers is the directing measure of Hoppe's urn, a Dirichlet process (Blackwell and MacQueen
        1973). The answers that were seen have gamma weights, and the new ones are broken off by sticks.
        """
        weights = [rng.gammavariate(count, 1.0) for count in w.answers]
        rest = rng.gammavariate(w.novelty, 1.0)
        for _ in range(STICKS):
            weights.append(rest * rng.betavariate(1.0, w.novelty))
            rest -= weights[-1]
        silent = Urn(w, rng).p_silent
        first, *others = (weight / sum(weights) * (1 - silent) for weight in weights)
        steps = rng.choice(w.step_counts) if w.step_counts else int(w.steps + rng.random())
        return cls(
            workload=w,
            capabilities=ALL if w.fan_out else type(ALL)(prefill=True, token_ids=True, logprobs=True),
            p_correct=first,
            gold=lambda problem: "1",
            distractors=lambda problem: ["", *map(str, range(2, len(others) + 2))],  # an empty box is no answer
            distractor_weights=(silent, *others),
            steps=(max(1, steps), max(1, steps)),
            tokens=w.mean**2 / w.square**0.5,
            tokens_sigma=w.sigma,
            p_improve=(1 - KEPT) * first,
            p_degrade=(1 - KEPT) * (1 - first),
        )

    def tokens_of(self, messages: Sequence[Message]) -> int:
        """Prompt tokens of a chat."""
        return self._prompt_tokens(Request("count", tuple(messages), 1))

    # ---- the model ------------------------------------------------------------------------------------------------

    async def complete(self, request: Request, meter: Meter) -> Sequence[Completion]:
        """All completions, when the wave goes out."""
        wave = await self._turn(request.n)
        call = Call(request.key, request.kind, wave, request.n, bool(request.prefix), [])
        self.calls.append(call)
        self._running += 1
        try:
            completions = await super().complete(request, meter)
            call.outputs.extend(float(completion.output_tokens) for completion in completions)
            return completions
        finally:
            self._running -= 1

    async def _turn(self, calls: int) -> int:
        """Wait until the wave goes out, and return its number."""
        wave, quiet, seen = self._wave, 0, -1
        self._arrived += calls
        if self._arrived > MOST_CALLS:
            raise RuntimeError(f"it made more than {MOST_CALLS} calls; does only a budget end it?")
        while self._wave == wave:
            await asyncio.sleep(0)
            quiet, seen = (quiet + 1, seen) if not self._running and seen == self._arrived else (0, self._arrived)
            if quiet > QUIET and self._wave == wave:
                self._wave += 1
        return wave

    def _write(self, request: Request, indices: range, most: int) -> list[Text]:
        """As the simulated model; critiques are made as long as those of the workload."""
        texts = super()._write(request, indices, most)
        if recognise(text_of(request.messages[-1])).role == "critique":
            for text in texts:
                filler = " so" * max(0, min(most, round(self.workload.critique)) - len(text.ids))
                text.text, text.ids = filler + text.text, (*encode(filler), *text.ids)
        return texts

    # ---- the verifier and the judge -------------------------------------------------------------------------------

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        """Scores by the law of the simulated process reward, at the price of the workload's checks."""
        unit, steps = self.workload.check, list[int]()
        for candidate in candidates:
            parts = candidate.text.split("\n\n") if unit.by_step else [candidate.text]
            prefixes = {"\n\n".join(parts[: k + 1]).strip(): k + 1 for k in range(len(parts))}
            steps += [number for prefix, number in prefixes.items() if prefix and prefix not in self._judged]
            self._judged |= set(prefixes)
        if unit.calls and steps:
            self.checked[await self._turn(len(steps))] += steps
        return [Verdict(dict(process_score(self, c.text).chances)["+"]) for c in candidates]

    async def prefer(self, session: Session, first: Candidate, second: Candidate, vote: int) -> float:
        """P(first is better) by the law of the simulated judge, at the price of the workload's comparisons."""
        if self.workload.compare.calls:
            self.compared[await self._turn(1)].append(first.id)
        (_, better), _, (_, tie) = preference(self, self.facts("Problem"), first.text, second.text).chances
        return better + tie / 2
