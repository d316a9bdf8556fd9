"""`ttc eval`: strategies on a set of problems, with intervals, costs and a journal that survives anything."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from ttc.cli.source import BaseUrl, Concurrency, Gguf, KeyEnv, Model, source_of

EXAMPLES = """
Examples:

    ttc eval lab:test:count=50 --strategy self_consistency,best_of_n --n 4,16 --out runs/lab

    ttc eval math500 --data math500.jsonl --base-url http://localhost:8000/v1 --strategy auto --n 8,64 --out runs/math

    ttc eval aime25 --base-url http://localhost:8000/v1 --temperature 0.6 --top-p 0.95 --max-tokens 32768 --repeat 4

    ttc eval --pool pool.jsonl.gz --strategy self_consistency --set stop=none --set stop=beta --n 8,32 --repeat 5 --json

    ttc eval gsm8k --data gsm8k.jsonl --budgets tokens=1000,2000,4000 --strategy auto --out runs/gsm8k

    ttc eval --config evaluation.toml

    ttc eval math500 --data math500.jsonl --base-url http://head:8000/v1 --executor ray --total tokens=20000000

Give the same command again to go on with an evaluation that was cut off. `ttc report DIR` makes the report.
"""


Problems = Annotated[
    str | None,
    typer.Argument(metavar="SET", help="math500, aime24, aime25, gsm8k, FILE.jsonl, lab:test, hf:ORG/NAME."),
]
Knobs = Annotated[
    list[str] | None, typer.Option("--set", help="knob=value or strategy.knob=value; again for a cell each.")
]
Budgets = Annotated[
    list[str] | None, typer.Option("--budgets", help="CURRENCY=VALUE,VALUE: tokens, calls, seconds, usd, eflops.")
]
Out = Annotated[str | None, typer.Option("--out", help="Folder of journal and results.  [default: runs/SET]")]
SkipBadRows = Annotated[
    bool | None, typer.Option("--skip-bad-rows", help="Leave bad rows out instead of refusing the file.")
]
Grader = Annotated[
    str | None, typer.Option("--grader", help="equivalence, identical, math_verify, or MODULE:FUNCTION.")
]
Prompt = Annotated[str | None, typer.Option("--prompt", help="boxed, aime, answer_line, lighteval or plain.")]
Patience = Annotated[
    float | None, typer.Option("--patience", help="Seconds to wait for a server that is away.  [default: 600]")
]
Total = Annotated[
    list[str] | None,
    typer.Option("--total", help="What all runs together may spend: CURRENCY=VALUE, for this call."),
]
Workers = Annotated[int | None, typer.Option("--workers", help="Processes of the Ray cluster.  [default: one a CPU]")]
RayAddress = Annotated[
    str | None, typer.Option("--ray-address", help="Its head.  [default: $RAY_ADDRESS, else this machine]")
]
KeepTapes = Annotated[bool | None, typer.Option("--keep-tapes", help="Keep the recordings of finished runs.")]


def eval_(
    set_name: Problems = None,
    strategy: Annotated[str | None, typer.Option("--strategy", "-s", help="Names with commas.")] = None,
    set_: Knobs = None,
    n: Annotated[str | None, typer.Option("--n", help="Values of the knob n, with commas.")] = None,
    budgets: Budgets = None,
    verifier: Annotated[str | None, typer.Option("--verifier", help="Name, name:knob=value, or pool:NAME.")] = None,
    judge: Annotated[str | None, typer.Option("--judge", help="A pairwise judge, as name or name:knob=value.")] = None,
    repeat: Annotated[int | None, typer.Option("--repeat", help="Runs of every cell on every problem.")] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Of the first repeat.  [default: 0]")] = None,
    out: Out = None,
    data: Annotated[str | None, typer.Option("--data", help="JSONL of {id, problem, answer, level?}.")] = None,
    pool: Annotated[str | None, typer.Option("--pool", help="Run on recorded samples instead of a model.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", help="Only the first so many problems.")] = None,
    levels: Annotated[str | None, typer.Option("--levels", help="Only problems of these, as 3-5 or 1,3.")] = None,
    skip_bad_rows: SkipBadRows = None,
    grader: Grader = None,
    prompt: Prompt = None,
    domain: Annotated[str | None, typer.Option("--domain", help="math, choice, code or open.")] = None,
    system: Annotated[str | None, typer.Option("--system", help="A system message.")] = None,
    temperature: Annotated[float | None, typer.Option("--temperature", help="[default: 0.8]")] = None,
    top_p: Annotated[float | None, typer.Option("--top-p", help="[default: 1.0]")] = None,
    max_tokens: Annotated[int | None, typer.Option("--max-tokens", help="Of one sample.  [default: 1024]")] = None,
    hold: Annotated[str | None, typer.Option("--hold", help="worst or typical, see ttc solve.")] = None,
    base_url: BaseUrl = None,
    model: Model = None,
    gguf: Gguf = None,
    api_key_env: KeyEnv = "OPENAI_API_KEY",
    price_in: Annotated[float | None, typer.Option("--price-in", help="USD per million prompt tokens.")] = None,
    price_out: Annotated[float | None, typer.Option("--price-out", help="USD per million output tokens.")] = None,
    concurrency: Concurrency = None,
    at_once: Annotated[int | None, typer.Option("--at-once", help="Runs in flight.  [default: 64]")] = None,
    patience: Patience = None,
    total: Total = None,
    executor: Annotated[str | None, typer.Option("--executor", help="local, or ray (extra 'ray').")] = None,
    workers: Workers = None,
    ray_address: RayAddress = None,
    keep_tapes: KeepTapes = None,
    config: Annotated[Path | None, typer.Option("--config", help="TOML or YAML with these options.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Evaluate strategies on a set of problems: accuracy with intervals against what it cost."""
    raise typer.Exit(_evaluate(dict(locals())))


eval_.__doc__ = f"{eval_.__doc__}\n{EXAMPLES}"


def knobs_of(pairs: list[str]) -> dict[str, Any]:
    """`knob=value` texts as a mapping; a knob that is given again gets a list of its values."""
    from ttc.cli.solve import knobs_of as one

    knobs: dict[str, Any] = {}
    for pair in pairs:
        for knob, value in one([pair]).items():
            knobs.setdefault(knob, []).append(value)
    return knobs


def values_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """The options of the command as the fields of an evaluation's settings."""
    values = {name: value for name, value in given.items() if name not in ("config", "json_", "set_", "set_name")}
    if given["api_key_env"] == "OPENAI_API_KEY":
        del values["api_key_env"]  # the default, so that a file may say something else
    return {**values, "set": given["set_name"], "knobs": knobs_of(given["set_"] or []) or None}


def _evaluate(given: Mapping[str, Any]) -> int:
    """Run it; the exit status."""
    from ttc.cli.progress import EvalProgress, show_summary
    from ttc.cli.solve import prices_of
    from ttc.evaluation.config import make_config
    from ttc.evaluation.evaluate import evaluate

    config = make_config(values_of(given), given["config"])
    source: str | None = None
    options: dict[str, Any] = {}
    if config.pool is None:
        source, options = source_of(config.base_url, config.model, config.gguf, config.api_key_env)
        options |= prices_of(config.price_in, config.price_out)
        if config.out is None:
            place = config.set or Path(config.data or "problems").stem
            config = config.model_copy(update={"out": "runs/" + re.sub(r"[^\w.-]+", "-", place)})
    with EvalProgress(live=sys.stderr.isatty()) as progress:
        watching: dict[str, Any] = {"begin": progress.begin, "watch": progress.watch, "report": progress.report}
        try:
            if config.out is not None:
                progress.report(f"journal and results are in {config.out}")
            summary = asyncio.run(evaluate(config, backend=source, **watching, **options))
        except KeyboardInterrupt:
            progress.report(_told(config.out))
            raise
    if given["json_"]:
        print(json.dumps(summary, ensure_ascii=False))
    else:
        show_summary(summary)
    answered = sum(cell["n_runs"] - cell["no_answer"] for cell in summary["cells"])
    return 0 if answered else 3


def _told(out: str | None) -> str:
    if out is None:
        return "stopped; nothing was kept, for --out names no folder"
    return f"stopped; all that was paid for is in {out}: give the same command again to go on"
