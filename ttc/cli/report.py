"""`ttc report`: results to read, to compare and to publish."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ttc.cli.output import say
from ttc.evaluation.report import write_report


def report(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR...", help="Folders that `ttc eval --out` wrote.")],
    out: Annotated[Path | None, typer.Option("--out", help="Folder of the report.  [default: the first DIR]")] = None,
    problems: Annotated[int, typer.Option("--problems", help="How many problems get a section.")] = 50,
    png: Annotated[bool, typer.Option("--png", help="Also pareto.png (extra 'eval').")] = False,
) -> None:
    """Write report.html (one file, works offline), report.md and pareto.svg.

    Examples:

        ttc report runs/math

        ttc report runs/small runs/large --out comparison --png
    """
    for path in write_report(folders, out, problems=problems, png=png, tell=say):
        print(path)
