"""Votes over samples: all at once, or in waves that end when the answers agree. The rules are the strategies' own.

How many waves come is decided by the answers, so the rules run on simulated answers (`ttc.forecast.hoppe_urn`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ttc.auto.futures import Votes, chances, sampling_gains
from ttc.auto.old_policy import chunk_of
from ttc.auto.prior import ValueProfile, shipped_profile
from ttc.forecast.hoppe_urn import ABSTAIN, KEPT, Urn, simulated
from ttc.forecast.stages import Stage, checks, rewritings, solutions, waves_of
from ttc.search.entropy import alone, normalised_entropy
from ttc.search.entropy import semantic_entropy as entropy_of
from ttc.search.seat import best_look, secretary_stop
from ttc.search.stopping import Consensus
from ttc.search.waves import next_wave

PROBE_SHARE = 0.25
"""Share of the candidates that the allocator's first wave may take."""
AUTO_RUNS = 24
"""Simulated runs of the allocator, whose every decision is a simulation itself."""

if TYPE_CHECKING:
    from ttc.forecast.workload import Workload
    from ttc.search.stopping import StopRule


def sampled(knobs: Any, w: Workload) -> list[Stage]:
    """n solutions, and a verdict on each if there is a verifier."""
    return [solutions(w, knobs.n), *checks(w, knobs.n)]


def plain_vote(knobs: Any, w: Workload) -> list[Stage]:
    """n solutions and nothing else."""
    return [solutions(w, knobs.n)]


def self_consistency(knobs: Any, w: Workload) -> list[Stage]:
    """Waves until the stop rule holds."""
    return waves_of(w, simulated(w, lambda urn: _waves(urn, knobs.rule(), knobs.n, knobs.waves)))


def auto(knobs: Any, w: Workload) -> list[Stage]:
    """The allocator with n candidates as its budget: waves of half of what promises most, while it is worth its price.

    Every candidate is checked where there is a verifier; what its scores would save is not known beforehand.
    """
    runs = simulated(w, lambda urn: _bought(urn, knobs), AUTO_RUNS)
    waves = waves_of(w, runs)
    return [stage for wave in waves for stage in (wave, *checks(w, wave.calls, wave.chance))]


def _bought(urn: Urn, knobs: Any) -> list[int]:
    """The waves of one run of the allocator, which decides as in `ttc.auto`."""
    profile = ValueProfile.load(knobs.profile) if knobs.profile else shipped_profile()
    target, price = knobs.target_accuracy, 0.0 if knobs.target_accuracy else knobs.price
    sizes = [min(knobs.probes, max(1, int(PROBE_SHARE * knobs.n)))]
    labels = urn.draw(sizes[0])
    while len(labels) < knobs.n:
        counts = sorted((labels.count(label) for label in set(labels) - {ABSTAIN}), reverse=True)
        votes = Votes(tuple(counts), labels.count(ABSTAIN))
        if target and float(max(chances(profile, votes)[:-1], default=0.0)) >= target:
            break
        gains = sampling_gains(profile, votes, knobs.n - len(labels))
        index, size = max((gain * knobs.n / size, size) for size, gain in gains)
        if index <= price:
            break
        sizes.append(chunk_of(size, "tokens"))
        labels += urn.draw(sizes[-1])
    return sizes


def _waves(urn: Urn, rule: StopRule, cap: int, waves: int, labels: list[int] | None = None) -> list[int]:
    """The sizes of the waves of one run, after those labels."""
    labels, sizes = list(labels or []), list[int]()
    for waves_left in range(waves, 0, -1):
        size = next_wave(rule, labels, cap, cap, waves_left=waves_left)
        if not size:
            break
        sizes.append(size)
        labels += urn.draw(size)
    return sizes


def deepconf(knobs: Any, w: Workload) -> list[Stage]:
    """Offline all n; online a warm-up and waves, in which 1 - eta of the streams end between `window` and their end."""
    if knobs.mode == "offline" or knobs.warmup >= knobs.n:
        return [solutions(w, knobs.n)]
    kept = knobs.eta / 100

    def run(urn: Urn) -> list[int]:
        labels = [label if urn.rng.random() < kept else ABSTAIN for label in urn.draw(knobs.warmup)]
        least = max(4, sum(label >= 0 for label in labels))
        return [knobs.warmup, *_waves(urn, Consensus(knobs.consensus, least), knobs.n, knobs.waves, labels)]

    warmup, *waves = waves_of(w, simulated(w, run))
    tail = [max(0, min(length, w.max_tokens) - knobs.window) / 2 for length in w.lengths]
    saved = (1 - kept) * sum(tail) / len(tail)
    streams = (replace(stage, output=stage.output - saved, requests=stage.calls) for stage in waves)
    return [warmup, *(replace(stage, cached=stage.prompt, known=1.0) for stage in streams)]


def semantic_entropy(knobs: Any, w: Workload) -> list[Stage]:
    """Waves until the entropy over answers is low or has settled; what sorts the answers is not counted."""

    def run(urn: Urn) -> list[int]:
        labels, sizes, before = list[int](), list[int](), float("inf")
        while len(labels) < knobs.n:
            sizes.append(min(knobs.wave, knobs.n - len(labels)))
            labels += urn.draw(sizes[-1])
            own = alone(labels)
            entropy = entropy_of(own) + (len(set(own)) - 1) / (2 * len(own))
            if len(labels) > 1 and (entropy <= knobs.low or abs(entropy - before) <= knobs.tolerance):
                break
            before = entropy
        return sizes

    return waves_of(w, simulated(w, run))


def short_m(knobs: Any, w: Workload) -> list[Stage]:
    """n streams; those longer than the m-th shortest end there."""
    n, m = knobs.n, knobs.m
    line = w.order(m, n)
    tokens = [min(w.order(rank, n), line) for rank in range(1, n + 1)]
    # scale so that the average over ranks equals the mean length
    scale = min(1.0, w.mean * n / sum(w.order(rank, n) for rank in range(1, n + 1)))
    mean = sum(tokens) / n * scale
    return [Stage("solve", n, mean, w.prompt, n, w.prompt * (1 - 1 / n), longest=line)]


def rsa(knobs: Any, w: Workload) -> list[Stage]:
    """A population, then whole new ones, each member from `subset` others, until they agree."""
    n, subset = knobs.n, min(knobs.subset, knobs.n)
    rule = Consensus(knobs.consensus, max(2, (n + 1) // 2))

    def run(urn: Urn) -> int:
        population = urn.draw(n)
        for loop in range(1, knobs.loops):
            if rule.stop(population, n + 1):
                return loop
            taken = urn.rng.choices(population, k=n)  # from one of those that it is shown
            population = [label if urn.rng.random() < KEPT else urn.draw(1)[0] for label in taken]
        return int(knobs.loops)

    loops = simulated(w, run)
    prompt = w.prompt + subset * w.mean + w.frame
    chances = [sum(done > loop for done in loops) / len(loops) for loop in range(1, knobs.loops)]
    return [solutions(w, n), *(rewritings(w, n, prompt, chance=chance) for chance in chances if chance)]


def seat(knobs: Any, w: Workload) -> list[Stage]:
    """Rounds of n, each shown one solution for each answer of the last, until the entropy rule stops."""
    look = best_look(knobs.rounds) if knobs.look is None else knobs.look

    def run(urn: Urn) -> list[int]:
        entropies, shown = list[float](), list[int]()
        while len(entropies) < knobs.rounds:
            labels = urn.draw(knobs.n)
            entropies.append(float(normalised_entropy(alone(labels))))
            shown.append(max(1, len(set(labels) - {ABSTAIN})))
            low = knobs.stop == "threshold" and entropies[-1] <= knobs.threshold
            if low or (knobs.stop == "secretary" and secretary_stop(entropies, look, knobs.rounds)):
                break
        return shown

    runs = simulated(w, run)
    stages = [solutions(w, knobs.n)]
    for number in range(1, knobs.rounds):
        shown = [run[number - 1] for run in runs if len(run) > number]
        if shown:
            prompt = w.prompt + w.mean * sum(shown) / len(shown) + w.frame
            stages.append(solutions(w, knobs.n, prompt=prompt, chance=len(shown) / len(runs)))
    return stages
