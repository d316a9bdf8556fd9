"""The official openai client, unchanged, against the gateway over the laboratory model: real runs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import openai
import pytest

ASKED = [{"role": "user", "content": "Compute the lcm of 4 and 6."}]
VOTE = {"ttc": {"strategy": "self_consistency", "knobs": {"n": 3, "stop": "none"}}}


@pytest.fixture
def client(lab_gateway: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=lab_gateway, api_key="any", max_retries=0) as client:
        yield client


def test_a_strategy_by_field_returns_one_answer_and_what_all_candidates_cost(client: openai.OpenAI) -> None:
    done = client.chat.completions.create(model="ttc-lab", messages=ASKED, max_tokens=80, extra_body=VOTE)
    ttc = done.model_extra["ttc"]
    assert done.choices[0].message.content
    assert (ttc["strategy"], ttc["candidates"], ttc["stopped"]) == ("self_consistency", 3, "finished")
    assert 0 <= ttc["confidence"] <= 1
    assert done.usage.completion_tokens == ttc["cost"]["output_tokens"] > 80  # more than any one candidate
    assert done.usage.prompt_tokens == ttc["cost"]["prompt_tokens"] > 0
    assert done.usage.total_tokens == done.usage.prompt_tokens + done.usage.completion_tokens


def test_the_same_seed_gives_the_same_answer(client: openai.OpenAI) -> None:
    runs = [
        client.chat.completions.create(
            model="ttc/auto:ttc-lab", messages=ASKED, seed=7, extra_body={"ttc": {"knobs": {"n": 2}}}
        )
        for _ in range(2)
    ]
    assert runs[0].choices[0].message.content == runs[1].choices[0].message.content
    assert runs[0].model_extra["ttc"]["seed"] == 7


def test_a_plain_name_passes_through(client: openai.OpenAI) -> None:
    done = client.chat.completions.create(model="ttc-lab", messages=ASKED, max_tokens=8)
    assert "ttc" not in done.model_extra
    assert done.usage.completion_tokens == 8
    pieces = list(client.chat.completions.create(model="ttc-lab", messages=ASKED, max_tokens=8, stream=True))
    assert len(pieces) >= 8


def test_a_budget_in_the_name_holds(client: openai.OpenAI) -> None:
    done = client.chat.completions.create(model="ttc/self_consistency@150:ttc-lab", messages=ASKED, max_tokens=64)
    assert done.usage.completion_tokens <= 150
    assert done.model_extra["ttc"]["stopped"] == "budget"


def test_a_stream_shows_progress_then_the_answer_then_usage(client: openai.OpenAI) -> None:
    body = {"ttc": {"knobs": {"n": 3}}}
    chunks = list(
        client.chat.completions.create(
            model="ttc/tournament:ttc-lab",
            messages=ASKED,
            stream=True,
            stream_options={"include_usage": True},
            extra_body=body,
        )
    )
    deltas = [c.choices[0].delta for c in chunks if c.choices]
    shown = "".join(d.model_extra.get("reasoning_content", "") for d in deltas)
    assert "candidate 0: " in shown
    assert "".join(d.content or "" for d in deltas)
    ends = [c for c in chunks if c.choices and c.choices[0].finish_reason]
    assert [c.choices[0].finish_reason for c in ends] in (["stop"], ["length"])
    assert ends[0].model_extra["ttc"]["candidates"] == 3
    assert [c.usage.completion_tokens for c in chunks if c.usage] == [
        ends[0].model_extra["ttc"]["cost"]["output_tokens"]
    ]


def test_progress_can_be_switched_off(client: openai.OpenAI) -> None:
    body = {"ttc": {"knobs": {"n": 2}, "progress": False}}
    chunks = list(client.chat.completions.create(model="ttc/auto", messages=ASKED, stream=True, extra_body=body))
    assert not any("reasoning_content" in (c.choices[0].delta.model_extra or {}) for c in chunks)
    assert any(c.choices[0].delta.content for c in chunks)


async def test_the_async_client_runs_many_at_once(lab_gateway: str) -> None:
    async with openai.AsyncOpenAI(base_url=lab_gateway, api_key="any", max_retries=0) as client:
        body = {"ttc": {"strategy": "best_of_n", "knobs": {"n": 2}}}

        async def one(number: int) -> int:
            asked = [{"role": "user", "content": f"Compute the lcm of 4 and {number}."}]
            stream = number % 2 == 0
            call = client.chat.completions.create(
                model="ttc-lab", messages=asked, max_tokens=40, stream=stream, extra_body=body
            )
            if not stream:
                return (await call).model_extra["ttc"]["candidates"]
            return [c async for c in await call][-1].model_extra["ttc"]["candidates"]

        assert await asyncio.gather(*map(one, range(6, 10))) == [2] * 4


def test_models_are_listed_with_strategies(client: openai.OpenAI) -> None:
    assert {"ttc-lab", "ttc/auto:ttc-lab"} <= {model.id for model in client.models.list()}


def test_errors_are_those_that_the_client_knows(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="did you mean 'tournament'"):
        client.chat.completions.create(model="ttc/turnament:ttc-lab", messages=ASKED)
    with pytest.raises(openai.NotFoundError, match="serves 'ttc-lab'"):
        client.chat.completions.create(model="ttc/auto:gpt-9", messages=ASKED)
    with pytest.raises(openai.BadRequestError, match="too small"):
        client.chat.completions.create(model="ttc/auto@5:ttc-lab", messages=ASKED)
