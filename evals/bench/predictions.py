"""Predicted against metered costs of (strategy, budget) points on any backend: tokens and, calibrated, seconds.

    python -m evals.bench.predictions                                        # the laboratory model
    python -m evals.bench.predictions --name vllm_predictions --base-url http://localhost:8000/v1 --set math500 \
        --data math500.jsonl --budgets 1500,3000 --minutes 0.75 --seconds 320

First the server is calibrated (or --calibration is read), then every problem is probed with a few samples. A point
takes the largest setting of its strategy that the budget buys by the mean of the probes; it is predicted for each
problem from its own probe, and then run with other seeds, one problem after the other on the idle server. The run is
not cut at the budget, so that an error of the prediction shows. Errors of a point are of its means over the problems.

Every point is stored when it is done; the same command goes on where it was cut off (--fresh starts again). The first
pass takes every strategy once, at alternating budgets. A point that will not be done within --seconds is left out.
"""

import argparse
import asyncio
import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean

import ttc
from evals.bench.prediction_store import Point, Store
from evals.bench.workloads import learnt, merged
from ttc.answers.symbolic import SYMBOLIC
from ttc.backends.base import Backend
from ttc.connect import connect
from ttc.evaluation.examples import load_examples
from ttc.measure.calibrate import Calibration
from ttc.measure.server_metrics import read_limits
from ttc.plan import FREE, Costing, Costs, Unit, Workload, costs_of, predict
from ttc.plan.probe import Probe, workload_of
from ttc.plan.table import EXTRA, SIZES
from ttc.prices.calibration import LEAST_POINTS, ServerCalibration
from ttc.strategies import make_strategy
from ttc.types import Event, Problem, Sampling

POINTS = (  # strategy, verifier, judge
    ("self_consistency", None, None),
    ("tournament", None, "pairwise"),
    ("short_m", None, None),
    ("best_of_n", "self_verify", None),
    ("beam", "prm", None),
    ("rsa", None, None),
    ("semantic_entropy", None, None),
    ("league", None, "pairwise"),
    ("self_evolution", None, None),
    ("shortest_majority", None, None),
    ("st_bon_text", None, None),
    ("particle_filter", "prm", None),
)
KNOBS = {"rsa": {"loops": 2}, "self_evolution": {"rounds": 1}, **EXTRA}
GRACE = 1.2
"""How far a run may pass --seconds before it is ended in the middle of a point."""


async def calibrated(backend: Backend, url: str, seconds: float) -> ServerCalibration:
    """The calibration of the server, measured now."""
    limits = await read_limits(url)
    measuring = Calibration(backend, seconds, print_step, largest_batch=(limits.slots or 1 << 30) + 1)
    await measuring.run()
    found = measuring.fitted(url, limits.kv_capacity, limits.slots)
    if found.decode is None or found.prefill is None:
        raise SystemExit(
            f"{len(found.decode_points)} decode and {len(found.prefill_points)} prefill points in {seconds:.0f} s "
            f"are too few, {LEAST_POINTS} of each are needed: raise --minutes"
        )
    return found


def print_step(what: str, share: float) -> None:
    print(f"  {share:4.0%} {what}", flush=True)


async def probed(backend: Backend, problems: Sequence[Problem], sampling: Sampling, samples: int) -> list[dict]:
    """What a few samples say of each problem, for runs with no verifier (None) and with each; all at once."""

    async def one(problem: Problem, probe: Probe, verifier: str, judge: str | None) -> Workload:
        async with ttc.Solver(
            probe, backend=backend, sampling=sampling, seed=10_007, verifier=verifier, judge=judge
        ) as solver:
            result = await solver.solve(problem)
        return workload_of(result, sampling.max_tokens, fan_out=backend.capabilities.fan_out)

    whole = learnt(await asyncio.gather(*(one(p, Probe(samples), "self_verify", "pairwise") for p in problems)))
    steps = await asyncio.gather(*(one(p, Probe(2, critique=False), "prm", None) for p in problems))
    return [
        {
            None: replace(w, check=FREE, has_verifier=False),
            "self_verify": w,
            "prm": replace(w, check=scaled(s.check, w)),
        }
        for w, s in zip(whole, steps, strict=True)
    ]


def scaled(check: Unit, w: Workload) -> Unit:
    """The check of a solution by steps, for a solution with as many steps as those of the workload have."""
    share = w.steps / check.calls if check.by_step else 1.0
    return Unit(share * check.calls, share * check.prompt, share * check.output, check.by_step)


def largest(strategy: str, budget: int, workload: Workload) -> dict:
    """The knobs of the largest n whose predicted tokens the budget buys; the smallest n where none does."""
    knobs: list[dict] = []
    for n in SIZES:
        try:
            candidate = {**KNOBS.get(strategy, {}), "n": n}
            made = make_strategy(strategy, candidate)
        except ValueError:
            continue
        if not knobs or predict(made, workload).output_tokens <= budget:
            knobs.append(candidate)
    return knobs[-1]


def planned(budgets: Sequence[int]) -> Iterator[tuple[str, str | None, str | None, int]]:
    """All points: in each pass every strategy once, the budgets in turn."""
    for shift in range(len(budgets)):
        for number, point in enumerate(POINTS):
            yield *point, budgets[(number + shift) % len(budgets)]


def predicted(name: str, knobs: dict, workloads: Sequence[Workload], calibration: ServerCalibration) -> list[Costs]:
    """The costs of a point for each problem."""
    slots, capacity = calibration.limits
    costing = Costing(timing=calibration, slots=slots, kv_capacity=capacity)
    strategy = make_strategy(name, knobs)
    known = [replace(w, cached=calibration.cached, shared=calibration.shared) for w in workloads]
    return [costs_of(predict(strategy, w), costing) for w in known]


async def measured(
    backend: Backend, name: str, budget: int, knobs: dict, costs: Sequence[Costs], problems: Sequence[Problem],
    sampling: Sampling, **kinds: str | None,
) -> Point:  # fmt: skip
    """Run a predicted point on all problems."""
    async with ttc.Solver(make_strategy(name, knobs), backend=backend, sampling=sampling, seed=1, **kinds) as solver:
        results = [await solver.solve(problem) for problem in problems]
    return Point(
        name,
        budget,
        knobs,
        tuple(cost.tokens for cost in costs),
        tuple(result.cost.output_tokens for result in results),
        tuple(cost.seconds or 0.0 for cost in costs),
        tuple(result.cost.seconds for result in results),
        tuple(result.cost.seconds - busy(result.trace.events) for result in results),
    )


def busy(events: Sequence[Event]) -> float:
    """Seconds in which at least one call was under way; in the rest ttc itself works (it compares answers, mostly)."""
    asks = sorted((event.at - event.data["seconds"], event.at) for event in events if event.name == "ask")
    total, until = 0.0, float("-inf")
    for start, end in asks:
        total += max(0.0, end - max(start, until))
        until = max(until, end)
    return total


async def run(options: argparse.Namespace, backend: Backend, store: Store) -> None:
    """Calibrate, probe, and measure point after point while there is time."""
    started = time.monotonic()
    url = options.base_url or getattr(backend, "url", "")
    if store.calibration is None:
        given = ServerCalibration.load(options.calibration) if options.calibration else None
        store.calibration = given or await calibrated(backend, url, options.minutes * 60)
        store.write()
    examples = load_examples(options.set, data=options.data, limit=options.problems)
    problems = [example.problem for example in examples]
    sampling = Sampling(max_tokens=options.max_tokens)
    probes = await probed(backend, problems, sampling, options.probe)
    await asyncio.to_thread(SYMBOLIC.compare, "x", "y")  # the process that compares formulas takes seconds to start
    for name, verifier, judge, budget in planned(options.budgets):
        workloads = [probe[verifier] for probe in probes]
        knobs = largest(name, budget, merged(workloads))
        if store.has(name, knobs):
            continue
        costs = predicted(name, knobs, workloads, store.calibration)
        need = len(problems) * fmean(cost.seconds or 0.0 for cost in costs)
        if time.monotonic() - started + need > options.seconds:
            print(f"{name} {knobs}: left out, it would take {need:.0f} s", flush=True)
            continue
        kinds = {"verifier": verifier, "judge": judge}
        point = await measured(backend, name, budget, knobs, costs, problems, sampling, **kinds)
        store.add(point)
        print(f"{name} {knobs}: tokens {point.token_error:+.1%}, seconds {point.second_error:+.1%}", flush=True)


async def main(options: argparse.Namespace) -> None:
    spec = options.base_url and (f"{options.base_url}#{options.model}" if options.model else options.base_url)
    backend = await connect(spec or options.gguf)
    try:
        settings = {
            "model": backend.model,
            "server": options.base_url or "llama.cpp in this process",
            "problems": f"{options.problems} of {options.set}, {options.probe} probe samples each",
            "max tokens": str(options.max_tokens),
        }
        store = Store(options.out, options.name, settings, fresh=options.fresh)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GRACE * options.seconds):
                await run(options, backend, store)
        print(store.medians())
    finally:
        await backend.aclose()


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base-url")
    parser.add_argument("--model")
    parser.add_argument("--gguf")
    parser.add_argument("--calibration", "--profile", type=Path, help="of ttc calibrate; measured now without it")
    parser.add_argument("--minutes", type=float, default=1.0, help="of calibration")
    parser.add_argument("--seconds", type=float, default=350.0, help="that all may take, calibration included")
    parser.add_argument("--set", default="lab:test")
    parser.add_argument("--data")
    parser.add_argument("--problems", type=int, default=8)
    parser.add_argument("--probe", type=int, default=8)
    parser.add_argument("--max-tokens", type=int, default=512)
    parser.add_argument("--budgets", type=lambda text: [int(part) for part in text.split(",")], default=[600, 1200])
    parser.add_argument("--out", type=Path, default=Path(__file__).parent.parent / "results")
    parser.add_argument("--name", default="predictions", help="of the two files in --out")
    parser.add_argument("--fresh", action="store_true", help="measure again what is stored")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main(parsed()))
