"""Names become objects: strategies, verifiers, judges and backends, those of other packages included, with their knobs.

One line is one entry: `listed` reads the re-exports of a package, so that nothing is imported before it is asked for.
Other packages register with entry points in the groups ttc.strategies, ttc.verifiers, ttc.judges and ttc.backends.
"""

from __future__ import annotations

import ast
import re
import types
import typing
import warnings
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal, TypeVar

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

from ttc.errors import nearest

__all__ = ["knobs_of", "make", "nearest", "read", "split"]

T = TypeVar("T")


class Registry(Mapping[str, T]):
    """What can be named, loaded when it is first asked for: name -> class, or factory.

    Names of other packages come after those of ttc. One that cannot be imported is left out of listings with a warning,
    and is a ValueError where it is asked for. So is a name that two packages register.

    Args:
        what: What an entry is, for errors.
        group: The entry points that other packages register.
        own: Name -> "module:object" of ttc itself.
    """

    def __init__(self, what: str, group: str, own: Mapping[str, str]):
        self.what, self.group, self.own = what, group, own
        self._loaded: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        if name not in self._loaded:
            self._loaded[name] = self._load(name)
        return self._loaded[name]

    def __contains__(self, name: object) -> bool:
        return name in self.own or name in self._others

    def __iter__(self) -> Iterator[str]:
        for name in dict.fromkeys([*self.own, *sorted(self._others)]):
            self._one(name)
            try:
                self[name]
            except ValueError as error:
                warnings.warn(str(error), RuntimeWarning, stacklevel=2)
            else:
                yield name

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def name_of(self, entry: object) -> str | None:
        """The name under which the class of an object is registered, None for one that is not."""
        target = f"{type(entry).__module__}:{type(entry).__qualname__}"
        return next((name for name, own in self.own.items() if own == target), None)

    def exported(self, attribute: str) -> T:
        """The entry of ttc whose class has this name: what `__getattr__` of a package returns."""
        for name, target in self.own.items():
            if target.endswith(f":{attribute}"):
                return self[name]
        raise AttributeError(f"no {self.what} is called {attribute!r}")

    @cached_property
    def _others(self) -> Mapping[str, list[EntryPoint]]:
        """The entry points of other packages by name."""
        from importlib.metadata import entry_points  # costs as much as half of `import ttc`

        found: dict[str, list[EntryPoint]] = defaultdict(list)
        for point in entry_points(group=self.group):
            found[point.name].append(point)
        return dict(found)

    def _one(self, name: str) -> EntryPoint | None:
        """The only entry point of that name, None where it is of ttc. Raises ValueError if two packages register it."""
        points = self._others.get(name, [])
        owners = ["ttc"] * (name in self.own) + [_owner(point) for point in points]
        if len(owners) > 1:
            raise ValueError(f"{self.what} {name!r} is registered by {' and by '.join(owners)}; rename one")
        return points[0] if points else None

    def _load(self, name: str) -> T:
        point = self._one(name)
        if point is None:
            module, _, attribute = self.own[name].partition(":")
            return typing.cast("T", getattr(import_module(module), attribute))
        try:
            return typing.cast("T", point.load())
        except Exception as error:
            cause = f"{type(error).__name__}: {error}"
            raise ValueError(f"{self.what} {name!r} of {_owner(point)} cannot be imported: {cause}") from error


def _owner(point: EntryPoint) -> str:
    """The package that registers an entry point."""
    return f"the package {point.dist.name}" if point.dist is not None else point.value


def listed(package: str) -> dict[str, str]:
    """Name -> "module:Class" for each line `from package.name import Class as Class` of the package's source.

    The lines stand under TYPE_CHECKING: type checkers know the classes, and nothing is imported.
    """
    spec = find_spec(package)
    source = spec.loader.get_source(package) if spec and spec.loader else None  # type: ignore[attr-defined]
    found = {}
    for node in ast.walk(ast.parse(source or "")):
        if isinstance(node, ast.ImportFrom) and node.module and node.names[0].asname:
            found[node.module.rpartition(".")[2]] = f"{node.module}:{node.names[0].name}"
    return found


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
            hint = getattr(cls, "gone", {}).get(knob, hint)
            raise ValueError(f"{what} {name!r} has no knob {knob!r}; {hint}")
        values[knob] = read(f"{name}.{knob}", value, kinds[knob][0]) if isinstance(value, str) else value
    return cls(**values)


def made(what: str, spec: str | T, classes: Mapping[str, type[T]], method: str) -> T:
    """What `name` or `name:knob=value` names, or the object itself, which must have the method."""
    if isinstance(spec, str):
        name, knobs = split(spec)
        return make(what, name, classes, knobs)
    if not hasattr(spec, method.partition("(")[0]):
        raise ValueError(f"{what} is {spec!r}; it needs a method {method}, or be a name")
    return spec


def knobs_of(cls: type) -> dict[str, tuple[Any, Any]]:
    """Knob name -> (type, default) of a dataclass, in order; a class of another kind has none."""
    if not is_dataclass(cls):
        return {}
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
