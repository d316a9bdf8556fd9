"""The line of a finished run in results.jsonl: what was answered, from which samples, at what cost."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from hashlib import blake2b
from typing import Any

from ttc.core.candidates import votable
from ttc.core.result import Result
from ttc.core.trace import Trace, plain
from ttc.core.tree import RunTree
from ttc.evaluation.cells import Cell
from ttc.evaluation.examples import Example
from ttc.evaluation.grade import Reader
from ttc.evaluation.pool import PoolBackend
from ttc.types import Candidate, Cost

Row = dict[str, Any]

AMOUNTS = tuple(field.name for field in fields(Cost))
NOTED = ("begin", "judgement", "propose", "lost")
"""Events of the trace that tell how a run went, beyond its candidates."""
STEP = ("id", "text", "tokens", "done", "score")
"""What is kept of a step."""


def row_of(
    cell: Cell, example: Example, repeat: int, result: Result, reader: Reader, pool: PoolBackend | None = None
) -> Row:
    """All about a run as plain values. Runs on a pool name their samples by index; others hold the texts."""
    head = {
        **_head(cell, example, repeat, result.seed),
        "answer": result.answer, "correct": reader.grade(result.candidate), "confidence": result.confidence,
        "warnings": list(result.warnings),
        "chosen": result.candidate.id if result.candidate else None, "stopped": result.stopped, "limit": result.limit,
        "cost": _amounts(result.cost, pool is None),
        "cost_by_kind": {kind: _amounts(cost, pool is None) for kind, cost in result.cost_by_kind.items()},
        "samples": _samples(result, reader, pool),
    }  # fmt: skip
    if pool is not None:
        return {**head, "pool_exhausted": pool.exhausted}
    return dict(plain({**head, "notes": _notes(result.trace), "tree": _tree(result)}))


def failed_row(cell: Cell, example: Example, repeat: int, seed: int, error: Exception) -> Row:
    """The line of a run that the server refused for good: it counts as wrong, and says why."""
    found = {"answer": None, "correct": False, "confidence": None, "chosen": None, "stopped": "error", "limit": None}
    rest = {"error": str(error), "cost": {}, "cost_by_kind": {}, "samples": []}
    return {**_head(cell, example, repeat, seed), **found, **rest}


def _head(cell: Cell, example: Example, repeat: int, seed: int) -> Row:
    """What was run."""
    head = {"cell": cell.name, "id": example.problem.id, "repeat": repeat, "prompt_hash": prompt_hash(example)}
    about = {"gold": example.gold, "level": example.level, "subject": example.subject}
    return {**head, **about, **cell.about, "seed": seed}


def prompt_hash(example: Example) -> str:
    """A short hash (16 hexadecimal digits) of the problem's text."""
    return _hash(repr(example.problem.prompt))


@lru_cache(maxsize=64)
def _hash(text: str) -> str:
    return blake2b(text.encode(), digest_size=8).hexdigest()


def _amounts(cost: Cost, timed: bool) -> Row:
    """A cost as plain values. How long a replay took says nothing of the model, so it has no seconds."""
    amounts = {name: getattr(cost, name) for name in AMOUNTS}
    return amounts if timed else {**amounts, "seconds": None}


def _samples(result: Result, reader: Reader, pool: PoolBackend | None) -> list[Row]:
    """One entry for each finished candidate; `group` numbers equal answers, largest group first, -1 abstains."""
    labels = reader.texts.labels([votable(candidate) for candidate in result.candidates])
    calls = {} if pool is not None else _calls(result.trace, result.problem.id)
    rows = []
    for candidate, label in zip(result.candidates, labels, strict=True):
        row: Row = {
            "id": candidate.id, "answer": candidate.answer, "group": label, "correct": reader.grade(candidate),
            "tokens": candidate.output_tokens, "finish": candidate.finish,
        }  # fmt: skip
        verdict = result.verdicts.get(candidate.id)
        if verdict is not None:
            row |= {"score": verdict.score if verdict.known else None, "reason": verdict.reason}
        if pool is not None:
            row["index"] = pool.order[int(candidate.id)]
        else:
            row |= {"text": candidate.text, **_logprobs(candidate), **calls.get(candidate.id, {})}
        rows.append(row)
    return rows


def _logprobs(candidate: Candidate) -> Row:
    """Mean and sum of the tokens' log-probabilities, where there are any."""
    values = [value for value in candidate.logprobs or () if not math.isnan(value)]
    return {"mean_logprob": sum(values) / len(values), "sum_logprob": sum(values)} if values else {}


def _calls(trace: Trace, problem: str) -> Mapping[str, Row]:
    """Prompt tokens and seconds of the call that made each candidate; one call of several is told at its first."""
    start = f"{problem}/generate/"
    return {
        event.data["key"].removeprefix(start): {
            "prompt_tokens": event.data["prompt_tokens"],
            "seconds": round(event.data["seconds"], 4),
        }
        for event in trace.named("ask")
        if event.data["key"].startswith(start)
    }


def _notes(trace: Trace) -> list[Row]:
    return [{"name": e.name, **e.data} for e in trace.events if e.name in NOTED]


def _tree(result: Result) -> list[Row] | None:
    """Every step that was grown, for a picture of the search; None if nothing was grown by steps."""
    tree = RunTree.of(result.trace)
    return [{name: getattr(step, name) for name in STEP} for step in tree.nodes.values()] if tree.steps else None
