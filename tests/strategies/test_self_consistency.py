"""Self-consistency: conformance, stop rules, waves, abstention."""

from dataclasses import replace

import numpy as np
import pytest

import ttc
from tests.believed import by_candidates
from ttc.backends.base import Completion, Delta
from ttc.backends.simulated import HOSTED, SimulatedBackend
from ttc.search.stopping import Beta
from ttc.search.waves import stopping_time
from ttc.strategies import SelfConsistency
from ttc.testing.strategies import StrategyConformance


class TestPlain(StrategyConformance):
    def make(self) -> SelfConsistency:
        return SelfConsistency(n=6, stop="none")


class TestAdaptive(StrategyConformance):
    def make(self) -> SelfConsistency:
        return SelfConsistency(n=16)


async def solved(strategy: SelfConsistency, problems: int = 50, **laws: object) -> tuple[int, int, int]:
    """Samples, right answers and the most waves over many problems."""
    backend = SimulatedBackend(**laws)  # type: ignore[arg-type]
    samples = right = waves = 0
    async with ttc.Solver(strategy, backend=backend) as solver:
        async for result in solver.solve_many([f"What is {i} + 4?" for i in range(problems)]):
            samples += len(result.candidates)
            right += result.answer == backend.facts(result.problem.text).gold
            waves = max(waves, len(result.trace.named("begin")))
    return samples, right, waves


async def test_adaptive_voting_costs_little_more_than_one_by_one() -> None:
    # p = .6 against five equally likely distractors: the sequential rule needs about 827 of 3200 candidates
    laws = {"p_correct": 0.6, "distractor_weights": (0.2,) * 5}
    samples, right, waves = await solved(SelfConsistency(n=64), **laws)
    assert right == 50
    assert samples <= 1.2 * 827
    assert waves <= 8
    samples, right, waves = await solved(SelfConsistency(n=64, waves=4), **laws)
    assert right == 50
    assert samples <= 1.5 * 827
    assert waves <= 4


def drawn(p: float, seed: int, rivals: int = 5, cap: int = 40) -> list[int]:
    """The answers of one problem: 0 with probability p, else one of the rivals."""
    rng = np.random.default_rng([seed, int(1000 * p)])
    return np.where(rng.random(cap) < p, 0, 1 + rng.integers(0, rivals, cap)).tolist()


async def voted(strategy: SelfConsistency, labels: list[int]) -> tuple[int, int]:
    """Candidates and waves of one run in which candidate i answers labels[i]."""

    class Told(SimulatedBackend):
        async def complete(self, request, meter):  # type: ignore[no-untyped-def]
            index = int(request.key.rpartition("/")[2])
            meter.attempt(1)
            meter.output(0, Delta("42", 1))
            return [Completion(f"\\boxed{{{labels[index]}}}", 1)]

    result = await ttc.asolve("What is 6 + 8?", strategy, backend=Told(capabilities=replace(HOSTED, fan_out=False)))
    return len(result.candidates), len(result.trace.named("begin"))


@pytest.mark.parametrize("p", [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95])
async def test_the_defaults_draw_little_more_than_one_by_one_would(p: float) -> None:
    problems = [drawn(p, seed, cap=32) for seed in range(300)]
    runs = [await voted(SelfConsistency(), labels) for labels in problems]
    least = sum(stopping_time(Beta(), labels, 32) or 32 for labels in problems)
    assert sum(used for used, _ in runs) <= 1.16 * least
    assert np.mean([waves for _, waves in runs]) <= 4


async def test_a_mix_of_problems_costs_what_the_paper_s_rule_costs() -> None:
    """Ten equal groups, of which half are certain: 5.7 samples one by one."""
    shares = (0.55, 0.8, 0.925, 0.95, 0.975, 1.0, 1.0, 1.0, 1.0, 1.0)
    problems = [drawn(p, 10 * seed + group) for seed in range(60) for group, p in enumerate(shares)]
    runs = [await voted(SelfConsistency(n=40), labels) for labels in problems]
    assert np.mean([used for used, _ in runs]) <= 6.6


@pytest.mark.parametrize("waves", [None, 1, 2, 4])
async def test_waves_of_esc_are_whole_windows(waves: int | None) -> None:
    for seed in range(20):
        labels = drawn(0.6, seed)
        used, _ = await voted(SelfConsistency(n=40, stop="esc", window=4, waves=waves), labels)
        assert used % 4 == 0


@pytest.mark.parametrize("stop", ["certificate", "beta", "dirichlet", "esc"])
async def test_every_rule_saves_and_none_draws_all(stop: str) -> None:
    laws = {"p_correct": 0.8}
    all_of_them, right_all, _ = await solved(SelfConsistency(n=40, stop="none"), **laws)
    some, right, _ = await solved(SelfConsistency(n=40, stop=stop), **laws)  # type: ignore[arg-type]
    assert all_of_them == 50 * 40
    assert some < all_of_them
    assert right >= right_all - 2


async def test_certificate_never_changes_the_answer() -> None:
    # one request each: with fan-out, the sizes of the waves would choose the seeds
    backend = SimulatedBackend(p_correct=0.45, capabilities=HOSTED)
    for i in range(25):
        problem = f"What is {i} * 7?"
        all_of_them = await ttc.asolve(problem, SelfConsistency(n=21, stop="none"), backend=backend)
        certain = await ttc.asolve(problem, SelfConsistency(n=21, stop="certificate", waves=21), backend=backend)
        assert certain.answer == all_of_them.answer


async def test_cut_off_candidates_abstain_but_are_paid() -> None:
    result = await ttc.asolve(
        "What is 5 + 5?",
        SelfConsistency(n=8, stop="none"),
        backend=SimulatedBackend(tokens=900.0),
        sampling=ttc.Sampling(max_tokens=60),
    )
    assert {c.finish for c in result.candidates} == {"length"}
    assert result.answer is None
    assert result.cost.output_tokens == 8 * 60


async def test_confidence_is_what_the_belief_says_of_the_votes() -> None:
    for seed in range(4):
        result = await ttc.asolve(
            "What is 5 + 5?", SelfConsistency(n=12, stop="none"), backend=SimulatedBackend(p_correct=0.5), seed=seed
        )
        assert result.confidence == pytest.approx(by_candidates(result))


@pytest.mark.parametrize("knobs", [{"n": 0}, {"waves": 0}, {"threshold": 1.5}, {"stop": "bets"}])
def test_bad_knobs_are_refused(knobs: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=str(next(iter(knobs.values())))):
        SelfConsistency(**knobs)  # type: ignore[arg-type]
