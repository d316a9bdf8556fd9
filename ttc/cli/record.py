"""`ttc record`: draw samples once, for all strategies to come."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from ttc.cli.source import BaseUrl, Gguf, KeyEnv, Model, source_of

EXAMPLES = """
Examples:

    ttc record lab:test:count=100 --n 32 --out pool.jsonl

    ttc record math500 --data math500.jsonl --n 64 --base-url http://localhost:8000/v1 --logprobs mean --out math.jsonl

    ttc eval --pool pool.jsonl --strategy self_consistency --n 4,32

Give the same command again to go on where it was cut off, or with a larger --n.
"""


def record(
    set_name: Annotated[str, typer.Argument(metavar="SET", help="As for ttc eval.")],
    out: Annotated[Path, typer.Option("--out", help="The pool file (JSONL).")],
    n: Annotated[int, typer.Option("--n", help="Samples of each problem.")] = 16,
    data: Annotated[str | None, typer.Option("--data", help="JSONL of {id, problem, answer, level?}.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", help="Only the first so many problems.")] = None,
    skip_bad_rows: Annotated[bool, typer.Option("--skip-bad-rows", help="Leave bad rows out.")] = False,
    logprobs: Annotated[
        str | None, typer.Option("--logprobs", help="mean (of each sample), or tokens (all of them, large).")
    ] = None,
    verifier: Annotated[
        list[str] | None, typer.Option("--verifier", help="Score each sample with it; read as pool:NAME.")
    ] = None,
    base_url: BaseUrl = None,
    model: Model = None,
    gguf: Gguf = None,
    api_key_env: KeyEnv = "OPENAI_API_KEY",
    seed: Annotated[int, typer.Option("--seed", help="The same seed draws the same samples.")] = 0,
    temperature: Annotated[float, typer.Option("--temperature", help="Of the samples.")] = 0.8,
    top_p: Annotated[float, typer.Option("--top-p", help="Of the samples.")] = 1.0,
    max_tokens: Annotated[int, typer.Option("--max-tokens", help="Of one sample.")] = 1024,
    prompt: Annotated[
        str | None, typer.Option("--prompt", help="boxed, aime, answer_line, lighteval or plain.")
    ] = None,
    domain: Annotated[str, typer.Option("--domain", help="math, choice, code or open.")] = "math",
    at_once: Annotated[int, typer.Option("--at-once", help="Calls in flight.")] = 64,
    patience: Annotated[float, typer.Option("--patience", help="Seconds to wait for a server that is away.")] = 600.0,
) -> None:
    """Draw samples of every problem into a pool file, on which strategies then run for free."""
    from ttc.evaluation.config import make_config
    from ttc.evaluation.examples import load_examples

    values = {"set": set_name, "prompt": prompt, "temperature": temperature, "top_p": top_p, "max_tokens": max_tokens}
    config = make_config({**values, "seed": seed, "domain": domain, "patience": patience})
    bad_rows: Any = "skip" if skip_bad_rows else "refuse"
    examples = load_examples(set_name, data=data, limit=limit, domain=config.domain, bad_rows=bad_rows, report=_say)
    source, options = source_of(base_url, model, gguf, api_key_env)
    drawing = {"logprobs": logprobs, "verifiers": verifier or [], "n": n, "path": out, "at_once": at_once}
    try:
        drawn = asyncio.run(_record(config, examples, source, options, drawing))
    except KeyboardInterrupt:
        _say(f"stopped; what was drawn is in {out}: give the same command again to go on")
        raise
    _say(f"{drawn} new samples in {out}, {len(examples)} problems x {n} in all")


record.__doc__ = f"{record.__doc__}\n{EXAMPLES}"


async def _record(config: Any, examples: list[Any], source: str | None, options: Any, drawing: dict[str, Any]) -> int:
    """Connect and draw, with a bar on a terminal."""
    from ttc.connect import connect
    from ttc.evaluation.record import PoolRecorder
    from ttc.evaluation.waiting import Patient

    backend = await connect(source, **options)
    try:
        with _bar(len(examples) * drawing["n"]) as watch:
            about = config.about(backend.model)
            recorder = PoolRecorder(
                examples=examples,
                backend=Patient(backend, config.patience, _say),
                sampling=config.sampling(),
                seed=config.seed,
                about={name: about[name] for name in ("set", "sampling", "seed", "domain")},
                watch=watch,
                **drawing,
            )
            return await recorder.run()
    finally:
        await backend.aclose()


@contextlib.contextmanager
def _bar(total: int) -> Iterator[Callable[[int], None]]:
    if not sys.stderr.isatty():
        yield lambda tokens: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("samples", total=total)
        yield lambda tokens: progress.advance(task)


def _say(message: str) -> None:
    print(f"ttc: {message}", file=sys.stderr)
