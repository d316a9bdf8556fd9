"""Growth by steps and by chunks: every step is one call, and a process verifier looks at each."""

from __future__ import annotations

from collections.abc import Callable
from math import log
from statistics import fmean

from ttc.forecast.hoppe_urn import Urn, simulated
from ttc.forecast.stages import Stage, checks
from ttc.forecast.workload import Workload

EULER = 0.5772


def grown(w: Workload, n: float, step_tokens: int, max_steps: int | None) -> list[Stage]:
    """n solutions side by side to their ends: beams, trees and particles differ in whom they continue, not in how many.

    They go in step: each waits for the longest step of those that still grow, and the search for the one with the
    most steps. Equal texts are judged once. A longer step than `step_tokens` is written in several.
    """
    stages, number = list[Stage](), 0
    tokens = min(w.step, step_tokens)
    while n and (max_steps is None or number < max_steps) and (share := w.going(number * tokens / w.step)):
        chance = 1 - (1 - share) ** n
        calls = n * share / chance
        prompt = w.prompt + number * tokens
        longest = min(w.longest_step(calls), step_tokens)
        # a cache serves all of the first prompt but to its first reader, later all of it
        cached = prompt if number else prompt * (1 - 1 / max(calls, 1))
        known = float(number > 0)
        stages.append(Stage("solve", calls, tokens, prompt, calls, cached, known, longest=longest, chance=chance))
        number += 1
        stages += step_checks(w, w.distinct(calls, number * tokens), number, chance)
    return stages


def step_checks(w: Workload, n: float, step: int, chance: float = 1.0) -> list[Stage]:
    """The verdicts on n new steps, each the `step`-th of its solution."""
    if not w.check.by_step:
        return checks(w, n, chance)
    unit, prefix = w.check, w.prompt + step * w.step
    calls = n * unit.calls / w.steps
    known = float(step > 1)
    return [Stage("verify", calls, unit.output / unit.calls, prefix, calls, prefix - w.step, known, chance=chance)]


def truncated(w: Workload, n: int, chunk: int, window: Callable[[float], float]) -> list[Stage]:
    """Beginnings of n as long as `window` of the step where all differ, in chunks, then the rest of one."""
    pairs = max(1, n * (n - 1) // 2)
    # of many pairs one agrees for longer than any of the few that were seen: the largest of exponential variates
    rare = fmean(w.common) * (log(pairs) + EULER) if w.common else 0.0

    def run(urn: Urn) -> float:
        differ = 1 + max(urn.rng.choices(w.common, k=pairs)) if w.common else 1
        known = min(max(differ, rare), w.order(1, n))  # the first one to end ends the reading, too
        return float(min(max(chunk, window(known)), w.mean))

    begun = simulated(w, run)
    mean, prompt = sum(begun) / len(begun), w.prompt
    first = min(float(chunk), mean)
    stages = [Stage("solve", n, first, prompt, n, prompt * (1 - 1 / n))]
    if mean > first:
        stages.append(Stage("solve", n, mean - first, prompt + first, n, prompt + first, known=1.0))
    rest = max(0.0, w.mean - mean)
    return [*stages, Stage("solve", 1, rest, prompt + mean, 1, prompt + mean, known=1.0)] if rest else stages
