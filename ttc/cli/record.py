"""`ttc record`: draw samples once, for all strategies to come."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated, Any

import typer

from ttc.cli.from_config import Options, from_config
from ttc.cli.output import bar, say
from ttc.cli.source import Source
from ttc.connect import connect
from ttc.evaluation.config import RecordConfig, make_config
from ttc.evaluation.examples import Example, load_examples
from ttc.evaluation.record import PoolRecorder
from ttc.evaluation.record_pairs import MOST_PAIRS, PairRecorder
from ttc.evaluation.waiting import Waiting

TYPES = {"verifier": list[str] | None, "judge": list[str] | None}
"""Options that may be given again."""


@from_config
def record(
    *,
    set_: Annotated[str, typer.Argument(metavar="SET", help="As for ttc eval.")],
    options: Annotated[dict[str, Any], Options(config=RecordConfig, types=TYPES)],
    source: Source,
) -> None:
    """Draw samples of every problem into a pool file, on which strategies then run for free.

    Examples:

        ttc record lab:test:count=100 --n 32 --out pool.jsonl

        ttc record math500 --data math500.jsonl --n 64 --base-url http://localhost:8000/v1 --logprobs mean --out math.jsonl

        ttc eval --pool pool.jsonl --strategy self_consistency --n 4,32

        ttc record lab:test:count=100 --n 8 --judge pairwise --out judged.jsonl

    Give the same command again to go on where it was cut off, or with a larger --n.
    """  # noqa: E501 (a command is one line)
    config = make_config({**options, "set": set_}, kind=RecordConfig)
    rows: Any = {"data": config.data, "limit": config.limit, "domain": config.domain, "bad_rows": config.bad_rows}
    examples = load_examples(config.set, **rows, report=say)
    place, connection = source.backend()
    try:
        drawn, compared = asyncio.run(_record(config, examples, place, connection))
    except KeyboardInterrupt:
        say(f"stopped; what was drawn is in {config.out}: give the same command again to go on")
        raise
    say(f"{drawn} new samples in {config.out}, {len(examples)} problems x {config.n} in all")
    if config.judge:
        say(f"{compared} new pairs of samples were compared by {', '.join(config.judge)}")


async def _record(
    config: RecordConfig, examples: list[Example], place: str | None, connection: dict[str, Any]
) -> tuple[int, int]:
    """Connect, draw and compare, with bars on a terminal; new samples and new pairs."""
    backend = await connect(place, **connection)
    try:
        patient = Waiting(backend, config.patience, say)
        with bar("samples", len(examples) * config.n, sys.stderr.isatty()) as update:
            recorder = PoolRecorder(
                examples=examples,
                backend=patient,
                sampling=config.sampling(),
                seed=config.seed,
                about=config.about(),
                watch=lambda tokens: update(advance=1),
                logprobs=config.logprobs,
                verifiers=config.verifier,
                n=config.n,
                path=config.out,
                at_once=config.at_once,
            )
            drawn = await recorder.run()
        if not config.judge:
            return drawn, 0
        most = len(examples) * MOST_PAIRS * len(config.judge)
        with bar("pairs", most, sys.stderr.isatty()) as update:
            judges = PairRecorder(
                examples=examples,
                backend=patient,
                sampling=config.sampling(),
                seed=config.seed,
                watch=lambda: update(advance=1),
                judges=config.judge,
                path=config.out,
                at_once=config.at_once,
            )
            return drawn, await judges.run()
    finally:
        await backend.aclose()
