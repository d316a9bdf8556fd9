"""Tournament: conformance, the exact recursion, biased judges, votes saved, plans from budgets."""

import math
from dataclasses import dataclass, replace
from hashlib import blake2b

import pytest

import ttc
from tests.believed import by_votes
from ttc.backends.simulated import HOSTED, SimulatedBackend
from ttc.core.session import Session
from ttc.search.tournament import knockout_bound, knockout_success
from ttc.strategies import Tournament
from ttc.strategies.judged_pairs import JudgeRecord
from ttc.testing.strategies import StrategyConformance
from ttc.types import Candidate

BLIND = replace(HOSTED, logprobs=False)
"""A hosted endpoint without log-probabilities: votes are 0, 1 or 1/2."""


class TestConformance(StrategyConformance):
    def make(self) -> Tournament:
        return Tournament(n=5, votes=2)

    def options(self) -> dict[str, object]:
        return {"judge": "pairwise"}


class TestPlanned(StrategyConformance):
    def make(self) -> Tournament:
        return Tournament()

    def options(self) -> dict[str, object]:
        return {"judge": "pairwise"}


@dataclass
class Coin:
    """A judge that prefers the right one with probability p, each vote on its own; it costs nothing."""

    gold: str
    p: float
    seed: int = 0
    asked: int = 0

    async def prefer(self, session: Session, first: Candidate, second: Candidate, vote: int) -> float:
        self.asked += 1
        toss = blake2b(f"{self.seed}/{first.id}>{second.id}#{vote}".encode(), digest_size=6).digest()
        heads = int.from_bytes(toss, "big") / 2**48 < self.p
        if (first.answer == self.gold) == (second.answer == self.gold):
            return float(toss[0] % 2)
        return float(heads == (first.answer == self.gold))


class Places:
    """A judge that always prefers the first place."""

    async def prefer(self, session: Session, first: Candidate, second: Candidate, vote: int) -> float:
        return float(vote % 2 == 0)


async def success(n: int, p_gen: float, votes: int, p_comp: float, runs: int) -> int:
    """How often the right answer wins."""
    backend, right = SimulatedBackend(p_correct=p_gen, tokens=12.0, steps=(1, 1)), 0
    problem = "What is 17 * 3?"
    gold = backend.facts(problem).gold
    for seed in range(runs):
        judge = Coin(gold, p_comp, seed)
        result = await ttc.asolve(problem, Tournament(n=n, votes=votes), backend=backend, judge=judge, seed=seed)
        right += result.answer == gold
    return right


SETTINGS = [
    (2, 0.3, 2, 0.8), (3, 0.5, 1, 0.7), (4, 0.4, 2, 0.7), (4, 0.2, 4, 0.9), (5, 0.3, 2, 0.6), (6, 0.5, 3, 0.7),
    (7, 0.2, 2, 0.8), (8, 0.3, 3, 0.7), (8, 0.1, 4, 0.8), (11, 0.3, 3, 0.7), (12, 0.2, 2, 0.75), (16, 0.1, 2, 0.9),
]  # fmt: skip


async def test_success_is_the_exact_recursion() -> None:
    runs, surplus, variance = 60, 0.0, 0.0
    for setting in SETTINGS:
        exact = knockout_success(*setting)
        right = await success(*setting, runs)
        sigma = math.sqrt(runs * exact * (1 - exact))
        assert abs(right - runs * exact) < 4 * sigma, setting
        assert right / runs + 4 * sigma / runs > 1 - knockout_bound(*setting), setting
        surplus, variance = surplus + right - runs * exact, variance + sigma**2
    assert abs(surplus) < 3 * math.sqrt(variance)


async def test_the_model_as_judge_without_logprobs_follows_the_recursion_too() -> None:
    backend = SimulatedBackend(p_correct=0.3, p_compare=0.8, capabilities=BLIND, tokens=12.0, steps=(1, 1))
    right, runs = 0, 120
    async with ttc.Solver(Tournament(n=6, votes=2), backend=backend, judge="pairwise") as solver:
        async for result in solver.solve_many([f"What is {i} + 5?" for i in range(runs)]):
            right += result.answer == backend.facts(result.problem.text).gold
    exact = knockout_success(6, 0.3, 2, 0.8)
    assert abs(right / runs - exact) < 4 * math.sqrt(exact * (1 - exact) / runs)


async def test_who_meets_whom_is_drawn_by_lot() -> None:
    """The recursion takes pairs for random: neighbours in the order of drawing may come from one request."""
    backend, opponents = SimulatedBackend(p_correct=0.0), set()
    for seed in range(40):
        strategy = Tournament(n=4, votes=1)
        result = await ttc.asolve("What is 5 + 8?", strategy, backend=backend, judge=Places(), seed=seed)
        met = [{e.data["first"], e.data["second"]} for e in result.trace.named("judgement")]
        if len(met) == 3:  # else a pair with equal answers was not asked about, and rounds are not told apart
            opponents |= {other for pair in met[:2] if "0" in pair for other in pair - {"0"}}
    assert opponents == {"1", "2", "3"}


async def test_a_judge_of_places_is_a_fair_coin() -> None:
    backend, runs = SimulatedBackend(p_correct=0.5, distractors=lambda _: ["7"], tokens=12.0), 160
    gold = backend.facts("What is 5 + 8?").gold
    wins = mixed = 0
    for seed in range(runs):
        result = await ttc.asolve(
            "What is 5 + 8?", Tournament(n=2, votes=4), backend=backend, judge=Places(), seed=seed
        )
        if len({c.answer for c in result.candidates}) == 2:
            mixed += 1
            wins += result.answer == gold
            assert result.trace.named("knockout")[0].data["p_comp"] < 0.74  # disagreement pulls the prior's 3/4 down
    assert abs(wins - mixed / 2) < 4 * math.sqrt(mixed) / 2


async def test_no_call_is_spent_where_all_agree() -> None:
    judge = Coin("", 0.5)
    result = await ttc.asolve(
        "What is 1 + 1?", Tournament(n=8, votes=4), backend=SimulatedBackend(p_correct=1.0), judge=judge
    )
    assert judge.asked == 0
    assert len(result.candidates) == 8
    assert result.confidence == pytest.approx(by_votes([8]))


async def test_decided_pairs_ask_nothing_more_and_the_bill_is_bounded() -> None:
    problem, n, votes = "What is 3 + 8?", 8, 6
    backend = SimulatedBackend(p_correct=0.5, tokens=12.0)
    gold = backend.facts(problem).gold
    sure, unsure = Coin(gold, 1.0), Coin(gold, 0.5)
    matches = []
    for judge in (sure, unsure):
        result = await ttc.asolve(problem, Tournament(n=n, votes=votes), backend=backend, judge=judge, seed=3)
        matches.append(len({(e.data["first"], e.data["second"]) for e in result.trace.named("judgement")}))
        assert judge.asked <= votes * (n - 1)
    per_match = [sure.asked / matches[0], unsure.asked / matches[1]]
    assert per_match[0] < per_match[1] <= votes


async def test_a_judge_that_never_errs_always_finds_the_right_one() -> None:
    for seed in range(20):
        backend = SimulatedBackend(p_correct=0.3, tokens=12.0)
        gold = backend.facts("What is 2 + 8?").gold
        result = await ttc.asolve(
            "What is 2 + 8?", Tournament(n=7, votes=3), backend=backend, judge=Coin(gold, 1.0), seed=seed
        )
        assert (result.answer == gold) == any(c.answer == gold for c in result.candidates)


async def test_candidates_that_were_cut_off_do_not_enter() -> None:
    backend = SimulatedBackend(p_correct=0.5, tokens=60.0, tokens_sigma=0.8)
    sampling = ttc.Sampling(max_tokens=60)
    result = await ttc.asolve(
        "What is 4 + 9?", Tournament(n=8, votes=2), backend=backend, judge=Coin("", 0.5), sampling=sampling
    )
    whole = {c.id for c in result.candidates if c.finish == "stop"}
    assert 0 < len(whole) < 8
    met = {e.data[side] for e in result.trace.named("judgement") for side in ("first", "second")}
    assert met <= whole
    assert result.candidate is not None
    assert result.candidate.id in whole


async def test_where_nobody_has_an_answer_none_meets_itself() -> None:
    backend = SimulatedBackend(tokens=60.0)
    sampling, budget = ttc.Sampling(max_tokens=12), ttc.Budget(calls=12)
    result = await ttc.asolve(
        "What is 4 + 9?", Tournament(), backend=backend, judge=Coin("", 0.5), sampling=sampling, budget=budget
    )
    assert (result.answer, result.confidence) == (None, 0.0)
    met = [(e.data["first"], e.data["second"]) for e in result.trace.named("judgement")]
    assert met
    assert all(first != second for first, second in met)


async def test_without_a_judge_nothing_is_spent_and_the_error_names_one() -> None:
    with pytest.raises(ttc.VerifierError, match="judge='pairwise'"):
        await ttc.asolve("What is 1 + 1?", "tournament", backend=SimulatedBackend())


async def test_a_plan_keeps_to_its_budget_and_uses_it() -> None:
    backend = SimulatedBackend(p_correct=0.4, capabilities=BLIND)
    sizes = {}
    for tokens in (1500, 6000):
        budget = ttc.Budget(tokens=tokens)
        result = await ttc.asolve("What is 12 + 7?", "tournament", backend=backend, judge="pairwise", budget=budget)
        plan = result.trace.named("plan")[0].data
        assert result.cost.output_tokens <= tokens
        assert plan["votes"] % 2 == 0
        sizes[tokens] = plan["n"]
    assert sizes[6000] > sizes[1500]


def test_the_plan_is_the_best_by_the_exact_recursion() -> None:
    p_gen, p_comp, budget, c_gen, c_comp = 0.3, 0.7, 3000.0, 100.0, 20.0
    n, votes = Tournament().plan(4, [(budget, c_gen, c_comp)], p_gen, p_comp)
    fits = [
        (knockout_success(m, p_gen, k, p_comp), m, k)
        for m in range(4, 65)
        for k in range(2, 17, 2)
        if c_gen * m + c_comp * k * (m - 1) <= budget
    ]
    assert knockout_success(n, p_gen, votes, p_comp) == max(fits)[0]
    assert Tournament(votes=4).plan(4, [(budget, c_gen, c_comp)], p_gen, p_comp)[1] == 4
    assert Tournament(n=6).plan(4, [(budget, c_gen, c_comp)], p_gen, p_comp)[0] == 6


def test_two_currencies_bind_together() -> None:
    n, votes = Tournament().plan(4, [(10_000.0, 100.0, 1.0), (20.0, 1.0, 1.0)], 0.3, 0.8)
    assert n + votes * (n - 1) <= 20


def test_the_judge_record_reads_p_comp_from_agreement() -> None:
    agreeing, places, soft = JudgeRecord(), JudgeRecord(), JudgeRecord()
    for _ in range(400):
        agreeing.add([1.0, 1.0])
        places.add([1.0, 0.0])
        soft.add([0.7, 0.7])
    assert JudgeRecord().p_comp == 0.75
    assert agreeing.p_comp > 0.99
    assert places.p_comp == 0.5
    assert abs(soft.p_comp - 0.7) < 0.01
    soft.add([math.nan, 0.5])
    assert (soft.pairs, soft.unreadable) == (404, 1)
