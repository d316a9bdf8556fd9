"""League and pivot: conformance, non-transitive judges, balanced places, numbers of comparisons."""

from collections import Counter
from dataclasses import dataclass, field

import pytest

import ttc
from tests.believed import by_votes
from ttc.backends.simulated import SimulatedBackend
from ttc.core.session import Session
from ttc.search.pivot import comparisons
from ttc.strategies import League, Pivot, Tournament
from ttc.testing.strategies import StrategyConformance
from ttc.types import Candidate


class TestLeague(StrategyConformance):
    def make(self) -> League:
        return League(n=4, opponents=2)

    def options(self) -> dict[str, object]:
        return {"judge": "pairwise"}


class TestPivot(StrategyConformance):
    def make(self) -> Pivot:
        return Pivot(n=4, pivots=1)

    def options(self) -> dict[str, object]:
        return {"judge": "pairwise"}


PROBLEM = "What is 19 + 23?"
OPEN = ttc.Problem("Write a line.", domain="open")
"""Every candidate is an answer of its own."""


@dataclass
class Cyclic:
    """42 beats everything but 7, which loses to all other wrong answers."""

    async def prefer(self, session: Session, first: Candidate, second: Candidate, vote: int) -> float:
        rank = {("42", "7"): 0.0, ("7", "42"): 1.0}
        value = {"42": 3, "7": 1}
        pair = (first.answer or "", second.answer or "")
        if pair in rank:
            return rank[pair]
        a, b = value.get(pair[0], 2), value.get(pair[1], 2)
        return 0.5 if a == b else float(a > b)


@dataclass
class Places:
    """Always prefers the first place, and counts who stands where."""

    first: Counter[str] = field(default_factory=Counter)
    second: Counter[str] = field(default_factory=Counter)

    async def prefer(self, session: Session, first: Candidate, second: Candidate, vote: int) -> float:
        shown = (first, second) if vote % 2 == 0 else (second, first)
        self.first[shown[0].id] += 1
        self.second[shown[1].id] += 1
        return float(vote % 2 == 0)


@dataclass
class Ranked:
    """Prefers the longer solution: a judge that is never wrong about that."""

    asked: int = 0

    async def prefer(self, session: Session, first: Candidate, second: Candidate, vote: int) -> float:
        self.asked += 1
        return 0.5 if len(first.text) == len(second.text) else float(len(first.text) > len(second.text))


async def test_a_league_survives_a_judge_that_is_not_transitive() -> None:
    wrong, weights = ["8", "9", "10", "11", "12", "7"], (0.15, 0.15, 0.15, 0.15, 0.15, 0.25)
    laws = {"gold": {PROBLEM: "42"}, "distractors": lambda _: wrong, "distractor_weights": weights, "tokens": 12.0}
    backend = SimulatedBackend(p_correct=0.15, **laws)  # type: ignore[arg-type]
    met = league = knockout = 0
    for seed in range(60):
        result = await ttc.asolve(PROBLEM, League(n=8), backend=backend, judge=Cyclic(), seed=seed)
        answers = [c.answer for c in result.candidates]
        if "42" in answers and 1 <= answers.count("7") <= 2:
            other = await ttc.asolve(PROBLEM, Tournament(n=8, votes=2), backend=backend, judge=Cyclic(), seed=seed)
            met, league, knockout = met + 1, league + (result.answer == "42"), knockout + (other.answer == "42")
    assert met > 15
    assert league >= 0.9 * met
    assert league >= knockout + 4


@pytest.mark.parametrize("strategy", [League(n=6), League(n=7, opponents=3), Pivot(n=6), Pivot(n=7, votes=4)])
async def test_places_are_balanced_and_a_judge_of_places_favours_nobody(strategy: League | Pivot) -> None:
    judge = Places()
    result = await ttc.asolve(OPEN, strategy, backend=SimulatedBackend(), judge=judge)
    assert judge.first == judge.second
    assert set(result.trace.named("league")[0].data["rates"].values()) == {0.5}


async def test_with_one_vote_the_ring_still_balances_places() -> None:
    for seed in range(5):
        judge = Places()
        await ttc.asolve(OPEN, Pivot(n=7, votes=1), backend=SimulatedBackend(), judge=judge, seed=seed)
        # a pair that met in the ring meets the other way round in the second pass, which may shift each end by two
        assert max(abs(judge.first[name] - judge.second[name]) for name in judge.first) <= 5


async def test_a_judge_of_places_elects_uniformly() -> None:
    winners = Counter[str]()
    for seed in range(100):
        result = await ttc.asolve(OPEN, Pivot(n=4, pivots=1), backend=SimulatedBackend(), judge=Places(), seed=seed)
        assert result.candidate is not None
        winners[result.candidate.id] += 1
    chi_squared = sum((winners[str(i)] - 25) ** 2 / 25 for i in range(4))
    assert chi_squared < 16.3  # 99.9 % of chi-squared with 3 degrees of freedom


@pytest.mark.parametrize("strategy", [League(n=9), Pivot(n=9)])
async def test_a_sure_judge_finds_the_best(strategy: League | Pivot) -> None:
    for seed in range(8):
        result = await ttc.asolve(OPEN, strategy, backend=SimulatedBackend(), judge=Ranked(), seed=seed)
        assert len(result.text) == max(len(c.text) for c in result.candidates)


@pytest.mark.parametrize(("n", "k"), [(1, 1), (5, 2), (16, 2), (3, 3)])
async def test_a_pivot_tournament_costs_what_the_formula_says(n: int, k: int) -> None:
    judge = Ranked()
    await ttc.asolve(OPEN, Pivot(n=n, pivots=k, votes=1), backend=SimulatedBackend(), judge=judge)
    assert judge.asked == comparisons(n, k)


@pytest.mark.parametrize(("n", "opponents"), [(6, None), (6, 2)])
async def test_a_league_costs_n_times_its_opponents(n: int, opponents: int | None) -> None:
    judge = Ranked()
    await ttc.asolve(OPEN, League(n=n, opponents=opponents), backend=SimulatedBackend(), judge=judge)
    assert judge.asked == n * (opponents or n - 1)


@pytest.mark.parametrize("strategy", [League(n=6), Pivot(n=6)])
async def test_nothing_is_asked_where_all_agree(strategy: League | Pivot) -> None:
    judge = Ranked()
    result = await ttc.asolve(PROBLEM, strategy, backend=SimulatedBackend(p_correct=1.0), judge=judge)
    assert judge.asked == 0
    assert result.confidence == pytest.approx(by_votes([6]))


@pytest.mark.parametrize("name", ["league", "pivot"])
async def test_without_a_judge_the_error_names_one(name: str) -> None:
    with pytest.raises(ttc.VerifierError, match="judge='pairwise'"):
        await ttc.asolve(PROBLEM, name, backend=SimulatedBackend())


@pytest.mark.parametrize("make", [lambda: League(n=0), lambda: League(votes=0), lambda: Pivot(pivots=0)])
def test_bad_knobs_are_refused(make) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="is 0"):
        make()
