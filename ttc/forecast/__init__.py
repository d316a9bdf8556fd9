"""What a run will need, in the words in which strategies forecast it: stages of calls for a workload.

Each strategy forecasts itself (`Forecasting`); what forecasts share is here.

May import: `search`, `types`.
"""

from ttc.forecast.growth import grown, step_checks, truncated
from ttc.forecast.hoppe_urn import ABSTAIN, KEPT, Urn, differing, simulated, waves_by
from ttc.forecast.stages import (
    Forecasting,
    Prediction,
    Stage,
    checks,
    comparisons,
    rewritings,
    solutions,
    waves_of,
)
from ttc.forecast.workload import FREE, Unit, Workload

__all__ = [
    "ABSTAIN", "FREE", "KEPT", "Forecasting", "Prediction", "Stage", "Unit", "Urn", "Workload", "checks",
    "comparisons", "differing", "grown", "rewritings", "simulated", "solutions", "step_checks",
    "truncated", "waves_by", "waves_of",
]  # fmt: skip
