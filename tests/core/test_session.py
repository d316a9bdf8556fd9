"""The session and the door: every verb, budgets in flight, what is charged."""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import replace

import pytest

from ttc.backends.base import Completion, TokenPrices
from ttc.backends.simulated import HOSTED, SimulatedBackend
from ttc.budget.budget import Budget
from ttc.budget.ledger import HoldMode, Ledger
from ttc.core.candidates import ROOT, confidences_of, grown
from ttc.core.door import Door
from ttc.core.session import Session
from ttc.core.trace import Trace
from ttc.errors import BackendError, BudgetExhausted, VerifierError
from ttc.types import Candidate, Problem, Sampling, Verdict

PROBLEM = Problem("What is 12 + 30?")


def make(
    backend: SimulatedBackend | None = None,
    *,
    hold: HoldMode = "worst",
    sampling: Sampling | None = None,
    problem: Problem = PROBLEM,
    **limits: float,
) -> Session:
    door = Door(backend or SimulatedBackend(), Trace(), seed=3, hold=hold)
    return Session(problem, door, Ledger(Budget(**limits)), sampling=sampling)  # type: ignore[arg-type]


async def test_sample_gives_n_with_lineage_and_answers() -> None:
    session = make()
    candidates = await session.sample(5) + await session.sample(1)
    assert [c.id for c in candidates] == ["0", "1", "2", "3", "4", "5"]
    assert all(c.done and c.answer for c in candidates)
    assert session.candidates == candidates


async def test_fan_out_is_one_request_and_a_call_counts_each_completion() -> None:
    session = make()
    await session.sample(5)
    asked = session.trace.named("ask")
    assert [event.data["n"] for event in asked] == [5]
    assert session.ledger.cost.calls == 5
    hosted = make(SimulatedBackend(capabilities=HOSTED))
    await hosted.sample(5)
    assert [event.data["n"] for event in hosted.trace.named("ask")] == [1] * 5
    assert hosted.ledger.cost.prompt_tokens == 5 * session.ledger.cost.prompt_tokens


async def test_sample_gives_fewer_when_the_budget_ends_and_raises_when_none_is_left() -> None:
    session = make(tokens=500)
    candidates = await session.sample(30)
    assert 1 <= len(candidates) < 30
    assert session.ledger.cost.output_tokens <= 500
    with pytest.raises(BudgetExhausted) as caught:
        await session.sample(1)
    assert caught.value.limit == "tokens"


async def test_a_capped_candidate_says_budget_and_does_not_vote() -> None:
    session = make(SimulatedBackend(tokens=300.0, tokens_sigma=0.05), tokens=400)
    candidates = await session.sample(2)
    assert [c.finish for c in candidates] == ["stop", "budget"]
    assert session.labels(candidates) == [0, -1]


async def test_running_out_never_cancels_what_is_already_paid() -> None:
    session = make(SimulatedBackend(time_scale=0.01, capabilities=HOSTED), calls=3)
    assert len(await session.sample(8)) == 3


@pytest.mark.parametrize("tokens", [300, 1000, 3000])
async def test_typical_mode_runs_more_at_once_and_overspends_by_less_than_one_delta_a_stream(tokens: int) -> None:
    backend = SimulatedBackend(time_scale=0.002, chunk_tokens=4)
    session = make(backend, hold="typical", tokens=tokens, sampling=Sampling(max_tokens=1024))
    await session.sample(1)
    with pytest.raises(BudgetExhausted):
        while True:
            await session.sample(12)
    assert tokens * 0.8 <= session.ledger.cost.output_tokens <= tokens + 12 * 4


async def test_prices_bound_the_call() -> None:
    backend = SimulatedBackend(pricing=TokenPrices(prompt=1.0, output=10.0))
    session = make(backend, usd=0.004)
    candidates = await session.sample(10)
    assert 1 <= len(candidates) < 10
    assert 0 < (session.ledger.cost.usd or 0) <= 0.004
    assert session.ledger.cost.eflops is None


async def test_race_cancels_the_rest_and_charges_what_it_used() -> None:
    session = make(SimulatedBackend(time_scale=0.01, chunk_tokens=1))
    async with session.race(6) as arrivals:
        first = await anext(arrivals)
    outcomes = [event.data["outcome"] for event in session.trace.named("ask")]
    assert first.done
    assert len(outcomes) == 6
    assert "cancelled" in outcomes
    cancelled = [e.data["output_tokens"] for e in session.trace.named("ask") if e.data["outcome"] == "cancelled"]
    assert any(cancelled)
    assert session.ledger.cost.output_tokens == sum(e.data["output_tokens"] for e in session.trace.named("ask"))
    assert math.isinf(session.left("tokens"))


async def test_race_can_start_more_and_ends_by_itself() -> None:
    session = make()
    seen = []
    async with session.race(2) as arrivals:
        async for candidate in arrivals:
            seen.append(candidate.id)
            if len(seen) == 1:
                arrivals.more(2)
    assert sorted(seen) == ["0", "1", "2", "3"]


async def test_race_without_budget_raises_the_reason() -> None:
    session = make(tokens=5)
    with pytest.raises(BudgetExhausted):
        async with session.race(3) as arrivals:
            await anext(arrivals)


async def test_watch_stops_a_stream_and_keeps_the_part() -> None:
    session = make(SimulatedBackend(chunk_tokens=2, tokens=200.0))
    seen: list[int] = []

    def watch(index: int, delta: object) -> bool:
        seen.append(index)
        return len(seen) < 4

    (candidate,) = await session.sample(1, watch=watch)
    assert candidate.finish == "stopped"
    assert candidate.output_tokens == session.ledger.cost.output_tokens < 20
    assert session.labels([candidate]) == [-1]


async def test_extend_grows_step_by_step_to_the_same_kind_of_end() -> None:
    session = make()
    beam: list[Candidate] = [ROOT, ROOT, ROOT]
    steps = 0
    while not all(c.done for c in beam):
        beam = await session.extend(beam)
        steps += 1
        assert steps < 20
    assert [c.id.partition(".")[0] for c in beam] == ["0", "1", "2"]
    for candidate in beam:
        assert "".join(candidate.steps) == candidate.text
        assert candidate.answer is not None
        assert len(candidate.token_ids or ()) == candidate.output_tokens
    assert session.ledger.cost.output_tokens == sum(c.output_tokens for c in beam)


async def test_copies_of_a_candidate_grow_apart() -> None:
    session = make()
    (step,) = await session.extend([ROOT])
    copies = await session.extend([step] * 6)
    assert len({c.text for c in copies}) > 1
    assert [c.id for c in copies] == [f"0.{i}" for i in range(6)]


async def test_extend_passes_done_candidates_and_survives_the_end_of_the_budget() -> None:
    session = make(tokens=120)
    done = Candidate(id="9", text="x", answer="1")
    growing: Sequence[Candidate] = [done, ROOT]
    for _ in range(12):
        growing = await session.extend(growing)
        if growing[1].done:
            break
    assert growing[0] is done
    assert session.ledger.cost.output_tokens <= 120


async def test_extend_needs_prefill() -> None:
    with pytest.raises(VerifierError, match="cannot continue a text"):
        await make(SimulatedBackend(capabilities=HOSTED)).extend([ROOT])


def test_a_step_ends_with_the_text_a_box_or_nothing_new() -> None:
    def step(text: str, **ending: object) -> Candidate:
        completion = replace(Completion(text, 3), **ending)  # type: ignore[arg-type]
        return grown("0", ROOT, "", completion, lambda t: "4" if "boxed{4}" in t else None, "m")

    assert not step("a step\n\n", stop_reason="\n\n").done
    assert step("the end").done
    assert step("so \\boxed{4}\n\n", stop_reason="\n\n").done
    assert not step("so \\boxed{\n\n", stop_reason="\n\n").done
    assert step("\n\n", stop_reason="\n\n").done
    assert step("cut", finish="length").done


def test_confidence_of_a_token_leaves_out_the_extra_entry() -> None:
    top = ((("a", -0.1), ("b", -3.0)), (("a", -0.2), ("b", -2.0), ("sampled", -9.0)))
    assert confidences_of(Completion("", 2, top=top)) == pytest.approx((1.55, 1.1))


class Knows:
    """A judge that knows, costs nothing, and refuses one pair."""

    async def prefer(self, session: Session, first: Candidate, second: Candidate, vote: int) -> float:
        if first.id == "2":
            raise BudgetExhausted("tokens")
        return float(vote % 2)


async def test_compare_alternates_votes_over_calls_and_keeps_what_came() -> None:
    session = make()
    session.judge = Knows()
    a, b, c = await session.sample(3)
    assert await session.compare([(a, b), (b, c)], votes=2) == [[0.0, 1.0], [0.0, 1.0]]
    assert await session.compare([(a, b), (c, a)], votes=1) == [[0.0], []]
    assert await session.compare([(a, b)], votes=1) == [[1.0]]
    with pytest.raises(BudgetExhausted):
        await session.compare([(c, b)], votes=3)


async def test_verify_and_compare_need_someone() -> None:
    session = make()
    with pytest.raises(VerifierError, match="verifier"):
        await session.verify([])
    with pytest.raises(VerifierError, match="judge"):
        await session.compare([])


async def test_map_keeps_order_and_holes() -> None:
    async def half(x: int) -> int:
        await asyncio.sleep(0.001 * (5 - x))
        if x % 2:
            raise BackendError("lost")
        return x

    assert await make().map(half, [0, 1, 2, 3]) == [0, None, 2, None]
    with pytest.raises(BackendError):
        await make().map(half, [1, 3])


async def test_other_errors_are_raised_bare_and_cancel_the_rest() -> None:
    cancelled = []

    async def fail(x: int) -> int:
        if x:
            raise KeyError(x)
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            cancelled.append(x)
            raise
        return x

    with pytest.raises(KeyError):
        await make().map(fail, [0, 1])
    assert cancelled == [0]


async def test_shares_bound_and_are_booked_at_the_parent() -> None:
    session = make(tokens=2000)
    part = session.share(0.25)
    with pytest.raises(BudgetExhausted):
        while True:
            await part.sample(2)
    assert part.ledger.cost.output_tokens <= 500
    assert session.ledger.cost == part.ledger.cost
    assert session.candidates == part.candidates
    limited = session.share(Budget(calls=1))
    assert len(await limited.sample(3)) == 1


async def test_seeds_come_from_names_not_from_order() -> None:
    one, other = make(), make()
    first, second = await one.sample(1), await one.sample(1)
    together = await asyncio.gather(other.sample(1), other.sample(1))
    assert [first[0].text, second[0].text] == [together[0][0].text, together[1][0].text]
    assert first[0].text != second[0].text


async def test_a_history_keeps_its_messages_and_gets_the_suffix() -> None:
    history = (
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": "2+2?"},
    )
    session = make(problem=Problem(history), sampling=Sampling(system="Be brief."))
    assert [m["role"] for m in session.messages] == ["system", "user", "assistant", "user"]
    assert session.messages[-1]["content"].startswith("2+2?\nPlease reason")
    assert make(problem=Problem(history), sampling=Sampling(suffix="")).messages == history


def test_verdicts_lie_in_the_unit_interval() -> None:
    with pytest.raises(ValueError, match=r"1\.2"):
        Verdict(1.2)
    assert not Verdict(math.nan).known


@pytest.mark.parametrize("prompt", ["", "   ", ()])
def test_an_empty_prompt_is_refused(prompt: str) -> None:
    with pytest.raises(ValueError, match="empty"):
        Problem(prompt)
