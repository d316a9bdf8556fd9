"""Universal self-consistency: conformance, choices follow content, invalid replies are counted, no needless call."""

from collections import Counter
from dataclasses import replace

import pytest

import ttc
from ttc.backends.simulated import SimulatedBackend
from ttc.strategies import SelfConsistency, Universal
from ttc.testing.strategies import StrategyConformance

PROBLEM = "What is 19 + 23?"


class TestConsistent(StrategyConformance):
    def make(self) -> Universal:
        return Universal(n=4)


class TestBest(StrategyConformance):
    def make(self) -> Universal:
        return Universal(n=4, style="best")


class Chooser(SimulatedBackend):
    """Names the solution with 42 in it, or replies as told."""

    def __init__(self, says: str = "", **laws: object):
        super().__init__(gold={PROBLEM: "42"}, **laws)  # type: ignore[arg-type]
        self.says, self.places, self.asked = says, Counter[int](), list[str]()

    async def complete(self, request, meter):  # type: ignore[no-untyped-def]
        completions = await super().complete(request, meter)
        text = request.messages[-1]["content"]
        if "<candidate>" not in text:
            return completions
        self.asked.append(text)
        blocks = text.split("<candidate>")[1:]
        right = [k for k, block in enumerate(blocks, 1) if "\\boxed{42}" in block.split("</candidate>")[0]]
        self.places.update(right[:1])
        reply = self.says or f"Judgment: 1 looks good at first. Judgment: {right[0] if right else 1}"
        return [replace(c, text=reply) for c in completions]


@pytest.mark.parametrize("style", ["consistent", "best"])
async def test_the_choice_follows_the_content_wherever_it_stands(style: str) -> None:
    backend = Chooser(p_correct=0.3)
    for seed in range(30):
        result = await ttc.asolve(PROBLEM, Universal(n=6, style=style), backend=backend, seed=seed)  # type: ignore[arg-type]
        assert (result.answer == "42") == any(c.answer == "42" for c in result.candidates)
    assert len(backend.places) >= 3  # the right one stood in several places


@pytest.mark.parametrize("reply", ["Judgment: 99", "Judgment: 0", "I cannot say.", ""])
async def test_an_invalid_reply_falls_back_to_the_vote_and_is_counted(reply: str) -> None:
    backend, fallbacks = Chooser(says=reply or " ", p_correct=0.4), 0
    for seed in range(6):
        result = await ttc.asolve(PROBLEM, Universal(n=5), backend=backend, seed=seed)
        vote = await ttc.asolve(PROBLEM, SelfConsistency(n=5, stop="none"), backend=backend, seed=seed)
        assert result.answer == vote.answer
        fallbacks += len(result.trace.named("fallback"))
    assert fallbacks == len(backend.asked) > 3


async def test_no_call_where_all_agree() -> None:
    backend = Chooser(p_correct=1.0)
    result = await ttc.asolve(PROBLEM, Universal(n=5), backend=backend)
    assert (result.cost.calls, backend.asked) == (5, [])


async def test_selection_shows_each_answer_once_and_consistency_shows_all() -> None:
    for style in ("best", "consistent"):
        backend = Chooser(p_correct=0.5)
        result = await ttc.asolve(PROBLEM, Universal(n=9, style=style), backend=backend)  # type: ignore[arg-type]
        kinds = len({c.answer for c in result.candidates})
        assert backend.asked[0].count("<candidate>") == (kinds if style == "best" else 9)


@pytest.mark.parametrize("knobs", [{"n": 0}, {"style": "worst"}])
def test_bad_knobs_are_refused(knobs: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=str(next(iter(knobs.values())))):
        Universal(**knobs)  # type: ignore[arg-type]
