"""Sample, scrutinize and scale: who is verified how often, and what it is worth."""

import math
from collections import Counter

import pytest
from scipy import stats

from tests.verifiers.scripted import Scripted, words
from ttc.backends.base import Capabilities, Request
from ttc.backends.simulated import SimulatedBackend
from ttc.budget.budget import Budget
from ttc.testing.verifiers import VerifierConformance, open_session
from ttc.types import Candidate, Problem
from ttc.verifiers.scrutinize import Scrutinize


class TestConformance(VerifierConformance):
    def make(self) -> Scrutinize:
        return Scrutinize(votes=4, preliminary=2, rewrite=False)


def of_rate(request: Request) -> list:  # type: ignore[type-arg]
    """A candidate that says "chance 3" gets three Yes in ten."""
    text = request.messages[0]["content"]
    rate = int(text.split("chance ")[1][0])
    number = int(request.key.rsplit("#", 1)[1].split("~")[0])
    return words("Verdict: " + ("Yes" if number % 10 < rate else "No"))


def batch(*rates: int, answers: str = "") -> list[Candidate]:
    return [
        Candidate(id=str(i), text=f"chance {rate} \\boxed{{{a}}}", answer=a)
        for i, (rate, a) in enumerate(zip(rates, answers or "abcdefgh", strict=False))
    ]


async def test_only_the_promising_get_the_rest() -> None:
    backend = Scripted(of_rate, logprobs=False)
    session = open_session(backend)  # type: ignore[arg-type]
    verdicts = await session.verify(batch(9, 1, 5, 0), Scrutinize(votes=30))
    assert [v.score for v in verdicts] == pytest.approx([0.9, 0.1, 0.5, 0.0])
    asked = Counter(request.key.split("/")[3].split("#")[0] for request in backend.heard)
    assert asked == {"0": 30, "1": 10, "2": 30, "3": 10}
    assert session.trace.named("scrutinized")[0].data == {"kept": ["0", "2"], "pruned": 2}


async def test_at_most_so_many_of_each_answer() -> None:
    backend = Scripted(of_rate, logprobs=False)
    session = open_session(backend)  # type: ignore[arg-type]
    await session.verify(batch(9, 8, 7, 6, answers="1112"), Scrutinize(votes=20, each=2))
    assert session.trace.named("scrutinized")[0].data["kept"] == ["0", "1", "3"]


async def test_a_second_round_that_cannot_be_paid_does_not_lose_the_first() -> None:
    backend = Scripted(of_rate, logprobs=False)
    session = open_session(backend, Budget(calls=20))  # type: ignore[arg-type]
    verdicts = await session.verify(batch(9, 5), Scrutinize(votes=40))
    assert [v.score for v in verdicts] == pytest.approx([0.9, 0.5])
    assert "30 failed" in verdicts[0].reason


async def test_nothing_readable_is_nan() -> None:
    backend = Scripted(lambda _: words("no idea"), logprobs=False)
    verdicts = await open_session(backend).verify(batch(9, 5), Scrutinize(votes=4, preliminary=2))  # type: ignore[arg-type]
    assert not any(v.known for v in verdicts)


async def test_it_finds_the_rare_right_one_as_often_as_the_binomial_says() -> None:
    """One right candidate among nine wrong ones, TPR .9 and FPR .4, 12 votes: the vote would always be wrong."""
    tpr, fpr, votes, wrong = 0.9, 0.4, 12, 9
    backend = SimulatedBackend(
        verify_tpr=tpr, verify_fpr=fpr, verify_concentration=1e9, capabilities=Capabilities(fan_out=True)
    )
    trials, found = 40, 0.0
    for trial in range(trials):
        problem = Problem(f"What is {trial} + 5?")
        gold = int(backend.facts(problem.text).gold)
        answers = [gold] + [gold + 1] * wrong
        candidates = [
            Candidate(id=str(i), text=f"Try {i}. \\boxed{{{a}}}", answer=str(a)) for i, a in enumerate(answers)
        ]
        verifier = Scrutinize(votes=votes, preliminary=votes, rewrite=False)
        scores = [
            v.score for v in await open_session(backend, problem=problem, seed=trial).verify(candidates, verifier)
        ]
        found += (scores[0] == max(scores)) / scores.count(max(scores))
    right, other = stats.binom(votes, tpr), stats.binom(votes, fpr)
    expected = sum(
        right.pmf(s) * sum(stats.binom(wrong, 1).pmf(0) if other.cdf(s) == 0 else
            math.comb(wrong, k) * other.pmf(s) ** k * other.cdf(s - 1) ** (wrong - k) / (k + 1)
            for k in range(wrong + 1))
        for s in range(votes + 1)
    )  # fmt: skip
    assert abs(found / trials - expected) < 4 * math.sqrt(0.25 / trials)
    assert expected > 0.8


def test_bad_knobs() -> None:
    with pytest.raises(ValueError, match="preliminary is 9"):
        Scrutinize(votes=4, preliminary=9)
