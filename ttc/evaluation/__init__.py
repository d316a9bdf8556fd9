"""Evaluation over sets of problems that people can trust: runs that survive anything, pools, metrics with intervals.

From Python: load examples, make cells, run them, summarise.

    examples = load_examples("lab:test:count=50")
    runs = asyncio.run(evaluate(examples, grid(["self_consistency"], n=[4, 16])))
    print(summarise(runs, {})["cells"])
"""

from ttc.evaluation.cells import Cell, grid, read_budgets
from ttc.evaluation.examples import Example, load_examples
from ttc.evaluation.pool import Pool, PoolBackend, read_pool
from ttc.evaluation.runner import Runner
from ttc.evaluation.runs import Run
from ttc.evaluation.summary import summarise

__all__ = [
    "Cell",
    "Example",
    "Pool",
    "PoolBackend",
    "Run",
    "Runner",
    "grid",
    "load_examples",
    "read_budgets",
    "read_pool",
    "summarise",
]
