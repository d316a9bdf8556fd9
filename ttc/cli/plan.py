"""`ttc plan`: what every strategy would cost and be worth, before anything is spent."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ttc.budget.budget import Budget
from ttc.cli.source import BaseUrl, Gguf, KeyEnv, Model, source_of
from ttc.types import Domain, Problem, Sampling

if TYPE_CHECKING:
    from ttc.budget.predict.choose import Row

EXAMPLES = """
Examples:

    ttc plan "A farm has 12 pens with 7 hens each. 15 hens are sold. How many are left?" --tokens 2000

    ttc plan "..." --seconds 20 --base-url http://localhost:8000/v1 --profile server.json --values mine.json

    ttc plan "..." --eflops 500 --probe 0 --model Qwen/Qwen3-8B --hardware H100 --length 1500
"""


def plan(
    prompt: Annotated[str, typer.Argument(help="The problem; - reads it from standard input.")],
    base_url: BaseUrl = None,
    model: Model = None,
    gguf: Gguf = None,
    api_key_env: KeyEnv = "OPENAI_API_KEY",
    tokens: Annotated[int | None, typer.Option("--tokens", help="Budget: output tokens of all calls.")] = None,
    calls: Annotated[int | None, typer.Option("--calls", help="Budget: completions asked for.")] = None,
    seconds: Annotated[float | None, typer.Option("--seconds", help="Budget: seconds until the answer.")] = None,
    usd: Annotated[float | None, typer.Option("--usd", help="Budget: US dollars; needs known prices.")] = None,
    price_in: Annotated[float | None, typer.Option("--price-in", help="USD per million prompt tokens.")] = None,
    price_out: Annotated[float | None, typer.Option("--price-out", help="USD per million output tokens.")] = None,
    usd_per_hour: Annotated[float | None, typer.Option("--usd-per-hour", help="Rent of your own devices.")] = None,
    eflops: Annotated[float | None, typer.Option("--eflops", help="Budget: 10^12 effective operations.")] = None,
    verifier: Annotated[str | None, typer.Option("--verifier", help="A verifier, as name or name:knob=value.")] = None,
    judge: Annotated[str | None, typer.Option("--judge", help="A pairwise judge, as name or name:knob=value.")] = None,
    strategy: Annotated[str | None, typer.Option("--strategy", "-s", help="Only these, with commas between.")] = None,
    probe: Annotated[int, typer.Option("--probe", help="Samples that are drawn to see lengths; 0 = none.")] = 4,
    length: Annotated[float | None, typer.Option("--length", help="Tokens of a solution, without a probe.")] = None,
    profile: Annotated[Path | None, typer.Option("--profile", help="Server profile of ttc calibrate.")] = None,
    values: Annotated[Path | None, typer.Option("--values", help="Value profile of ttc fit.")] = None,
    hardware: Annotated[str | None, typer.Option("--hardware", help="A100, H100, H200, L40S or B200.")] = None,
    config: Annotated[Path | None, typer.Option("--config", help="The model's config.json, for its shape.")] = None,
    batch: Annotated[float | None, typer.Option("--batch", help="Sequences the server runs at once; weights.")] = None,
    temperature: Annotated[float, typer.Option("--temperature", help="Of the candidates.")] = 0.8,
    max_tokens: Annotated[int, typer.Option("--max-tokens", help="Of one candidate.")] = 1024,
    domain: Annotated[str, typer.Option("--domain", help="math, choice, code or open: how answers compare.")] = "math",
    system: Annotated[str | None, typer.Option("--system", help="A system message.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the probe.")] = 0,
    json_: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say what each strategy would cost in every currency, how right it would be, and which fits the budget."""
    from ttc.cli.planning import Wish, planned

    if domain not in ("math", "choice", "code", "open"):
        raise ValueError(f"--domain is {domain!r}; choose math, choice, code or open")
    kind: Domain = domain  # type: ignore[assignment]
    wish = Wish(
        problem=Problem(sys.stdin.read() if prompt == "-" else prompt, domain=kind),
        budget=Budget(tokens=tokens, calls=calls, seconds=seconds, usd=usd, eflops=eflops),
        sampling=Sampling(temperature=temperature, max_tokens=max_tokens, system=system),
        source=(None, {}) if probe == 0 else source_of(base_url, model, gguf, api_key_env),
        model=model,
        gguf=gguf,
        config=config,
        verifier=verifier,
        judge=judge,
        strategies=None if strategy is None else strategy.split(","),
        probe=probe,
        length=length,
        profile=profile,
        values=values,
        hardware=hardware,
        batch=batch,
        prices=(price_in, price_out),
        usd_per_hour=usd_per_hour,
        seed=seed,
    )
    rows, notes, best = asyncio.run(planned(wish))
    if json_:
        found = {"rows": [row.to_dict() for row in rows], "notes": notes, "best": best.strategy if best else None}
        print(json.dumps(found, ensure_ascii=False))
    else:
        _show(rows, notes, best)


plan.__doc__ = f"{plan.__doc__}\n{EXAMPLES}"


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
