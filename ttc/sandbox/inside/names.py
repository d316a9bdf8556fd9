"""Whose is a name that tests use and do not define: a library's, the task's own, or the program's.

A program that could bring its own `np`, `Counter` or `isclose` would decide how its results are compared.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import sys
import types
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from importlib.util import find_spec
from typing import Any

ALIASES = {
    "np": "numpy", "pd": "pandas", "plt": "matplotlib.pyplot", "sp": "scipy", "sy": "sympy", "nx": "networkx",
    "nt": "numpy.testing", "npt": "numpy.testing", "m": "math", "mt": "math", "it": "itertools", "ct": "collections",
    "col": "collections", "dt": "datetime", "st": "statistics", "op": "operator", "ft": "functools", "fn": "functools",
}  # fmt: skip
"""Usual names of modules under which tests use them without an import."""
COMPARING = {
    name: module
    for module, names in {
        "math": "isclose isnan isinf isfinite fabs inf nan",
        "collections": "Counter OrderedDict defaultdict deque namedtuple",
        "fractions": "Fraction",
        "decimal": "Decimal",
        "copy": "deepcopy",
        "numpy": "allclose array_equal",
        "numpy.testing": "assert_allclose assert_almost_equal assert_array_equal assert_array_almost_equal",
        "pytest": "approx raises",
    }.items()
    for name in names.split()
}
"""Names with which tests compare: hardly ever what a task asks for."""
COMPUTING = {
    name: module
    for module, names in {
        "math": "sqrt pi tau floor ceil log log2 log10 exp sin cos tan gcd lcm comb perm factorial prod fsum hypot",
        "itertools": "permutations combinations product chain islice zip_longest accumulate groupby",
        "functools": "reduce partial cmp_to_key",
        "datetime": "datetime date timedelta",
        "typing": "List Dict Tuple Set Optional Any Union",
        "heapq": "heappush heappop heapify",
        "bisect": "bisect_left bisect_right insort",
    }.items()
    for name in names.split()
}
"""Names that tests may compute with, but that may also be a task ("write gcd")."""


class Names:
    """Sorts the free names of the nodes of a test. `context` is the task's own Python text, as far as it has one.

    `bound` are those that are not the program's, with what they are.
    """

    def __init__(self, nodes: Sequence[ast.AST], entry_point: str | None, context: str = ""):
        self.nodes = nodes
        self.entry_point = entry_point
        names = [node for node in nodes if isinstance(node, ast.Name)]
        stored = {node.id for node in names if not isinstance(node.ctx, ast.Load)}
        self.free = {node.id for node in names} - stored - set(dir(builtins)) - {str(entry_point)}
        self.local = _defined(nodes)
        self.task = _Task(context)
        self.bound = self._bound()

    def _bound(self) -> dict[str, Any]:
        """The free names that are not the program's, with what they are."""
        found = {name: value for name, value in self.task.own.items() if name in self.free}
        attributes = self._attributes()
        asked = self.free - self.task.asked
        for name in asked - found.keys():
            if name in attributes and (module := _module(name, attributes[name])) is not None:
                found[name] = module
        for name, module_name in self._known(asked - found.keys() - attributes.keys()).items():
            with suppress(ImportError, AttributeError):
                found[name] = getattr(importlib.import_module(module_name), name)
        return found

    def programs(self) -> list[str]:
        """The free names that are asked of the program."""
        return sorted((self.free - self.bound.keys()) | ({self.entry_point} if self.entry_point else set()))

    def _attributes(self) -> dict[str, set[str]]:
        """The free names that are used as in `name.attribute`, with their attributes."""
        used: dict[str, set[str]] = {}
        for node in self.nodes:
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in self.free:
                used.setdefault(node.value.id, set()).add(node.attr)
        return used

    def _known(self, names: Collection[str]) -> dict[str, str]:
        """Those of the names that are a library's; something must be left that is the program's."""
        comparing = {name: COMPARING[name] for name in names if name in COMPARING}
        both = comparing | {name: COMPUTING[name] for name in names if name in COMPUTING}
        others = set(names) - self.local
        if self.entry_point is not None or others - both.keys():
            return both
        return comparing if others - comparing.keys() else {}


class _Task:
    """What the task's text brings. `own` = imports and whole functions; `asked` = what the program must define."""

    def __init__(self, text: str):
        self.own: dict[str, Any] = {}
        self.asked: set[str] = set()
        with suppress(SyntaxError, ValueError, RecursionError):
            for node in ast.parse(text).body:
                self._read(node)

    def _read(self, node: ast.stmt) -> None:
        if isinstance(node, ast.Import | ast.ImportFrom):
            with suppress(Exception):  # a module that is missing here may be missing for the program too
                exec(compile(ast.Module([node], []), "task.py", "exec"), self.own)
        elif isinstance(node, ast.FunctionDef) and not _is_stub(node) and self._has_all(node):
            exec(compile(ast.Module([node], []), "task.py", "exec"), self.own)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            self.asked.add(node.name)  # objects of a class are the program's

    def _has_all(self, function: ast.FunctionDef) -> bool:
        """Whether a function of the task can run without the program."""
        nodes = list(ast.walk(function))
        names = [node for node in nodes if isinstance(node, ast.Name)]
        stored = {node.id for node in names if not isinstance(node.ctx, ast.Load)} | _defined(nodes)
        return {node.id for node in names} - stored <= self.own.keys() | set(dir(builtins))


def _is_stub(function: ast.FunctionDef) -> bool:
    """Whether a function has no body of its own: a docstring, `pass`, `...` or `raise`."""
    return all(
        isinstance(node, ast.Pass | ast.Raise) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        for node in function.body
    )


def _defined(nodes: Iterable[ast.AST]) -> set[str]:
    """The names that functions, classes, arguments, imports and handlers define."""
    found = set()
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).partition(".")[0])
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
    return found


def _module(name: str, attributes: Collection[str]) -> types.ModuleType | None:
    """The module of that name or usual alias, if it has all the attributes: `queue.push` is no module's."""
    name = ALIASES.get(name, name)
    with suppress(Exception):  # what a broken package raises when it is imported may be anything
        if name in sys.stdlib_module_names or find_spec(name) is not None:
            module = importlib.import_module(name)
            return module if all(_has(module, attribute) for attribute in attributes) else None
    return None


def _has(module: types.ModuleType, attribute: str) -> bool:
    """Whether a module has an attribute, or a module below it that is not imported yet."""
    return hasattr(module, attribute) or find_spec(f"{module.__name__}.{attribute}") is not None
