"""Docstrings: public functions tell their arguments, public classes show an example, and sentences are short."""

from __future__ import annotations

import ast
import doctest
import inspect
from importlib import import_module
from pathlib import Path

import pytest

import ttc
from tests.docstrings import Entry, docstrings, entries, sentences_of
from tests.pages import words
from tests.source import FILES, ROOT

LONGEST = 25
"""Words of a sentence."""
MANY = 2
"""Parameters or knobs that need no section Args."""
PUBLIC = [
    *(ROOT / "ttc" / name for name in ("types.py", "errors.py", "budget/budget.py", "backends/base.py")),
    *(ROOT / "ttc" / "backends" / f"{name}.py" for name in ("__init__", "client", "openai", "llamacpp", "vllm")),
    *(ROOT / "ttc" / "core" / f"{name}.py" for name in ("elect", "result", "session", "strategy", "verifier")),
    *(ROOT / "ttc" / name for name in ("api.py", "solver.py")),
    *(path for room in ("search", "strategies", "verifiers", "testing") for path in FILES if path.parent.name == room),
]
"""What users import, and what the recipes of CONTRIBUTING send them to."""
CONTRACTS = {"prefer", "verify", "states", "share", "register", "in_batch", "stop", "usd", "eflops", "eflops_of"}
"""Methods of contracts: the protocol tells their arguments."""
PARTS = {
    "strategies": {"chunks", "rewriting", "judged_pairs", "semantic_groups", "st_bon", "particle_filter",
                   "particle_gibbs"},
    "verifiers": {"asking", "tally", "rewards"},
}  # fmt: skip
"""Files whose functions are parts that several classes share; their classes are checked."""


def lacking(path: Path) -> list[str]:
    """The entries of a file that take more than two things and do not tell all of them."""
    found: list[Entry] = [one for one in entries(path) if len(one.takes) > MANY and one.missing]
    shared = path.stem in PARTS.get(path.parent.name, ())
    return [
        f"{one.name}: {', '.join(one.missing)}"
        for one in found
        if not one.last.startswith("test_") and one.last not in CONTRACTS and not (shared and one.last.islower())
    ]


@pytest.mark.parametrize("path", PUBLIC, ids=lambda p: str(p.relative_to(ROOT / "ttc")))
def test_arguments_are_told(path: Path) -> None:
    assert lacking(path) == []


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT / "ttc")))
def test_sentences_are_short(path: Path) -> None:
    assert [s for text in docstrings(path) for s in sentences_of(text) if words(s) > LONGEST] == []


@pytest.mark.parametrize("name", [n for n in ttc.__all__ if inspect.isclass(getattr(ttc, n))])
def test_public_classes_show_an_example_that_runs(name: str) -> None:
    cls = getattr(ttc, name)
    assert ">>>" in (cls.__doc__ or ""), f"ttc.{name} shows no example"
    assert examples_of(cls, name) > 0


@pytest.mark.parametrize("name", [n for n in ttc.__all__ if inspect.isfunction(getattr(ttc, n))])
def test_examples_of_public_functions_run(name: str) -> None:
    examples_of(getattr(ttc, name), name)


def examples_of(thing: object, name: str) -> int:
    """Run the examples of one docstring in its module; how many there were."""
    module = import_module(thing.__module__)
    finder, runner = doctest.DocTestFinder(recurse=False), doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    for test in finder.find(thing, name, module=module, globs={**vars(module)}):
        runner.run(test)
    results = runner.summarize(verbose=False)
    assert results.failed == 0
    return results.attempted


def test_help_of_solve_lists_its_parameters() -> None:
    told = set(inspect.signature(ttc.solve).parameters)
    assert {"problem", "strategy", "backend", "budget", "verifier", "judge", "sampling", "knobs", "seed"} <= told
    assert {"hold", "values", "concurrency", "record", "replay", "listeners"} <= told


def test_things_are_no_persons() -> None:
    """Of things, docstrings and comments do not say "nobody" or "somebody"."""
    persons = {"nobody", "somebody", "anybody", "everybody", "someone"}
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in FILES
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if persons & set(line.lower().replace(".", " ").replace(",", " ").split())
    ]
    assert found == []


def test_the_reading_of_docstrings() -> None:
    text = (
        "What it is.\n\n    a = b + c\n\nArgs:\n    n: How many\n        there are. Two.\n    stop: A rule.\n\n>>> 1\n1"
    )
    assert sentences_of(text) == ["What it is.", "How many there are.", "Two.", "A rule."]
    (one,) = _of("def f(a, b, *, c):\n    '''F.\n\n    Args:\n        a: x\n        c: y\n    '''")
    assert (one.takes, one.missing) == (["a", "b", "c"], ["b"])


def _of(source: str) -> list[Entry]:
    from tests.docstrings import _entries

    return list(_entries(ast.parse(source).body, "m", source.splitlines()))
