"""What a run will need, cost and be worth, before it starts.

`predict(strategy, workload)` gives a `Prediction`: stages of calls with their tokens. What those cost in seconds,
dollars and eFLOPs is in `ttc.plan.costs`, how right they will be in `ttc.plan.accuracy`.

May import: what a run uses, `api`, `auto`, `backends`, `forecast`, `prices`, `prompts`, `registry`, `strategies`,
`values`, `verifiers`.
"""

from __future__ import annotations

from ttc.core.strategy import Strategy
from ttc.forecast import FREE, Forecasting, Prediction, Stage, Unit, Workload
from ttc.plan.costs import Costing, Costs, Timing, costs_of, predict_seconds
from ttc.plan.trial_run import forecast_by_trial


def predict(strategy: Strategy, workload: Workload) -> Prediction:
    """What the strategy will need where no budget cuts it short.

    It forecasts itself where it can (`ttc.forecast.stages.Forecasting`); else it is run on the simulated model.
    """
    if isinstance(strategy, Forecasting):
        return Prediction(tuple(strategy.forecast(workload)), workload.cached, workload.shared)
    return forecast_by_trial(strategy, workload)


__all__ = [
    "FREE", "Costing", "Costs", "Prediction", "Stage", "Timing", "Unit", "Workload", "costs_of",
    "predict", "predict_seconds",
]  # fmt: skip
