"""Commands made from configurations: a parameter that is a configuration becomes one option for each of its fields.

The type and the default of an option come from the field. Its words stand on the field too: "help" in the metadata of
a dataclass field, `description` of a pydantic field. `Options` gives words to classes that know of no command line.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from functools import wraps
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

import typer
from pydantic_core import PydanticUndefined


@dataclass(frozen=True)
class Options:
    """How a configuration becomes options, in `Annotated[Budget, Options(...)]`; fields without words become none.

    In `Annotated[dict[str, Any], Options(config=EvalConfig)]` the command gets the values as a dict.

    Args:
        words: help texts by field, for fields that have none or whose words differ in this command.
        only: the fields that become options; () = all that have words.
        config: the configuration, where the parameter itself is a dict.
        flags: names of options that differ from the name of their field.
        types: types on the command line that differ from the type of the field.
        unset: whether every default is None. A file may then say what the command line leaves open.
    """

    words: Mapping[str, str] = field(default_factory=dict)
    only: tuple[str, ...] = ()
    config: type | None = None
    flags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    types: Mapping[str, Any] = field(default_factory=dict)
    unset: bool = False


class _Field(NamedTuple):
    """One field of a configuration: its type, its default (MISSING = required) and its words ("" = none)."""

    kind: Any
    default: Any
    words: str


def from_config(command: Callable[..., None]) -> Callable[..., None]:
    """The command with the fields of its configurations as options in place of the configurations."""
    parameters: list[inspect.Parameter] = []
    groups: dict[str, tuple[Callable[..., Any], list[str]]] = {}
    for parameter in inspect.signature(command, eval_str=True).parameters.values():
        kind, options = _group(parameter.annotation)
        if options is None:
            parameters.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))
            continue
        made = _parameters(options.config or kind, options)
        groups[parameter.name] = (dict if options.config else kind), [each.name for each in made]
        parameters += made

    @wraps(command)
    def flat(**given: Any) -> None:
        for name, (make, names) in groups.items():
            given[name] = make(**{each: given.pop(each) for each in names})
        command(**given)

    flat.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    flat.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return flat


def words_of(config: Any, name: str) -> str:
    """The words of one field, for an option that a command declares itself."""
    return _fields(config)[name].words


def _group(annotation: Any) -> tuple[Any, Options | None]:
    """The type of a parameter, and how it becomes options; None where it is an option itself."""
    kind, *marks = get_args(annotation) if get_origin(annotation) is Annotated else (annotation,)
    options = next((mark for mark in marks if isinstance(mark, Options)), None)
    return kind, options or (Options() if is_dataclass(kind) else None)


def _parameters(config: type, options: Options) -> list[inspect.Parameter]:
    """One parameter for each field with words."""
    found = []
    for name, (kind, default, words) in _fields(config).items():
        told = options.words.get(name, words)
        if told and (not options.only or name in options.only):
            flags = options.flags.get(name, (f"--{name.replace('_', '-')}",))
            shown = options.types.get(name, _plain(kind))
            found.append(
                inspect.Parameter(
                    name,
                    inspect.Parameter.KEYWORD_ONLY,
                    default=None if options.unset else inspect.Parameter.empty if default is MISSING else default,
                    annotation=Annotated[shown | None if options.unset else shown, typer.Option(*flags, help=told)],
                )
            )
    return found


def _fields(config: Any) -> dict[str, _Field]:
    """The fields of a dataclass or of a pydantic model."""
    hints = get_type_hints(config)
    if is_dataclass(config):
        return {f.name: _Field(hints[f.name], f.default, f.metadata.get("help", "")) for f in fields(config)}
    found = config.model_fields.items()
    missing = {name: MISSING for name, f in found if f.default is PydanticUndefined}
    return {name: _Field(hints[name], missing.get(name, f.default), f.description or "") for name, f in found}


def _plain(kind: Any) -> Any:
    """A type as the command line knows it: a choice of words is a text, for the configuration checks it."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return str
    if origin in (Union, UnionType):
        return _plain(next(each for each in arguments if each is not type(None))) | None
    return kind if kind in (int, float, bool, Path) or origin is list else str
