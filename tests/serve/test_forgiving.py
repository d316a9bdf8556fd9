"""What clients and servers send that differs a little from the protocol, and is understood."""

from __future__ import annotations

import json
from typing import Any

import aiohttp
import openai
import pytest

from tests.believed import by_votes
from tests.serve.upstream import gateway, scripted
from ttc.core import domains
from ttc.types import Problem, Sampling

VOTE: Any = {"strategy": "self_consistency", "knobs": {"n": 2.0, "stop": "none"}}
ASKED: Any = [{"role": "user", "content": "What is 6 * 7?"}]
SCHEMA = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object", "required": ["x"]}}}


async def ask(url: str, path: str = "/chat/completions", **fields: Any) -> tuple[int, Any]:
    body = {"model": "toy", "messages": ASKED, "ttc": VOTE, **fields}
    async with aiohttp.ClientSession() as session, session.post(url + path, json=body) as reply:
        return reply.status, await reply.json()


@pytest.mark.parametrize("arguments", [{"a": 1, "b": ["é"]}, {}, "", None, '{"a": 1}'])
@pytest.mark.parametrize("stream", [False, True])
async def test_arguments_go_back_as_a_text(arguments: Any, stream: bool) -> None:
    made = {"id": "x", "type": "function", "function": {"name": "f", "arguments": arguments}}
    tools = [{"type": "function", "function": {"name": "f"}}]
    async with (
        scripted({"tool_calls": [made]}) as upstream,
        gateway(upstream) as url,
        openai.AsyncOpenAI(base_url=url, api_key="any", max_retries=0) as client,
    ):
        done: Any = await client.chat.completions.create(
            model="toy",
            messages=ASKED,
            tools=tools,
            stream=stream,
            extra_body={"ttc": VOTE},  # type: ignore[call-overload]
        )
        if stream:
            parts = [chunk.choices[0].delta async for chunk in done if chunk.choices]
            calls = [part.tool_calls[0] for part in parts if part.tool_calls]
        else:
            calls = done.choices[0].message.tool_calls
    text = "".join(call.function.arguments or "" for call in calls)
    assert json.loads(text) == (json.loads(arguments or "{}") if isinstance(arguments, str) else arguments or {})


@pytest.mark.parametrize(
    "content",
    [
        [{"type": "text", "text": "3+4?"}],
        [{"type": "image_url", "image_url": {"url": "data:,"}}, {"type": "text", "text": "3+4?"}],
        [{"type": "text", "text": "3+4?"}, {"type": "image_url", "image_url": {"url": "data:,"}}],
        [{"type": "image_url", "image_url": {"url": "data:,"}}],
        [{"type": "input_text", "text": "3+4?"}],
    ],
)
def test_content_in_parts_gets_the_sentence_about_the_box(content: list[dict[str, Any]]) -> None:
    history = ({"role": "user", "content": "Hello"}, {"role": "user", "content": content})
    before = json.dumps(content)
    *_, last = domains.messages_of(Problem(history), Sampling())
    assert json.dumps(last).count(r"\\boxed{}") == 1
    assert json.dumps(content) == before  # the caller's message stays as it was
    *_, plain = domains.messages_of(Problem(history), Sampling(suffix=""))
    assert plain["content"] == content


async def test_slashes_at_the_end_of_a_path_make_no_difference() -> None:
    async with scripted({"content": "so \\boxed{42}"}) as upstream, gateway(upstream) as url:
        status, reply = await ask(url, "/chat/completions/")
        assert (status, reply["ttc"]["answer"]) == (200, "42")
        plain = {"model": "toy", "messages": ASKED}
        async with aiohttp.ClientSession() as session:
            for path in ("/chat/completions/", "/completions/"):
                async with session.post(url + path, json=plain) as passed:
                    assert passed.status == 200
            async with session.get(url + "/models/", allow_redirects=False) as listed:
                assert listed.status == 200


async def test_a_model_can_be_retrieved_by_its_name() -> None:
    async with (
        scripted({}) as upstream,
        gateway(upstream) as url,
        openai.AsyncOpenAI(base_url=url, api_key="any", max_retries=0) as client,
    ):
        assert (await client.models.retrieve("toy")).id == "toy"
        assert (await client.models.retrieve("ttc/auto@20k:toy")).id == "ttc/auto@20k:toy"
        with pytest.raises(openai.NotFoundError, match="'org/other' does not exist"):
            await client.models.retrieve("org/other")


@pytest.mark.parametrize(
    ("field", "value"), [("max_tokens", 64.0), ("max_completion_tokens", 64.0), ("n", 1.0), ("seed", 7.0)]
)
async def test_whole_numbers_may_have_a_point(field: str, value: float) -> None:
    async with scripted({"content": "so \\boxed{42}"}) as upstream, gateway(upstream) as url:
        status, reply = await ask(url, **{field: value})
        assert (status, reply["ttc"]["candidates"]) == (200, 2)
        assert field not in ("max_tokens", "max_completion_tokens") or '"max_tokens": 64,' in json.dumps(
            upstream.bodies
        )
        status, reply = await ask(url, **{field: value + 0.5})
    assert status == 400
    assert str(value + 0.5) in json.dumps(reply) or field == "n"


@pytest.mark.parametrize("fence", ["```json\n{0}\n```", "```\n{0}\n```", "\n```JSON\n{0}```\n", "{0}"])
async def test_json_in_a_fence_votes_and_goes_back_without_it(fence: str) -> None:
    messages = [{"content": fence.replace("{0}", '{"x": 7}')}, {"content": fence.replace("{0}", '{ "x": 7.0 }')}]
    async with scripted(*messages) as upstream, gateway(upstream) as url:
        status, reply = await ask(url, response_format=SCHEMA)
    assert status == 200
    assert reply["ttc"]["confidence"] == pytest.approx(by_votes([2], domain="json"))  # both vote, for the same value
    assert json.loads(reply["choices"][0]["message"]["content"]) == {"x": 7}


async def test_words_beside_a_fence_are_no_json() -> None:
    async with scripted({"content": 'Here:\n```json\n{"x": 7}\n```'}) as upstream, gateway(upstream) as url:
        status, reply = await ask(url, response_format=SCHEMA)
    assert (status, reply["ttc"]["answer"]) == (200, None)
