"""How often strategies will probably be right, by a value profile; None where nothing was ever measured."""

from __future__ import annotations

from ttc.auto.gains import forecast
from ttc.auto.simulated import Scoring
from ttc.belief.belief import Votes
from ttc.belief.lookup import Known
from ttc.forecast.stages import Prediction
from ttc.forecast.workload import Workload

VOTING = frozenset({"auto", "self_consistency", "semantic_entropy", "shortest_majority"})
"""Strategies whose answer is the vote of independent samples; shortest_majority only breaks ties in another way."""
SCORED = frozenset({"auto", "best_of_n"})
"""Strategies whose answer is that of the best scores, where the profile knows the verifier."""


def predicted_accuracy(
    name: str, prediction: Prediction, w: Workload, known: Known, verifier: str | None = None
) -> float | None:
    """Accuracy of a predicted run in [0, 1], None where the profile says nothing of such a strategy.

    A run may stop early; it is then as right as a vote of its expected number of samples.
    """
    solved = sum(stage.chance * stage.calls for stage in prediction.stages if stage.kind == "solve")
    votes = Votes.of(w.answers, w.silent)
    if votes.drawn > solved:  # the probes know more than the run will
        votes = Votes.of()
    if w.has_verifier and name in SCORED:
        worth = known.profile.verifier(verifier)
        return None if worth is None else forecast(known.belief, solved, votes, scoring=Scoring(worth))
    if name in VOTING or (name == "best_of_n" and not w.has_verifier):
        return forecast(known.belief, solved, votes)
    return None
