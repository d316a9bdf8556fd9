"""Growth by steps and by chunks: every step is one call, and a process verifier looks at each."""

from __future__ import annotations

from dataclasses import replace
from math import ceil, log
from statistics import fmean
from typing import TYPE_CHECKING, Any

from ttc.forecast.hoppe_urn import Urn, simulated
from ttc.forecast.stages import Stage, checks
from ttc.forecast.workload import FREE
from ttc.search.mur import triggered, updated

EULER = 0.5772

if TYPE_CHECKING:
    from ttc.forecast.workload import Workload


def grown(knobs: Any, w: Workload, n: float) -> list[Stage]:
    """n solutions side by side to their ends: beams, trees and particles differ in whom they continue, not in how many.

    They go in step: each waits for the longest step of those that still grow, and the search for the one with the
    most steps. Equal texts are judged once.
    """
    stages, number = list[Stage](), 0
    tokens = min(w.step, knobs.step_tokens)
    while n and number < knobs.max_steps and (share := w.going(number)):
        chance = 1 - (1 - share) ** n
        calls = n * share / chance
        prompt = w.prompt + number * tokens
        longest = min(w.longest_step(calls), knobs.step_tokens)
        cached, known = _known(prompt, calls, number), float(number > 0)
        stages.append(Stage("solve", calls, tokens, prompt, calls, cached, known, longest=longest, chance=chance))
        number += 1
        stages += _judged(w, w.distinct(calls, number * tokens), number, chance)
    return stages


def _known(prompt: float, n: float, number: int) -> float:
    """What a cache serves: all of the first prompt but to its first reader, later all of it."""
    return prompt if number else prompt * (1 - 1 / max(n, 1))


def _judged(w: Workload, n: float, step: int, chance: float) -> list[Stage]:
    """The verdicts on n new steps."""
    if not w.check.by_step:
        return checks(w, n, chance)
    unit, prefix = w.check, w.prompt + step * w.step
    calls = n * unit.calls / w.steps
    known = float(step > 1)
    return [Stage("verify", calls, unit.output / unit.calls, prefix, calls, prefix - w.step, known, chance=chance)]


def width(knobs: Any, w: Workload) -> list[Stage]:
    """Tree searches and the particle filter: n grow to their ends."""
    return grown(knobs, w, knobs.n)


def sweeps(knobs: Any, w: Workload) -> list[Stage]:
    """Particle Gibbs: the first sweep has n free particles, the others one less beside the reference."""
    later = [stage for _ in range(1, knobs.sweeps) for stage in grown(knobs, w, knobs.n - 1)] if knobs.n > 1 else []
    return grown(knobs, w, knobs.n) + later


def tempering(knobs: Any, w: Workload) -> list[Stage]:
    """A particle Gibbs chain at each temperature, all in step."""
    chains = len(knobs.temperatures)
    stages = grown(knobs, w, knobs.n * chains)
    for _ in range(1, knobs.sweeps):
        stages += grown(knobs, w, (knobs.n - 1) * chains)
    return stages


def mur(knobs: Any, w: Workload) -> list[Stage]:
    """One solution; steps that are uncertain beside the momentum are written n more times and judged.

    The rule runs on the uncertainties of the samples; without any, every step but the first is taken to be uncertain.
    """
    share = _triggered(knobs, w)
    stages = grown_alone(knobs, w)
    for number in range(1, ceil(min(w.steps, knobs.max_steps))):
        prompt, chance = w.prompt + number * w.step, share * min(1.0, w.steps - number)
        tokens, longest = (min(size, knobs.step_tokens) for size in (w.step, w.longest_step(knobs.n)))
        stages.append(Stage("solve", knobs.n, tokens, prompt, knobs.n, prompt, longest=longest, chance=chance))
        stages += _judged(w, knobs.n + 1, number + 1, chance)
    return stages


def grown_alone(knobs: Any, w: Workload) -> list[Stage]:
    """One solution by steps, without verdicts."""
    return grown(knobs, replace(w, check=FREE), 1)


def _triggered(knobs: Any, w: Workload) -> float:
    """Share of the steps after the first that the momentum rule finds uncertain."""
    found = []
    for row in w.uncertainty:
        momentum = 0.0
        for step, value in enumerate(row):
            if step:
                found.append(triggered(step, value, momentum, knobs.scale))
            momentum = updated(momentum, value, knobs.rate)
    return sum(found) / len(found) if found else 1.0


def st_bon(knobs: Any, w: Workload) -> list[Stage]:
    """n beginnings up to tau times the step where all differ, and one of them to its end. Hidden states cost nothing
    here: what reads them runs beside the server."""
    return _truncated(knobs, w, lambda differ: (1 + knobs.tau) * differ)


def st_bon_text(knobs: Any, w: Workload) -> list[Stage]:
    """As st_bon, but the step is known only to the chunk that shows it."""
    return _truncated(knobs, w, lambda differ: (1 + knobs.tau) * _chunked(knobs.chunk, differ))


def _chunked(chunk: int, tokens: float) -> float:
    """The least of chunk, 2·chunk, 4·chunk, ... that is at least so many tokens."""
    read = float(chunk)
    while read < tokens:
        read *= 2
    return read


def _truncated(knobs: Any, w: Workload, window: Any) -> list[Stage]:
    """Beginnings of n as long as `window` of the step where all differ, in chunks, then the rest of one."""

    pairs = max(1, knobs.n * (knobs.n - 1) // 2)
    # of many pairs one agrees for longer than any of the few that were seen: the largest of exponential variates
    rare = fmean(w.common) * (log(pairs) + EULER) if w.common else 0.0

    def run(urn: Urn) -> float:
        differ = 1 + max(urn.rng.choices(w.common, k=pairs)) if w.common else 1
        known = min(max(differ, rare), w.order(1, knobs.n))  # the first one to end ends the reading, too
        return float(min(max(knobs.chunk, window(known)), w.mean))

    begun = simulated(w, run)
    mean = sum(begun) / len(begun)
    n, prompt = knobs.n, w.prompt
    first = min(float(knobs.chunk), mean)
    stages = [Stage("solve", n, first, prompt, n, prompt * (1 - 1 / n))]
    if mean > first:
        stages.append(Stage("solve", n, mean - first, prompt + first, n, prompt + first, known=1.0))
    rest = max(0.0, w.mean - mean)
    return [*stages, Stage("solve", 1, rest, prompt + mean, 1, prompt + mean, known=1.0)] if rest else stages
