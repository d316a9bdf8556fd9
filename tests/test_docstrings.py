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
    *(path for room in ("search", "strategies", "verifiers", "testing") for path in FILES if path.parent.name == room),
]
"""What users import, and what the recipes of CONTRIBUTING send them to."""
TOLD_ELSEWHERE = {
    "api": "`Solver` tells the arguments of all of them",
    "stopping": "`StopRule` tells the arguments of every rule",
}
IN_TEXT = {
    "auto", "deepconf", "judged_pairs", "league", "parallel_tempering", "particle_filter", "particle_gibbs", "pivot",
    "seat", "self_consistency", "semantic_entropy", "step_search", "tournament",
}  # fmt: skip
"""Strategies whose knobs are told in running text, and may have longer sentences. The list may only shrink."""
SMALL = {
    "strategies": {"chunks", "rewriting", "judged_pairs", "semantic_groups", "tree_search", "beam", "dvts", "ets"},
    "verifiers": {"asking", "tally", "rewards", "reliability"},
}
"""Files of parts that the classes of these rooms share; their functions are no knobs."""
ROLES = {"prefer", "verify", "states", "share", "register", "in_batch"}
"""Methods of contracts: the protocol tells their arguments."""


def lacking(path: Path) -> list[str]:
    """The entries of a file that take more than two things and do not tell all of them."""
    found: list[Entry] = [one for one in entries(path) if len(one.takes) > MANY and one.missing]
    return [
        f"{one.name}: {', '.join(one.missing)}"
        for one in found
        if one.name.rpartition(".")[2] not in ROLES and "test_" not in one.name
        and not (path.stem in TOLD_ELSEWHERE and one.name.endswith((".stop",)) and "StopRule" not in one.name)
    ]  # fmt: skip


@pytest.mark.parametrize("path", PUBLIC, ids=lambda p: str(p.relative_to(ROOT / "ttc")))
def test_arguments_are_told(path: Path) -> None:
    if path.stem in IN_TEXT or path.stem in SMALL.get(path.parent.name, ()):
        pytest.skip("told in running text, or no part of the interface")
    assert lacking(path) == []


def test_what_is_told_in_text_lacks_something() -> None:
    for name in IN_TEXT - {"tournament"}:
        assert lacking(ROOT / "ttc" / "strategies" / f"{name}.py"), f"{name} tells its knobs now: take it off the list"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT / "ttc")))
def test_sentences_are_short(path: Path) -> None:
    if path.parent.name in LATER or (path.parent.name == "strategies" and path.stem in IN_TEXT):
        pytest.skip("its sentences come later")
    long = [s for text in docstrings(path) for s in sentences_of(text) if words(s) > LONGEST]
    assert long == []


LATER = {"auto"}
"""Rooms whose sentences are not counted yet. The list may only shrink."""


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
        if path.parent.name not in LATER and path.stem not in IN_TEXT
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
