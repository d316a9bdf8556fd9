"""Shortest majority vote: conformance, length as little more than a tie-break."""

import math

import pytest

import ttc
from ttc.backends.simulated import HOSTED, SimulatedBackend
from ttc.strategies import SelfConsistency, ShortestMajority
from ttc.testing.strategies import StrategyConformance


class TestConformance(StrategyConformance):
    def make(self) -> ShortestMajority:
        return ShortestMajority(n=6)


async def test_the_score_is_votes_over_the_logarithm_of_tokens() -> None:
    backend, differs = SimulatedBackend(p_correct=0.5, wrong_length=3.0, tokens=20.0, capabilities=HOSTED), 0
    for i in range(40):
        problem = f"What is {i} + 14?"
        result = await ttc.asolve(problem, ShortestMajority(n=6), backend=backend)
        lengths: dict[str, list[int]] = {}
        for c in sorted(result.candidates, key=lambda c: int(c.id)):
            lengths.setdefault(c.answer or "", []).append(c.output_tokens)
        scores = {a: len(each) / math.log(sum(each) / len(each)) for a, each in lengths.items()}
        assert result.answer == max(scores, key=scores.__getitem__)
        plain = await ttc.asolve(problem, SelfConsistency(n=6, stop="none"), backend=backend)
        differs += plain.answer != result.answer
    assert 0 < differs < 15


async def test_it_helps_where_wrong_solutions_ramble() -> None:
    backend = SimulatedBackend(p_correct=0.5, wrong_length=3.0, tokens=20.0, distractors=lambda _: ["7"])
    right = {"shortest": 0, "plain": 0}
    for i in range(60):
        problem = f"What is {i} + 15?"
        gold = backend.facts(problem).gold
        right["shortest"] += (await ttc.asolve(problem, ShortestMajority(n=4), backend=backend)).answer == gold
        right["plain"] += (await ttc.asolve(problem, SelfConsistency(n=4, stop="none"), backend=backend)).answer == gold
    assert right["shortest"] > right["plain"] + 3


async def test_nobody_votes_where_all_were_cut_off() -> None:
    result = await ttc.asolve(
        "What is 1 + 1?",
        ShortestMajority(n=4),
        backend=SimulatedBackend(tokens=900.0),
        sampling=ttc.Sampling(max_tokens=40),
    )
    assert result.answer is None


def test_bad_n() -> None:
    with pytest.raises(ValueError, match="n is 0"):
        ShortestMajority(n=0)
