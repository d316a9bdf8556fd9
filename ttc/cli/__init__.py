"""The command line: arguments are read and results are printed, nothing else.

One file holds one command. `from_config.py` makes options out of configurations, `options.py` and `source.py` hold the
options that several commands share, and `output.py` what several commands print.

An error is one line and an exit status:

- 0: an answer;
- 1: the backend failed;
- 2: bad arguments;
- 3: no answer was found before the budget or the strategy ended;
- 130: interrupted twice.

May import: what a run uses, `api`, `backends`, `connect`, `evaluation`, `lab`, `mcp`, `measure`, `plan`, `prices`,
`registry`, `serve`, `strategies`, `verifiers`, `version`. Only `__main__` imports it.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from typing import Annotated, Any

import typer

from ttc.cli.output import say
from ttc.errors import MissingNeed, TTCError, VerifierError
from ttc.version import __version__

COMMANDS = (
    "eval", "solve", "plan", "verify", "record", "report", "regrade", "export", "calibrate", "fit", "serve", "mcp",
    "strategies", "models",
)  # fmt: skip
"""The commands in the order of the help. Each is the function of its name in the file of its name."""


def _version(wanted: bool) -> None:
    if wanted:
        print(f"ttc {__version__}")
        raise typer.Exit


def _program(
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print it.")] = False,
) -> None:
    """Options of `ttc` itself."""


def app_of(names: Iterable[str] = COMMANDS, told: Iterable[str] = ()) -> typer.Typer:
    """The command line with these commands; those of `told` are in its help, but cannot be called."""
    app = typer.Typer(
        name="ttc",
        help="Spend test-time compute well: better answers from the same model, within a budget.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode="markdown",
        pretty_exceptions_enable=False,
    )
    app.callback()(_program)
    for name in names:
        module = import_module(f"ttc.cli.{name}")
        app.command(name)(getattr(module, name, None) or getattr(module, f"{name}_"))  # eval is a word of Python
    for name in told:
        app.command(name, help=_words_of(name))(lambda: None)
    return app


def _words_of(name: str) -> str:
    """What the help says of a command, read from its file: to import all of them takes a second."""
    spec = find_spec(f"ttc.cli.{name}")
    source = spec.loader.get_source(spec.name) if spec and spec.loader else None  # type: ignore[attr-defined]
    functions = (node for node in ast.parse(source or "").body if isinstance(node, ast.FunctionDef))
    return next(ast.get_docstring(node) or "" for node in functions if node.name in (name, f"{name}_"))


def __getattr__(name: str) -> Any:
    """`app`: the command line with all commands."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return app_of()


def main() -> None:
    """Entry point of the `ttc` command."""
    first = next(iter(sys.argv[1:]), "")
    try:
        (app_of((first,)) if first in COMMANDS else app_of((), COMMANDS))()
    except (ValueError, VerifierError, OSError) as error:
        sys.exit(_failed(error, 2))
    except TTCError as error:
        sys.exit(_failed(error, 1))
    except KeyboardInterrupt:
        sys.exit(130)


def _failed(error: Exception, status: int) -> int:
    say(" ".join((error.typed if isinstance(error, MissingNeed) else str(error)).split()))
    if isinstance(error, TTCError) and error.result is not None:
        found, cost = error.result, error.result.cost
        say(
            f"until then {len(found.candidates)} candidates with {cost.output_tokens} tokens; "
            f"the answer so far is {found.answer}"
        )
    return status
