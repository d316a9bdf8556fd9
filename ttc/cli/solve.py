"""`ttc solve`: one problem, one answer, what it cost."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from ttc.api import Solver
from ttc.budget.budget import Budget
from ttc.cli.options import (
    Calls,
    DomainName,
    Eflops,
    Json,
    JudgeName,
    MaxTokens,
    PriceIn,
    PriceOut,
    Prompt,
    Seconds,
    System,
    Temperature,
    Tokens,
    Usd,
    VerifierName,
    problem_of,
)
from ttc.cli.source import BaseUrl, Concurrency, Gguf, KeyEnv, Model, source_of
from ttc.core.result import Result
from ttc.types import Problem, Sampling

EXAMPLES = """
Examples:

    ttc solve "A farm has 12 pens with 7 hens each. 15 hens are sold. How many are left?"

    ttc solve "What is 17 * 23?" --base-url http://localhost:8000/v1 --tokens 8000

    ttc solve - --strategy best_of_n --set n=16 --verifier confidence --gguf model.gguf < problem.txt

    ttc solve "..." --strategy self_consistency --set stop=esc --seconds 30 --json

    ttc solve "..." --record run.jsonl ; ttc solve "..." --replay run.jsonl
"""


def solve(
    prompt: Prompt,
    strategy: Annotated[str, typer.Option("--strategy", "-s", help="See `ttc strategies`.")] = "auto",
    set_: Annotated[list[str] | None, typer.Option("--set", help="A knob of the strategy, as knob=value.")] = None,
    base_url: BaseUrl = None,
    model: Model = None,
    gguf: Gguf = None,
    api_key_env: KeyEnv = "OPENAI_API_KEY",
    tokens: Tokens = None,
    calls: Calls = None,
    seconds: Seconds = None,
    usd: Usd = None,
    price_in: PriceIn = None,
    price_out: PriceOut = None,
    eflops: Eflops = None,
    verifier: VerifierName = None,
    judge: JudgeName = None,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same run.")] = 0,
    temperature: Temperature = 0.8,
    max_tokens: MaxTokens = 1024,
    domain: DomainName = "math",
    system: System = None,
    concurrency: Concurrency = None,
    hold: Annotated[str, typer.Option("--hold", help="worst (never overspends) or typical (more at once).")] = "worst",
    record: Annotated[Path | None, typer.Option("--record", help="Write every call to this file.")] = None,
    replay: Annotated[Path | None, typer.Option("--replay", help="Answer calls from this file; no server.")] = None,
    json_: Json = False,
) -> None:
    """Solve one problem with more thought than one try, within a budget."""
    problem = problem_of(prompt, domain)
    budget = Budget(tokens=tokens, calls=calls, seconds=seconds, usd=usd, eflops=eflops)
    sampling = Sampling(temperature=temperature, max_tokens=max_tokens, system=system)
    exact_replay = replay is not None and record is None
    source, options = (None, {}) if exact_replay else source_of(base_url, model, gguf, api_key_env)
    options |= {"verifier": verifier, "judge": judge, "hold": hold, "concurrency": concurrency}
    options |= {"knobs": knobs_of(set_ or []), **prices_of(price_in, price_out)}
    solver = Solver(strategy, backend=source, budget=budget, sampling=sampling, seed=seed, **options)
    result = asyncio.run(_run(solver, problem, record, replay, live=not json_ and sys.stderr.isatty()))
    if json_:
        print(result.to_json())
    else:
        from ttc.cli.show import show

        show(result)
    raise typer.Exit(0 if result.answer is not None else 3)


solve.__doc__ = f"{solve.__doc__}\n{EXAMPLES}"


def knobs_of(pairs: list[str]) -> dict[str, str]:
    """`knob=value` texts as a mapping."""
    knobs = {}
    for pair in pairs:
        knob, equals, value = pair.partition("=")
        if not equals or not knob.strip():
            raise ValueError(f"--set {pair!r} sets no knob; write --set knob=value")
        knobs[knob.strip()] = value.strip()
    return knobs


def prices_of(prompt: float | None, output: float | None) -> dict[str, Any]:
    """The price list as an option of the backend, if both prices are given."""
    if (prompt is None) != (output is None):
        raise ValueError("--price-in and --price-out go together; give both, or neither")
    from ttc.backends.base import TokenPrices

    return {} if prompt is None else {"prices": TokenPrices(prompt, output)}


async def _run(solver: Solver, problem: Problem, record: Path | None, replay: Path | None, live: bool) -> Result:
    """Solve with a live view; the first Ctrl-C ends the run with its best answer so far."""
    from ttc.cli.live import Live

    loop = asyncio.get_running_loop()

    def interrupt() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        solver.stop()

    with contextlib.suppress(NotImplementedError):  # Windows loops have none; there Ctrl-C ends the process
        loop.add_signal_handler(signal.SIGINT, interrupt)
    try:
        with Live(enabled=live) as view:
            if live and (replay is None or record is not None):
                view.pricing = (await solver.open()).pricing
            return await solver.solve(problem, record=record, replay=replay, listeners=[view])
    finally:
        await solver.aclose()
