"""What the samples of many problems say together of their workloads."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean

from ttc.forecast.workload import ALPHA, PRIOR_SIGMA, PRIOR_WEIGHT, Unit, Workload, scatter

NOVELTIES = tuple(0.01 * 1.25**k for k in range(32))


def learnt(workloads: Sequence[Workload]) -> list[Workload]:
    """The workloads of many problems with what their samples show together, since a few samples of one problem tell
    little: how far lengths scatter (`spread`), and how often an answer is a new one (`novelty`)."""
    seen = [scatter(w.lengths) for w in workloads]
    squares, freedom = (sum(column) for column in zip(*seen, strict=True))
    spread = math.sqrt((squares + PRIOR_WEIGHT * PRIOR_SIGMA**2) / (freedom + PRIOR_WEIGHT))
    novelty = max(NOVELTIES, key=lambda alpha: _ewens([w.answers for w in workloads], alpha))
    return [replace(w, spread=spread, novelty=novelty) for w in workloads]


def _ewens(problems: Sequence[Sequence[int]], alpha: float) -> float:
    """The log-likelihood of the urn's weight for new answers (Ewens 1972): k answers in n samples have it in
    alpha^k / (alpha·(alpha + 1)···(alpha + n - 1)). The prior is lognormal around ALPHA, with sigma 1."""
    likelihood = -(math.log(alpha / ALPHA) ** 2) / 2
    for counts in problems:
        likelihood += len(counts) * math.log(alpha) + math.lgamma(alpha) - math.lgamma(alpha + sum(counts))
    return likelihood


def merged(workloads: Sequence[Workload]) -> Workload:
    """One workload for many problems: all their lengths, mean sizes, and no answers (they differ by problem)."""
    first = workloads[0]
    return replace(
        first,
        prompt=fmean(w.prompt for w in workloads),
        lengths=tuple(length for w in workloads for length in w.lengths),
        steps=fmean(w.steps for w in workloads),
        step_counts=tuple(count for w in workloads for count in w.step_counts),
        step_sigma=fmean(w.step_sigma for w in workloads),
        review=fmean(w.review for w in workloads),
        frame=fmean(w.frame for w in workloads),
        check=_mean_unit([w.check for w in workloads]),
        compare=_mean_unit([w.compare for w in workloads]),
        uncertainty=tuple(row for w in workloads for row in w.uncertainty),
        common=tuple(tokens for w in workloads for tokens in w.common),
        answers=(),
        silent=0,
    )


def _mean_unit(units: Sequence[Unit]) -> Unit:
    calls, prompt, output = (fmean(getattr(unit, name) for unit in units) for name in ("calls", "prompt", "output"))
    return Unit(calls, prompt, output, units[0].by_step)
