"""`ttc fit`: a value profile from recorded samples, so that predictions and `auto` know this model."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ttc.auto.prior import ValueProfile, fit_profile
from ttc.cli.options import DomainName, check_folder, domain_of
from ttc.cli.output import console, table
from ttc.evaluation.graded_pool import graded_problems
from ttc.evaluation.pool import read_pool
from ttc.evaluation.vote_curve import CurvePoint, describe, held_out_curve

LEAST_PROBLEMS = 40
"""With fewer, the belief is not checked on problems left out."""


def fit(
    pools: Annotated[list[Path], typer.Argument(help="Pool files (JSONL, also gzipped), as ttc record writes them.")],
    out: Annotated[Path, typer.Option("--out", help="The value profile (JSON).")] = Path("profile.json"),
    name: Annotated[str | None, typer.Option("--name", help="Of the profile.  [default: the files' names]")] = None,
    components: Annotated[int, typer.Option("--components", help="Degrees of difficulty, at most.")] = 3,
    domain: DomainName = "math",
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Fit what is believed of a model to samples of it, and check the belief on problems left out of the fit.

    Examples:

        ttc record math500 --data math500.jsonl --n 32 --base-url http://localhost:8000/v1 --out pool.jsonl

        ttc fit pool.jsonl --out mine.json

        ttc plan "..." --tokens 8000 --values mine.json
    """
    kind = domain_of(domain)
    check_folder(out)  # told now, not after the fit
    problems = [problem for path in pools for problem in graded_problems(read_pool(path, kind))]
    profile = fit_profile(problems, name or "+".join(path.name.partition(".")[0] for path in pools), components)
    curve = held_out_curve(problems, components) if len(problems) >= LEAST_PROBLEMS else []
    profile.save(out)
    if json_:
        print(json.dumps({"profile": profile.model_dump(), "held_out": [asdict(point) for point in curve]}))
    else:
        _show(profile, curve, out)


def _show(profile: ValueProfile, curve: list[CurvePoint], out: Path) -> None:
    """The fitted belief, and its test."""
    printed = console()
    printed.print(f"[bold]{profile.name}[/]: {profile.problems} problems")
    belief = table(show_header=False, pad_edge=False)
    for what, value in describe(profile):
        belief.add_row(what, value)
    printed.print(belief)
    if curve:
        shown = table("votes", "expected", "measured", "± (problems)")
        for point in curve:
            numbers = (point.expected, point.measured, point.standard_error)
            shown.add_row(str(point.n), *(f"{value:.3f}" for value in numbers))
        printed.print("accuracy of voting, each half of the problems expected by the profile of the other half:")
        printed.print(shown)
    else:
        told = f"fewer than {LEAST_PROBLEMS} problems: the belief was not checked on problems left out"
        printed.print(f"[yellow]{told}[/]")
    printed.print(f"written to {out}", soft_wrap=True)
