"""`ttc mcp` over standard input and output, driven by the official client, on the laboratory model."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

pytest.importorskip("mcp", reason="the package mcp (extra mcp) is not installed")
pytest.importorskip("xllamacpp", reason="the laboratory model needs the extra local")

from mcp import Client, StdioServerParameters

PROBLEM = "Compute the gcd of 84 and 126."
RIGHT, WRONG = "The gcd is 42.\n\nAnswer: \\boxed{42}.", "The gcd is 84.\n\nAnswer: \\boxed{84}."


@asynccontextmanager
async def served(*options: str) -> AsyncIterator[Client]:
    command = StdioServerParameters(command=sys.executable, args=["-m", "ttc", "mcp", *options])
    async with Client(command, read_timeout_seconds=60) as client:
        yield client


async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    done = await client.call_tool(tool, arguments)
    assert not done.is_error, done.content
    assert done.structured_content is not None
    return done.structured_content


async def refused(client: Client, tool: str, **arguments: Any) -> str:
    done = await client.call_tool(tool, arguments)
    assert done.is_error
    return done.content[0].text  # type: ignore[union-attr]


async def test_the_four_tools() -> None:
    async with served("--max-tokens", "96") as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert tools.keys() == {"solve", "verify", "compare", "plan"}
        assert tools["solve"].input_schema["required"] == ["problem"]
        assert tools["solve"].output_schema is not None

        vote = {"strategy": "self_consistency", "knobs": {"n": 4, "stop": "none"}}
        solved = await call(client, "solve", problem=PROBLEM, **vote)
        assert solved["answer"] == "42"
        assert (solved["candidates"], solved["spent"]["calls"], solved["stopped"]) == (4, 4, "finished")
        assert 0.5 < solved["confidence"] < 1
        assert await call(client, "solve", problem=PROBLEM, **vote) | {"spent": 0} == solved | {"spent": 0}  # one seed

        verified = await call(client, "verify", problem=PROBLEM, solutions=[WRONG, RIGHT, RIGHT], verifier="agreement")
        assert [row["score"] for row in verified["solutions"]] == pytest.approx([1 / 3, 2 / 3, 2 / 3])
        assert [row["answer"] for row in verified["solutions"]] == ["84", "42", "42"]
        asked = await call(client, "verify", problem=PROBLEM, solutions=[WRONG, RIGHT])
        assert all(0 < row["score"] < 1 for row in asked["solutions"])
        assert asked["spent"]["calls"] == 2

        there = await call(client, "compare", problem=PROBLEM, first=WRONG, second=RIGHT)
        back = await call(client, "compare", problem=PROBLEM, first=RIGHT, second=WRONG)
        assert there["votes"] == 2
        assert there["first_wins"] + back["first_wins"] == pytest.approx(1, abs=1e-3)  # both orders, whoever is first
        assert {"first": "second", "second": "first", "tie": "tie"}[there["better"]] == back["better"]

        planned = await call(client, "plan", problem=PROBLEM, tokens=2000, probe=2)
        assert planned["best"] in {row["strategy"] for row in planned["rows"] if row["fits"]}
        assert planned["spent"]["output_tokens"] <= 2000


async def test_the_server_caps_what_is_asked_for() -> None:
    """An agent asks for a million tokens and a thousand calls; the server's limits hold, for a call and in all."""
    async with served("--max-tokens", "64", "--tokens", "200", "--n", "8", "--total-tokens", "300") as client:
        vote = {"strategy": "self_consistency", "knobs": {"n": 8, "stop": "none"}, "tokens": 1_000_000}
        first = await call(client, "solve", problem=PROBLEM, **vote)
        assert (first["stopped"], first["limit"]) == ("budget", "tokens")
        second = await call(client, "solve", problem=PROBLEM, seed=1, **vote)
        assert 0 < first["spent"]["output_tokens"] <= 200
        assert first["spent"]["output_tokens"] + second["spent"]["output_tokens"] <= 300
        assert "8" in await refused(client, "solve", problem=PROBLEM, strategy="best_of_n", knobs={"n": 9})
        assert "8" in await refused(client, "compare", problem=PROBLEM, first="a", second="b", votes=9)


async def test_mistakes_are_tool_errors_that_say_what_to_do() -> None:
    async with served() as client:
        assert "tournament" in await refused(client, "solve", problem=PROBLEM, strategy="turnament")
        assert "no knob" in await refused(client, "solve", problem=PROBLEM, strategy="best_of_n", knobs={"m": 4})
        assert "not offered" in await refused(client, "verify", problem=PROBLEM, solutions=["x"], verifier="execute")
        assert "problem" in await refused(client, "solve")
        assert "tokens" in await refused(client, "solve", problem=PROBLEM, tokens=-1)
        assert "at least 1" in await refused(client, "verify", problem=PROBLEM, solutions=[])


async def test_a_plan_offers_no_more_than_the_server_would_run() -> None:
    """Rows went up to n=64 whatever the server's --n, and asking for what they said was refused."""
    from ttc.backends.simulated import SimulatedBackend
    from ttc.mcp.forms import Caps
    from ttc.mcp.tools import Tools

    for most in (1, 6):
        async with Tools(SimulatedBackend(), Caps(n=most)) as tools:
            planned = await tools.plan(PROBLEM)
        sizes = [row["knobs"].get("n", 1) for row in planned.rows]
        assert sizes
        assert max(sizes) <= most
