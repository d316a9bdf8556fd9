"""Recording a pool: n samples of each problem, drawn once, for all strategies to come.

The file is a journal itself: a header line, a line for each problem, a line for each sample, fsynced as it comes. The
same call goes on where a killed one ended; samples that are on disk are never drawn again.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ttc.backends.base import Backend, Completion
from ttc.budget.budget import Budget
from ttc.budget.ledger import Ledger
from ttc.core import candidates
from ttc.core.door import Door
from ttc.core.race import Bounded
from ttc.core.session import Session
from ttc.core.trace import Trace, plain
from ttc.errors import check_choice, check_range
from ttc.evaluation.append_only import AppendFile, Row
from ttc.evaluation.examples import Example
from ttc.types import Sampling
from ttc.verifiers import make_verifier


@dataclass(kw_only=True)
class PoolRecorder:
    """Draws up to `n` samples of every problem into the file `path`, `at_once` calls in flight.

    logprobs: record mean and sum of the tokens' log-probabilities, and with "tokens" all of them. verifiers: names of
    verifiers that judge each sample by itself; their scores are recorded under these names. `about` goes into the
    header; a file with another header is refused. `watch` gets the output tokens of every sample.
    """

    examples: Sequence[Example]
    n: int
    path: Path
    backend: Backend
    sampling: Sampling = field(default_factory=Sampling)
    seed: int = 0
    logprobs: str | None = None
    verifiers: Sequence[str] = ()
    at_once: int = 64
    about: Mapping[str, Any] = field(default_factory=dict)
    watch: Callable[[int], None] = lambda tokens: None

    def __post_init__(self) -> None:
        check_range("[1, inf)", n=self.n, at_once=self.at_once)
        check_choice((None, "mean", "tokens"), logprobs=self.logprobs)
        self._verifiers = {name: make_verifier(name) for name in self.verifiers}

    async def run(self) -> int:
        """Draw what is missing; how many samples that was."""
        file = AppendFile(self.path)
        try:
            have = self._begin(file)

            async def draw(sample: tuple[Session, int]) -> None:
                file.append([await self._sample(*sample)])

            drawn, number = Bounded(draw, self._missing(have), self.at_once), 0
            try:
                async for _ in drawn:
                    number += 1
            finally:
                await drawn.cancel()
        finally:
            file.close()
        return number

    def _begin(self, file: AppendFile) -> set[tuple[str, int]]:
        """What the file holds, after the header and the problems that it lacks have been written."""
        header = json.loads(json.dumps({"pool": 1, "about": {**self.about, "model": self.backend.model}}))
        have, known = set[tuple[str, int]](), set[str]()
        rows = [row for _, row in file.rows() if row is not None]
        if rows and rows[0] != header:
            raise ValueError(f"{self.path} was recorded with {rows[0]}, not {header}; choose another file")
        heads = {example.problem.id: _head(example) for example in self.examples}
        for row in (row for row in rows[1:] if row.get("kind") != "pair"):
            known.add(row["id"])
            if "index" in row:
                have.add((row["id"], row["index"]))
            elif any(row.get(name) != heads.get(row["id"], row).get(name) for name in ("problem", "gold")):
                raise ValueError(
                    f"problem {row['id']!r} is not what it was when {self.path} was recorded; use another file"
                )
        new = [head for name, head in heads.items() if name not in known]
        file.append([] if rows else [header])
        file.append(new)
        return have

    def _missing(self, have: set[tuple[str, int]]) -> Iterator[tuple[Session, int]]:
        for example in self.examples:
            door = Door(self.backend, Trace(), self.seed)
            session = Session(example.problem, door, Ledger(Budget()), sampling=self.sampling)
            for index in range(self.n):
                if (example.problem.id, index) not in have:
                    yield session, index

    async def _sample(self, session: Session, index: int) -> Row:
        """The line of a sample. Its seed is that of candidate `index` of a live run with the same seed."""
        wanted = None if self.logprobs is None else 0
        fields: Row = {"logprobs": wanted, "stop": self.sampling.stop, "extra": self.sampling.extra}
        completion = (await session.ask(f"generate/{index}", session.messages, kind="solve", **fields))[0]
        key = f"{session.problem.id}/generate/{index}"
        call = next(e.data for e in reversed(session.trace.named("ask")) if e.data["key"] == key)
        self.watch(completion.output_tokens)
        row: Row = {
            "id": session.problem.id, "index": index, "text": completion.text, "finish": completion.finish,
            "tokens": completion.output_tokens, "prompt_tokens": call["prompt_tokens"],
            **self._logprobs(completion), "scores": await self._scores(session, index, completion),
        }  # fmt: skip
        found: Row = plain({name: value for name, value in row.items() if value not in (None, {})})
        return found

    def _logprobs(self, completion: Completion) -> Row:
        values = [value for value in completion.logprobs or () if not math.isnan(value)]
        if not values:
            return {}
        row: Row = {"mean_logprob": sum(values) / len(values), "sum_logprob": sum(values)}
        return {**row, "logprobs": [round(v, 4) for v in values]} if self.logprobs == "tokens" else row

    async def _scores(self, session: Session, index: int, completion: Completion) -> dict[str, float]:
        model = self.backend.model
        candidate = candidates.whole(str(index), completion, session.answer_of(completion.text), model)
        scores = {}
        for name, verifier in self._verifiers.items():
            scores[name] = (await session.verify([candidate], verifier))[0].score
        return scores


def _head(example: Example) -> Row:
    """The line of a problem."""
    problem = example.problem
    text = {"problem": problem.prompt} if isinstance(problem.prompt, str) else {}
    return {"id": problem.id, **text, "gold": example.gold, "level": example.level, "subject": example.subject}
