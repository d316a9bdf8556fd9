"""Prompts that list earlier solutions stay inside the model's context: what does not fit is left out, and told."""

from dataclasses import replace
from typing import Literal

import pytest

import ttc
from ttc.backends.llamacpp import LlamaCppBackend
from ttc.backends.simulated import SimulatedBackend
from ttc.lab import generate, lab_model_path
from ttc.strategies import Rsa, Seat, SelfConsistency, Strategy, Universal

PROBLEM = "What is 19 + 23?"
SAMPLING = ttc.Sampling(max_tokens=150)
STRATEGIES = (Seat(n=8, rounds=3), Universal(n=8), Universal(n=8, style="best"), Rsa(n=8, loops=2, subset=4))


class Listening(SimulatedBackend):
    """Notes the prompt tokens and the number of solutions shown of every request that shows some."""

    def __init__(self, context: int | None):
        super().__init__(gold={PROBLEM: "42"}, p_correct=0.4)
        self.capabilities = replace(self.capabilities, context=context)
        self.listed: list[int] = []
        self.needs: list[int] = []

    async def complete(self, request, meter):  # type: ignore[no-untyped-def]
        shown = request.messages[-1]["content"].count("<candidate>")
        if shown:
            self.listed.append(shown)
            self.needs.append(await self.count(request) + request.max_tokens)
        return await super().complete(request, meter)


@pytest.mark.parametrize("strategy", STRATEGIES, ids=repr)
async def test_what_does_not_fit_is_left_out_and_told(strategy: Strategy) -> None:
    free = Listening(None)
    await ttc.asolve(PROBLEM, strategy, backend=free, sampling=SAMPLING)
    context = (min(free.needs) + max(free.needs)) // 2 if len(set(free.needs)) > 1 else max(free.needs) - 50
    tight = Listening(context)
    result = await ttc.asolve(PROBLEM, strategy, backend=tight, sampling=SAMPLING)
    assert tight.needs
    assert max(tight.needs) <= context < max(free.needs)
    told = [event.data for event in result.trace.events if event.name == "left out"]
    assert told
    assert all(1 <= note["shown"] < note["of"] and note["context"] == context for note in told)


@pytest.mark.parametrize("strategy", STRATEGIES, ids=repr)
async def test_where_all_fit_nothing_changes(strategy: Strategy) -> None:
    free, wide = Listening(None), Listening(10**6)
    results = [await ttc.asolve(PROBLEM, strategy, backend=b, sampling=SAMPLING) for b in (free, wide)]
    assert free.listed == wide.listed
    assert results[0].text == results[1].text
    assert not any(event.name == "left out" for event in results[1].trace.events)


async def test_one_solution_is_always_shown() -> None:
    tiny = Listening(8)
    await ttc.asolve(PROBLEM, Seat(n=4, rounds=3), backend=tiny, sampling=SAMPLING)
    assert set(tiny.listed) == {1}


@pytest.mark.parametrize("style", ["consistent", "best"])
async def test_a_lone_solution_is_no_choice(style: Literal["consistent", "best"]) -> None:
    """Whoever is shown alone was drawn by lot; the vote knows more."""
    for seed in range(8):
        tiny = Listening(8)
        result = await ttc.asolve(PROBLEM, Universal(n=7, style=style), backend=tiny, sampling=SAMPLING, seed=seed)
        vote = await ttc.asolve(PROBLEM, SelfConsistency(n=7, stop="none"), backend=tiny, sampling=SAMPLING, seed=seed)
        assert (result.answer, tiny.listed) == (vote.answer, [])


async def test_a_real_server_takes_what_is_asked() -> None:
    problem = generate("linear", 2, 1, split="test")
    backend = LlamaCppBackend(lab_model_path(), slots=4, context_per_slot=512)
    try:
        result = await ttc.asolve(
            problem.prompt, Seat(n=4, rounds=3), backend=backend, sampling=ttc.Sampling(max_tokens=200)
        )
    finally:
        await backend.aclose()
    assert backend.capabilities.context == 512
    assert len(result.candidates) in (4, 8, 12)
    assert not any(event.name == "lost" for event in result.trace.events)
