"""Self-evolution: conformance, the law of the chain over rounds, gates, estimates, stopping."""

import math
from collections.abc import Sequence
from dataclasses import replace

import pytest

import ttc
from ttc.backends.simulated import HOSTED, SimulatedBackend
from ttc.core.session import Session
from ttc.search.self_evolution import Chain
from ttc.strategies import SelfConsistency, SelfEvolution
from ttc.testing.strategies import StrategyConformance
from ttc.types import Candidate, Verdict


class TestConformance(StrategyConformance):
    def make(self) -> SelfEvolution:
        return SelfEvolution(n=3, rounds=2)


class TestGated(StrategyConformance):
    def make(self) -> SelfEvolution:
        return SelfEvolution(n=2, rounds=3, gate="consecutive", passes=2)


class TestWithVerifier(StrategyConformance):
    needs_verifier = True

    def make(self) -> SelfEvolution:
        return SelfEvolution(n=2, rounds=2)

    def options(self) -> dict[str, object]:
        return {"verifier": "self_verify"}


class Exact:
    """A verifier that knows the answers."""

    def __init__(self, backend: SimulatedBackend):
        self.backend = backend

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        gold = self.backend.facts(session.problem.text).gold
        return [Verdict(float(c.answer == gold)) for c in candidates]


async def solved(
    strategy: SelfEvolution, backend: SimulatedBackend, problems: int, **options: object
) -> list[ttc.Result]:
    async with ttc.Solver(strategy, backend=backend, **options) as solver:  # type: ignore[arg-type]
        return [r async for r in solver.solve_many([f"What is {i} + 6?" for i in range(problems)])]


def share_right(results: list[ttc.Result], backend: SimulatedBackend, round_number: int) -> float:
    """The share of chains whose solution is right after a round."""
    right = total = 0
    for result in results:
        gold = backend.facts(result.problem.text).gold
        answers = {c.id: c.answer for c in result.candidates}
        (event,) = [e for e in result.trace.named("evolution") if e.data["round"] == round_number]
        right += sum(answers[name] == gold for name in event.data["states"])
        total += len(event.data["states"])
    return right / total


def small(**laws: float) -> SimulatedBackend:
    return SimulatedBackend(tokens=12.0, steps=(1, 1), **laws)  # type: ignore[arg-type]


async def test_accuracy_follows_the_chain_over_rounds() -> None:
    backend, n, problems = small(p_correct=0.1, p_improve=0.25, p_degrade=0.1), 8, 20
    results = await solved(SelfEvolution(n=n, rounds=6, gain=0), backend, problems)
    chain = Chain(0.25, 0.1)
    for number in (1, 2, 3, 6):
        exact = chain.accuracy(0.1, number)
        sigma = math.sqrt(exact * (1 - exact) / (n * problems))
        assert abs(share_right(results, backend, number) - exact) < 4 * sigma


async def test_the_vote_is_right_where_single_solutions_are_not() -> None:
    backend = small(p_correct=0.05, p_improve=0.25, p_degrade=0.05)
    results = await solved(SelfEvolution(n=8, rounds=10, window=4), backend, 12)
    assert sum(r.answer == backend.facts(r.problem.text).gold for r in results) >= 11


async def test_rounds_hurt_where_it_degrades_more_than_it_improves() -> None:
    backend, problems = small(p_correct=0.7, p_improve=0.05, p_degrade=0.4), 15
    results = await solved(SelfEvolution(n=6, rounds=5, gain=0), backend, problems)
    assert share_right(results, backend, 5) < 0.35 < 0.5 < share_right(results, backend, 1) + 0.15


async def test_gated_chains_follow_their_own_law() -> None:
    # independent verdicts: a wrong solution is flagged with 1 - fpr, a right one with 1 - tpr
    backend = small(p_correct=0.2, p_improve=0.4, p_degrade=0.3, verify_tpr=0.9, verify_fpr=0.3)
    backend.verify_concentration = 1e6
    results = await solved(
        SelfEvolution(n=8, rounds=3, gate="consecutive", passes=99, failures=99, gain=0), backend, 40
    )
    chain = Chain(0.7 * 0.4, 0.1 * (1 - 0.7))  # flagged and repaired; flagged and spoilt
    exact = chain.accuracy(0.2, 3)
    assert abs(share_right(results, backend, 3) - exact) < 4 * math.sqrt(exact * (1 - exact) / 160)


async def test_an_accepted_solution_ends_its_chain_and_only_such_chains_vote() -> None:
    backend = small(p_correct=0.3, p_improve=0.3, verify_tpr=1.0, verify_fpr=0.0, p_degrade=0.0)
    (result,) = await solved(SelfEvolution(n=6, rounds=12, gate="consecutive", passes=3, gain=0), backend, 1)
    assert result.answer == backend.facts(result.problem.text).gold
    reviews = [e.data["key"] for e in result.trace.named("ask") if "critique" in e.data["key"]]
    per_solution = [sum(f"critique/{c.id}#" in key for key in reviews) for c in result.candidates]
    assert max(per_solution) == 3
    only_wrong = small(p_correct=0.0, p_improve=0.0, verify_fpr=0.0)
    (given_up,) = await solved(SelfEvolution(n=1, rounds=30, gate="consecutive", failures=4, gain=0), only_wrong, 1)
    assert len([e for e in given_up.trace.named("ask") if "critique" in e.data["key"]]) == 4


async def test_no_gate_never_stops_at_a_positive_review() -> None:
    backend = small(p_correct=1.0, p_degrade=0.0, verify_tpr=1.0)
    (result,) = await solved(SelfEvolution(n=1, rounds=7, gain=0), backend, 1)
    assert len(result.candidates) == 8


async def test_no_rounds_is_self_consistency_and_one_chain_a_single_sample() -> None:
    backend = SimulatedBackend(p_correct=0.4)
    for i in range(10):
        problem = f"What is {i} + 2?"
        vote = await ttc.asolve(problem, SelfConsistency(n=7, stop="none"), backend=backend)
        none = await ttc.asolve(problem, SelfEvolution(n=7, rounds=0), backend=backend)
        assert (none.answer, none.cost.calls) == (vote.answer, 7)
        assert math.isclose(none.confidence or 0, vote.confidence or 0)
    assert len((await ttc.asolve("What is 1 + 1?", SelfEvolution(n=1, rounds=0), backend=backend)).candidates) == 1


class Scripted(SimulatedBackend):
    """One chain whose solutions, and reviews if there are any, say these texts, one after the other."""

    texts: list[str]
    reviews: tuple[str, ...] = ()

    async def complete(self, request, meter):  # type: ignore[no-untyped-def]
        completions = await super().complete(request, meter)
        if request.kind != "verify":
            return [replace(completion, text=self.texts.pop(0)) for completion in completions]
        if not self.reviews:
            return completions
        verdict, *rest = self.reviews
        self.reviews = tuple(rest)
        return [replace(completion, text=f"Verdict: {verdict}") for completion in completions]


async def chain_of(*texts: str, window: int) -> ttc.Result:
    backend = Scripted(capabilities=HOSTED)
    backend.texts = list(texts)
    strategy = SelfEvolution(n=1, rounds=len(texts) - 1, window=window, gain=0)
    return await ttc.asolve("What is 4 + 4?", strategy, backend=backend)


@pytest.mark.parametrize(("window", "answer"), [(1, "8"), (3, "7"), (6, "5")])
async def test_the_last_rounds_vote_and_no_others(window: int, answer: str) -> None:
    texts = [f"\\boxed{{{number}}}" for number in (5, 5, 5, 7, 7, 8)]
    assert (await chain_of(*texts, window=window)).answer == answer


async def test_a_rewrite_without_an_answer_does_not_replace_one_with_it() -> None:
    result = await chain_of("\\boxed{5}", "I cannot say.", "\\boxed{6}", "Who knows?", window=1)
    assert result.answer == "6"
    assert (await chain_of("I cannot say.", "\\boxed{6}", window=1)).answer == "6"


@pytest.mark.parametrize(("reviews", "rounds"), [("No No Yes Yes", 2), ("No Yes No Yes Yes", 5), ("Yes No No Yes", 3)])
async def test_the_gate_counts_reviews_in_a_row(reviews: str, rounds: int) -> None:
    """Two failures or two passes in a row end a chain; a verdict of the other kind starts the count again."""
    backend = Scripted(capabilities=HOSTED)
    backend.texts, backend.reviews = [f"\\boxed{{{number}}}" for number in range(9)], tuple(reviews.split())
    strategy = SelfEvolution(n=1, rounds=8, gate="consecutive", passes=2, failures=2, gain=0)
    result = await ttc.asolve("What is 4 + 4?", strategy, backend=backend)
    assert len([e for e in result.trace.named("ask") if "critique" in e.data["key"]]) == rounds


async def test_with_a_verifier_the_rates_are_those_of_the_model() -> None:
    backend = small(p_correct=0.2, p_improve=0.3, p_degrade=0.15)
    results = await solved(SelfEvolution(n=12, rounds=12, gain=0), backend, 4, verifier=Exact(backend))
    last = [r.trace.named("evolution")[-1].data for r in results]
    assert all(event["labelled"] for event in last)
    for rate, truth in (("p_improve", 0.3), ("p_degrade", 0.15), ("stationary", 2 / 3)):
        mean = sum(event[rate] for event in last) / len(last)
        assert abs(mean - truth) < 0.07, rate


async def test_without_labels_the_rates_are_about_the_elected_answer_even_if_it_is_wrong() -> None:
    # all chains move to the one wrong answer: what looks like improvement is not, and the report does not say it is
    backend = SimulatedBackend(p_correct=0.3, p_improve=0.0, p_degrade=0.8, distractors=lambda _: ["7"], tokens=12.0)
    (result,) = await solved(SelfEvolution(n=8, rounds=5, gain=0), backend, 1)
    last = result.trace.named("evolution")[-1].data
    assert result.answer == "7"
    assert last["labelled"] is False
    assert last["stationary"] > 0.5


async def test_it_stops_when_more_rounds_cannot_pay_and_goes_on_while_they_do() -> None:
    agreed = small(p_correct=0.9, p_improve=0.6, p_degrade=0.02)
    results = await solved(SelfEvolution(n=8, rounds=20), agreed, 5)
    assert max(len(r.trace.named("evolution")) for r in results) < 20
    assert all(r.answer == agreed.facts(r.problem.text).gold for r in results)
    slow = small(p_correct=0.0, p_improve=0.1, p_degrade=0.01)
    results = await solved(SelfEvolution(n=8, rounds=20), slow, 5)
    assert sum(len(r.trace.named("evolution")) for r in results) > 5 * 8
    assert sum(r.answer == slow.facts(r.problem.text).gold for r in results) >= 4


async def test_thinking_is_not_passed_on() -> None:
    asked: list[str] = []

    class Spy(SimulatedBackend):
        async def complete(self, request, meter):  # type: ignore[no-untyped-def]
            asked.append(request.messages[-1]["content"])
            completions = await super().complete(request, meter)
            return [c if request.kind == "verify" else _thought(c) for c in completions]

    result = await ttc.asolve("What is 1 + 1?", SelfEvolution(n=2, rounds=2), backend=Spy(capabilities=HOSTED))
    assert result.answer is not None
    assert sum("<solution>" in text for text in asked) >= 4
    assert not any("secret" in text for text in asked)


def _thought(completion):  # type: ignore[no-untyped-def]
    return replace(completion, text=f"<think>secret</think>{completion.text}")


@pytest.mark.parametrize("knobs", [{"n": 0}, {"rounds": -1}, {"window": 0}, {"gate": "strict"}, {"gain": -0.5}])
def test_bad_knobs_are_refused(knobs: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=str(next(iter(knobs.values())))):
        SelfEvolution(**knobs)  # type: ignore[arg-type]
