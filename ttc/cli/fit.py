"""`ttc fit`: a value profile from recorded samples, so that predictions and `auto` know this model."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ttc.belief.classes import Model
from ttc.belief.fit_judge import JudgedPair
from ttc.belief.fit_profile import Fitted, described, fit_profile
from ttc.belief.lookup import PROSE
from ttc.belief.profile import ValueProfile, nearest_profile, shipped_profile
from ttc.cli.options import DomainName, check_folder, domain_of
from ttc.cli.output import console, table
from ttc.evaluation.graded_candidates import graded, judged_pairs
from ttc.evaluation.pool import Pool, read_pool
from ttc.evaluation.vote_curve import CurvePoint, held_out_curve
from ttc.prices.models import find_shape

LEAST_PROBLEMS = 40
"""With fewer, the expected accuracy of votes is not compared with that on problems left out."""
NO_CENTRE = "none"


def fit(
    pools: Annotated[list[Path], typer.Argument(help="Pool files (JSONL, also gzipped), as ttc record writes them.")],
    out: Annotated[Path, typer.Option("--out", help="The value profile (JSON).")] = Path("profile.json"),
    name: Annotated[str | None, typer.Option("--name", help="Of the profile.  [default: the files' names]")] = None,
    model: Annotated[
        str | None, typer.Option("--model", help="Whose samples they are.  [default: as recorded]")
    ] = None,
    parameters: Annotated[
        float | None, typer.Option("--parameters", help="Of the model, in 10^9; active ones of a mixture.")
    ] = None,
    thinks: Annotated[bool, typer.Option("--thinks", help="The model thinks before it answers.")] = False,
    centre: Annotated[
        str | None, typer.Option("--centre", help="A shipped profile to lean on, or none.  [default: the nearest]")
    ] = None,
    components: Annotated[
        int, typer.Option("--components", help="Has no effect: a law has three degrees of difficulty.")
    ] = 3,
    domain: DomainName = "math",
    json_: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Fit what is believed of a model to samples of it, and check the belief on problems left out of the fit.

    Verifiers and judges that were recorded get their worth, if there is enough of them. Examples:

        ttc record math500 --data math500.jsonl --n 32 --base-url http://localhost:8000/v1 --out pool.jsonl

        ttc fit pool.jsonl --out mine.json

        ttc solve "..." --values mine.json
    """
    kind = domain_of(domain)
    check_folder(out)  # told now, not after the fit
    read = [read_pool(path, kind) for path in pools]
    whose = _model(model, parameters, thinks, read)
    near = (
        None if centre == NO_CENTRE else nearest_profile(whose, domain) if centre is None else shipped_profile(centre)
    )
    problems = [problem for pool in read for problem in graded(pool)]
    named = name or "+".join(path.name.partition(".")[0] for path in pools)
    fitted = fit_profile(problems, named, whose, domain, centre=near, judged=_judged(read))
    law = None if near is None else near.streams.get(PROSE, next(iter(near.streams.values()))).theta
    curve = held_out_curve(problems, law) if len(problems) >= LEAST_PROBLEMS else []
    fitted.profile.save(out)
    if json_:
        shown = {"profile": fitted.profile.model_dump(), "notes": fitted.notes}
        print(json.dumps({**shown, "held_out": [asdict(point) for point in curve]}))
    else:
        _show(fitted, near, curve, out)


def _model(name: str | None, parameters: float | None, thinks: bool, pools: Sequence[Pool]) -> Model:
    """The model: as it is named, else as the pools say; a well-known name tells its size."""
    recorded = {str(pool.about["model"]) for pool in pools if "model" in pool.about}
    if name is None and len(recorded) > 1:
        raise ValueError(
            f"the pools are of {', '.join(sorted(recorded))}; fit one profile for each, or give --model NAME"
        )
    known = name or next(iter(recorded), "")
    shape = find_shape(known)
    size = None if shape is None else float(shape.params_gemm)
    return Model(name=known, parameters=size if parameters is None else parameters * 1e9, thinks=thinks)


def _judged(pools: Sequence[Pool]) -> dict[str, list[JudgedPair]]:
    """The graded pairs of all pools by judge."""
    found: dict[str, list[JudgedPair]] = {}
    for pool in pools:
        for judge, pairs in judged_pairs(pool).items():
            found.setdefault(judge, []).extend(pairs)
    return found


def _show(fitted: Fitted, centre: ValueProfile | None, curve: list[CurvePoint], out: Path) -> None:
    """The fitted belief, and its test."""
    printed, profile = console(), fitted.profile
    lean = "" if centre is None else f"; few problems fall back to {centre.name!r}"
    printed.print(f"[bold]{profile.name}[/]: {profile.problems} problems{lean}")
    belief = table(show_header=False, pad_edge=False)
    for what, value in described(profile):
        belief.add_row(what, value)
    printed.print(belief)
    if curve:
        shown = table("votes", "expected", "measured", "± (problems)")
        for point in curve:
            numbers = (point.expected, point.measured, point.standard_error)
            shown.add_row(str(point.n), *(f"{value:.3f}" for value in numbers))
        printed.print("accuracy of voting, each half of the problems expected by the law of the other half:")
        printed.print(shown)
    for note in fitted.notes:
        printed.print(f"[yellow]{note}[/]", soft_wrap=True)
    printed.print(f"written to {out}", soft_wrap=True)
