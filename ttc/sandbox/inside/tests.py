"""The tests' side: every assert is counted, and the names of the program that the tests use are asked for by wire."""

from __future__ import annotations

import ast
import importlib
import types
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ttc.sandbox.inside import wire
from ttc.sandbox.inside.names import Names
from ttc.sandbox.inside.peer import Peer

COUNT = "__ttc_count"
LONGEST = 160
"""Characters of a reason."""


class Enough(BaseException):
    """The first failure decides."""


@dataclass
class Tests:
    """A test text whose asserts count: `passed` of `total`, and the first failure in `reason`.

    `total` is what was executed (an assert in a loop many times) plus the asserts that were never reached.
    """

    text: str
    every: bool
    tree: ast.Module = field(init=False)
    nodes: list[ast.AST] = field(init=False)
    asserts: list[ast.expr] = field(default_factory=list)
    reached: set[int] = field(default_factory=set)
    passed: int = 0
    failed: int = 0
    reason: str = ""

    def __post_init__(self) -> None:
        plain = ast.parse(self.text)
        self.nodes = list(ast.walk(plain))
        self.tree = ast.fix_missing_locations(_Counting(self.asserts).visit(plain))

    @property
    def total(self) -> int:
        """Asserts in all."""
        return self.passed + self.failed + len(self.asserts) - len(self.reached)

    def count(self, number: int, error: BaseException | None) -> None:
        """Called after each assert."""
        self.reached.add(number)
        if error is None:
            self.passed += 1
            return
        says = "" if isinstance(error, AssertionError) and not str(error) else f": {_name(error)} {error}"
        self.fail(f"assert {ast.unparse(self.asserts[number])}{says}")

    def fail(self, reason: str) -> None:
        """Something went wrong; the first reason is kept."""
        self.failed += 1
        self.reason = self.reason or " ".join(reason.split())[:LONGEST]
        if not self.every:
            raise Enough

    def result(self) -> dict[str, Any]:
        """What is reported."""
        return {"passed": self.passed, "total": self.total, "reason": self.reason}


class _Counting(ast.NodeTransformer):
    """Puts every assert into a try that counts it, but for those inside a try: they are meant for its handlers."""

    def __init__(self, asserts: list[ast.expr]):
        self.asserts = asserts

    def visit_Try(self, node: ast.Try) -> ast.Try:
        return node

    def visit_Assert(self, node: ast.Assert) -> ast.Try:
        number = len(self.asserts)
        self.asserts.append(node.test)
        handler = f"except BaseException as {COUNT}_error: {COUNT}({number}, {COUNT}_error)"
        counted = ast.parse(f"try: pass\n{handler}\nelse: {COUNT}({number}, None)").body[0]
        assert isinstance(counted, ast.Try)
        counted.body = [node]
        return ast.copy_location(counted, node)


def judge(sheet: dict[str, Any], fd: int) -> dict[str, Any]:
    """Run the tests of a sheet against the program at the other end of `fd`.

    The sheet says `tests`, `context` (the task's own Python text), `entry_point`, and `every` = go on after a failure.
    """
    try:
        tests = Tests(sheet["tests"], sheet["every"])
    except SyntaxError as error:
        return {"broken": f"the tests are no Python: {error}"}
    try:
        if wire.read_frame(fd) != ["up"]:
            return {"broken": "the program could not be started"}
    except (EOFError, OSError, ValueError):
        return {"broken": "the program could not be started"}
    try:
        loaded = wire.read_frame(fd)
        failure = None if loaded == ["loaded", ""] else f"the program raised {loaded[1]}"
    except (EOFError, OSError, ValueError, LookupError, TypeError):
        failure = "the program ended before its tests"
    try:
        if failure is not None:
            tests.fail(failure)
        else:
            _run(tests, sheet["entry_point"], sheet["context"], Peer(fd, ("call",), {}))
    except Enough:
        pass
    except BaseException as error:
        with suppress(Enough):
            tests.fail(f"{_name(error)}: {error}")
    return tests.result()


def _run(tests: Tests, entry_point: str | None, context: str, peer: Peer) -> None:
    bound = _bound(Names(tests.nodes, entry_point, context), peer)
    namespace: dict[str, Any] = {**bound, "__name__": "tests", COUNT: tests.count}
    exec(compile(tests.tree, "tests.py", "exec"), namespace)
    own = [value for value in namespace.values() if isinstance(value, types.FunctionType)]
    if entry_point is not None and namespace.get("check") in own:
        if entry_point not in namespace:
            return tests.fail(f"the program defines no {entry_point}")
        namespace["check"](namespace[entry_point])
    for function in own:
        if function.__name__.startswith("test_") and not function.__code__.co_argcount:
            function()


def _bound(names: Names, peer: Peer) -> dict[str, Any]:
    """What the tests use and do not define: modules are imported here, the rest is the program's."""
    bound, wanted = dict(names.bound), names.programs()
    for name, (kind, value) in peer.ask("lookup", None, wanted, {}).items():
        if name in wanted:
            bound[name] = importlib.import_module(value) if kind == "module" else value
    return bound


def _name(error: BaseException) -> str:
    return type(error).__name__
