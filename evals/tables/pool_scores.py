"""Recorded samples of another model, judged by the verifiers that ask no model.

The pools hold the mean log-probability of each sample and no single tokens, so of the confidences only the mean can be
told; a verifier that asks a model would here need the model that wrote the samples.
"""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evals.tables.verifier_report import Scored
from evals.tables.verifier_votes import Scores
from ttc.budget.budget import Budget
from ttc.budget.ledger import Ledger
from ttc.core.candidates import votable
from ttc.core.door import Door
from ttc.core.session import Session
from ttc.core.trace import Trace
from ttc.evaluation.grade import Reader
from ttc.evaluation.pool import Pool, PoolBackend, Recorded, read_pool
from ttc.types import Candidate, Sampling, Verdict
from ttc.verifiers import Verifier, make_verifier
from ttc.verifiers.cisc import Cisc


@dataclass(frozen=True)
class Short:
    """No verifier but the baseline that one must beat: a shorter solution is a better one."""

    most: int

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        return [Verdict(1.0 - min(1.0, candidate.output_tokens / self.most)) for candidate in candidates]


@dataclass(frozen=True)
class Graded:
    """The samples of a problem with what every table needs: answer groups (-1 abstains) and whether they are right."""

    name: str
    candidates: list[Candidate]
    labels: NDArray[np.int_]
    right: NDArray[np.bool_]


async def graded_pool(pool: Pool, cache: Path) -> list[Graded]:
    """All samples of a pool, read and graded once; the file `cache` keeps groups and grades."""
    known: dict[str, Any] = json.loads(cache.read_text(encoding="utf-8")) if cache.exists() else {}
    found = []
    for example in pool.examples:
        name = example.problem.id
        session = session_on(pool, name)
        candidates = await session.sample(len(pool.problems[name].samples), logprobs=0)
        if name not in known:
            reader = Reader(example)
            labels = reader.texts.labels([votable(candidate) for candidate in candidates])
            known[name] = {"labels": labels, "right": [reader.grade(candidate) for candidate in candidates]}
        row = known[name]
        found.append(Graded(name, candidates, np.array(row["labels"]), np.array(row["right"], dtype=bool)))
    cache.write_text(json.dumps(known), encoding="utf-8")
    return found


def session_on(pool: Pool, name: str) -> Session:
    """A session on the recorded samples of a problem."""
    problem = next(example.problem for example in pool.examples if example.problem.id == name)
    door = Door(PoolBackend(pool.problems[name]), Trace(), 0)
    return Session(problem, door, Ledger(Budget()), sampling=Sampling(max_tokens=10**6))


async def scored_pool(path: Path, work: Path) -> dict[str, Scored]:
    """Each verifier's judgements of all samples of a pool."""
    pool = read_pool(path)
    graded = await graded_pool(pool, work / f"{path.name.partition('.')[0]}.grades.json")
    most = max(sample.tokens for problem in pool.problems.values() for sample in problem.samples)
    verifiers: dict[str, Verifier | None] = {
        "agreement": make_verifier("agreement"),
        "confidence mean": make_verifier("confidence"),
        "cisc (confidence), temperature 0.05": Cisc("confidence", 0.05),
        "short (baseline, no verifier)": Short(most),
    }
    samples = [sample for problem in pool.problems.values() for sample in problem.samples]
    if all(math.isnan(sample.mean_logprob) for sample in samples):
        verifiers = {name: verifier for name, verifier in verifiers.items() if "confidence" not in name}
    for name in dict.fromkeys(name for sample in samples for name in sample.scores):
        verifiers[f"{name} (recorded)"] = Recorded(name)
    found = {}
    for name, verifier in verifiers.items():
        scored = found[name] = Scored()
        scored.rescore = agreement_of(scored.labels) if name == "agreement" else None
        for problem in graded:
            verdicts = await session_on(pool, problem.name).verify(problem.candidates, verifier)
            scores = [verdict.score if verdict.known else None for verdict in verdicts]
            scored.add(problem.name, scores, problem.right.tolist(), problem.labels.tolist())
    return found


def agreement_of(labels: Sequence[NDArray[np.int_]]) -> Callable[[int, Sequence[int]], Scores]:
    """Agreement among a part of the candidates, from the answer groups of each problem."""

    def rescore(problem: int, part: Sequence[int]) -> Scores:
        return shares(labels[problem][list(part)])

    return rescore


def shares(labels: NDArray[np.int_]) -> Scores:
    """Each candidate's share of the votes cast; nan for those that abstain."""
    votes = labels >= 0
    same = (labels[:, None] == labels[None, :]).sum(axis=1) / max(1, votes.sum())
    return np.where(votes, same, math.nan)
