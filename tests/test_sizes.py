"""Files and functions stay small enough to read, and importing ttc stays fast and light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "ttc").rglob("*.py"))


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
