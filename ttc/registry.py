"""Names become objects: strategies, verifiers and judges with their knobs, and clear errors for what is unknown."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, Literal, TypeVar

from ttc.errors import nearest

__all__ = ["knobs_of", "make", "nearest", "read", "split"]

T = TypeVar("T")


def make(what: str, name: str, classes: Mapping[str, type[T]], knobs: Mapping[str, Any] | None = None) -> T:
    """The object of that name with its knobs set; knob values given as text are read by the knob's type."""
    if name not in classes:
        raise ValueError(f"unknown {what} {name!r}; {nearest(name, classes)}")
    cls = classes[name]
    kinds = knobs_of(cls)
    values = {}
    for knob, value in (knobs or {}).items():
        if knob not in kinds:
            hint = nearest(knob, kinds) if kinds else "it has none"
            raise ValueError(f"{what} {name!r} has no knob {knob!r}; {hint}")
        values[knob] = read(f"{name}.{knob}", value, kinds[knob][0]) if isinstance(value, str) else value
    return cls(**values)


def knobs_of(cls: type) -> dict[str, tuple[Any, Any]]:
    """Knob name -> (type, default) of a dataclass, in order."""
    hints = typing.get_type_hints(cls)
    return {
        f.name: (hints[f.name], f.default if f.default is not MISSING else None)
        for f in fields(cls)
        if f.init and not f.name.startswith("_")
    }


def read(name: str, text: str, kind: Any) -> Any:
    """A knob's value from text: a number, true/false, a name, a list with commas, or none where that is allowed."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        if type(None) in arguments and text.lower() in ("none", ""):
            return None
        return read(name, text, next(a for a in arguments if a is not type(None)))
    if origin is tuple:
        return tuple(read(name, part.strip(), arguments[0]) for part in text.split(",") if part.strip())
    choices = {"true": True, "yes": True, "false": False, "no": False} if kind is bool else None
    if origin is Literal:
        choices = {str(choice): choice for choice in arguments}
    if choices is not None:
        if text not in choices:
            raise ValueError(f"{name} is {text!r}; {nearest(text, choices)}")
        return choices[text]
    if kind not in (int, float, str):
        raise ValueError(f"{name} cannot be set from text; set it from Python")
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"{name} is {text!r}; it must be {'a whole' if kind is int else 'a'} number") from None


def split(text: str) -> tuple[str, dict[str, str]]:
    """`name:knob=value:knob=value` -> the name and its knobs, as the command line takes verifiers and judges."""
    name, *pairs = re.split(r":(?=\w+=)", text)  # a colon inside a value, as in a URL, is part of the value
    knobs = {}
    for pair in pairs:
        knob, _, value = pair.partition("=")
        knobs[knob] = value
    if ":" in name:
        raise ValueError(f"{text!r} sets no knob after the colon; write {name.partition(':')[0]}:knob=value")
    return name, knobs
