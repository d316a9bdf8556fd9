"""Predicted against metered costs of (strategy, budget) points on any backend: tokens and, calibrated, seconds.

    python evals/bench/predictions.py                                        # the laboratory model
    python evals/bench/predictions.py --base-url http://localhost:8000/v1 --set math500 --data math500.jsonl \
        --problems 20 --budgets 8000,32000 --max-tokens 2048

First the server is calibrated (or --profile is read), then every problem is probed with a few samples. A point takes
the largest setting of its strategy that the budget buys by the mean of the probes; it is predicted for each problem
from the problem's own probe, and then run with other seeds, one problem after the other on the idle server. The run is
not cut at the budget, so that an error of the prediction shows. Errors of a point are of its means over the problems.
"""

import argparse
import asyncio
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean, median

import ttc
from ttc.backends.base import Backend
from ttc.budget.predict import Costing, Workload, costs_of, merged, predict
from ttc.budget.predict.choose import EXTRA, SIZES
from ttc.budget.profile import ServerProfile
from ttc.cli.calibrate import profile_of
from ttc.connect import connect
from ttc.evaluation.examples import load_examples
from ttc.measure.metrics import read_limits
from ttc.measure.probe import Probe, workload_of
from ttc.measure.server import Calibration
from ttc.strategies import make_strategy
from ttc.types import Problem, Sampling

POINTS = (  # strategy, verifier, judge
    ("self_consistency", None, None),
    ("semantic_entropy", None, None),
    ("short_m", None, None),
    ("best_of_n", "self_verify", None),
    ("tournament", None, "pairwise"),
    ("league", None, "pairwise"),
    ("rsa", None, None),
    ("self_evolution", None, None),
    ("beam", "prm", None),
    ("particle_filter", "prm", None),
    ("st_bon_text", None, None),
)
KNOBS = {"rsa": {"loops": 3}, "self_evolution": {"rounds": 2}, **EXTRA}
RESULTS = Path(__file__).parent.parent / "results"


@dataclass(frozen=True)
class Point:
    """One strategy at one budget; tokens and seconds are means over the problems."""

    strategy: str
    budget: int
    knobs: dict
    predicted_tokens: float
    metered_tokens: float
    predicted_seconds: float
    metered_seconds: float
    problem_errors: tuple[float, ...]  # of tokens, each problem

    @property
    def token_error(self) -> float:
        return self.predicted_tokens / self.metered_tokens - 1

    @property
    def second_error(self) -> float:
        return self.predicted_seconds / self.metered_seconds - 1


async def calibrated(backend: Backend, url: str, seconds: float) -> ServerProfile:
    """The profile of the server, measured now."""
    limits = await read_limits(url)
    calibration = Calibration(backend, seconds, print_step, largest_batch=(limits.slots or 1 << 30) + 1)
    await calibration.run()
    return profile_of(calibration, url, limits.kv_capacity, limits.slots)


def print_step(what: str, share: float) -> None:
    print(f"  {share:4.0%} {what}", flush=True)


async def probed(
    backend: Backend, problems: Sequence[Problem], sampling: Sampling, samples: int, profile: ServerProfile, **kinds
) -> list[Workload]:
    """What a few samples say of each problem."""
    fan_out = backend.capabilities.fan_out
    async with ttc.Solver(Probe(samples), backend=backend, sampling=sampling, seed=10_007, **kinds) as solver:
        results = [await solver.solve(problem) for problem in problems]
    return [workload_of(r, sampling.max_tokens, fan_out=fan_out, cached=profile.cached) for r in results]


def largest(strategy: str, budget: int, workload: Workload) -> dict:
    """The knobs of the largest n whose predicted tokens the budget buys; the smallest n where none does."""
    knobs = []
    for n in SIZES:
        try:
            candidate = {**KNOBS.get(strategy, {}), "n": n}
            made = make_strategy(strategy, candidate)
        except ValueError:
            continue
        if not knobs or predict(strategy, made, workload).output_tokens <= budget:
            knobs.append(candidate)
    return knobs[-1]


async def measured(
    backend: Backend,
    point: tuple[str, dict, int],
    problems: Sequence[Problem],
    workloads: Sequence[Workload],
    sampling: Sampling,
    profile: ServerProfile,
    **kinds,
) -> Point:
    """Predict and run one point on all problems."""
    name, knobs, budget = point
    strategy = make_strategy(name, knobs)
    slots, capacity = profile.limits
    costing = Costing(timing=profile, slots=slots, kv_capacity=capacity)
    predicted = [costs_of(predict(name, strategy, w), costing) for w in workloads]
    async with ttc.Solver(strategy, backend=backend, sampling=sampling, seed=1, **kinds) as solver:
        costs = [(await solver.solve(problem)).cost for problem in problems]
    return Point(
        name,
        budget,
        knobs,
        fmean(cost.tokens for cost in predicted),
        fmean(cost.output_tokens for cost in costs),
        fmean(cost.seconds for cost in predicted),
        fmean(cost.seconds for cost in costs),
        tuple(p.tokens / c.output_tokens - 1 for p, c in zip(predicted, costs, strict=True)),
    )


def markdown(points: Sequence[Point], profile: ServerProfile, about: dict) -> str:
    """The table, and the medians of what it shows."""
    lines = ["# Predicted against metered costs", ""]
    lines += [f"{key}: {value}  " for key, value in about.items()]
    decode, prefill = profile.laws.decode, profile.laws.prefill
    a, b, c = decode.coefficients
    lines += [
        "",
        f"Calibration: step = {a:.3g} + {b:.3g}·batch + {c:.3g}·context s, error on held-out points "
        f"{100 * decode.mape:.1f} % ({len(profile.decode_points)} points); prefill {100 * prefill.mape:.1f} % "
        f"({len(profile.prefill_points)} points).",
        "",
        "| strategy | setting | budget | tokens predicted | metered | error | seconds predicted | measured | error |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for p in points:
        knobs = ", ".join(f"{knob}={value}" for knob, value in p.knobs.items())
        tokens = f"{p.predicted_tokens:.0f} | {p.metered_tokens:.0f} | {100 * p.token_error:+.1f} %"
        seconds = f"{p.predicted_seconds:.2f} | {p.metered_seconds:.2f} | {100 * p.second_error:+.1f} %"
        lines.append(f"| {p.strategy} | {knobs} | {p.budget} | {tokens} | {seconds} |")
    lines += ["", *(f"{what}: {100 * value:.1f} %  " for what, value in medians(points).items()), ""]
    return "\n".join(lines)


def medians(points: Sequence[Point]) -> dict[str, float]:
    """Median absolute errors."""
    single = [abs(error) for point in points for error in point.problem_errors]
    return {
        "median error of tokens, points": median(abs(p.token_error) for p in points),
        "median error of tokens, single problems": median(single),
        "median error of seconds, points": median(abs(p.second_error) for p in points),
    }


def store(
    options: argparse.Namespace, backend: Backend, profile: ServerProfile, points: Sequence[Point], problems: int
) -> None:
    """Write what there is, after every point."""
    about = {
        "model": backend.model,
        "server": options.base_url or "llama.cpp in this process",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "problems": f"{problems} of {options.set}, {options.probe} probe samples each",
        "cores and load": f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} from all processes",
    }
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "predictions.md").write_text(markdown(points, profile, about), encoding="utf-8")
    found = {"about": about, "medians": medians(points), "points": [asdict(point) for point in points]}
    found["profile"] = profile.model_dump()
    (options.out / "predictions.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


async def main(options: argparse.Namespace) -> None:
    spec = options.base_url and (f"{options.base_url}#{options.model}" if options.model else options.base_url)
    backend = await connect(spec or options.gguf)
    try:
        url = options.base_url or getattr(backend, "url", "")
        profile = (
            ServerProfile.load(options.profile)
            if options.profile
            else await calibrated(backend, url, options.minutes * 60)
        )
        examples = load_examples(options.set, data=options.data, limit=options.problems)
        problems = [example.problem for example in examples]
        sampling = Sampling(max_tokens=options.max_tokens)
        probes: dict = {}
        points = []
        for name, verifier, judge in POINTS:
            kinds = {"verifier": verifier, "judge": judge}
            key = (verifier, judge)
            if key not in probes:
                probes[key] = await probed(backend, problems, sampling, options.probe, profile, **kinds)
            for budget in options.budgets:
                knobs = largest(name, budget, merged(probes[key]))
                point = await measured(
                    backend, (name, knobs, budget), problems, probes[key], sampling, profile, **kinds
                )
                points.append(point)
                store(options, backend, profile, points, len(problems))
                print(f"{name} {knobs}: tokens {point.token_error:+.1%}, seconds {point.second_error:+.1%}", flush=True)
        print(medians(points))
    finally:
        await backend.aclose()


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base-url")
    parser.add_argument("--model")
    parser.add_argument("--gguf")
    parser.add_argument("--profile", type=Path, help="of ttc calibrate; measured now without it")
    parser.add_argument("--minutes", type=float, default=1.5, help="of calibration")
    parser.add_argument("--set", default="lab:test")
    parser.add_argument("--data")
    parser.add_argument("--problems", type=int, default=6)
    parser.add_argument("--probe", type=int, default=4)
    parser.add_argument("--max-tokens", type=int, default=512)
    parser.add_argument("--budgets", type=lambda text: [int(part) for part in text.split(",")], default=[800, 2400])
    parser.add_argument("--out", type=Path, default=RESULTS)
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main(parsed()))
