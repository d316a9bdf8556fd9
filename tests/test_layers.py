"""Rooms import in one direction. A room not listed here may not exist."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "ttc"
CORE = {"types", "errors", "trace", "candidates", "domains", "board", "gather", "race", "door", "session"}
ALLOWED: dict[str, set[str]] = {
    "__init__": {"version"},
    "__main__": {"cli"},
    "version": set(),
    "types": set(),
    "errors": set(),
    "prompts": set(),
    "registry": set(),
    "answers": set(),
    "search": set(),
    "sandbox": {"errors"},
    "lab": set(),
    "trace": {"types"},
    "budget": {"types", "errors", "search"},
    "backends": {"types", "errors", "prompts", "version"},
    "candidates": {"types", "backends"},
    "domains": {"types", "prompts", "answers"},
    "board": {"types"},
    "gather": {"errors"},
    "race": {"types", "errors"},
    "door": {"types", "errors", "trace", "budget", "backends"},
    "session": CORE | {"budget", "backends", "verifiers"},
    "verifiers": CORE | {"prompts", "registry", "search", "budget", "backends", "sandbox"},
    "strategies": CORE | {"prompts", "registry", "search"},
    "hidden": CORE,
    "result": {"types", "trace"},
    "tree": {"trace", "search"},
    "connect": {"backends", "budget", "lab"},
    "run": CORE | {"result", "strategies"},
    "batch": {"types", "budget", "strategies"},
    "api": CORE | {"result", "run", "batch", "connect", "budget", "backends", "strategies", "verifiers"},
    "measure": CORE | {"result", "prompts", "budget", "backends"},
    "evaluation": CORE
    | {"api", "run", "result", "connect", "budget", "backends", "strategies", "verifiers"}
    | {"registry", "lab", "prompts", "search", "version"},
    "testing": CORE
    | {"api", "budget", "backends", "connect", "strategies", "verifiers", "result", "run", "prompts", "answers"},
    "serve": CORE
    | {"api", "budget", "backends", "strategies", "verifiers", "result", "registry", "connect", "answers"},
    "mcp": CORE | {"api", "budget", "backends", "result", "serve", "strategies", "measure"},
    "cli": CORE
    | {"api", "budget", "backends", "strategies", "verifiers", "result", "registry", "lab", "version"}
    | {"connect", "evaluation", "measure", "serve", "mcp"},
}
ALLOCATING = {"auto.py", "purchase.py", "holdings.py"}
"""The one strategy that allocates a budget, and so may use the rules of `ttc.budget`."""
BASE_ONLY = {"candidates", "door", "session", "strategies"}
"""Rooms that may use the backend contract but no backend."""


def imports(path: Path) -> list[tuple[str, bool]]:
    """The ttc modules that a file imports, and whether only for type checking."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for child in ast.walk(node)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [f"ttc.{alias.name}" for alias in node.names] if node.module == "ttc" else [node.module]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        found += [(name, id(node) in typing_only) for name in names if name == "ttc" or name.startswith("ttc.")]
    return found


def room(module: str) -> str:
    """`ttc.backends.base` -> `backends`."""
    return module.split(".")[1]


FILES = sorted(ROOT.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_go_one_way(path: Path) -> None:
    own = path.relative_to(ROOT).parts[0].removesuffix(".py")
    assert own in ALLOWED, f"room {own} is not in the table of this test"
    for module, typing_only in imports(path):
        if typing_only or room(module) == own:
            continue
        if own == "strategies" and path.name in ALLOCATING and room(module) == "budget":
            continue
        assert room(module) in ALLOWED[own] or own == "__init__", f"{path.name} ({own}) imports {module}"
        if own in BASE_ONLY and room(module) == "backends":
            assert module == "ttc.backends.base", f"{path.name} imports a backend: {module}"


def test_search_knows_nothing_of_ttc() -> None:
    assert [m for path in (ROOT / "search").rglob("*.py") for m, _ in imports(path) if room(m) != "search"] == []
