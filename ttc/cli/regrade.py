"""`ttc regrade`: another answer verifier's view of a finished evaluation."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from ttc.cli.from_config import words_of
from ttc.cli.output import console, interval_of, say, table
from ttc.evaluation.config import EvalConfig
from ttc.evaluation.regrade import Regraded
from ttc.evaluation.regrade import regrade as regrade_run

SHOWN = 20
"""Differences that are printed."""


def regrade(
    folder: Annotated[Path, typer.Argument(metavar="RUN", help="A folder that `ttc eval --out` wrote.")],
    grader: Annotated[str, typer.Option("--grader", help=words_of(EvalConfig, "grader"))],
    out: Annotated[Path | None, typer.Option("--out", help="Folder.  [default: RUN/regraded-GRADER]")] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print both tables and the differences as JSON.")] = False,
) -> None:
    """Grade a finished evaluation again without asking the model: a new table beside the old one, and what differs.

    Examples:

        ttc regrade runs/math --grader math_verify

        ttc regrade runs/math --grader mymodule:same_answer --out runs/math-mine

        ttc report runs/math runs/math/regraded-math_verify
    """
    sys.path.insert(0, str(Path.cwd()))  # so that MODULE may lie beside the user
    found = regrade_run(folder, grader, out, say)
    if json_:
        tables = {"before": found.before, "after": found.after, "differences": found.differences}
        print(json.dumps({"folder": str(found.folder), **tables}, ensure_ascii=False))
    else:
        _show(found)


def _show(found: Regraded) -> None:
    """Both accuracies of every cell, and the first differences."""
    from rich.text import Text

    shown = table("cell", "was", "now", "95 % interval", "differ")
    for old, new in zip(found.before["cells"], found.after["cells"], strict=True):
        differ = sum(row["cell"] == new["cell"] for row in found.differences)
        values = (f"{cell['accuracy']['value']:.3f}" for cell in (old, new))
        shown.add_row(Text(new["cell"]), *values, interval_of(new["accuracy"]), str(differ))
    out = console()
    out.print(shown)
    for row in found.differences[:SHOWN]:
        now = "right" if row["now"] else "wrong"
        out.print(Text(f"{row['id']}: gold {row['gold']!r}, answer {row['answer']!r} is now {now} ({row['cell']})"))
    if len(found.differences) > SHOWN:
        out.print(f"... and {len(found.differences) - SHOWN} more")
    out.print(f"tables and differences.jsonl are in {found.folder}")
