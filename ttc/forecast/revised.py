"""Solutions that are written from earlier ones: reviewed and corrected, or grown as a tree of corrections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ttc.forecast.hoppe_urn import KEPT, Urn, simulated
from ttc.forecast.stages import Stage, checks, rewritings, solutions
from ttc.search.self_evolution import Transitions

if TYPE_CHECKING:
    from ttc.forecast.workload import Workload

DEEPER = 0.5
"""Share of AB-MCTS's nodes that correct another node (ours); it moves prompts, not output tokens."""
LEAST_ROUNDS = 2


def self_evolution(knobs: Any, w: Workload) -> list[Stage]:
    """n solutions; each round reviews and rewrites all of them, until one more round would not pay.

    gate="consecutive" rewrites only what is rejected: all rounds are counted, with every other solution rewritten.
    """
    rewritten = knobs.n * (1.0 if knobs.gate == "none" else 0.5)
    lengths = simulated(w, lambda urn: _rounds(urn, knobs)) if knobs.gain else [knobs.rounds]
    stages = [solutions(w, knobs.n), *checks(w, knobs.n)]
    for number in range(1, knobs.rounds + 1):
        chance = sum(rounds >= number for rounds in lengths) / len(lengths)
        if not chance:
            break
        shown = w.prompt + w.mean + w.frame
        longest = w.stretched(w.critique, knobs.n)
        reviews = Stage("verify", knobs.n, w.critique, shown, knobs.n, w.prompt, longest=longest, chance=chance)
        stages += [reviews, rewritings(w, rewritten, shown + w.critique, chance=chance)]
        stages += checks(w, rewritten, chance)
    return stages


def _rounds(urn: Urn, knobs: Any) -> int:
    """Rounds of one run whose solutions keep their answers with P = KEPT."""
    rows = [[label] for label in urn.draw(knobs.n)]
    for number in range(1, knobs.rounds + 1):
        for row in rows:
            row.append(row[-1] if urn.rng.random() < KEPT else urn.draw(1)[0])
        late = [label for row in rows for label in row[-knobs.window :]]
        winner = max(set(late), key=late.count)
        right = [[label == winner for label in row] for row in rows]
        chain = Transitions.count(right).chain()
        share = sum(row[-1] for row in right) / len(right)
        sure = min(chain.stationary, late.count(winner) / len(late)) > 0.5
        if number >= LEAST_ROUNDS and sure and chain.paying_rounds(share, knobs.gain) == 0:
            return number
    return int(knobs.rounds)


def ab_mcts(knobs: Any, w: Workload) -> list[Stage]:
    """n solutions, `batch` at a time; those that correct another one read it."""
    stages = []
    for begun in range(0, knobs.n, knobs.batch):
        prompt, count = w.prompt + DEEPER * (w.mean + w.frame), min(knobs.batch, knobs.n - begun)
        stages += [rewritings(w, count, prompt), *checks(w, count)]
    return stages
