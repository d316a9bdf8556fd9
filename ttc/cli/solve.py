"""`ttc solve`: one problem, one answer, what it cost."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from ttc.api import Solver
from ttc.cli.from_config import from_config
from ttc.cli.options import (
    BudgetOptions,
    DomainName,
    Json,
    JudgeName,
    Prompt,
    SamplingOptions,
    TestsFile,
    Values,
    VerifierName,
    knobs_of,
    problem_of,
    tests_of,
)
from ttc.cli.source import Concurrency, PricedSource
from ttc.core.result import Result
from ttc.types import Problem


@from_config
def solve(
    *,
    prompt: Prompt,
    strategy: Annotated[str, typer.Option("--strategy", "-s", help="See `ttc strategies`.")] = "auto",
    set_: Annotated[list[str] | None, typer.Option("--set", help="A knob of the strategy, as knob=value.")] = None,
    source: PricedSource,
    budget: BudgetOptions,
    verifier: VerifierName = None,
    judge: JudgeName = None,
    values: Values = None,
    tests: TestsFile = None,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same run.")] = 0,
    sampling: SamplingOptions,
    domain: DomainName = "math",
    concurrency: Concurrency = None,
    hold: Annotated[str, typer.Option("--hold", help="worst (never overspends) or typical (more at once).")] = "worst",
    record: Annotated[Path | None, typer.Option("--record", help="Write every call to this file.")] = None,
    replay: Annotated[Path | None, typer.Option("--replay", help="Answer calls from this file; no server.")] = None,
    json_: Json = False,
) -> None:
    """Solve one problem with more thought than one try, within a budget.

    Examples:

        ttc solve "Ann chooses 12 hats for 7 dollars a hat. Ann pays with 100 dollars. How much change does Ann get back?"

        ttc solve "What is 17 * 23?" --base-url http://localhost:8000/v1 --tokens 8000

        ttc solve - --strategy best_of_n --set n=16 --verifier confidence --set weight=answer --gguf model.gguf < problem.txt

        ttc solve "Compute the lcm of 12, 8 and 14." --strategy self_consistency --set stop=esc --seconds 30 --json

        ttc solve "Compute the lcm of 12, 8 and 14." --record run.jsonl

        ttc solve "Compute the lcm of 12, 8 and 14." --replay run.jsonl
    """  # noqa: E501 (a command is one line)
    problem = problem_of(prompt, domain, **tests_of(tests))
    exact_replay = replay is not None and record is None
    place, options = (None, {}) if exact_replay else source.backend()
    options |= {"verifier": verifier, "judge": judge, "hold": hold, "concurrency": concurrency, "seed": seed}
    options["values"] = values
    solver = Solver(strategy, backend=place, budget=budget, sampling=sampling, knobs=knobs_of(set_ or []), **options)
    result = asyncio.run(_run(solver, problem, record, replay, live=not json_ and sys.stderr.isatty()))
    if json_:
        print(result.to_json())
    else:
        from ttc.cli.show import show  # rich takes long to import

        show(result)
    raise typer.Exit(0 if result.answer is not None else 3)


async def _run(solver: Solver, problem: Problem, record: Path | None, replay: Path | None, live: bool) -> Result:
    """Solve with a live view; the first Ctrl-C ends the run with its best answer so far."""
    loop = asyncio.get_running_loop()

    def interrupt() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        solver.stop()

    with contextlib.suppress(NotImplementedError):  # Windows loops have none; there Ctrl-C ends the process
        loop.add_signal_handler(signal.SIGINT, interrupt)
    try:
        if not live:
            return await solver.solve(problem, record=record, replay=replay)
        from ttc.cli.live import Live  # rich is heavy

        with Live(enabled=True) as view:
            if replay is None or record is not None:
                view.pricing = (await solver.open()).pricing
            return await solver.solve(problem, record=record, replay=replay, listeners=[view])
    finally:
        await solver.aclose()
