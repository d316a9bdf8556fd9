"""Samples that a model compares: tournaments, leagues, and one call that reads them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ttc.forecast.hoppe_urn import Urn, simulated
from ttc.forecast.stages import Stage, comparisons, solutions
from ttc.search.pivot import comparisons as matches
from ttc.search.tournament import decided, pairing

if TYPE_CHECKING:
    from ttc.forecast.workload import Workload

N, VOTES = 8, 4
"""What a tournament takes where its knobs are None and nothing limits it."""


def tournament(knobs: Any, w: Workload) -> list[Stage]:
    """n solutions and a knockout; pairs that give the same answer are not compared, nor is a decided pair."""
    n, votes = knobs.n or N, knobs.votes or VOTES
    first = votes // 2 + 1

    def run(urn: Urn) -> list[int]:
        field = [label for label in urn.draw(n) if label >= 0] or [0]
        asked = []
        while len(set(field)) > 1:
            pairs, bye = pairing(range(len(field)))
            met = [(field[a], field[b]) for a, b in pairs]
            differing = sum(a != b for a, b in met)
            # a judge that is half sure: the vote after the first wave is open unless all agreed
            rest = 0 if decided(min(first, votes), 0, votes - first) else differing // 2 * (votes - first)
            asked.append(differing * min(first, votes) + max(0, rest))
            field = [*(field[i] for i in bye), *(urn.rng.choice(pair) for pair in met)]
        return asked

    rounds = simulated(w, run)
    stages = [solutions(w, n)]
    for number in range(max(map(len, rounds), default=0)):
        asked = [run[number] for run in rounds if len(run) > number]
        stages += comparisons(w, sum(asked) / len(asked), len(asked) / len(rounds), repeats=votes / 2)
    return stages


def league(knobs: Any, w: Workload) -> list[Stage]:
    """n solutions, each against `opponents` others."""
    opponents = knobs.n - 1 if knobs.opponents is None else min(knobs.opponents, knobs.n - 1)
    matches = knobs.n * opponents * knobs.votes
    return [solutions(w, knobs.n), *comparisons(w, matches * _differing(w, knobs.n), repeats=opponents * knobs.votes)]


def pivot(knobs: Any, w: Workload) -> list[Stage]:
    """n solutions, a ring of comparisons, and everybody against the pivots."""
    n, pivots, share = knobs.n, min(knobs.pivots, knobs.n), _differing(w, knobs.n)
    ring = n * knobs.votes * share if n > 1 else 0.0
    rest = matches(n, pivots) * knobs.votes * share - ring
    return [solutions(w, n), *comparisons(w, ring, repeats=knobs.votes), *comparisons(w, rest, repeats=knobs.votes)]


def universal(knobs: Any, w: Workload) -> list[Stage]:
    """n solutions, and one call that reads them where they differ; its reply is taken to be a critique long."""

    def run(urn: Urn) -> int:
        return len({label for label in urn.draw(knobs.n) if label >= 0})

    answers = simulated(w, run)
    asked = [number for number in answers if number > 1]
    if not asked:
        return [solutions(w, knobs.n)]
    shown = sum(asked) / len(asked) if knobs.style == "best" else knobs.n
    choice = Stage("judge", 1, w.critique, w.prompt + shown * w.mean, 1, chance=len(asked) / len(answers))
    return [solutions(w, knobs.n), choice]


def _differing(w: Workload, n: int) -> float:
    """The expected share of pairs that give different answers."""

    def run(urn: Urn) -> float:
        labels = [label for label in urn.draw(n) if label >= 0]
        pairs = len(labels) * (len(labels) - 1)
        same = sum(labels.count(label) * (labels.count(label) - 1) for label in set(labels))
        return 1 - same / pairs if pairs else 0.0

    shares = simulated(w, run)
    return sum(shares) / len(shares)
