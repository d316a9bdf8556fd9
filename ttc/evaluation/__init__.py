"""Evaluation over sets of problems that people can trust: runs that survive anything, pools, metrics with intervals.

From Python, `ttc eval` is one call. It takes the options of the command line and returns what is in summary.json:

    config = EvalConfig(set="lab:test:count=50", strategy=["self_consistency"], n=[4, 16], out="runs/lab")
    summary = asyncio.run(evaluate(config))

and below it, for problems and cells of one's own, `Runner(examples=..., cells=..., backend=...).run()` and `summarise`.
"""

from ttc.evaluation.cells import Cell, grid, read_budgets
from ttc.evaluation.config import EvalConfig
from ttc.evaluation.evaluate import evaluate
from ttc.evaluation.examples import Example, load_examples
from ttc.evaluation.pool import Pool, PoolBackend, read_pool
from ttc.evaluation.runner import Runner
from ttc.evaluation.runs import Run
from ttc.evaluation.summary import summarise

__all__ = [
    "Cell",
    "EvalConfig",
    "Example",
    "Pool",
    "PoolBackend",
    "Run",
    "Runner",
    "evaluate",
    "grid",
    "load_examples",
    "read_budgets",
    "read_pool",
    "summarise",
]
