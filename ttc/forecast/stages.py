"""A predicted run as a sequence of stages: calls that go out together, then the next ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from ttc.forecast.workload import Unit, Workload
from ttc.types import Kind


@dataclass(frozen=True, slots=True)
class Stage:
    """Calls that run at the same time. Tokens are means; `prompt` and `cached` are of one request.

    `requests` prompts are read for `calls` completions: fewer where several completions share one request. `chance`
    is P(the stage takes place), by which its costs count.
    """

    kind: Kind
    calls: float
    output: float  # of one call
    prompt: float
    requests: float
    cached: float = 0.0  # of `prompt`: what a perfect prefix cache would serve
    known: float = 0.0  # share of `cached` that was read in an earlier stage; calls of this stage share the rest
    longest: float = 0.0  # output of the longest call; 0 = all are equal
    square: float = 0.0  # mean squared output of a call; 0 = all are equal
    chance: float = 1.0

    @property
    def steps(self) -> float:
        """Decode steps from the first to the last token of the stage, if all calls run together."""
        return self.longest or self.output

    @property
    def output_square(self) -> float:
        """Mean squared output of a call."""
        return max(self.square, self.output**2)


@dataclass(frozen=True)
class Prediction:
    """What a strategy will probably need. All numbers are expectations."""

    stages: tuple[Stage, ...]
    cache: float = 1.0  # share of `cached` that the server really serves where it was read in an earlier stage
    shared: float = 1.0  # the same where calls that are sent together share it
    notes: tuple[str, ...] = field(default=())  # what was assumed

    @property
    def calls(self) -> float:
        """Completions asked for."""
        return sum(stage.chance * stage.calls for stage in self.stages)

    @property
    def output_tokens(self) -> float:
        """Generated tokens: what a budget calls tokens."""
        return sum(stage.chance * stage.calls * stage.output for stage in self.stages)

    @property
    def prompt_tokens(self) -> float:
        """Tokens of all prompts, cached ones included."""
        return sum(stage.chance * stage.requests * stage.prompt for stage in self.stages)

    @property
    def cached_tokens(self) -> float:
        """Prompt tokens that the server's prefix cache serves."""
        return sum(stage.chance * stage.requests * self.served(stage) for stage in self.stages)

    def served(self, stage: Stage) -> float:
        """Tokens of one request of the stage that the prefix cache serves."""
        return stage.cached * (stage.known * self.cache + (1 - stage.known) * self.shared)

    @property
    def waves(self) -> float:
        """Stages one after the other: each waits for the one before."""
        return sum(stage.chance for stage in self.stages)


@runtime_checkable
class Forecasting(Protocol):
    """A strategy that knows what it will need; the others are run on the simulated model to find out."""

    def forecast(self, workload: Workload) -> list[Stage]:
        """The stages of a run that no budget cuts short, in order."""


def solutions(w: Workload, n: float, *, prompt: float | None = None, chance: float = 1.0) -> Stage:
    """n solutions drawn together from one prompt (the problem's own by default)."""
    prompt = w.prompt if prompt is None else prompt
    requests = 1.0 if w.fan_out or n <= 1 else n
    cached = prompt * (1 - 1 / requests)
    return Stage("solve", n, w.mean, prompt, requests, cached, longest=w.longest(n), square=w.square, chance=chance)


def rewritings(w: Workload, n: float, prompt: float, *, cached: float = 0.0, chance: float = 1.0) -> Stage:
    """n solutions, each from a prompt of its own of `prompt` tokens; all begin with the problem."""
    return Stage(
        "solve", n, w.mean, prompt, n, cached or w.prompt, longest=w.longest(n), square=w.square, chance=chance
    )


def checks(w: Workload, n: float, chance: float = 1.0) -> list[Stage]:
    """The verifier's verdicts on n whole candidates; nothing where it is free."""
    return _units("verify", w, w.check, n, w.prompt, chance) if w.check.calls and n else []


def comparisons(w: Workload, n: float, chance: float = 1.0, repeats: float = 1.0) -> list[Stage]:
    """n comparisons of two candidates by the judge; each candidate stands first in about `repeats` of them, which
    then share the problem and its solution."""
    read = w.prompt + w.mean * (1 - 1 / max(1.0, repeats))
    return _units("judge", w, w.compare, n, read, chance, w.prompt + 2 * w.mean - read) if n else []


def _units(kind: Kind, w: Workload, unit: Unit, n: float, start: float, chance: float, shown: float = 0) -> list[Stage]:
    calls, output = n * unit.calls, unit.output / unit.calls
    prompt = unit.prompt / unit.calls if unit.prompt else start + (shown or w.mean)
    # the probe read the problem; what else they share is read by the first call
    cached = w.prompt + max(0.0, start - w.prompt) * (1 - 1 / max(1.0, calls))
    if unit.by_step:  # all that comes before a step was read already
        cached = prompt - w.step
    cached = max(0.0, min(cached, prompt))
    known = 1.0 if unit.by_step or not cached else min(1.0, w.prompt / cached)
    longest = w.stretched(output, calls)
    return [Stage(kind, calls, output, prompt, calls, cached, known, longest=longest, chance=chance)]


def waves_of(w: Workload, sizes: Sequence[Sequence[int]]) -> list[Stage]:
    """The stages of waves whose sizes differ from run to run; `sizes` holds those of each simulated run."""
    stages = []
    for number in range(max(map(len, sizes))):
        sent = [run[number] for run in sizes if len(run) > number]
        stages.append(solutions(w, sum(sent) / len(sent), chance=len(sent) / len(sizes)))
    return stages
