"""`ttc plan`: what every strategy would cost and be worth, before anything is spent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

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
from ttc.cli.source import BaseUrl, Gguf, KeyEnv, Model, source_of
from ttc.types import Sampling

if TYPE_CHECKING:
    from ttc.plan.inputs import Wish
    from ttc.plan.table import Row

EXAMPLES = """
Examples:

    ttc plan "A farm has 12 pens with 7 hens each. 15 hens are sold. How many are left?" --tokens 2000

    ttc plan "..." --seconds 20 --base-url http://localhost:8000/v1 --profile server.json --values mine.json

    ttc plan "..." --eflops 500 --probe 0 --model Qwen/Qwen3-8B --hardware H100 --length 1500
"""


def plan(
    prompt: Prompt,
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
    usd_per_hour: Annotated[float | None, typer.Option("--usd-per-hour", help="Rent of your own devices.")] = None,
    eflops: Eflops = None,
    verifier: VerifierName = None,
    judge: JudgeName = None,
    strategy: Annotated[str | None, typer.Option("--strategy", "-s", help="Only these, with commas between.")] = None,
    probe: Annotated[int, typer.Option("--probe", help="Samples that are drawn to see lengths; 0 = none.")] = 4,
    length: Annotated[float | None, typer.Option("--length", help="Tokens of a solution, without a probe.")] = None,
    profile: Annotated[Path | None, typer.Option("--profile", help="Server profile of ttc calibrate.")] = None,
    values: Annotated[Path | None, typer.Option("--values", help="Value profile of ttc fit.")] = None,
    hardware: Annotated[str | None, typer.Option("--hardware", help="A100, H100, H200, L40S or B200.")] = None,
    config: Annotated[Path | None, typer.Option("--config", help="The model's config.json, for its shape.")] = None,
    batch: Annotated[float | None, typer.Option("--batch", help="Sequences the server runs at once; weights.")] = None,
    temperature: Temperature = 0.8,
    max_tokens: MaxTokens = 1024,
    domain: DomainName = "math",
    system: System = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the probe.")] = 0,
    json_: Json = False,
) -> None:
    """Say what each strategy would cost in every currency, how right it would be, and which fits the budget."""
    given = locals()
    from ttc.plan.inputs import planned

    rows, notes, best = asyncio.run(planned(wish_of(given)))
    if json_:
        found = {"rows": [row.to_dict() for row in rows], "notes": notes, "best": best.strategy if best else None}
        print(json.dumps(found, ensure_ascii=False))
    else:
        _show(rows, notes, best)


plan.__doc__ = f"{plan.__doc__}\n{EXAMPLES}"


def wish_of(given: Mapping[str, Any]) -> Wish:
    """The options of the command, by their names, as the planner takes them."""
    from ttc.plan.inputs import Wish

    same = ("model", "gguf", "config", "verifier", "judge", "probe", "length", "profile", "values", "hardware", "batch")
    strategy = given["strategy"]
    model = [given[name] for name in ("base_url", "model", "gguf", "api_key_env")]
    return Wish(
        **{name: given[name] for name in (*same, "usd_per_hour", "seed")},
        problem=problem_of(given["prompt"], given["domain"]),
        budget=Budget(**{name: given[name] for name in ("tokens", "calls", "seconds", "usd", "eflops")}),
        sampling=Sampling(**{name: given[name] for name in ("temperature", "max_tokens", "system")}),
        source=(None, {}) if given["probe"] == 0 else source_of(*model),
        strategies=None if strategy is None else strategy.split(","),
        prices=(given["price_in"], given["price_out"]),
    )


def _show(rows: list[Row], notes: list[str], best: Row | None) -> None:
    """The table: what fits and can run first, then the rest."""
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    heads = ("strategy", "knobs", "tokens", "calls", "seconds", "USD", "T eFLOPs", "P(right)", "fits")
    table = Table(*heads, box=None, header_style="bold", pad_edge=False)
    for row in sorted(rows, key=lambda row: (not row.fits, row.needs is not None, -(row.accuracy or 0))):
        knobs = ", ".join(f"{knob}={value}" for knob, value in row.knobs.items()) or "(default)"
        costs = row.costs
        verdict = ("yes" if row.fits else "no: " + ", ".join(row.lacks)) + (f"; needs {row.needs}" if row.needs else "")
        style = "bold green" if row is best else "dim" if not row.fits or row.needs else ""
        amounts = (costs.tokens, costs.calls, costs.seconds, costs.usd, costs.eflops)
        right = "-" if row.accuracy is None else f"{row.accuracy:.2f}"
        table.add_row(row.strategy, knobs, *map(_number, amounts), right, verdict, style=style)
    console.print(table)
    if best is not None:
        console.print(f"best predicted within the budget: [bold green]{best.strategy}[/]")
    for note in notes:
        console.print(f"[dim]{note}[/]")


def _number(value: float | None) -> str:
    """Three significant digits; - for unknown."""
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
