"""No module lacks a caller: from what users reach, imports lead to every module of ttc.

Only what is needed counts as a caller: an `__init__` that hands a name on without using it does not, unless it is an
entry point. Tests and evaluation scripts are no callers. What later work will call is listed, and the list may only
shrink.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from ttc.cli import COMMANDS

ROOT = Path(__file__).parent.parent
ENTRIES = (
    "ttc",  # the names of ttc.__all__
    "ttc.__main__",
    "ttc.cli",  # the command, which imports by its name what is called
    *(f"ttc.cli.{name}" for name in COMMANDS),
    "ttc.strategies",  # the registries
    "ttc.verifiers",
    "ttc.backends",
    "ttc.evaluation",
    "ttc.lab",
    "ttc.serve.server",
    "ttc.mcp.server",
    "ttc.hidden",  # vLLM is told the name of its connector
)
"""What users import or start; everything in ttc.testing too."""
AWAITED = {
    "ttc.plan.flop_matching": "`ttc plan` with two models: when the larger one is the better buy",
    "ttc.plan.saturation": "`ttc plan`: where more candidates stop paying",
    "ttc.plan.solve_verify": "the allocator: what part of a budget goes to verdicts",
    "ttc.prices.kinetics": "`ttc plan`: eFLOPs as in the paper, merged into prices.call_cost by the allocator",
    "ttc.search.mcts": "the strategy for long thoughts: which step is refined, and how long",
    "ttc.search.model_switch": "the allocator with two models: the second where the first disagrees with itself",
}  # fmt: skip
"""Module -> what will call it."""
PATHS = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / "ttc").rglob("*.py"))
}


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(PATHS[module].read_text(encoding="utf-8"))


@cache
def origins(package: str) -> dict[str, str]:
    """The names that an `__init__` hands on -> the module that each comes from."""
    found = {}
    for node in ast.walk(tree(package)):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {alias.asname or alias.name: home(node.module, alias.name) for alias in node.names}
    return found


def home(module: str, name: str) -> str:
    """The module to which `from module import name` leads: through every `__init__` that only hands the name on."""
    if f"{module}.{name}" in PATHS:
        return f"{module}.{name}"
    if module in PATHS and PATHS[module].name == "__init__.py":
        return origins(module).get(name, module)
    return module


def callees(module: str) -> Iterator[str]:
    """The modules of ttc that a module needs: by import, by name in a string, or as a script beside it."""
    handed_on = PATHS[module].name == "__init__.py" and module not in ENTRIES
    used = {node.id for node in ast.walk(tree(module)) if isinstance(node, ast.Name)}
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                if not handed_on or (alias.asname or alias.name) in used:
                    yield home(node.module, alias.name)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
            yield from re.findall(r"^from (ttc[.\w]+) import", node.value, re.MULTILINE)  # a program that is started
            if node.value.endswith(".py"):
                yield f"{module.rpartition('.')[0]}.{node.value.removesuffix('.py')}"


def reached() -> set[str]:
    """Every module that imports lead to, with the packages that hold it."""
    waiting = [*ENTRIES, *(module for module in PATHS if module.startswith("ttc.testing"))]
    found: set[str] = set()
    while waiting:
        module = waiting.pop()
        if module in PATHS and module not in found:
            found.add(module)
            waiting += [*callees(module), module.rpartition(".")[0]]
    return found


def test_every_module_has_a_caller() -> None:
    assert set(PATHS) - reached() - set(AWAITED) == set()


def test_what_is_awaited_exists_and_has_no_caller_yet() -> None:
    assert set(AWAITED) <= set(PATHS)
    assert set(AWAITED) & reached() == set(), "called now: take it off the list"
