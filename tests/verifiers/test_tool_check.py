"""Tool check: programs that the model writes decide, and whatever goes wrong with them decides nothing."""

import math
from collections.abc import Sequence
from typing import Any

import pytest

from tests.verifiers.scripted import Scripted
from ttc.backends.base import Completion, Meter, Request
from ttc.testing.verifiers import Listening, VerifierConformance, open_session
from ttc.types import Candidate
from ttc.verifiers.tool_check import ToolCheck

CORRECT = "I compute it.\n```python\nprint('RESULT: CORRECT' if 6 * 14 - 5 == 79 else 'RESULT: WRONG')\n```"
PROGRAMS = {
    "correct": (CORRECT, 1.0),
    "wrong": (CORRECT.replace("79", "80"), 0.0),
    "crash": ("```python\nprint('RESULT: CORRECT')\n1 / 0\n```", math.nan),
    "slow": ("```python\nprint('RESULT: CORRECT', flush=True)\nwhile True: pass\n```", math.nan),
    "silent": ("```python\nx = 1\n```", math.nan),
    "not last": ("```python\nprint('RESULT: CORRECT')\nprint('or not')\n```", math.nan),
    "no program": ("RESULT: CORRECT", math.nan),
    "exit": ("```python\nprint('RESULT: WRONG')\nraise SystemExit(1)\n```", math.nan),
    "assert": ("```python\nassert 1 == 2\n```", math.nan),
}


pytestmark = pytest.mark.usefixtures("isolated_sandbox")


class Writing(Listening):
    """The simulated model, which writes a check program when it is asked for one."""

    async def complete(self, request: Request, meter: Meter) -> Sequence[Completion]:
        completions = list(await super().complete(request, meter))
        if request.kind != "verify":
            return completions
        text = "".join(str(message["content"]) for message in request.messages)
        program = CORRECT if "79" in text else PROGRAMS["wrong"][0]
        return [Completion(program, completion.output_tokens) for completion in completions]


class TestConformance(VerifierConformance):
    def backend(self, **laws: Any) -> Writing:
        return Writing(**laws)

    def make(self) -> ToolCheck:
        return ToolCheck(votes=2, max_tokens=64)


@pytest.mark.parametrize("name", PROGRAMS)
async def test_findings(name: str) -> None:
    text, score = PROGRAMS[name]
    backend = Scripted(lambda request: [(text, [])])
    verdicts = await open_session(backend).verify([Candidate(id="0", text="It is 79.")], ToolCheck(seconds=1.0))
    assert verdicts[0].score == pytest.approx(score, nan_ok=True)


async def test_votes_are_averaged_and_abstentions_left_out() -> None:
    texts = [PROGRAMS[name][0] for name in ("correct", "wrong", "crash", "correct")]
    backend = Scripted(lambda request: [(texts.pop(0), [])])
    verdict = (await open_session(backend).verify([Candidate(id="0", text="79")], ToolCheck(votes=4)))[0]
    assert verdict.score == pytest.approx(2 / 3)
    assert "1 unreadable" in verdict.reason


def test_knobs() -> None:
    with pytest.raises(ValueError, match="votes is 0"):
        ToolCheck(votes=0)
    with pytest.raises(ValueError, match="seconds is -1"):
        ToolCheck(seconds=-1)
