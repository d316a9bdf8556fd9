"""An evaluation from its configuration: load, run, summarise, write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, TypeAlias

from ttc.connect import connect
from ttc.evaluation.cells import Cell
from ttc.evaluation.config import EvalConfig, versions
from ttc.evaluation.examples import Example, levels_of, load_examples
from ttc.evaluation.grade import grader_named, pool_samples
from ttc.evaluation.journal import Journal
from ttc.evaluation.pool import Pool, read_pool
from ttc.evaluation.runner import Runner
from ttc.evaluation.runs import Run
from ttc.evaluation.summary import summarise
from ttc.values import read_values

if TYPE_CHECKING:
    from openai import AsyncOpenAI

    from ttc.backends.base import Backend
    from ttc.evaluation.cluster import Cluster

Source: TypeAlias = "str | Backend | AsyncOpenAI | None"


async def evaluate(
    config: EvalConfig,
    *,
    backend: Source = None,
    cells: Sequence[Cell] | None = None,
    begin: Callable[[Runner], None] = lambda runner: None,
    watch: Callable[[Run], None] = lambda run: None,
    report: Callable[[str], None] = lambda message: None,
    **options: Any,
) -> dict[str, Any]:
    """Run an evaluation and return its summary; with `out`, everything is in that folder as well.

    backend and options are those of `ttc.Solver` (not used with a pool). `cells` stand for those of the configuration,
    where strategies, verifiers and judges do not go with each other as a grid. `begin` is told the runner before it
    starts, `watch` every finished run, `report` what a person should know. Give the same configuration again to go on
    with an evaluation that was cut off.
    """
    pool = None if config.pool is None else read_pool(config.pool, config.domain)
    examples, cells = _examples(config, pool, report), config.cells() if cells is None else cells
    if config.concurrency is not None and pool is None:
        options["concurrency"] = config.concurrency
    async with AsyncExitStack() as stack:
        opened = None
        cluster = _cluster(config, backend, options)
        if pool is None:
            opened = await connect(backend, **options)
            if opened is not backend:
                stack.push_async_callback(opened.aclose)
        model = opened.model if opened is not None else str((pool.about if pool else {}).get("model", "pool"))
        about = {**config.about(model), "versions": versions()}
        journal = None
        if config.out:
            journal = Journal(config.out, about, keep_tapes=config.keep_tapes, report=report)
            stack.callback(journal.close)
        same = {name: getattr(config, name) for name in ("repeat", "seed", "hold", "at_once", "patience")}
        runner = Runner(
            examples=examples, cells=cells, backend=opened, pool=pool,
            journal=journal, sampling=config.sampling(), grader=grader_named(config.grader),
            total=config.total_budget(), values=read_values(config.values), cluster=cluster, watch=watch,
            report=report, **same,
        )  # fmt: skip
        begin(runner)
        runs = await runner.run()
        head = {**about, "config": config.model_dump(), "config_hash": config.hash(model)}
        summary = summarise(runs, head, None if pool is None else pool_samples(pool, examples, runner.grader))
        if journal is not None:
            journal.write_summary(summary)
        return summary


def _cluster(config: EvalConfig, backend: Source, options: dict[str, Any]) -> Cluster | None:
    """The Ray cluster that makes the runs; None = this process."""
    if config.executor != "ray":
        return None
    from ttc.evaluation.cluster import Cluster  # only --executor ray needs what it imports

    return Cluster(backend, options, config.workers, config.ray_address)


def _examples(config: EvalConfig, pool: Pool | None, report: Callable[[str], None]) -> list[Example]:
    """The problems of the set; those of the pool if no set is named, and the pool's with the set's texts if one is."""
    if pool is not None and not config.set and config.data is None:
        wanted = levels_of(config.levels)
        found = [example for example in pool.examples if example.is_of(wanted)]
        if not found:
            raise ValueError(f"{config.pool} holds no problems of level {config.levels}")
        return found[: config.limit]
    if not config.set and config.data is None:
        raise ValueError("name a set (math500, aime24, aime25, gsm8k, lab:test), or give --data FILE or --pool FILE")
    examples = load_examples(
        config.set,
        data=config.data,
        limit=None if pool is not None else config.limit,
        levels=config.levels,
        domain=config.domain,
        bad_rows=config.bad_rows,
        report=report,
    )
    if pool is None:
        return examples
    held = [example for example in examples if example.problem.id in pool.problems]
    if not held:
        raise ValueError(f"the pool {config.pool} holds none of the {len(examples)} problems of the set")
    return held[: config.limit]
