"""What `ttc plan` collects before it can tell: lengths from a probe, times and prices from profiles, the shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ttc.api import Solver
from ttc.auto.prior import ValueProfile, shipped_profile
from ttc.backends.base import TokenPrices
from ttc.plan import FREE, Costing, Unit, Workload
from ttc.plan.costs import RooflineTiming
from ttc.plan.probe import Probe, workload_of
from ttc.plan.table import Row, Situation, best_row, rows_of
from ttc.prices.calibration import ServerProfile
from ttc.prices.call_cost import CostModel
from ttc.prices.configs import from_config, from_gguf
from ttc.prices.hardware import hardware
from ttc.prices.models import find_shape
from ttc.prices.roofline import Roofline
from ttc.registry import nearest, split
from ttc.strategies import STRATEGIES, make_strategy
from ttc.verifiers import JUDGES, VERIFIERS

if TYPE_CHECKING:
    from ttc.auto.prior import ValueProfile
    from ttc.budget.budget import Budget
    from ttc.prices.calibration import ServerProfile
    from ttc.prices.shapes import ModelShape
    from ttc.types import Problem, Sampling

CHARACTERS = 3.5
"""Characters of a token where no server counts them (English text)."""
STEP = 64
"""Tokens of a step where none was seen."""
WITHOUT_CALLS = ("agreement", "confidence", "exact", "execute")
"""Verifiers that ask no model."""
MFU, MBU = 0.5, 0.8
"""Shares of the peak that a roofline without a calibration assumes."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """The options of `ttc plan`."""

    problem: Problem
    budget: Budget
    sampling: Sampling
    source: tuple[str | None, dict[str, Any]]
    model: str | None
    gguf: str | None
    config: Path | None
    verifier: str | None
    judge: str | None
    strategies: Sequence[str] | None
    probe: int
    length: float | None
    profile: Path | None
    values: Path | None
    hardware: str | None
    batch: float | None
    prices: tuple[float | None, float | None]
    usd_per_hour: float | None
    seed: int

    def __post_init__(self) -> None:
        for what, spec, known in (("verifier", self.verifier, VERIFIERS), ("judge", self.judge, JUDGES)):
            if spec is not None and split(spec)[0] not in known:
                raise ValueError(f"unknown {what} {split(spec)[0]!r}; {nearest(split(spec)[0], known)}")
        for name in ("length", "batch"):
            value = getattr(self, name)
            if value is not None and not 0 < value < math.inf:
                raise ValueError(f"--{name} is {value:g}; it must be a positive number")
        if self.length is not None and self.length < 1:
            raise ValueError(f"--length is {self.length:g}; a solution has at least 1 token")


async def planned(wish: Wish) -> tuple[list[Row], list[str], Row | None]:
    """The rows, what was assumed, and the best row."""
    names = list(wish.strategies or STRATEGIES)
    for name in names:
        if name not in STRATEGIES:
            raise ValueError(f"unknown strategy {name!r}; {nearest(name, STRATEGIES)}")
    server = None if wish.profile is None else ServerProfile.load(wish.profile)
    values = ValueProfile.load(wish.values) if wish.values else shipped_profile()
    notes: list[str] = []
    if wish.probe:
        workload, shape = await _probed(wish, server, notes)
        workload = replace(workload, spread=values.lengths.within)
    else:
        workload, shape = _assumed(wish, values, server, notes), _shape(wish)
    costing = _costing(wish, server, shape, notes)
    notes.append(f"P(right): value profile {values.name!r}" + _shipped(wish, values))
    notes.append("costs are means: a run may take more, and stops at the budget; - = not known")
    situation = Situation(workload, costing, wish.budget, values, wish.verifier, wish.judge)
    access = {name: str(getattr(STRATEGIES[name], "access", "")) for name in names}
    rows = rows_of(names, access, make_strategy, situation)
    return rows, notes, best_row(rows)


def _shipped(wish: Wish, values: ValueProfile) -> str:
    if wish.values:
        return f" ({values.problems} problems)"
    return f" that ships with ttc ({values.problems} problems, another model: a guess; ttc fit makes your own)"


async def _probed(wish: Wish, server: ServerProfile | None, notes: list[str]) -> tuple[Workload, ModelShape | None]:
    """The workload by a few samples, and the shape of the model that drew them."""
    spec, options = wish.source
    solver = Solver(
        Probe(wish.probe), backend=spec, verifier=wish.verifier, judge=wish.judge, sampling=wish.sampling,
        seed=wish.seed, **options,
    )  # fmt: skip
    async with solver:
        backend = await solver.open()
        result = await solver.solve(wish.problem)
        able = backend.capabilities.fan_out
        cached, shared = (None, None) if server is None else (server.cached, server.shared)
        workload = workload_of(result, wish.sampling.max_tokens, fan_out=able, cached=cached, shared=shared)
        shape = getattr(backend.pricing, "shape", None)
    cost = result.cost
    notes.append(
        f"lengths: {workload.source}, mean {workload.mean:.0f} tokens; the probe cost {cost.output_tokens} tokens in "
        f"{cost.calls} calls, {cost.seconds:.1f} s"
    )
    return replace(workload, fan_out=able and _in_one_request(wish.budget)), shape or _shape(wish)


def _in_one_request(budget: Budget) -> bool:
    """Whether n samples go out as one request: not where one of them may have to stop alone (`Door.may_share`)."""
    return budget.seconds is None and budget.usd is None and budget.eflops is None


def _assumed(wish: Wish, values: ValueProfile, server: ServerProfile | None, notes: list[str]) -> Workload:
    """The workload without a model at hand: the length as given, or the value profile's."""
    law = values.lengths
    mean = wish.length or math.exp(law.log_mean + (law.between**2 + law.within**2) / 2)
    spread = [mean * math.exp(z * law.within - law.within**2 / 2) for z in (-1.15, -0.32, 0.32, 1.15)]
    prompt = 10 + len(wish.problem.text) / CHARACTERS
    where = "as given" if wish.length else f"of the value profile {values.name!r}"
    notes.append(f"lengths: {mean:.0f} tokens {where}; prompt: {prompt:.0f} tokens by its characters; no probe")
    lengths = tuple(max(1, round(tokens)) for tokens in spread)
    steps = max(2.0, mean / STEP)
    check, known = FREE, (wish.verifier or "").partition(":")[0]
    if wish.verifier is not None and known not in WITHOUT_CALLS:
        notes.append("the verifier is taken to reply with one token" + (" to each step" if known == "prm" else ""))
        check = Unit(1, prompt + mean, 1)
        if known == "prm":
            check = Unit(steps, steps * (prompt + mean / 2), steps, by_step=True)
    return Workload(
        prompt,
        lengths,
        wish.sampling.max_tokens,
        steps=steps,
        check=check,
        has_verifier=wish.verifier is not None,
        fan_out=_in_one_request(wish.budget),
        cached=1.0 if server is None else server.cached,
        shared=1.0 if server is None else server.shared,
        source=where,
    )


def _shape(wish: Wish) -> ModelShape | None:
    """The model's shape by its config.json, its GGUF or its name; None if neither is known."""
    if wish.config is not None:
        return from_config(wish.config)
    if wish.gguf is not None:
        return from_gguf(wish.gguf)
    return None if wish.model is None else find_shape(wish.model)


def _costing(wish: Wish, server: ServerProfile | None, shape: ModelShape | None, notes: list[str]) -> Costing:
    """Times and prices, with what they assume."""
    device = hardware(wish.hardware or "H100")
    price_in, price_out = wish.prices
    if (price_in is None) != (price_out is None):
        raise ValueError("--price-in and --price-out go together; give both, or neither")
    timing: Any = server
    slots, capacity = (math.inf, math.inf) if server is None else server.limits
    if server is not None:
        note = f"seconds: measured profile of {server.url} ({server.date}), an otherwise idle server"
        notes.append(note if server.trusted else note + "; its laws err by more than 15 %")
    elif shape is not None and wish.hardware is not None:
        roofline = Roofline(shape, device, mfu=MFU, mbu=MBU, prefill_mfu=MFU)
        timing, capacity = RooflineTiming(roofline), roofline.kv_capacity() or math.inf
        notes.append(f"seconds: roofline of one {device.name}, {MFU:.0%} of its FLOP/s, {MBU:.0%} of its bandwidth")
        if not roofline.kv_capacity():
            size = f"{shape.memory_bytes / 1e9:.0f} of {device.memory / 1e9:.0f} GB"
            notes.append(
                f"seconds: the weights of {shape.name} do not fit on one {device.name} ({size}): no such server"
            )
    else:
        notes.append("seconds: unknown; give --profile FILE (ttc calibrate) or --hardware with a known model")
    if shape is not None:
        weights = "weights read for free (a busy server)" if wish.batch is None else f"weights read by {wish.batch:g}"
        notes.append(f"eFLOPs: {shape.name} at the intensity of {device.name} in bf16; {weights}")
    prices = None if price_in is None else TokenPrices(price_in, price_out)
    model = None if shape is None else CostModel(shape, device.intensity(), batch=wish.batch)
    return Costing(timing, model, prices, wish.usd_per_hour, slots, capacity)
