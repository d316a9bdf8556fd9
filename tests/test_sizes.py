"""Files, functions and the whole stay small enough to read, and importing ttc stays light (evals/bench/imports.py)."""

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.source import FILES, ROOT, code_lines, inner_imports

MOST_LINES = 30_100
"""Code lines of ttc/ (without docstrings, comments, blanks; `tests.source.code_lines`). Raise it for a feature only;
lower it when code goes.

At equal features ttc/ is smaller than version 0.1.0 by 1,001 lines. 0.1.0 had 26,625. The new rooms with the same
features had 25,933, counted before anything was added. After that 309 more lines went that served nothing: functions
that only tests or tables called. What else is there is new since: the belief and the policy of `auto`, confidences,
answers of more kinds, needs, and what stands up to hostile programs and servers.
"""
MOST_INNER_IMPORTS = 90
HEAVY = {
    "aiohttp", "jinja2", "jsonschema", "math_verify", "matplotlib", "mcp", "networkx", "openai", "pydantic",
    "referencing", "rich", "safetensors", "scipy", "sentence_transformers", "tokenizers", "torch", "transformers",
    "uvicorn", "vllm", "xllamacpp",
}  # fmt: skip
"""Packages that are imported where they are needed: they take long, or they are extras."""


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_and_functions_are_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 300
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or 0) - node.body[0].lineno + 1 <= 45, f"{node.name} is too long"


def test_import_is_light() -> None:
    heavy = ["torch", "vllm", "openai", "sympy", "xllamacpp", "aiohttp", "networkx", "scipy", "numpy", "rich", "typer"]
    code = f"import sys, ttc; print([m for m in {heavy} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_solving_does_not_import_what_it_does_not_need() -> None:
    code = (
        "import sys, ttc; from ttc.backends.simulated import SimulatedBackend;"
        "ttc.solve('What is 2 + 2?', backend=SimulatedBackend());"
        "print([m for m in ('torch', 'vllm', 'openai', 'xllamacpp', 'networkx', 'typer') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_the_whole_is_small() -> None:
    found = sum(code_lines(path.read_text(encoding="utf-8")) for path in FILES)
    print(f"ttc/ has {found} code lines in {len(FILES)} files")
    assert found <= MOST_LINES


def test_no_file_name_is_used_more_than_twice() -> None:
    names = Counter(path.name for path in FILES if path.stem not in ("__init__", "__main__"))
    assert [name for name, times in names.items() if times > 2] == []


def test_imports_inside_functions_are_few_and_say_why() -> None:
    """A heavy package needs no reason, nor does what a command imports when it runs; others have a comment."""
    found = [(path, *one) for path in FILES for one in inner_imports(path)]
    print(f"ttc/ has {len(found)} imports inside functions")
    assert len(found) <= MOST_INNER_IMPORTS
    for path, line, modules, reason in found:
        heavy = {module.partition(".")[0] for module in modules} <= HEAVY
        command = path.relative_to(ROOT).parts[1] == "cli"
        assert heavy or command or reason, f"{path.relative_to(ROOT)}:{line} gives no reason"
