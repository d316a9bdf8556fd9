"""Regrading: a finished evaluation graded by another answer verifier, without asking the model again.

Only what is right changes. Who was chosen, and how votes were counted, stays as it was when the runs were made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ttc.evaluation.append_only import Row
from ttc.evaluation.examples import Example
from ttc.evaluation.grade import Grader, Reader, grader_named, pool_samples
from ttc.evaluation.journal import as_json, as_lines, fragment_of, read_run, replace_file
from ttc.evaluation.pool import Pool, pool_of
from ttc.evaluation.runs import run_of
from ttc.evaluation.sampled import Sampled
from ttc.evaluation.summary import summarise
from ttc.types import Candidate, Problem


@dataclass(frozen=True)
class Regraded:
    """Where the new table is, both tables, and the lines {cell, id, repeat, gold, answer, was, now} that differ."""

    folder: Path
    before: Row
    after: Row
    differences: list[Row]


def regrade(
    run: str | Path, grader: str, out: str | Path | None = None, report: Callable[[str], None] = lambda message: None
) -> Regraded:
    """Grade the runs in the folder `run` again and write them to `out`, by default a folder inside of `run`.

    `out` gets what an evaluation has (config.json, results.jsonl, summary.json, so `ttc report` compares the two) and
    differences.jsonl; `run` stays as it is.
    """
    run = Path(run)
    about, rows = read_run(run)
    grade = grader_named(grader)
    place = Path(out) if out is not None else run / ("regraded-" + re.sub(r"[^\w.-]+", "-", grader))
    if place.resolve() == run.resolve():
        raise ValueError(f"{place} holds the evaluation itself, which stays as it is; choose another --out")
    readers: dict[tuple[str, str], Reader] = {}
    again = [_regraded(row, _reader(row, about, grade, readers)) for row in rows]
    if not again:
        raise ValueError(f"no run has finished in {run} yet")
    pairs = list(zip(rows, again, strict=True))
    pool, head = pool_of(about), {**about, "grader": grader, "regraded_from": run.name}
    if missing := fragment_of(run, rows):
        report(missing)
    if pool is None and about.get("pool"):
        report(f"the pool {about['pool']} is not there any more; metrics of its samples are those of the widest cell")
    ids = {row["id"] for row in again}
    new = summarise([run_of(row) for row in again], head, None if pool is None else _pooled(pool, ids, grade))
    old = summarise([run_of(row) for row in rows], about)
    differences = list(_differences(pairs))
    place.mkdir(parents=True, exist_ok=True)
    replace_file(place / "config.json", as_json(head))
    if (plan := run / "plan.json").is_file():  # a fragment stays one
        replace_file(place / plan.name, plan.read_text(encoding="utf-8").strip())
    for name, lines in (("results.jsonl", again), ("differences.jsonl", differences)):
        replace_file(place / name, as_lines(lines))
    replace_file(place / "summary.json", as_json(new))
    return Regraded(place, old, new, differences)


def _reader(row: Row, about: Row, grade: Grader, known: dict[tuple[str, str], Reader]) -> Reader:
    """The grades of a problem, shared by all its runs."""
    key = row["id"], row["gold"]
    if key not in known:
        known[key] = Reader(Example(Problem(row["id"], row["id"], about.get("domain", "math")), row["gold"]), grade)
    return known[key]


def _regraded(row: Row, reader: Reader) -> Row:
    """The line with new grades. A text that was cut off is wrong, by whatever grader."""
    samples = [{**sample, "correct": _right(sample, reader)} for sample in row["samples"]]
    chosen = next((sample for sample in samples if sample["id"] == row["chosen"]), None)
    right = chosen["correct"] if chosen is not None else reader.right(row["answer"])
    return {**row, "correct": right, "samples": samples}


def _right(sample: Row, reader: Reader) -> bool:
    return reader.grade(Candidate(sample["id"], "", sample["answer"], finish=sample["finish"]))


def _differences(pairs: list[tuple[Row, Row]]) -> Iterator[Row]:
    for old, new in pairs:
        if old["correct"] != new["correct"]:
            told = {name: new[name] for name in ("cell", "id", "repeat", "gold", "answer")}
            yield {**told, "was": old["correct"], "now": new["correct"]}


def _pooled(pool: Pool, ids: set[Any], grade: Grader) -> dict[str, Sampled]:
    return pool_samples(pool, [example for example in pool.examples if example.problem.id in ids], grade)
