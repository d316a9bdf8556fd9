"""What a run will need, cost and be worth, before it starts.

`predict(strategy, workload)` gives a `Prediction`: stages of calls with their tokens. What those cost in seconds,
dollars and eFLOPs is in `ttc.plan.costs`, how right they will be in `ttc.plan.accuracy`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ttc.forecast.stages import Forecasting, Prediction, Stage
from ttc.forecast.workload import FREE, Unit, Workload, learnt, merged
from ttc.plan.costs import Costing, Costs, Timing, costs_of, predict_seconds
from ttc.plan.rehearsal import rehearsed

if TYPE_CHECKING:
    from ttc.core.strategy import Strategy


def predict(strategy: Strategy, workload: Workload) -> Prediction:
    """What the strategy will need where no budget cuts it short.

    It forecasts itself where it can (`ttc.forecast.stages.Forecasting`); else it is run on the simulated model.
    """
    if isinstance(strategy, Forecasting):
        return Prediction(tuple(strategy.forecast(workload)), workload.cached, workload.shared)
    return rehearsed(strategy, workload)


__all__ = [
    "FREE",
    "Costing",
    "Costs",
    "Prediction",
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
