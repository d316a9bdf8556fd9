"""What each strategy will need, before it runs: one small function for each family, by the strategy's name.

`predict(name, strategy, workload)` gives a `Prediction`: stages of calls with their tokens. What those cost in seconds,
dollars and eFLOPs is in `ttc.plan.costs`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ttc.forecast import judged, revised, steps, votes
from ttc.forecast.stages import Prediction, Stage
from ttc.forecast.workload import FREE, Unit, Workload, learnt, merged
from ttc.plan.costs import Costing, Costs, Timing, costs_of, predict_seconds

Predictor = Callable[[Any, Workload], list[Stage]]
"""(the strategy with its knobs, the workload) -> its stages."""

PREDICTORS: dict[str, Predictor] = {
    "ab_mcts": revised.ab_mcts,
    "auto": votes.auto,
    "beam": steps.width,
    "best_of_n": votes.sampled,
    "cisc": votes.sampled,
    "deepconf": votes.deepconf,
    "dvts": steps.width,
    "ets": steps.width,
    "league": judged.league,
    "mur": steps.mur,
    "parallel_tempering": steps.tempering,
    "particle_filter": steps.width,
    "particle_gibbs": steps.sweeps,
    "pivot": judged.pivot,
    "rebase": steps.width,
    "rsa": votes.rsa,
    "seat": votes.seat,
    "self_consistency": votes.self_consistency,
    "self_evolution": revised.self_evolution,
    "semantic_entropy": votes.semantic_entropy,
    "short_m": votes.short_m,
    "shortest_majority": votes.plain_vote,
    "st_bon": steps.st_bon,
    "st_bon_text": steps.st_bon_text,
    "tournament": judged.tournament,
    "universal": judged.universal,
}


def predict(name: str, strategy: Any, workload: Workload) -> Prediction:
    """What the strategy, an object with its knobs as attributes, will need where no budget cuts it short."""
    if name not in PREDICTORS:
        raise ValueError(f"strategy {name!r} has no prediction; add its function to PREDICTORS: {sorted(PREDICTORS)}")
    return Prediction(tuple(PREDICTORS[name](strategy, workload)), workload.cached, workload.shared)


__all__ = [
    "FREE",
    "PREDICTORS",
    "Costing",
    "Costs",
    "Prediction",
    "Predictor",
    "Stage",
    "Timing",
    "Unit",
    "Workload",
    "costs_of",
    "learnt",
    "merged",
    "predict",
    "predict_seconds",
]
