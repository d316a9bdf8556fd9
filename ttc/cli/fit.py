"""`ttc fit`: a value profile from recorded samples, so that predictions and `auto` know this model."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ttc.auto.prior import ValueProfile
    from ttc.evaluation.vote_curve import CurvePoint

EXAMPLES = """
Examples:

    ttc record math500 --data math500.jsonl --n 32 --base-url http://localhost:8000/v1 --out pool.jsonl

    ttc fit pool.jsonl --out mine.json

    ttc plan "..." --tokens 8000 --values mine.json
"""


def fit(
    pools: Annotated[list[Path], typer.Argument(help="Pool files (JSONL, also gzipped), as ttc record writes them.")],
    out: Annotated[Path, typer.Option("--out", help="The value profile (JSON).")] = Path("profile.json"),
    name: Annotated[str | None, typer.Option("--name", help="Of the profile.  [default: the files' names]")] = None,
    components: Annotated[int, typer.Option("--components", help="Degrees of difficulty, at most.")] = 3,
    domain: Annotated[str, typer.Option("--domain", help="math, choice, code or open: how answers compare.")] = "math",
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Fit what is believed of a model to samples of it, and check the belief on problems left out of the fit."""
    from ttc.auto.prior import fit_profile
    from ttc.evaluation.graded_pool import observed
    from ttc.evaluation.pool import read_pool
    from ttc.evaluation.vote_curve import held_out_curve

    if domain not in ("math", "choice", "code", "open"):
        raise ValueError(f"--domain is {domain!r}; choose math, choice, code or open")
    if not out.parent.is_dir():  # told now, not after the fit
        raise ValueError(f"--out is {out}; there is no folder {out.parent}")
    problems = [problem for path in pools for problem in observed(read_pool(path, domain))]  # type: ignore[arg-type]
    profile = fit_profile(problems, name or "+".join(path.name.partition(".")[0] for path in pools), components)
    curve = held_out_curve(problems, components) if len(problems) >= 40 else []
    profile.save(out)
    if json_:
        print(json.dumps({"profile": profile.model_dump(), "held_out": [asdict(point) for point in curve]}))
    else:
        _show(profile, curve, out)


fit.__doc__ = f"{fit.__doc__}\n{EXAMPLES}"


def _show(profile: ValueProfile, curve: list[CurvePoint], out: Path) -> None:
    """The fitted belief, and its test."""
    from rich.console import Console
    from rich.table import Table

    from ttc.evaluation.vote_curve import describe

    console = Console(highlight=False)
    console.print(f"[bold]{profile.name}[/]: {profile.problems} problems")
    belief = Table(box=None, show_header=False, pad_edge=False)
    for what, value in describe(profile):
        belief.add_row(what, value)
    console.print(belief)
    if curve:
        table = Table("votes", "expected", "measured", "± (problems)", box=None, header_style="bold")
        for point in curve:
            numbers = (point.expected, point.measured, point.standard_error)
            table.add_row(str(point.n), *(f"{value:.3f}" for value in numbers))
        console.print("accuracy of voting, each half of the problems expected by the profile of the other half:")
        console.print(table)
    else:
        console.print("[yellow]fewer than 40 problems: the belief was not checked on problems left out[/]")
    console.print(f"written to {out}", soft_wrap=True)
