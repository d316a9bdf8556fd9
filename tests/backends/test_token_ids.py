"""Token ids: asked for only where they are used, counts without them, and the chat's own ids asked for once."""

import asyncio
from dataclasses import replace

import pytest

from tests.backends.asking import ask
from tests.servers import ScriptedServer
from ttc.backends.base import Request
from ttc.backends.dialect import DIALECTS, Shot, chat_body, text_body
from ttc.backends.openai import OpenAIBackend
from ttc.backends.pieces import Ask, Attempt
from ttc.backends.wire import Piece, Usage
from ttc.budget.budget import Budget
from ttc.budget.ledger import Ledger
from ttc.core.candidates import ROOT
from ttc.core.door import Door
from ttc.core.session import Session
from ttc.core.trace import Trace
from ttc.errors import BackendError
from ttc.testing.meters import CountingMeter
from ttc.types import Problem, Sampling

VLLM = DIALECTS["vllm"]


async def opened(server: ScriptedServer) -> OpenAIBackend:
    backend = OpenAIBackend(server.url)
    await backend.prepare()
    return backend


@pytest.mark.parametrize(
    ("fields", "stream", "asked"),
    [({}, False, False), ({"token_ids": True}, False, True), ({"prefix_ids": (1,)}, False, True), ({}, True, True)],
)
def test_ids_are_asked_for_only_where_they_are_used(fields: dict[str, object], stream: bool, asked: bool) -> None:
    shot = Shot(4, 16, 7, stream)
    for body in (
        chat_body(VLLM, "m", ask(n=4, **fields), shot),
        text_body(VLLM, "m", ask(n=4, **fields), shot, (1, 2)),
    ):
        assert body.get("return_token_ids", False) is asked
    assert "return_token_ids" not in chat_body(DIALECTS["generic"], "m", ask(token_ids=True), shot)


async def test_samples_come_without_ids_and_growth_with_them() -> None:
    async with ScriptedServer("vllm") as server:
        backend = await opened(server)
        sampling = Sampling(max_tokens=64)
        session = Session(Problem("Q"), Door(backend, Trace()), Ledger(Budget()), sampling=sampling)
        (whole,) = await session.sample(1)
        (step,) = await session.extend([ROOT])
        assert "return_token_ids" not in server.bodies[0]
        assert whole.token_ids is None
        assert server.bodies[1]["return_token_ids"] is True
        assert len(step.token_ids or ()) == step.output_tokens == 8
        (more,) = await session.extend([replace(step, done=False)])
        assert server.bodies[2]["prompt"][-8:] == list(step.token_ids or ())
        await session.extend([replace(more, done=False)], append="Wait")
        assert "return_token_ids" not in server.bodies[3]  # text was put between: its ids are not known
        await backend.aclose()


def settled(pieces: list[Piece], said: int, limit: int = 100) -> list[int]:
    """Tokens of each completion of a plain reply without ids."""
    meter = CountingMeter()
    request = Ask(Request("k", (), limit, n=len(pieces)), meter)
    attempt = Attempt(request, range(len(pieces)), limit)
    attempt.usage = Usage(10, 0, said)
    attempt.take_whole(pieces)
    assert meter.output_tokens == said
    return [done.output_tokens for done in request.done if done is not None]


def test_a_reply_without_ids_is_counted_exactly_where_the_limit_cut_and_by_length_elsewhere() -> None:
    cut = Piece(0, "x" * 90, finish="length")
    assert settled([cut, Piece(1, "x" * 200, finish="stop"), Piece(2, "x" * 100, finish="stop")], 190) == [100, 60, 30]
    assert settled([cut, Piece(1, "y" * 300, finish="length")], 200) == [100, 100]
    assert settled([Piece(0, "x" * 200, finish="stop"), Piece(1, "x" * 100, finish="stop")], 60) == [40, 20]


def test_what_the_context_cut_before_the_limit_is_not_given_the_limit() -> None:
    pieces = [Piece(0, "x" * 90, finish="length"), Piece(1, "x" * 90, finish="length")]
    assert settled(pieces, 120) == [60, 60]


async def test_the_ids_of_a_chat_come_with_its_first_reply() -> None:
    async with ScriptedServer("vllm") as server:
        backend = await opened(server)
        (first,) = await backend.complete(ask(token_ids=True), CountingMeter())
        await backend.complete(ask(prefix=first.text, prefix_ids=first.token_ids), CountingMeter())
        assert server.tokenized == []
        assert server.bodies[1]["prompt"] == [100, 101, 102, 103, 104, *first.token_ids]
        await backend.aclose()


async def test_a_continued_text_does_not_pass_for_the_chat() -> None:
    async with ScriptedServer("vllm") as server:
        backend = await opened(server)
        await backend.complete(ask(prefix="So far", token_ids=True), CountingMeter())  # its prompt ids hold the prefix
        assert await backend.count(ask()) == 5
        assert len(server.tokenized) == 1
        await backend.aclose()


async def test_chats_are_rendered_side_by_side_and_each_once() -> None:
    async with ScriptedServer("vllm") as server:
        backend = await opened(server)
        server.tokenize_latency = 0.1
        counts = await asyncio.gather(*(backend.count(ask(f"problem {i % 8}")) for i in range(64)))
        assert server.tokenize_peak == 8  # one after another it would be 1
        assert set(counts) == {5}
        assert len(server.tokenized) == 8
        await backend.aclose()


async def test_when_the_one_that_asks_fails_the_next_one_asks() -> None:
    async with ScriptedServer("vllm") as server:
        backend = await opened(server)
        server.tokenize_latency, server.failing_tokenize = 0.05, 1
        found = await asyncio.gather(*(backend.count(ask()) for _ in range(3)), return_exceptions=True)
        assert isinstance(found[0], BackendError)
        assert found[1:] == [5, 5]
        cancelled = asyncio.create_task(backend.count(ask("another")))
        waiting = asyncio.create_task(backend.count(ask("another")))
        await asyncio.sleep(0.01)
        cancelled.cancel()
        assert await waiting == 5
        await backend.aclose()


async def test_what_the_template_is_told_is_part_of_the_prompt() -> None:
    async with ScriptedServer("vllm") as server:
        backend = await opened(server)
        fields = {"extra": {"chat_template_kwargs": {"enable_thinking": False}}}
        await backend.count(ask())
        await backend.count(ask(**fields))
        assert [body.get("chat_template_kwargs") for body in server.tokenized] == [None, {"enable_thinking": False}]
        await backend.aclose()
