"""Finished runs as the metrics see them: the numbers of a line of results.jsonl, without its texts."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ttc.evaluation.sampled import Sampled

CURRENCIES = ("tokens", "prompt_tokens", "cached_tokens", "calls", "verify_calls", "seconds", "usd", "eflops")
"""What a run may have cost; verify_calls are those of verifiers and judges. nan = not known."""


@dataclass(frozen=True, slots=True)
class Run:
    """One cell on one problem, once."""

    cell: str
    id: str
    repeat: int
    correct: bool
    confidence: float
    level: str
    subject: str
    stopped: str
    limit: str | None
    cost: Mapping[str, float]
    samples: Sampled
    exhausted: bool = False
    """Whether a pool had fewer samples than the run asked for."""
    warnings: tuple[str, ...] = ()


def run_of(row: Mapping[str, Any]) -> Run:
    """The run of a line."""
    samples = row["samples"]
    same = {name: row[name] for name in ("cell", "id", "repeat", "correct", "level", "subject", "stopped", "limit")}
    group, right, tokens = (tuple(sample[name] for sample in samples) for name in ("group", "correct", "tokens"))
    # repeats on a pool draw the same samples again: they tell nothing together
    answers = () if "pool_exhausted" in row else tuple(sample["answer"] for sample in samples)
    return Run(
        **same,
        confidence=_number(row["confidence"]),
        cost=_cost(row["cost"], row["cost_by_kind"]),
        samples=Sampled(group, right, tokens, tuple(_number(sample.get("score")) for sample in samples), answers),
        exhausted=row.get("pool_exhausted", False),
        warnings=tuple(row.get("warnings", ())),
    )


def _cost(cost: Mapping[str, Any], by_kind: Mapping[str, Any]) -> dict[str, float]:
    found = {name: _number(cost.get(name)) for name in CURRENCIES}
    found["tokens"] = float(cost.get("output_tokens", 0))
    found["verify_calls"] = float(sum(by_kind[kind]["calls"] for kind in ("verify", "judge") if kind in by_kind))
    return found


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def per_problem(runs: Iterable[Run], value: Callable[[Run], float]) -> dict[str, float]:
    """The mean of `value` over the repeats of each problem, nan left out: by problem id, in order of appearance."""
    found: dict[str, list[float]] = {}
    for run in runs:
        if not math.isnan(number := value(run)):
            found.setdefault(run.id, []).append(number)
    return {name: sum(values) / len(values) for name, values in found.items()}


def paired(first: Mapping[str, float], second: Mapping[str, float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The values of the problems that both have, in one order."""
    both = [name for name in first if name in second]
    return np.array([first[name] for name in both]), np.array([second[name] for name in both])


def problem_set(ids: Iterable[str]) -> str:
    """A short hash (16 hexadecimal digits) of a set of problems. Means are only compared within one set."""
    return blake2b(repr(sorted(set(ids))).encode("utf-8", "backslashreplace"), digest_size=8).hexdigest()


def by_cell(runs: Iterable[Run]) -> dict[str, list[Run]]:
    """Runs of each cell, cells in order of appearance."""
    found: dict[str, list[Run]] = {}
    for run in runs:
        found.setdefault(run.cell, []).append(run)
    return found


def uniform_size(runs: Sequence[Run]) -> int:
    """How many samples each run of a cell drew if all drew equally many, else 0.

    Only then do the samples tell avg@n and pass@k without bias: a rule that stops early has looked at them.
    """
    sizes = {run.samples.n for run in runs if run.stopped != "error"}
    return sizes.pop() if len(sizes) == 1 else 0
