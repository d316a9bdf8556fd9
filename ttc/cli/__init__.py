"""The command line: arguments are read and results are printed, nothing else.

One file holds one command. `from_config.py` makes options out of configurations, `options.py` and `source.py` hold the
options that several commands share, and `output.py` what several commands print. An error is one line and an exit
status: 0 an answer, 3 none was found before the budget or the strategy ended, 2 bad arguments, 1 the backend failed,
130 interrupted twice.

May import: what a run uses, `api`, `backends`, `connect`, `evaluation`, `lab`, `mcp`, `measure`, `plan`, `prices`,
`registry`, `serve`, `strategies`, `verifiers`, `version`. Only `__main__` imports it.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from ttc.cli.calibrate import calibrate
from ttc.cli.eval import eval_
from ttc.cli.export import export
from ttc.cli.fit import fit
from ttc.cli.mcp import mcp
from ttc.cli.models import models
from ttc.cli.output import say
from ttc.cli.plan import plan
from ttc.cli.record import record
from ttc.cli.regrade import regrade
from ttc.cli.report import report
from ttc.cli.serve import serve
from ttc.cli.solve import solve
from ttc.cli.strategies import strategies
from ttc.cli.verify import verify
from ttc.errors import TTCError, VerifierError
from ttc.version import __version__

app = typer.Typer(
    name="ttc",
    help="Spend test-time compute well: better answers from the same model, within a budget.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
app.command("eval")(eval_)
for command in (
    solve, plan, verify, record, report, regrade, export, calibrate, fit, serve, mcp, strategies, models,
):  # fmt: skip
    app.command()(command)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"ttc {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")] = False,
) -> None:
    """Options of `ttc` itself."""


def main() -> None:
    """Entry point of the `ttc` command."""
    try:
        app()
    except (ValueError, VerifierError, OSError) as error:
        sys.exit(_failed(error, 2))
    except TTCError as error:
        sys.exit(_failed(error, 1))
    except KeyboardInterrupt:
        sys.exit(130)


def _failed(error: Exception, status: int) -> int:
    say(" ".join(str(error).split()))
    if isinstance(error, TTCError) and error.result is not None:
        found, cost = error.result, error.result.cost
        say(
            f"until then {len(found.candidates)} candidates with {cost.output_tokens} tokens; "
            f"the answer so far is {found.answer}"
        )
    return status
