"""The forecast of a strategy that has none of its own: it is run on the simulated model, and what happened is averaged.

The model answers as the samples of the workload did, at their lengths. Verdicts and comparisons are drawn by the laws
of the simulated model and cost what the workload says. Not followed: texts that are written from earlier ones are new
draws unless their prompt is `ttc.prompts.REFINE`, and log-probabilities are the simulated model's own.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random
from statistics import fmean

from ttc.api import Solver
from ttc.core.domains import messages_of
from ttc.core.strategy import Strategy
from ttc.forecast.growth import step_checks
from ttc.forecast.stages import Prediction, Stage, comparisons
from ttc.forecast.workload import Workload
from ttc.plan.workload_model import Call, WorkloadModel
from ttc.types import Problem, Sampling

RUNS = 8
"""Simulated runs for a forecast."""
SEED = 20260201


class NoForecast(ValueError):
    """The strategy could not be run on the simulated model."""


def forecast_by_trial(strategy: Strategy, workload: Workload) -> Prediction:
    """What the strategy needs on average, by `RUNS` runs on the simulated model. Raises NoForecast if one fails."""
    with ThreadPoolExecutor(1) as pool:  # a loop of its own: the caller may be inside one
        runs = [pool.submit(asyncio.run, _run(strategy, workload, number)).result() for number in range(RUNS)]
    keys = sorted({key for run in runs for key in run})
    stages = tuple(_mean([run[key] for run in runs if key in run]) for key in keys)
    return Prediction(stages, workload.cached, workload.shared, (f"simulated: the mean of {RUNS} runs",))


async def _run(strategy: Strategy, w: Workload, number: int) -> dict[tuple[int, str], Stage]:
    """(wave, kind of call) -> what one run asked for there."""
    model, sampling = WorkloadModel.of(w, Random(SEED + number)), Sampling(max_tokens=w.max_tokens)
    base = model.tokens_of(messages_of(Problem("Problem"), sampling))
    problem = Problem("Problem" + " so" * max(0, round(w.prompt) - base))
    verifier, judge = model if w.has_verifier else None, model if w.has_judge else None
    try:
        solver = Solver(strategy, backend=model, sampling=sampling, verifier=verifier, judge=judge, seed=number)
        result = await solver.solve(problem)
    except Exception as error:
        raise NoForecast(f"no forecast: the strategy failed on the simulated model: {error}") from error
    spent = {str(event.data["key"]): event.data for event in result.trace.named("ask")}
    waves: dict[tuple[int, str], list[Call]] = defaultdict(list)
    for call in model.calls:
        data = spent[call.key]
        if data["calls"]:  # it left before it was cancelled
            outputs = call.outputs or [data["output_tokens"] / call.n] * call.n
            waves[call.wave, call.kind].append(replace(call, prompt=data["prompt_tokens"], outputs=outputs))
    stages = {key: _stage(calls, w) for key, calls in waves.items()}
    for wave, steps in model.checked.items():
        stages[wave, "verify"] = step_checks(w, len(steps), round(fmean(steps)))[0]
    for wave, firsts in model.compared.items():
        stages[wave, "judge"] = comparisons(w, len(firsts), repeats=len(firsts) / len(set(firsts)))[0]
    return stages


def _stage(calls: Sequence[Call], w: Workload) -> Stage:
    """Calls of one kind that went out together; all prompts begin with the problem, which the first of them reads."""
    outputs = [tokens for call in calls for tokens in call.outputs]
    requests = float(sum(1 if w.fan_out else call.n for call in calls))
    prompt, first = sum(call.prompt for call in calls) / requests, calls[0].wave == 0
    cached = min(prompt, w.prompt) * (1 - first / requests)
    if calls[0].continues:
        cached = prompt
    square = fmean(tokens**2 for tokens in outputs)
    return Stage(
        calls[0].kind, len(outputs), fmean(outputs), prompt, requests, cached, float(not first),
        longest=max(outputs), square=square,
    )  # fmt: skip


def _mean(stages: Sequence[Stage]) -> Stage:
    """The average of one stage over the runs in which it took place."""

    def of(name: str, weight: str = "") -> float:
        weights = [float(getattr(stage, weight)) if weight else 1.0 for stage in stages]
        total = sum(float(getattr(s, name)) * x for s, x in zip(stages, weights, strict=True))
        return total / (sum(weights) or 1.0)

    return Stage(
        stages[0].kind, of("calls"), of("output", "calls"), of("prompt", "requests"), of("requests"),
        of("cached", "requests"), of("known"), longest=of("longest"), square=of("output_square", "calls"),
        chance=len(stages) / RUNS,
    )  # fmt: skip
