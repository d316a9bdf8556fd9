"""The docstrings of ttc as the tests read them: their sentences, sections of arguments, and what a signature takes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.pages import sentences
from tests.source import DOCUMENTED

SECTION = re.compile(r"^Args:\n((?:[ \t]+.*\n?|\n)+)", re.MULTILINE)
FORMULA = re.compile(r"^ {4,}(?!\w+(?:, \w+)*: ).*$", re.MULTILINE)
"""An indented line outside a section: a formula or code."""
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Entry(NamedTuple):
    """A function or class: where it is, its parameters or fields, and those of them that its docstring tells."""

    name: str
    takes: list[str]
    told: set[str]

    @property
    def last(self) -> str:
        """Its own name, without those of its module and class."""
        return self.name.rpartition(".")[2]

    @property
    def missing(self) -> list[str]:
        return [one for one in self.takes if one not in self.told]


def docstrings(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, DOCUMENTED) and (text := ast.get_docstring(node)) is not None:
            yield text


def sentences_of(text: str) -> list[str]:
    """The sentences of a docstring, each argument of a section apart; examples and formulas are none."""
    found: list[str] = []
    for paragraph in text.replace('"', "").split("\n\n"):
        if paragraph.startswith((">>>", "    ")):
            continue
        head, colon, rest = paragraph.partition(":\n")
        if colon and head in ("Args", "Raises", "Returns"):
            entries = re.split(r"^ {4}(?=\S)", rest, flags=re.MULTILINE)
            found += [s for entry in entries for s in sentences(entry.partition(":")[2] or entry)]
        else:
            found += sentences(FORMULA.sub("", paragraph))
    return found


def arguments(text: str) -> set[str]:
    """The names in the section Args of a docstring."""
    section = SECTION.search(text)
    return set() if section is None else set(re.findall(r"^ {4}(\w+):", section[1], re.MULTILINE))


def entries(path: Path) -> Iterator[Entry]:
    """The public functions, methods, dataclasses and classes with an `__init__` of a file."""
    source = path.read_text(encoding="utf-8")
    yield from _entries(ast.parse(source).body, path.stem, source.splitlines())


def _entries(body: list[ast.stmt], prefix: str, lines: list[str]) -> Iterator[Entry]:
    for node in body:
        if isinstance(node, Function) and not node.name.startswith("_"):
            told = arguments(ast.get_docstring(node) or "")
            yield Entry(f"{prefix}.{node.name}", _parameters(node), told)
        elif isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            name = f"{prefix}.{node.name}"
            yield _class(node, name, lines)
            yield from _entries(node.body, name, lines)


def _class(node: ast.ClassDef, name: str, lines: list[str]) -> Entry:
    told = arguments(ast.get_docstring(node) or "")
    if any("dataclass" in ast.unparse(decorator) for decorator in node.decorator_list):
        takes = []
        for field, after in zip(node.body, [*node.body[1:], None], strict=True):
            if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
                continue
            if field.target.id.startswith("_") or re.search("ClassVar|InitVar", ast.unparse(field.annotation)):
                continue
            takes.append(field.target.id)
            told_below = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            if told_below or "#" in lines[(field.end_lineno or field.lineno) - 1]:
                told.add(field.target.id)
        return Entry(name, takes, told)
    made = next((one for one in node.body if isinstance(one, Function) and one.name == "__init__"), None)
    return Entry(name, [] if made is None else _parameters(made), told)


def _parameters(node: Function) -> list[str]:
    names = [one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    return names[1:] if names[:1] in (["self"], ["cls"]) else names
