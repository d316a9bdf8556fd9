"""REBASE: conformance, counts on the tree of a run, width, over-length solutions, final votes."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Any

import numpy as np
import pytest

import ttc
from tests.strategies.stepwise import (
    PRM,
    Seeing,
    StepConformance,
    Uneven,
    accuracy,
    constant,
    is_right,
    search_tree,
    truth,
)
from ttc.backends.simulated import HOSTED, SimulatedBackend
from ttc.budget.budget import Budget
from ttc.errors import VerifierError
from ttc.search.rebase import rebase
from ttc.strategies import Rebase
from ttc.types import Candidate, Sampling, Verdict


class TestConformance(StepConformance):
    def make(self) -> Rebase:
        return Rebase(n=4)


class TestOne(StepConformance):
    def make(self) -> Rebase:
        return Rebase(n=1, pick="best", weight="min")


@pytest.mark.parametrize(("backend", "ends"), [(SimulatedBackend(), 1), (Uneven(), 2)])
async def test_the_width_falls_only_as_solutions_end_and_is_shared_by_the_rule(
    backend: SimulatedBackend, ends: int
) -> None:
    result = await ttc.asolve("What is 5 + 4?", Rebase(n=12, temperature=0.3), backend=backend, verifier=PRM)
    tree = search_tree(result.trace)
    assert len({node.depth for node in tree.nodes if node.done}) == ends
    below = tree.children()
    deepest = max(node.depth for node in tree.nodes)
    for depth in range(deepest):
        frontier = tree.frontier(depth)
        ended = sum(node.done and node.depth <= depth for node in tree.nodes)
        if not frontier:
            continue
        scores = [tree.nodes[node].score for node in frontier]
        expected = rebase(np.array(scores), 12 - ended, temperature=0.3).tolist()
        assert [len(below[node]) for node in frontier] == expected
    assert sum(node.done for node in tree.nodes) == 12


async def test_one_solution_is_plain_sampling_and_a_constant_reward_keeps_everybody() -> None:
    assert abs(await accuracy(Rebase(n=1), Seeing(constant), 160, p_correct=0.4) - 0.4) < 0.12
    result = await ttc.asolve("What is 5 + 4?", Rebase(n=6), backend=SimulatedBackend(), verifier=Seeing(constant))
    assert not any(node.pruned for node in search_tree(result.trace).nodes)


async def test_a_true_reward_finds_what_sampling_misses() -> None:
    assert await accuracy(Rebase(n=8), Seeing(truth), 60, p_correct=0.2) > 0.9


def by_wording(number: int, right: bool, candidate: Candidate) -> float:
    return blake2b(candidate.steps[number].encode(), digest_size=1).digest()[0] / 255


class Worst(Seeing):
    """Its verdict on a whole text is that of the worst step."""

    async def verify(self, session: ttc.Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        return [replace(verdict, score=min(verdict.steps)) for verdict in await super().verify(session, candidates)]


async def test_the_width_is_shared_by_the_newest_step_and_not_by_the_whole_text() -> None:
    seen: list[tuple[list[float], list[str]]] = []

    class Seen(Rebase):
        def share(self, scores: Any, width: int, paths: Any, steps: Sequence[str]) -> Any:
            seen.append((scores.tolist(), list(steps)))
            return super().share(scores, width, paths, steps)

    await ttc.asolve("What is 5 + 4?", Seen(n=6), backend=SimulatedBackend(steps=(4, 4)), verifier=Worst(by_wording))
    assert len(seen) == 4
    for scores, steps in seen[1:]:
        newest = [Candidate(id="0", text="", steps=(step,)) for step in steps]
        assert scores == [by_wording(0, True, candidate) for candidate in newest]


async def test_over_long_solutions_are_no_answers() -> None:
    backend = SimulatedBackend(steps=(4, 4), tokens=200.0, tokens_sigma=0.0)
    sampling = Sampling(max_tokens=120)
    result = await ttc.asolve("What is 5 + 4?", Rebase(n=4), backend=backend, verifier=PRM, sampling=sampling)
    assert [c.finish for c in result.candidates] == ["length"] * 4
    assert all(120 <= c.output_tokens < 180 for c in result.candidates)  # a solution may end a step late


@pytest.mark.parametrize(("weight", "right"), [("last", False), ("min", True), ("prod", True), ("mean", True)])
async def test_weights_join_the_steps(weight: str, right: bool) -> None:
    """An error is seen where it is made; the last step of what went wrong before looks best."""

    def rule(number: int, right: bool, candidate: Candidate) -> float:
        old_error = not is_right("".join(candidate.steps[:number]))
        return 0.8 if right else 0.95 if number == 3 and old_error else 0.05

    strategy = Rebase(n=8, weight=weight, pick="best", temperature=100.0)  # type: ignore[arg-type]
    found = await accuracy(strategy, Seeing(rule), 40, p_correct=0.5)
    assert (found > 0.8) == right


async def test_a_tight_budget_lands_one_solution() -> None:
    laws = {"steps": (4, 4), "tokens": 100.0}
    for calls in (1, 9, 20, 30):
        result = await ttc.asolve(
            "What is 5 + 4?",
            Rebase(n=4),
            backend=SimulatedBackend(**laws),
            verifier=PRM,
            budget=Budget(calls=calls),  # type: ignore[arg-type]
        )
        assert result.answer is not None
        assert result.cost.calls <= calls


async def test_what_is_missing_is_said() -> None:
    with pytest.raises(VerifierError, match="prm"):
        await ttc.asolve("What is 5 + 4?", "rebase", backend=SimulatedBackend())
    with pytest.raises(VerifierError, match="prefix"):
        await ttc.asolve("What is 5 + 4?", "rebase", backend=SimulatedBackend(capabilities=HOSTED), verifier=PRM)
    with pytest.raises(ValueError, match="temperature"):
        Rebase(temperature=0.0)


async def test_a_solution_that_was_cut_off_is_no_reason_not_to_finish_one() -> None:
    class CutOff(SimulatedBackend):
        """Cuts the first solution in its first step, behind something that looks like an answer."""

        async def complete(self, request, meter):  # type: ignore[no-untyped-def]
            completions = await super().complete(request, meter)
            first = request.key.endswith("generate/0")
            cut = [replace(c, text="\\boxed{1}, no,", finish="length", stop_reason=None) for c in completions]
            return cut if first else completions

    backend = CutOff(steps=(4, 4), tokens=160.0)
    sampling, budget = Sampling(max_tokens=300), Budget(tokens=640)
    result = await ttc.asolve(
        "What is 5 + 4?", Rebase(n=4), backend=backend, verifier=Seeing(constant), sampling=sampling, budget=budget
    )
    assert result.candidate is not None
    assert (result.candidate.finish, len(result.trace.named("landed"))) == ("stop", 1)
