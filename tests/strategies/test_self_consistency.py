"""Self-consistency: conformance, stop rules, waves, abstention."""

import pytest

import ttc
from tests.believed import by_candidates
from ttc.backends.simulated import HOSTED, SimulatedBackend
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
    samples, right, waves = await solved(SelfConsistency(n=64), p_correct=0.6, distractor_weights=(0.2,) * 5)
    assert right == 50
    assert samples <= 1.3 * 827
    assert waves <= 4


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
