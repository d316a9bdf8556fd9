"""`ttc eval`: strategies on a set of problems, with intervals, costs and a journal that survives anything."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ttc.cli.from_config import Options, from_config
from ttc.cli.options import JudgeName, System, knobs_of
from ttc.cli.progress import EvalProgress, show_summary
from ttc.cli.source import Concurrency, PricedSource
from ttc.evaluation.config import EvalConfig, make_config
from ttc.evaluation.evaluate import evaluate

TEXTS = {"strategy": str, "n": str, "knobs": list[str], "budgets": list[str], "total": list[str]}
"""Lists are texts with commas, or options that may be given again."""
FLAGS = {"strategy": ("--strategy", "-s"), "knobs": ("--set",)}
EvalOptions = Annotated[dict[str, Any], Options(config=EvalConfig, flags=FLAGS, types=TEXTS, unset=True)]


@from_config
def eval_(
    *,
    set_: Annotated[
        str | None,
        typer.Argument(metavar="SET", help="math500, aime24, aime25, gsm8k, FILE.jsonl, lab:test, hf:ORG/NAME."),
    ] = None,
    options: EvalOptions,
    judge: JudgeName = None,
    system: System = None,
    source: PricedSource,
    concurrency: Concurrency = None,
    config: Annotated[Path | None, typer.Option("--config", help="TOML or YAML with these options.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Evaluate strategies on a set of problems: accuracy with intervals against what it cost.

    Examples:

        ttc eval lab:test:count=50 --strategy self_consistency,best_of_n --n 4,16 --out runs/lab

        ttc eval math500 --data math500.jsonl --base-url http://localhost:8000/v1 --strategy auto --n 8,64 --out runs/math

        ttc eval aime25 --base-url http://localhost:8000/v1 --temperature 0.6 --top-p 0.95 --max-tokens 32768 --repeat 4

        ttc eval --pool pool.jsonl.gz --strategy self_consistency --set stop=none --set stop=beta --n 8,32 --repeat 5 --json

        ttc eval gsm8k --data gsm8k.jsonl --budgets tokens=1000,2000,4000 --strategy auto --out runs/gsm8k

        ttc eval --config evaluation.toml

        ttc eval math500 --data math500.jsonl --base-url http://head:8000/v1 --executor ray --total tokens=20000000

    Give the same command again to go on with an evaluation that was cut off. `ttc report DIR` makes the report.
    """  # noqa: E501 (a command is one line)
    values = {**options, "set": set_, "judge": judge, "system": system, "concurrency": concurrency, **source.given()}
    found: EvalConfig = make_config({**values, "knobs": _cells_of(options["knobs"] or []) or None}, config)
    summary = _evaluate(found)
    if json_:
        print(json.dumps(summary, ensure_ascii=False))
    else:
        show_summary(summary)
    answered = sum(cell["n_runs"] - cell["no_answer"] for cell in summary["cells"])
    raise typer.Exit(0 if answered else 3)


def _cells_of(pairs: list[str]) -> dict[str, list[str]]:
    """`knob=value` texts as a mapping to lists: a knob that is given again gets several values."""
    knobs: dict[str, list[str]] = {}
    for pair in pairs:
        for knob, value in knobs_of([pair]).items():
            knobs.setdefault(knob, []).append(value)
    return knobs


def _evaluate(config: EvalConfig) -> dict[str, Any]:
    """Run it with a live view; its summary."""
    place: str | None = None
    options: dict[str, Any] = {}
    if config.pool is None:
        names = ("base_url", "model", "gguf", "api_key_env", "price_in", "price_out")
        place, options = PricedSource(*(getattr(config, name) for name in names)).backend()
        if config.out is None:
            folder = config.set or Path(config.data or "problems").stem
            config = config.model_copy(update={"out": "runs/" + re.sub(r"[^\w.-]+", "-", folder)})
    with EvalProgress(live=sys.stderr.isatty()) as progress:
        watching: dict[str, Any] = {"begin": progress.begin, "watch": progress.watch, "report": progress.report}
        try:
            if config.out is not None:
                progress.report(f"journal and results are in {config.out}")
            return asyncio.run(evaluate(config, backend=place, **watching, **options))
        except KeyboardInterrupt:
            progress.report(_told(config.out))
            raise


def _told(out: str | None) -> str:
    if out is None:
        return "stopped; nothing was kept, for --out names no folder"
    return f"stopped; all that was paid for is in {out}: give the same command again to go on"
