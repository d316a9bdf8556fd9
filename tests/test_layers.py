"""Rooms import in one direction, imports for type checkers included. A room that is not in the table may not exist."""

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "ttc"
RUN = {"types", "errors", "core", "belief", "budget", "backends.base"}
"""What everything that takes part in a run may use."""
ALLOWED: dict[str, set[str]] = {
    "version": set(),
    "types": set(),
    "errors": set(),
    "quoting": set(),
    "prompts": {"quoting"},
    "registry": {"errors"},
    "answers": set(),
    "search": set(),
    "lab": set(),
    "belief": set(),
    "sandbox": {"errors"},
    "budget": {"types", "errors"},
    "prices": {"types"},
    "backends": {"types", "errors", "prompts", "registry", "version"},
    "core": {"types", "errors", "prompts", "answers", "search", "belief", "budget", "backends.base"},
    "forecast": {"types", "search"},
    "auto": RUN | {"belief", "prices", "search"},
    "hidden": RUN,
    "verifiers": RUN | {"prompts", "quoting", "registry", "search", "backends", "sandbox"},
    "strategies": RUN | {"prompts", "registry", "search", "forecast", "auto"},
    "connect": {"backends", "prices", "lab"},
    "values": {"belief", "prices", "verifiers"},
    "arguments": {"types", "budget", "registry"},
    "solver": RUN | {"arguments", "backends", "connect", "strategies", "values", "verifiers"},
    "api": RUN | {"arguments", "solver"},
    "measure": RUN | {"prices", "version"},
    "plan": RUN
    | {"api", "auto", "backends", "forecast", "prices", "prompts", "registry", "strategies", "values", "verifiers"},
    "evaluation": RUN
    | {"api", "auto", "backends", "belief", "connect", "lab", "plan", "prompts", "registry", "search", "strategies"}
    | {"values", "verifiers", "version"},
    "testing": RUN | {"api", "backends", "connect", "prompts", "answers", "strategies", "verifiers"},
    "serve": RUN | {"answers", "api", "backends", "connect", "registry", "solver", "strategies", "values", "verifiers"},
    "mcp": RUN | {"api", "backends", "measure", "plan", "serve", "strategies", "values"},
    "cli": RUN
    | {"api", "backends", "connect", "evaluation", "lab", "mcp", "measure", "plan", "prices", "registry"}
    | {"serve", "strategies", "verifiers", "version"},
    "__init__": RUN | {"answers", "api", "backends", "solver", "strategies", "verifiers", "version"},
    "__main__": {"cli"},
}
"""Room -> what it may import: rooms, or single modules of a room ("backends.base")."""
FILES = sorted(ROOT.rglob("*.py"))


def imports(path: Path) -> list[str]:
    """The modules of ttc that a file imports, without the leading "ttc."."""
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found += [f"ttc.{alias.name}" for alias in node.names] if node.module == "ttc" else [node.module]
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
    return [name.removeprefix("ttc.") for name in found if name.startswith("ttc.")]


def room(path: Path) -> str:
    """`ttc/backends/base.py` -> "backends"; `ttc/api.py` -> "api"."""
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_go_one_way(path: Path) -> None:
    own = room(path)
    assert own in ALLOWED, f"room {own} is not in the table of this test"
    for module in imports(path):
        named = module.split(".")[0]
        allowed = named == own or named in ALLOWED[own] or ".".join(module.split(".")[:2]) in ALLOWED[own]
        assert allowed, f"{path.relative_to(ROOT)} imports {module}, which room {own} may not"


def test_the_table_has_no_circle_and_no_room_that_is_gone() -> None:
    graph = {own: {name.split(".")[0] for name in allowed} for own, allowed in ALLOWED.items()}
    list(TopologicalSorter(graph).static_order())  # raises CycleError
    assert {room(path) for path in FILES} == set(ALLOWED)


@pytest.mark.parametrize("own", sorted(path.parent.name for path in ROOT.glob("*/__init__.py")))
def test_each_room_says_what_it_may_import(own: str) -> None:
    """The docstring of its `__init__` ends with what the table allows; "what a run uses" is RUN."""
    told = ast.get_docstring(ast.parse((ROOT / own / "__init__.py").read_text(encoding="utf-8"))) or ""
    last = " ".join(told.rpartition("May import: ")[2].split())
    named = set(re.findall(r"`([\w.]+)`", last.partition(". ")[0]))
    assert named | (RUN if "what a run uses" in last else set()) == ALLOWED[own]
    assert named or "what a run uses" in last or "nothing of ttc" in last
