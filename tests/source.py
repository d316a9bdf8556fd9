"""What the tests that guard the code read of it: its files, code lines, and imports inside functions."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "ttc").rglob("*.py"))
DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
EMPTY = {
    tokenize.COMMENT,
    tokenize.NL,
    tokenize.NEWLINE,
    tokenize.INDENT,
    tokenize.DEDENT,
    tokenize.ENCODING,
    tokenize.ENDMARKER,
}


def code_lines(text: str) -> int:
    """Lines with code: without blanks, comments and docstrings."""
    documented: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            documented.update(range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1))
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in EMPTY:
            lines.update(range(token.start[0], token.end[0] + 1))
    return len(lines - documented)


def inner_imports(path: Path) -> Iterator[tuple[int, set[str], str]]:
    """Of each import inside a function: its line, the modules that it names, and the comments on and above it."""
    text = path.read_text(encoding="utf-8")
    lines, seen = text.splitlines(), set()
    for function in ast.walk(ast.parse(text)):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in ast.walk(function):
            if not isinstance(node, ast.Import | ast.ImportFrom) or node.lineno in seen:
                continue
            seen.add(node.lineno)
            modules = {node.module or ""} if isinstance(node, ast.ImportFrom) else {a.name for a in node.names}
            near = lines[node.lineno - 2 : node.lineno]
            yield node.lineno, modules, " ".join(line.partition("#")[2].strip() for line in near).strip()
