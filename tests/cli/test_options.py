"""Every option of version 0.1.0 is still there, with its type, default and words: they are a promise to scripts.

`options_0_1_0.json` holds {command: {flags or argument: [type, default, words]}} of that version.
"""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Annotated, Any, get_args

import pytest
import typer
from pydantic import BaseModel

from ttc.cli import app
from ttc.cli.from_config import Options, from_config
from ttc.evaluation.config import EvalConfig

KNOWN: dict[str, dict[str, list[Any]]] = json.loads(
    (Path(__file__).parent / "options_0_1_0.json").read_text(encoding="utf-8")
)
RENAMED = {
    ("plan", "--profile"): "--calibration --profile",
    ("calibrate", "--out"): "The calibration (JSON).",
    ("fit", "--components"): "Has no effect: a law has three degrees of difficulty.",
    ("calibrate", "--json"): "Print the calibration as JSON.",
}
"""What has another name or other words now: a server's speeds are its calibration."""


def options_of(command: Any) -> dict[str, list[Any]]:
    """The options of a command by their flags, its arguments by their names."""
    found = {}
    for parameter in inspect.signature(command, eval_str=True).parameters.values():
        kind, info = get_args(parameter.annotation)
        flags = " ".join(flag for flag in (info.default, *(info.param_decls or ())) if isinstance(flag, str))
        default = "required" if parameter.default is inspect.Parameter.empty else parameter.default
        plain = default if isinstance(default, int | float | str | None) else str(default) if default else None
        shown = str(kind).replace("pathlib.", "").replace("_local.", "") if get_args(kind) else kind.__name__
        found[flags or info.metavar or parameter.name.upper()] = [shown, plain, info.help]
    return found


def commands() -> dict[str, Any]:
    """The functions of all commands by their names."""
    return {command.name or command.callback.__name__: command.callback for command in app.registered_commands}  # type: ignore[union-attr]


def test_no_command_is_missing() -> None:
    assert set(KNOWN) <= set(commands())


@pytest.mark.parametrize("name", KNOWN)
def test_no_option_is_missing_or_means_something_else(name: str) -> None:
    now = options_of(commands()[name])
    for flags, before in KNOWN[name].items():
        changed = RENAMED.get((name, flags), "")
        if changed.startswith("--"):
            assert now[changed][:2] == before[:2]
        else:
            assert now[flags] == [*before[:2], changed or before[2]], flags


def test_defaults_that_are_told_in_words_are_those_of_the_configuration() -> None:
    words = {name: field.description or "" for name, field in EvalConfig.model_fields.items()}
    told = {name: text.partition("[default: ")[2].rstrip("]") for name, text in words.items()}
    numbers = {name: float(text) for name, text in told.items() if text.replace(".", "").isdigit()}
    assert len(numbers) == 6
    assert numbers == {name: EvalConfig.model_fields[name].default for name in numbers}


Loud = Annotated[bool, typer.Option()]


class Shape(BaseModel):
    """A configuration of this test."""

    sides: int = 4
    name: str | None = None


def test_words_make_options_and_fields_without_words_make_none() -> None:
    seen = []

    @from_config
    def draw(*, shape: Annotated[Shape, Options({"sides": "How many."})], loud: Loud = False) -> None:
        seen.append((shape, loud))

    assert options_of(draw) == {"--sides": ["int", 4, "How many."], "LOUD": ["bool", False, None]}
    draw(sides=5, loud=True)
    assert seen == [(Shape(sides=5), True)]
