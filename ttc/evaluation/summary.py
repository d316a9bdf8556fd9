"""From finished runs to the numbers that are published: summary.json."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from itertools import combinations
from statistics import fmean
from typing import Any

import numpy as np

from ttc.core.trace import plain
from ttc.evaluation import sampled
from ttc.evaluation.metrics import Difference, Estimate, difference, estimate, holm, proportion
from ttc.evaluation.runs import CURRENCIES, Run, by_cell, paired, per_problem, problem_set, uniform_size
from ttc.evaluation.sampled import Sampled, together

Row = dict[str, Any]

BINS = 10


def summarise(
    runs: Sequence[Run], about: Mapping[str, Any], pool: Mapping[str, Sampled] | None = None, seed: int = 0
) -> Row:
    """All metrics of an evaluation as plain values.

    `about` (versions, configuration and its hash) is carried along. `pool` holds all samples of each problem where
    the runs were made on a pool. Else the metrics of samples come from the cell that drew most, if it drew uniformly.
    """
    cells = by_cell(runs)
    tables = [_cell(name, own, seed) for name, own in cells.items()]
    samples = pool or _widest(cells)
    curve = uniform_curve(samples) if samples else []
    drawn = problem_set(samples)
    for table in tables:  # the curve says nothing of other problems
        table["gain_at_equal_cost"] = _gain(table, curve) if table["problem_set"] == drawn else None
    comparisons = compare(cells, seed)
    found = {
        "n_problems": len({run.id for run in runs}), "n_runs": len(runs),
        "n_samples": sum(run.samples.n for run in runs), "cells": tables,
        "samples": sample_metrics(samples, seed) if samples else {}, "uniform": curve, "uniform_problem_set": drawn,
        "comparisons": [{"first": a, "second": b, **asdict(gap)} for a, b, gap in comparisons],
        "metrics": _flat(tables, about),
    }  # fmt: skip
    return dict(plain({**about, **found}))


def warnings_of(summary: Row) -> list[str]:
    """What a reader should know: runs that are missing, that lacked samples, that the server refused."""
    short = sum(cell["pool_exhausted"] for cell in summary["cells"])
    errors = sum(cell["stopped"].get("error", 0) for cell in summary["cells"])
    told = {"asked for more samples than the pool holds": short}
    told["were refused by the server and count as wrong"] = errors
    said = Counter[str]()
    for cell in summary["cells"]:
        said.update(cell.get("warnings", {}))
    sets = len({cell["problem_set"] for cell in summary["cells"]})
    apart = [f"the cells were run on {sets} different sets of problems, which are plotted apart"] if sets > 1 else []
    counted = [f"{count} runs {what}" for what, count in told.items() if count]
    return [*summary.get("fragments", []), *counted, *(f"{n} runs: {w}" for w, n in said.items()), *apart]


def _kind(warning: str) -> str:
    """A warning of a run without its numbers, so that equal ones can be counted."""
    return re.sub(r"\b(none|\d+) of \d+\b", lambda found: f"{'none' if found[1] == 'none' else 'few'} of the", warning)


def compare(cells: Mapping[str, Sequence[Run]], seed: int = 0) -> list[tuple[str, str, Difference]]:
    """Paired differences of accuracy of all pairs of cells, p-values corrected by Holm for all of them together."""
    accuracy = {name: per_problem(own, lambda run: run.correct) for name, own in cells.items()}
    pairs = list(combinations(cells, 2))
    gaps = [difference(*paired(accuracy[a], accuracy[b]), seed) for a, b in pairs]
    corrected = holm([gap.p for gap in gaps])
    return [(a, b, replace(gap, p_holm=p)) for (a, b), gap, p in zip(pairs, gaps, corrected, strict=True)]


def sample_metrics(problems: Mapping[str, Sampled], seed: int = 0) -> dict[str, Row]:
    """avg@n, coverage, and pass@k, maj@k, G-Pass@k and best-of-k along the ladder, each with its interval.

    k goes up to the smallest number of samples that any problem has.
    """
    n = min(samples.n for samples in problems.values())
    ladder = sampled.ladder(n)
    found: dict[str, Row] = {f"avg@{n}": _over(problems, sampled.average)}
    votes = {name: sampled.majority(samples, ladder, seed) for name, samples in problems.items()}
    for place, k in enumerate(ladder):
        found[f"pass@{k}"] = _over(problems, partial(sampled.passing, k=k))
        found[f"maj@{k}"] = asdict(proportion([curve[place] for curve in votes.values()], n))
    found["coverage"] = _over(problems, lambda s: float(any(s.right)))
    for share in (0.5, 1.0):
        found[f"g-pass@{n} ({share:g})"] = _over(problems, partial(sampled.steadily_passing, k=n, share=share))
    if all(s.scores and not all(map(math.isnan, s.scores)) for s in problems.values()):
        for k in ladder:
            found[f"best-of-{k}"] = _over(problems, partial(sampled.best_scored, k=k))
    return found


def uniform_curve(problems: Mapping[str, Sampled]) -> list[Row]:
    """Plain self-consistency with every k: mean output tokens, accuracy and coverage. What adaptive rules must beat."""
    ladder = sampled.ladder(min(samples.n for samples in problems.values()))
    votes = np.array([sampled.majority(samples, ladder) for samples in problems.values()]).mean(axis=0)
    tokens = float(np.mean([np.mean(samples.tokens) for samples in problems.values()]))
    covered = [float(np.mean([sampled.passing(s, k) for s in problems.values()])) for k in ladder]
    rows = zip(ladder, votes.tolist(), covered, strict=True)
    return [{"n": k, "tokens": k * tokens, "accuracy": vote, "coverage": cover} for k, vote, cover in rows]


def calibration(runs: Sequence[Run]) -> Row:
    """How far confidence is from the share of right answers: ECE and Brier score, and the bins of the diagram."""
    known = [run for run in runs if not math.isnan(run.confidence)]
    bins = []
    for place in range(BINS):
        inside = [r for r in known if place == min(int(r.confidence * BINS), BINS - 1)]
        if inside:
            confidence, right = fmean(run.confidence for run in inside), fmean(run.correct for run in inside)
            bins.append({"low": place / BINS, "n": len(inside), "confidence": confidence, "accuracy": right})
    if not known:
        return {"n": 0, "ece": None, "brier": None, "bins": []}
    ece = sum(b["n"] * abs(b["confidence"] - b["accuracy"]) for b in bins) / len(known)
    brier = float(np.mean([(run.confidence - run.correct) ** 2 for run in known]))
    return {"n": len(known), "ece": ece, "brier": brier, "bins": bins}


def _cell(name: str, runs: Sequence[Run], seed: int) -> Row:
    costs = {currency: _estimate(runs, partial(_spent, currency), seed) for currency in CURRENCIES}
    return {
        "cell": name,
        "problem_set": problem_set(run.id for run in runs),
        "accuracy": _share_right(runs, lambda run: run.correct),
        "coverage": _share_right(runs, lambda run: any(run.samples.right)),
        "samples": _estimate(runs, lambda run: run.samples.n, seed),
        "cost": costs,
        "n_runs": len(runs),
        "stopped": dict(Counter(run.stopped for run in runs)),
        "no_answer": sum(not any(label >= 0 for label in run.samples.labels) for run in runs),
        "truncated": _share(runs),
        "pool_exhausted": sum(run.exhausted for run in runs),
        "warnings": dict(Counter(_kind(line) for run in runs for line in run.warnings)),
        "by_level": _strata(runs, lambda run: run.level),
        "by_subject": _strata(runs, lambda run: run.subject),
        "calibration": calibration(runs),
    }


def _spent(currency: str, run: Run) -> float:
    return run.cost[currency]


def _share(runs: Sequence[Run]) -> float:
    """The share of samples that gave no vote: cut off, or without an answer."""
    silent = sum(label < 0 for run in runs for label in run.samples.labels)
    return silent / max(1, sum(run.samples.n for run in runs))


def _strata(runs: Sequence[Run], key: Callable[[Run], str]) -> dict[str, Row]:
    names = sorted({key(run) for run in runs} - {""})
    return {name: _share_right([r for r in runs if key(r) == name], lambda run: run.correct) for name in names}


def _share_right(runs: Sequence[Run], value: Callable[[Run], bool]) -> Row:
    """The mean over problems of a share of their repeats, with Wilson's interval."""
    means = per_problem(runs, value)
    return asdict(proportion(list(means.values()), len(runs) / max(1, len(means))))


def _estimate(runs: Sequence[Run], value: Callable[[Run], float], seed: int) -> Row:
    return asdict(estimate(list(per_problem(runs, value).values()), seed))


def _over(problems: Mapping[str, Sampled], value: Callable[[Sampled], float]) -> Row:
    draws = min(samples.n for samples in problems.values())
    return asdict(proportion([value(samples) for samples in problems.values()], draws))


def _widest(cells: Mapping[str, Sequence[Run]]) -> dict[str, Sampled]:
    """The samples of the cell that drew most uniformly, all repeats; {} if every cell stopped as it saw fit."""
    sizes = {name: uniform_size(own) for name, own in cells.items()}
    best = max(sizes, key=lambda name: sizes[name], default="")
    if not best or not sizes[best]:
        return {}
    drawn: dict[str, list[Sampled]] = {}
    for run in sorted(cells[best], key=lambda run: run.repeat):
        if run.samples.n:
            drawn.setdefault(run.id, []).append(run.samples)
    repeats = min(map(len, drawn.values()))  # of a fragment, the repeats that every problem has
    return {name: together(parts[:repeats]) for name, parts in drawn.items()}


def _gain(table: Row, curve: Sequence[Row]) -> float | None:
    """Accuracy above plain self-consistency of the same mean tokens, interpolated in log tokens within its range."""
    tokens = table["cost"]["tokens"]["value"]
    if len(curve) < 2 or not 0 < curve[0]["tokens"] <= tokens <= curve[-1]["tokens"]:
        return None
    at = np.interp(math.log(tokens), [math.log(row["tokens"]) for row in curve], [row["accuracy"] for row in curve])
    return float(table["accuracy"]["value"] - at)


def _flat(tables: Sequence[Row], about: Mapping[str, Any]) -> list[Row]:
    """One row for each metric and cell, in the form that result collections expect."""
    rows = []
    for table in tables:
        named: dict[str, Row] = {"accuracy": table["accuracy"], "coverage": table["coverage"], **table["cost"]}
        for metric, value in named.items():
            found = Estimate(**value)
            if found.n:
                rows.append(
                    {
                        "metric": metric, "cell": table["cell"], "value": found.value, "se": found.se,
                        "ci": [found.low, found.high], "n_problems": found.n,
                        "n_samples": table["samples"]["value"], "config_hash": about.get("config_hash"),
                    }
                )  # fmt: skip
    return rows
