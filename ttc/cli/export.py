"""`ttc export`: an evaluation for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ttc.cli.output import say
from ttc.evaluation.export import export as write


def export(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="A folder that `ttc eval --out` wrote.")],
    form: Annotated[str, typer.Option("--format", help="lm-eval (samples and results), or inspect (JSON logs).")],
    out: Annotated[Path | None, typer.Option("--out", help="Folder.  [default: RUN/FORMAT]")] = None,
) -> None:
    """Write an evaluation in the format of another tool, a file for each cell.

    Examples:

        ttc export runs/math --format lm-eval

        ttc export runs/math --format inspect --out logs
    """
    for path in write(folder, form, out, say):
        print(path)
