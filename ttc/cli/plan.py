"""`ttc plan`: what every strategy would cost and be worth, before anything is spent."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Annotated, Any

import typer

from ttc.cli.from_config import Options, from_config
from ttc.cli.options import (
    BudgetOptions,
    DomainName,
    Json,
    JudgeName,
    Prompt,
    SamplingOptions,
    VerifierName,
    problem_of,
)
from ttc.cli.output import console, table
from ttc.cli.source import PricedSource
from ttc.plan.inputs import PlanInputs, make_plan
from ttc.plan.table import Row


@from_config
def plan(
    *,
    prompt: Prompt,
    source: PricedSource,
    budget: BudgetOptions,
    verifier: VerifierName = None,
    judge: JudgeName = None,
    strategy: Annotated[str | None, typer.Option("--strategy", "-s", help="Only these, with commas between.")] = None,
    given: Annotated[dict[str, Any], Options(config=PlanInputs, flags={"calibration": ("--calibration", "--profile")})],
    sampling: SamplingOptions,
    domain: DomainName = "math",
    json_: Json = False,
) -> None:
    """Say what each strategy would cost in every currency, how right it would be, and which fits the budget.

    Examples:

        ttc plan "Ann chooses 12 hats for 7 dollars a hat. Ann pays with 100 dollars. How much change does Ann get back?" --tokens 2000

        ttc plan "..." --seconds 20 --base-url http://localhost:8000/v1 --calibration server.json --values mine.json

        ttc plan "..." --eflops 500 --probe 0 --model Qwen/Qwen3-8B --hardware H100 --length 1500
    """  # noqa: E501 (a command is one line)
    inputs = PlanInputs(
        problem_of(prompt, domain), budget=budget, sampling=sampling, verifier=verifier, judge=judge,
        strategies=None if strategy is None else strategy.split(","), model=source.model, gguf=source.gguf,
        prices=source.prices, **given,
    )  # fmt: skip
    if inputs.probe:
        place, options = source.backend()
        inputs = replace(inputs, backend=place, options=options)
    rows, notes, best = asyncio.run(make_plan(inputs))
    if json_:
        found = {"rows": [row.to_dict() for row in rows], "notes": notes, "best": best.strategy if best else None}
        print(json.dumps(found, ensure_ascii=False))
    else:
        _show(rows, notes, best)


def _show(rows: list[Row], notes: list[str], best: Row | None) -> None:
    """The table: what fits and can run first, then the rest."""
    out = console()
    heads = ("strategy", "knobs", "tokens", "calls", "seconds", "USD", "T eFLOPs", "P(right)", "fits")
    shown = table(*heads, pad_edge=False)
    for row in sorted(rows, key=lambda row: (not row.fits, row.needs is not None, -(row.accuracy or 0))):
        knobs = ", ".join(f"{knob}={value}" for knob, value in row.knobs.items()) or "(default)"
        costs = row.costs
        verdict = row.verdict + (f"; needs {row.needs}" if row.needs else "")
        style = "bold green" if row is best else "dim" if not row.fits or row.needs else ""
        amounts = (costs.tokens, costs.calls, costs.seconds, costs.usd, costs.eflops)
        right = "-" if row.accuracy is None else f"{row.accuracy:.2f}"
        shown.add_row(row.strategy, knobs, *map(_number, amounts), right, verdict, style=style)
    out.print(shown)
    if best is not None:
        out.print(f"best predicted within the budget: [bold green]{best.strategy}[/]")
    for note in notes:
        out.print(f"[dim]{note}[/]")


def _number(value: float | None) -> str:
    """Three significant digits; - for unknown."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
