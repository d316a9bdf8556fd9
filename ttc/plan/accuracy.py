"""How often strategies will probably be right, by a value profile; None where nothing was ever measured."""

from __future__ import annotations

import itertools
import math

from ttc.auto.futures import HORIZONS, Votes, chances, sampling_gains
from ttc.auto.prior import ScoreLaw, ValueProfile
from ttc.forecast.stages import Prediction
from ttc.forecast.workload import Workload

VOTING = frozenset({"auto", "self_consistency", "semantic_entropy", "shortest_majority"})
"""Strategies whose answer is the vote of independent samples; shortest_majority only breaks ties in another way."""
SCORED = frozenset({"auto", "best_of_n"})
"""Strategies whose answer is that of the best scores, where the profile knows the verifier."""


def vote_accuracy(profile: ValueProfile, n: float, votes: Votes | None = None, law: ScoreLaw | None = None) -> float:
    """P(the best answer is right) after n samples in all, of which `votes` are known; with `law` all are scored.

    Between the horizons of the simulation it is linear in log n; beyond the last one it stays.
    """
    votes = votes or Votes()
    now = float(max(chances(profile, votes)[:-1], default=0.0))
    more = n - votes.drawn
    if more <= 0:
        return now
    points = [(0, 0.0), *sampling_gains(profile, votes, HORIZONS[-1], law, score_new=law is not None)]
    for (low, before), (high, after) in itertools.pairwise(points):
        if more <= high:
            part = (math.log1p(more) - math.log1p(low)) / (math.log1p(high) - math.log1p(low))
            return now + before + part * (after - before)
    return now + points[-1][1]


def predicted_accuracy(
    name: str, prediction: Prediction, w: Workload, profile: ValueProfile, verifier: str | None = None
) -> float | None:
    """Accuracy of a predicted run, None where the profile says nothing of such a strategy.

    A run may stop early; it is then as right as a vote of its expected number of samples.
    """
    solved = sum(stage.chance * stage.calls for stage in prediction.stages if stage.kind == "solve")
    votes = Votes(w.answers, w.silent)
    if votes.drawn > solved:  # the probes know more than the run will
        votes = Votes()
    if w.has_verifier and name in SCORED:
        law = profile.scores.get(verifier or "")
        return None if law is None else vote_accuracy(profile, solved, votes, law)
    if name in VOTING or (name == "best_of_n" and not w.has_verifier):
        return vote_accuracy(profile, solved, votes)
    return None
