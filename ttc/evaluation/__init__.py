"""Evaluation on sets of problems: runs that survive a crash, pools of recorded samples, metrics with intervals.

A *cell* is what is compared: one strategy with its knobs, its verifier and judge, under one budget (`cells.py`). A
*job* is one cell on one problem, once; it becomes one line of results.jsonl (`jobs.py`). A *pool* holds recorded
samples, on which strategies run again without a model (`pool.py`). A *tape* holds the calls of one unfinished job.

From Python, `ttc eval` is one call. It takes the options of the command line and returns what is in summary.json:

    config = EvalConfig(set="lab:test:count=50", strategy=["self_consistency"], n=[4, 16], out="runs/lab")
    summary = asyncio.run(evaluate(config))

and below it, for problems and cells of one's own, `Runner(examples=..., cells=..., backend=...).run()` and `summarise`.

May import: what a run uses, `api`, `auto`, `backends`, `connect`, `lab`, `plan`, `prompts`, `registry`, `search`,
`strategies`, `values`, `verifiers`, `version`.
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
