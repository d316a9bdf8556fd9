"""Recording what judges say of pairs of recorded samples, from which `ttc fit` learns what the judges are worth."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

from ttc.backends.base import Backend, Completion
from ttc.budget.budget import Budget
from ttc.budget.ledger import Ledger
from ttc.core import candidates as candidates_of
from ttc.core.door import Door
from ttc.core.elect import representative
from ttc.core.race import Bounded
from ttc.core.session import Session
from ttc.core.trace import Trace
from ttc.evaluation.append_only import AppendFile, Row
from ttc.evaluation.examples import Example
from ttc.evaluation.pool import Sample, sample_of
from ttc.types import Candidate, Sampling
from ttc.verifiers import make_judge

ANSWERS = 3
"""Answers of a problem, those with the most votes, that are compared, each with each."""
MOST_PAIRS = math.comb(ANSWERS, 2)
JUDGEMENTS = 4
"""Of one pair, in alternating order: as many as `auto` asks at most."""

Key = tuple[str, str, int, int]
"""Problem, judge, numbers of the two samples."""


@dataclass(kw_only=True)
class PairRecorder:
    """Has `judges`, by their names, compare samples that stand in the file `path`, and appends a line for each pair.

    Of each of the most frequent answers of a problem the sample that would speak for it is compared. No gold answer is
    used: the pairs are those that a run would meet. What the file holds already is not asked again.
    """

    examples: Sequence[Example]
    path: Path
    backend: Backend
    judges: Sequence[str]
    sampling: Sampling = field(default_factory=Sampling)
    seed: int = 0
    at_once: int = 64
    watch: Callable[[], None] = lambda: None

    async def run(self) -> int:
        """Ask what is missing; how many pairs that was."""
        roles, number = {name: make_judge(name) for name in self.judges}, 0
        file = AppendFile(self.path)

        async def ask(pair: tuple[Key, Session, Candidate, Candidate]) -> None:
            key, session, first, second = pair
            (wins,) = await session.compare([(first, second)], JUDGEMENTS, roles[key[1]])
            file.append([_row(key, wins)])
            self.watch()

        try:
            asked = Bounded(ask, self._missing(file), max(1, self.at_once // JUDGEMENTS))
            try:
                async for _ in asked:
                    number += 1
            finally:
                await asked.cancel()
        finally:
            file.close()
        return number

    def _missing(self, file: AppendFile) -> Iterator[tuple[Key, Session, Candidate, Candidate]]:
        """The pairs of all problems that no line of the file holds."""
        samples: dict[str, dict[int, Sample]] = defaultdict(dict)
        known = set[Key]()
        for _, row in file.rows():
            if row is not None and row.get("kind") == "pair":
                known.add((str(row["problem"]), str(row["judge"]), int(row["first"]), int(row["second"])))
            elif row is not None and "index" in row:
                samples[str(row["id"])][int(row["index"])] = sample_of(row)
        for example in self.examples:
            name, session = example.problem.id, self._session(example)
            for first, second in combinations(_speakers(session, samples[name]), 2):
                for judge in self.judges:
                    key = (name, judge, int(first.id), int(second.id))
                    if key not in known:
                        yield key, session, first, second

    def _session(self, example: Example) -> Session:
        door = Door(self.backend, Trace(), self.seed)
        return Session(example.problem, door, Ledger(Budget()), sampling=self.sampling)


def _speakers(session: Session, samples: Mapping[int, Sample]) -> list[Candidate]:
    """Who speaks for the most frequent answers, by the number of votes."""
    drawn = [
        candidates_of.whole(
            str(index), Completion(s.text, s.tokens, s.finish), session.answer_of(s.text), session.backend.model
        )
        for index, s in sorted(samples.items())
    ]
    labels = session.labels(drawn)
    return [representative(drawn, labels, labels[group[0]]) for group in session.group(drawn)[:ANSWERS]]


def _row(key: Key, wins: Sequence[float]) -> Row:
    """The line of a pair: points of each, a tie is half a point for each."""
    problem, judge, first, second = key
    known = [win for win in wins if not math.isnan(win)]
    return {
        "kind": "pair", "problem": problem, "judge": judge, "first": first, "second": second,
        "won": math.fsum(known), "lost": len(known) - math.fsum(known), "unreadable": len(wins) - len(known),
    }  # fmt: skip
