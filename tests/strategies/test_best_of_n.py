"""Best-of-N: conformance, ties, weights, closed forms."""

import math
from collections import Counter
from collections.abc import Sequence

import pytest

import ttc
from ttc.backends.simulated import SimulatedBackend
from ttc.core.session import Session
from ttc.strategies import BestOfN
from ttc.testing.strategies import StrategyConformance
from ttc.types import Candidate, Verdict


class TestConformance(StrategyConformance):
    needs_verifier = True

    def make(self) -> BestOfN:
        return BestOfN(n=5)

    def options(self) -> dict[str, object]:
        return {"verifier": "confidence"}


class TestWeighted(StrategyConformance):
    needs_verifier = True

    def make(self) -> BestOfN:
        return BestOfN(n=6, weight="answer")

    def options(self) -> dict[str, object]:
        return {"verifier": "agreement"}


class Scores:
    """A verifier with given scores in order of drawing."""

    def __init__(self, *scores: float):
        self.scores = scores

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        return [Verdict(score) for score in self.scores[: len(candidates)]]


async def test_a_perfect_verifier_finds_the_right_one_if_there_is_one() -> None:
    backend, p, n, problems = SimulatedBackend(p_correct=0.3), 0.3, 4, 300
    right = 0
    for i in range(problems):
        problem = f"What is {i} + 9?"
        gold = backend.facts(problem).gold
        check = ttc.VERIFIERS["exact"](answer=gold)  # type: ignore[call-arg]
        result = await ttc.asolve(problem, BestOfN(n=n), backend=backend, verifier=check)
        right += result.answer == gold
    expected = 1 - (1 - p) ** n
    assert abs(right / problems - expected) < 4 * math.sqrt(expected * (1 - expected) / problems)


async def test_ties_are_drawn_by_lot_not_by_order() -> None:
    chosen = Counter()
    for seed in range(60):
        result = await ttc.asolve(
            "What is 1 + 1?", BestOfN(n=3), backend=SimulatedBackend(), verifier=Scores(0.5, 0.5, 0.2), seed=seed
        )
        chosen[result.candidate.id] += 1
    assert set(chosen) == {"0", "1"}
    assert min(chosen.values()) > 15
    first = await ttc.asolve(
        "What is 1 + 1?", BestOfN(n=3, ties="first"), backend=SimulatedBackend(), verifier=Scores(0.5, 0.5, 0.2)
    )
    assert first.candidate is not None
    assert first.candidate.id == "0"


async def test_what_cannot_be_judged_never_wins() -> None:
    result = await ttc.asolve(
        "What is 1 + 1?", BestOfN(n=3), backend=SimulatedBackend(), verifier=Scores(math.nan, 0.0, math.nan)
    )
    assert result.candidate is not None
    assert result.candidate.id == "1"


async def test_weights_add_up_over_equal_answers() -> None:
    backend = SimulatedBackend(p_correct=1.0, distractors=lambda _: ["7"])
    one = await ttc.asolve("What is 1 + 1?", BestOfN(n=3), backend=backend, verifier=Scores(0.4, 0.4, 0.4))
    assert one.answer == backend.facts("What is 1 + 1?").gold

    class Mixed:
        async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
            gold = backend.facts("What is 2 + 1?").gold
            return [Verdict(0.4 if c.answer == gold else 0.6) for c in candidates]

    mixed = SimulatedBackend(p_correct=0.7, distractors=lambda _: ["7"])
    plain = await ttc.asolve("What is 2 + 1?", BestOfN(n=10), backend=mixed, verifier=Mixed(), seed=1)
    weighted = await ttc.asolve(
        "What is 2 + 1?", BestOfN(n=10, weight="answer"), backend=mixed, verifier=Mixed(), seed=1
    )
    assert plain.answer == "7"
    assert weighted.answer == backend.facts("What is 2 + 1?").gold


async def test_confidence_separates_right_from_wrong_where_the_model_knows() -> None:
    backend = SimulatedBackend(p_correct=0.4, separation=3.0)
    right = {"confidence": 0, "none": 0}
    for i in range(120):
        problem = f"What is {i} + 3?"
        gold = backend.facts(problem).gold
        scored = await ttc.asolve(problem, BestOfN(n=6), backend=backend, verifier="confidence")
        single = await ttc.asolve(problem, BestOfN(n=1), backend=backend)
        right["confidence"] += scored.answer == gold
        right["none"] += single.answer == gold
    assert right["confidence"] > right["none"] + 30


def test_bad_n() -> None:
    with pytest.raises(ValueError, match="n is 0"):
        BestOfN(n=0)


class TestPessimistic(StrategyConformance):
    needs_verifier = True

    def make(self) -> BestOfN:
        return BestOfN(n=4, choose="pessimistic")

    def options(self) -> dict[str, object]:
        return {"verifier": "confidence"}


@pytest.mark.parametrize(
    ("choose", "beta", "law"),
    [("pessimistic", 0.1, (0, 0.625, 0, 0.375)), ("pessimistic", 0.5, (0.025, 0.425, 0.175, 0.375))],
)
async def test_bounded_choices_follow_their_law(choose: str, beta: float, law: tuple[float, ...]) -> None:
    chosen, runs = Counter(), 200
    strategy = BestOfN(n=4, choose=choose, beta=beta)  # type: ignore[arg-type]
    for seed in range(runs):
        result = await ttc.asolve(
            "What is 1 + 1?", strategy, backend=SimulatedBackend(), verifier=Scores(0.1, 0.9, 0.4, 0.8), seed=seed
        )
        chosen[result.candidate.id] += 1
    for i, p in enumerate(law):
        assert abs(chosen[str(i)] - runs * p) <= 4 * math.sqrt(runs * p * (1 - p))


async def test_a_small_beta_is_best_of_n() -> None:
    for choose in ("soft", "pessimistic"):
        strategy = BestOfN(n=4, choose=choose, beta=1e-4)  # type: ignore[arg-type]
        result = await ttc.asolve(
            "What is 1 + 1?", strategy, backend=SimulatedBackend(), verifier=Scores(0.1, 0.9, math.nan, 0.8)
        )
        assert result.candidate.id == "1"


class Noisy:
    """A proxy with rare large errors: a wrong candidate in twelve looks perfect, right ones score .8."""

    def __init__(self, backend: SimulatedBackend):
        self.backend = backend

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        gold = self.backend.facts(session.problem.text).gold
        errors = session.rng.random(len(candidates)) < 1 / 12
        return [
            Verdict(0.8 if c.answer == gold else 1.0 if e else 0.2) for c, e in zip(candidates, errors, strict=True)
        ]


async def test_more_candidates_hurt_the_highest_score_but_not_the_pessimist() -> None:
    backend, right = SimulatedBackend(p_correct=0.5, tokens=12.0, steps=(1, 1)), Counter()
    for choose in ("highest", "pessimistic"):
        for n in (4, 48):
            strategy = BestOfN(n=n, choose=choose, beta=0.5)  # type: ignore[arg-type]
            async with ttc.Solver(strategy, backend=backend, verifier=Noisy(backend)) as solver:
                async for r in solver.solve_many([f"What is {i} + 2?" for i in range(60)]):
                    right[choose, n] += r.answer == backend.facts(r.problem.text).gold
    assert right["highest", 48] < right["highest", 4] - 15
    assert right["pessimistic", 48] > right["pessimistic", 4] - 8
    assert right["pessimistic", 48] > right["highest", 48] + 15


def test_bad_choices() -> None:
    with pytest.raises(ValueError, match="choose is 'lowest'"):
        BestOfN(choose="lowest")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="beta is 0"):
        BestOfN(choose="soft", beta=0)
    with pytest.raises(ValueError, match="weight='answer'"):
        BestOfN(choose="soft", weight="answer")
