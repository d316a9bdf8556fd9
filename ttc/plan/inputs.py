"""What a plan needs before it can tell: lengths from a probe, times from a calibration, prices, the shape."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ttc.api import Solver
from ttc.auto.costs import USUAL
from ttc.backends.base import Backend, TokenPrices
from ttc.belief.lookup import Known
from ttc.budget.budget import Budget
from ttc.core.needs import needs_of
from ttc.plan import FREE, Costing, Unit, Workload
from ttc.plan.costs import RooflineTiming
from ttc.plan.probe import Probe, workload_of
from ttc.plan.table import Row, Situation, best_row, rows_of
from ttc.prices.calibration import ServerCalibration
from ttc.prices.call_cost import CostModel
from ttc.prices.configs import from_config, from_gguf
from ttc.prices.hardware import hardware
from ttc.prices.models import find_shape
from ttc.prices.roofline import Roofline
from ttc.prices.shapes import ModelShape
from ttc.registry import nearest, split
from ttc.strategies import STRATEGIES, make_strategy
from ttc.types import Problem, Sampling
from ttc.values import known_values, read_values
from ttc.verifiers import JUDGES, VERIFIERS

CHARACTERS = 3.5
"""Characters of a token where no server counts them (English text)."""
STEP = 64
"""Tokens of a step where none was seen."""
MFU, MBU = 0.5, 0.8
"""Shares of the peak that a roofline without a calibration assumes."""


@dataclass(frozen=True)
class PlanInputs:
    """What a plan is made of: the problem, the model, the budget, and what is known of times and prices.

    `backend` and `options` are those of `ttc.Solver`, used where `probe` asks for samples. `model` or `gguf` names the
    shape. The metadata "help" are the words of the option of `ttc plan`.
    """

    problem: Problem
    budget: Budget = field(default_factory=Budget)
    sampling: Sampling = field(default_factory=Sampling)
    verifier: str | None = None
    judge: str | None = None
    strategies: Sequence[str] | None = None
    backend: str | Backend | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    model: str | None = None
    gguf: str | None = None
    prices: TokenPrices | None = None
    usd_per_hour: float | None = field(default=None, metadata={"help": "Rent of your own devices."})
    probe: int = field(default=4, metadata={"help": "Samples that are drawn to see lengths; 0 = none."})
    length: float | None = field(default=None, metadata={"help": "Tokens of a solution, without a probe."})
    calibration: Path | None = field(default=None, metadata={"help": "Calibration of the server by ttc calibrate."})
    values: Path | None = field(default=None, metadata={"help": "Value profile of ttc fit."})
    hardware: str | None = field(default=None, metadata={"help": "A100, H100, H200, L40S or B200."})
    config: Path | None = field(default=None, metadata={"help": "The model's config.json, for its shape."})
    batch: float | None = field(default=None, metadata={"help": "Sequences the server runs at once; weights."})
    seed: int = field(default=0, metadata={"help": "Of the probe."})

    def __post_init__(self) -> None:
        for what, spec, known in (("verifier", self.verifier, VERIFIERS), ("judge", self.judge, JUDGES)):
            if spec is not None and split(spec)[0] not in known:
                raise ValueError(f"unknown {what} {split(spec)[0]!r}; {nearest(split(spec)[0], known)}")
        for name in ("length", "batch"):
            value = getattr(self, name)
            if value is not None and not 0 < value < math.inf:
                raise ValueError(f"{name} is {value:g}; it must be a positive number")
        if self.length is not None and self.length < 1:
            raise ValueError(f"length is {self.length:g}; a solution has at least 1 token")


async def make_plan(inputs: PlanInputs) -> tuple[list[Row], list[str], Row | None]:
    """The rows, what was assumed, and the best row."""
    names = list(inputs.strategies or STRATEGIES)
    for name in names:
        if name not in STRATEGIES:
            raise ValueError(f"unknown strategy {name!r}; {nearest(name, STRATEGIES)}")
    server = None if inputs.calibration is None else ServerCalibration.load(inputs.calibration)
    profile, notes = read_values(inputs.values), list[str]()
    if inputs.probe:
        workload, shape, model = await _probed(inputs, server, notes)
    else:
        shape, model = _shape(inputs), inputs.model or ""
    values = known_values(profile, model, inputs.problem.domain)
    if inputs.probe:
        workload = replace(workload, spread=math.sqrt((values.streams[0].lengths or USUAL).noise))
    else:
        workload = _assumed(inputs, values, server, notes)
    costing = _costing(inputs, server, shape, notes)
    notes.append(f"P(right): {values.kind} by the value profile of {values.why} ({values.profile.problems} problems)")
    notes.append("costs are means: a run may take more, and stops at the budget; - = not known")
    situation = Situation(workload, costing, inputs.budget, values, inputs.verifier, inputs.judge)
    rows = rows_of(names, {name: needs_of(STRATEGIES[name]) for name in names}, make_strategy, situation)
    notes += situation.notes
    return rows, notes, best_row(rows)


async def _probed(
    inputs: PlanInputs, server: ServerCalibration | None, notes: list[str]
) -> tuple[Workload, ModelShape | None, str]:
    """The workload by a few samples, and the shape and the name of the model that drew them."""
    solver = Solver(
        Probe(inputs.probe), backend=inputs.backend, verifier=inputs.verifier, judge=inputs.judge,
        sampling=inputs.sampling, seed=inputs.seed, **inputs.options,
    )  # fmt: skip
    async with solver:
        backend = await solver.open()
        result = await solver.solve(inputs.problem)
        able = backend.capabilities.fan_out
        cached, shared = (None, None) if server is None else (server.cached, server.shared)
        workload = workload_of(result, inputs.sampling.max_tokens, fan_out=able, cached=cached, shared=shared)
        shape, model = getattr(backend.pricing, "shape", None), backend.model
    cost = result.cost
    notes.append(
        f"lengths: {workload.source}, mean {workload.mean:.0f} tokens; the probe cost {cost.output_tokens} tokens in "
        f"{cost.calls} calls, {cost.seconds:.1f} s"
    )
    return replace(workload, fan_out=able and _in_one_request(inputs.budget)), shape or _shape(inputs), model


def _in_one_request(budget: Budget) -> bool:
    """Whether n samples go out as one request: not where one of them may have to stop alone (`Session.may_share`)."""
    return budget.seconds is None and budget.usd is None and budget.eflops is None


def _assumed(inputs: PlanInputs, values: Known, server: ServerCalibration | None, notes: list[str]) -> Workload:
    """The workload without a model at hand: the length as given, or the value profile's."""
    law = values.streams[0].lengths or USUAL
    mean = inputs.length or math.exp(law.ways[0].log_mean + (law.spread**2 + law.noise) / 2)
    spread = [mean * math.exp(z * math.sqrt(law.noise) - law.noise / 2) for z in (-1.15, -0.32, 0.32, 1.15)]
    prompt = 10 + len(inputs.problem.text) / CHARACTERS
    where = "as given" if inputs.length else f"of the value profile {values.profile.name!r}"
    notes.append(f"lengths: {mean:.0f} tokens {where}; prompt: {prompt:.0f} tokens by its characters; no probe")
    lengths = tuple(max(1, round(tokens)) for tokens in spread)
    steps = max(2.0, mean / STEP)
    check, known = FREE, (inputs.verifier or "").partition(":")[0]
    if inputs.verifier is not None and not getattr(VERIFIERS[known], "asks_no_model", False):
        notes.append("the verifier is taken to reply with one token" + (" to each step" if known == "prm" else ""))
        check = Unit(1, prompt + mean, 1)
        if known == "prm":
            check = Unit(steps, steps * (prompt + mean / 2), steps, by_step=True)
    return Workload(
        prompt,
        lengths,
        inputs.sampling.max_tokens,
        steps=steps,
        check=check,
        has_verifier=inputs.verifier is not None,
        fan_out=_in_one_request(inputs.budget),
        cached=1.0 if server is None else server.cached,
        shared=1.0 if server is None else server.shared,
        source=where,
    )


def _shape(inputs: PlanInputs) -> ModelShape | None:
    """The model's shape by its config.json, its GGUF or its name; None if neither is known."""
    if inputs.config is not None:
        return from_config(inputs.config)
    if inputs.gguf is not None:
        return from_gguf(inputs.gguf)
    return None if inputs.model is None else find_shape(inputs.model)


def _costing(
    inputs: PlanInputs, server: ServerCalibration | None, shape: ModelShape | None, notes: list[str]
) -> Costing:
    """Times and prices, with what they assume."""
    device = hardware(inputs.hardware or "H100")
    timing: Any = server
    slots, capacity = (math.inf, math.inf) if server is None else server.limits
    if server is not None and server.lacking:
        timing = None
        notes.append(f"seconds: unknown; {server.lacking}")
    elif server is not None:
        note = f"seconds: measured calibration of {server.url} ({server.date}), an otherwise idle server"
        notes.append(note if server.trusted else note + "; its laws err by more than 15 %")
    elif shape is not None and inputs.hardware is not None:
        roofline = Roofline(shape, device, mfu=MFU, mbu=MBU, prefill_mfu=MFU)
        timing, capacity = RooflineTiming(roofline), roofline.kv_capacity() or math.inf
        notes.append(f"seconds: roofline of one {device.name}, {MFU:.0%} of its FLOP/s, {MBU:.0%} of its bandwidth")
        if not roofline.kv_capacity():
            size = f"{shape.memory_bytes / 1e9:.0f} of {device.memory / 1e9:.0f} GB"
            notes.append(
                f"seconds: the weights of {shape.name} do not fit on one {device.name} ({size}): no such server"
            )
    else:
        notes.append("seconds: unknown; give --calibration FILE (ttc calibrate) or --hardware with a known model")
    if shape is not None:
        weights = (
            "weights read for free (a busy server)" if inputs.batch is None else f"weights read by {inputs.batch:g}"
        )
        notes.append(f"eFLOPs: {shape.name} at the intensity of {device.name} in bf16; {weights}")
    model = None if shape is None else CostModel(shape, device.intensity(), batch=inputs.batch)
    return Costing(timing, model, inputs.prices, inputs.usd_per_hour, slots, capacity)
