"""Predicted seconds against those of runs on a simulated server that was calibrated and probed like a real one."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import cache
from statistics import fmean, median
from typing import Any

import pytest

import ttc
from evals.bench.workloads import learnt
from tests.measure.virtual import TimedBackend, run_virtual
from ttc.measure.calibrate import Calibration
from ttc.plan import Costing, Workload, costs_of, predict
from ttc.plan.probe import Probe, workload_of
from ttc.prices.calibration import ServerCalibration
from ttc.strategies import make_strategy

SERVERS: dict[str, dict[str, Any]] = {
    "gpu": {"a": 0.0025, "b": 2e-5, "c": 1e-8, "e": 0.02, "f": 1e-5, "trip": 0.004, "front": 0.001, "slots": 256},
    "cpu": {"a": 0.002, "b": 0.001, "c": 2e-6, "e": 0.002, "f": 5e-4, "trip": 0.001, "slots": 16, "late": True},
}
PRM = "prm:format=math-shepherd"
POINTS: tuple[tuple[str, dict[str, Any], str | None, str | None], ...] = (
    ("self_consistency", {"n": 8}, None, None),
    ("semantic_entropy", {"n": 8}, None, None),
    ("shortest_majority", {"n": 24}, None, None),
    ("short_m", {"n": 6, "m": 3}, None, None),
    ("best_of_n", {"n": 8}, "self_verify", None),
    ("tournament", {"n": 8, "votes": 4}, None, "pairwise"),
    ("league", {"n": 4}, None, "pairwise"),
    ("rsa", {"n": 4, "loops": 3}, None, None),
    ("self_evolution", {"n": 3, "rounds": 2}, None, None),
    ("beam", {"n": 4}, PRM, None),
    ("particle_filter", {"n": 6}, PRM, None),
    ("st_bon_text", {"n": 6}, None, None),
)
PROBLEMS = [f"What is {i} + 4?" for i in range(12)]
SAMPLING = ttc.Sampling(max_tokens=512)


def backend(server: str) -> TimedBackend:
    return TimedBackend(law=SERVERS[server], gold=lambda problem: "42", p_correct=0.55, tokens=100.0)


@cache
def calibrated(server: str) -> ServerCalibration:
    async def main() -> ServerCalibration:
        model = backend(server)
        await model.prepare()
        slots = SERVERS[server]["slots"]
        calibration = Calibration(model, {"gpu": 5.0, "cpu": 60.0}[server], largest_batch=slots + 1)
        await calibration.run()
        return calibration.fitted("http://host", None, slots)

    return run_virtual(main())


@cache
def probed(server: str, verifier: str | None, judge: str | None) -> list[Workload]:
    profile = calibrated(server)

    async def main() -> list[Workload]:
        options: Any = {"verifier": verifier, "judge": judge, "seed": 7, "sampling": SAMPLING}
        async with ttc.Solver(Probe(8), backend=backend(server), **options) as solver:
            results = [await solver.solve(problem) for problem in PROBLEMS]
        return learnt(
            [
                workload_of(r, SAMPLING.max_tokens, fan_out=True, cached=profile.cached, shared=profile.shared)
                for r in results
            ]
        )

    return run_virtual(main())


@cache
def point(server: str, number: int) -> tuple[float, float]:
    """Predicted and measured seconds of one point, means over the problems."""
    name, knobs, verifier, judge = POINTS[number]
    strategy, profile = make_strategy(name, knobs), calibrated(server)
    costing = Costing(timing=profile, slots=SERVERS[server]["slots"])
    predicted = [costs_of(predict(strategy, w), costing).seconds or 0.0 for w in probed(server, verifier, judge)]

    async def main() -> list[float]:
        options: Any = {"verifier": verifier, "judge": judge, "sampling": SAMPLING}
        model = backend(server)
        async with ttc.Solver(Probe(2), backend=model, **options) as probe:
            for problem in PROBLEMS:
                await probe.solve(problem)  # as before every prediction: the server knows the problem
        async with ttc.Solver(strategy, backend=model, **options) as solver:
            return [await timed(solver, problem) for problem in PROBLEMS]

    return fmean(predicted), fmean(run_virtual(main()))


async def timed(solver: ttc.Solver, problem: str) -> float:
    now = asyncio.get_running_loop().time
    started = now()
    await solver.solve(problem)
    return now() - started


def error(server: str, number: int) -> float:
    predicted, measured = point(server, number)
    return predicted / measured - 1


@pytest.mark.parametrize("number", range(len(POINTS)), ids=[name for name, *_ in POINTS])
@pytest.mark.parametrize("server", sorted(SERVERS))
def test_seconds_are_near_the_measured_ones(server: str, number: int) -> None:
    assert abs(error(server, number)) < 0.25


def test_the_median_error_of_seconds_is_under_ten_percent() -> None:
    errors = [abs(error(server, number)) for server in SERVERS for number in range(len(POINTS))]
    assert len(errors) >= 20
    assert median(errors) < 0.10


def test_what_calls_share_matters() -> None:
    """Judges that are asked together read anew what they share, where the cache learns of it too late."""
    w = probed("cpu", None, "pairwise")[0]
    strategy = make_strategy("tournament", {"n": 8, "votes": 4})
    costing = Costing(timing=calibrated("cpu"), slots=16)
    perfect = replace(w, cached=1.0, shared=1.0)
    real, ideal = (costs_of(predict(strategy, load), costing).seconds or 0.0 for load in (w, perfect))
    assert real > 1.1 * ideal
