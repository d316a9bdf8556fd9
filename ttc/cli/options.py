"""Options that several commands share, each with its words; where the model comes from is in source.py."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ttc.types import Domain, Problem

Prompt = Annotated[str, typer.Argument(help="The problem; - reads it from standard input.")]
Tokens = Annotated[int | None, typer.Option("--tokens", help="Budget: output tokens of all calls.")]
Calls = Annotated[int | None, typer.Option("--calls", help="Budget: completions asked for.")]
Seconds = Annotated[float | None, typer.Option("--seconds", help="Budget: seconds until the answer.")]
Usd = Annotated[float | None, typer.Option("--usd", help="Budget: US dollars; needs known prices.")]
PriceIn = Annotated[float | None, typer.Option("--price-in", help="USD per million prompt tokens.")]
PriceOut = Annotated[float | None, typer.Option("--price-out", help="USD per million output tokens.")]
Eflops = Annotated[float | None, typer.Option("--eflops", help="Budget: 10^12 effective operations.")]
VerifierName = Annotated[str | None, typer.Option("--verifier", help="A verifier, as name or name:knob=value.")]
JudgeName = Annotated[str | None, typer.Option("--judge", help="A pairwise judge, as name or name:knob=value.")]
Temperature = Annotated[float, typer.Option("--temperature", help="Of the candidates.")]
MaxTokens = Annotated[int, typer.Option("--max-tokens", help="Of one candidate.")]
DomainName = Annotated[str, typer.Option("--domain", help="math, choice, code or open: how answers compare.")]
System = Annotated[str | None, typer.Option("--system", help="A system message.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def problem_of(prompt: str, domain: str) -> Problem:
    """The problem that is named, read from standard input where the prompt is a dash."""
    if domain not in ("math", "choice", "code", "open"):
        raise ValueError(f"--domain is {domain!r}; choose math, choice, code or open")
    kind: Domain = domain  # type: ignore[assignment]
    return Problem(sys.stdin.read() if prompt == "-" else prompt, domain=kind)
