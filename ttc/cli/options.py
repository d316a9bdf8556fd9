"""Options that several commands share, each with its words; where the model comes from is in source.py."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ttc.budget.budget import Budget
from ttc.cli.from_config import Options
from ttc.types import Domain, Problem, Sampling

BUDGET = {
    "tokens": "Budget: output tokens of all calls.",
    "calls": "Budget: completions asked for.",
    "seconds": "Budget: seconds until the answer.",
    "usd": "Budget: US dollars; needs known prices.",
    "eflops": "Budget: 10^12 effective operations.",
}
SAMPLING = {
    "temperature": "Of the candidates.",
    "max_tokens": "Of one candidate.",
    "system": "A system message.",
}
DOMAINS = ("math", "choice", "code", "open")

Prompt = Annotated[str, typer.Argument(help="The problem; - reads it from standard input.")]
BudgetOptions = Annotated[Budget, Options(BUDGET)]
SamplingOptions = Annotated[Sampling, Options(SAMPLING)]
System = Annotated[str | None, typer.Option("--system", help=SAMPLING["system"])]
VERIFIER = "A verifier, as name or name:knob=value."
VerifierName = Annotated[str | None, typer.Option("--verifier", help=VERIFIER)]
JudgeName = Annotated[str | None, typer.Option("--judge", help="A pairwise judge, as name or name:knob=value.")]
DomainName = Annotated[str, typer.Option("--domain", help="math, choice, code or open: how answers compare.")]
VALUES = "Value profile: a file of ttc fit, or a shipped one's name."
Values = Annotated[str | None, typer.Option("--values", help=VALUES)]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


TestsFile = Annotated[Path | None, typer.Option("--tests", help="Tests for verifiers that run code.")]


def domain_of(name: str, known: tuple[str, ...] = DOMAINS) -> Domain:
    """The domain of that name; ValueError where it is none of `known`."""
    if name not in known:
        raise ValueError(f"--domain is {name!r}; choose {', '.join(known[:-1])} or {known[-1]}")
    return name  # type: ignore[return-value]


def problem_of(prompt: str, domain: str, **meta: str) -> Problem:
    """The problem that is named, read from standard input where the prompt is a dash."""
    kind = domain_of(domain)
    return Problem(sys.stdin.read() if prompt == "-" else prompt, domain=kind, meta=meta)


def tests_of(file: Path | None) -> dict[str, str]:
    """The tests in a file as `meta` of a problem; nothing without one."""
    return {} if file is None else {"tests": file.read_text(encoding="utf-8")}


def knobs_of(pairs: list[str]) -> dict[str, str]:
    """`knob=value` texts as a mapping."""
    knobs = {}
    for pair in pairs:
        knob, equals, value = pair.partition("=")
        if not equals or not knob.strip():
            raise ValueError(f"--set {pair!r} sets no knob; write --set knob=value")
        knobs[knob.strip()] = value.strip()
    return knobs


def check_folder(out: Path) -> None:
    """Raise ValueError where the folder of a file that is to be written does not exist."""
    if not out.parent.is_dir():
        raise ValueError(f"--out is {out}; there is no folder {out.parent}")
