"""Execute: candidates' programs against tests, through the sandbox of this machine."""

import json
import math
from collections.abc import Sequence
from typing import Any

import pytest

import ttc.verifiers.program
from ttc.backends.simulated import SimulatedBackend
from ttc.core.session import Session
from ttc.errors import VerifierError
from ttc.sandbox import Sandbox
from ttc.testing.verifiers import VerifierConformance, open_session
from ttc.types import Candidate, Problem, Verdict
from ttc.verifiers.execute import Execute, Pair, read_tests
from ttc.verifiers.program import program_of

RIGHT = "```python\ndef add(a, b):\n    return a + b\n```"
HALF = "```python\ndef add(a, b):\n    return abs(a) + b\n```"
WRONG = "First\n```python\ndef add(a, b):\n    return a + b\n```\nno:\n```python\ndef add(a, b):\n    return a\n```"
CRASH = "```python\nimport os\nos._exit(0)\n```"
SLOW = "```python\ndef add(a, b):\n    while True: pass\n```"
META: dict[str, Any] = {"tests": "assert add(1, 2) == 3\nassert add(-1, 2) == 1"}


pytestmark = pytest.mark.usefixtures("isolated_sandbox")


async def verdicts(texts: Sequence[str], meta: dict[str, Any] = META, **knobs: Any) -> list[Verdict]:
    session = open_session(SimulatedBackend(), problem=Problem("Write add(a, b).", domain="code", meta=meta))
    return await session.verify([Candidate(id=str(i), text=text) for i, text in enumerate(texts)], Execute(**knobs))


class WithTests:
    """Execute on a problem that has tests."""

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> Sequence[Verdict]:
        session.problem = Problem("Write add(a, b).", domain="code", meta=META)
        return await Execute(share=True, seconds=5.0).verify(session, candidates)


class TestConformance(VerifierConformance):
    asks = False

    def make(self) -> WithTests:
        return WithTests()

    async def candidates(self, n: int = 4) -> list[Candidate]:
        texts = [RIGHT, WRONG, HALF, CRASH][:n]
        return [Candidate(id=str(i), text=text, answer=text) for i, text in enumerate(texts)]


async def test_all_or_nothing_and_shares() -> None:
    texts = [RIGHT, HALF, WRONG, CRASH, "no code", "<think>```python\ndef add(a, b): return a + b\n```"]
    scores = [v.score for v in await verdicts(texts)]
    assert scores[:4] == [1.0, 0.0, 0.0, 0.0]
    assert all(map(math.isnan, scores[4:]))
    found = await verdicts(texts, share=True)
    assert [v.score for v in found[:4]] == [1.0, 0.5, 0.0, 0.0]
    assert found[0].reason == "2 of 2 tests passed"
    assert found[1].reason == "1 of 2 tests passed; assert add(-1, 2) == 1"
    assert "the program ended" in found[3].reason


async def test_too_slow_is_wrong_and_does_not_hold_up_the_batch() -> None:
    found = await verdicts([SLOW, RIGHT, SLOW.replace("True", "1")], seconds=0.5)
    assert [v.score for v in found] == [0.0, 1.0, 0.0]
    assert found[0].reason == "out of time"


@pytest.mark.parametrize(
    "meta",
    [
        {"tests": ["assert add(1, 2) == 3", "assert add(-1, 2) == 1"]},
        {"tests": "def check(candidate):\n    assert candidate(-1, 2) == 1\n", "entry_point": "add "},
        {"tests": [{"input": [1, 2], "output": 3}, {"input": [-1, 2], "output": 1}], "entry_point": "add"},
        {"tests": [[[1, 2], 3], [[-1, 2], 1]], "entry_point": "add"},
        {"tests": json.dumps({"inputs": [[1, 2], [-1, 2]], "outputs": [3, 1]}), "entry_point": "add"},
    ],
)
async def test_forms_of_tests(meta: dict[str, Any]) -> None:
    assert [v.score for v in await verdicts([RIGHT, HALF], meta)] == [1.0, 0.0]


async def test_pairs_for_standard_input() -> None:
    meta = {"tests": [{"input": "1 2\n", "output": "3"}, {"input": "-1 2\n", "output": "1\n"}]}
    right = "```python\na, b = map(int, input().split())\nprint(a + b, '')\n```"
    half, crash, talk = right.replace("a +", "abs(a) +"), right.replace("print", "1/0, print"), "print('3')" + "\n" * 3
    found = await verdicts([right, half, crash, talk], meta, share=True)
    assert [v.score for v in found] == [1.0, 0.5, 0.0, 0.5]
    assert found[1].reason == "1 of 2 tests passed; input 1: printed '3', not '1'"
    assert "ZeroDivisionError" in found[2].reason
    assert [v.score for v in await verdicts([right, half], meta)] == [1.0, 0.0]


@pytest.mark.parametrize("tests", [None, "", [], {}, 3, [3], [{"input": 1}], [[[1], 2]]])
async def test_no_tests_is_an_error_not_a_score(tests: object) -> None:
    with pytest.raises(VerifierError, match=r"tests"):
        await verdicts([RIGHT], {"tests": tests})


async def test_tests_that_test_nothing_abstain() -> None:
    found = await verdicts([RIGHT], {"tests": "x = add(1, 2)"})
    assert not found[0].known
    assert found[0].reason == "the tests assert nothing"
    broken = await verdicts([RIGHT], {"tests": "assert add(1, 2) =="})
    assert not broken[0].known


async def test_not_isolated_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    only_limits = Sandbox(isolation="limits")
    monkeypatch.setattr(ttc.verifiers.program, "shared", lambda isolated: only_limits)
    with pytest.raises(VerifierError, match="isolated"):
        await verdicts([RIGHT])


def test_knobs_and_forms() -> None:
    with pytest.raises(ValueError, match="seconds is 0"):
        Execute(seconds=0.0)
    assert read_tests({"tests": [{"input": "1", "output": 2}]}) == [Pair("1", "2")]
    assert read_tests({"tests": "[f(1)]\nassert f(2)"}) == "[f(1)]\nassert f(2)"


@pytest.mark.parametrize(
    ("text", "program"),
    [
        ("def f(): pass\n", "def f(): pass"),
        ("print(input())", "print(input())"),
        ("hello", None),
        ("The answer is 4.", None),
        ("", None),
        ("<think>```python\nx = 1\n```</think>```\ny = 2\n```", "y = 2"),
        ("```python\nx = 1", None),
    ],
)
def test_where_the_program_is(text: str, program: str | None) -> None:
    assert program_of(text) == program


@pytest.mark.parametrize(
    "tests",
    [
        {"inputs": ["1", "2"], "outputs": ["1"]},
        {"inputs": None, "outputs": []},
        {"inputs": "12", "outputs": "34"},
        [{"input": 5, "output": 3}],
        [{"input": "12", "output": 3}, {"input": [1], "output": 3}],
    ],
)
def test_what_is_no_test_is_said(tests: object) -> None:
    with pytest.raises(VerifierError, match="list"):
        read_tests({"tests": tests, "entry_point": "f"})
