"""Reward models from the command line, against whole replies of a server over a real loopback connection.

The replies in `responses/` have every field that vLLM 0.25.1's response classes have, with numbers made up: no reward
model could be served where they were written. So they show that formats are read and sent right, and nothing about
any model.
"""

import asyncio
import json
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from typer.testing import CliRunner

from ttc.backends.simulated import SimulatedBackend
from ttc.cli import app
from ttc.errors import BackendError
from ttc.testing.verifiers import open_session
from ttc.types import Candidate
from ttc.verifiers import VERIFIERS, make_verifier

RESPONSES = Path(__file__).parent / "responses"
SOLUTION = "Six rows of 14 are 84.\n\n84 - 5 = 79.\n\nIt is \\boxed{78}."


class Recorded:
    """Answers every POST with one recorded reply and keeps what was asked; /tokenize gives one token a character."""

    def __init__(self, name: str):
        self.reply: dict[str, Any] = json.loads((RESPONSES / f"{name}.json").read_text())
        self.asked: list[tuple[str, dict[str, Any]]] = []

    async def answer(self, request: web.Request) -> web.Response:
        if request.method == "GET":
            return web.json_response({"object": "list", "data": [{"id": self.reply["model"], "object": "model"}]})
        body = await request.json()
        if request.path == "/tokenize":
            ids = [ord(character) for character in body["prompt"]]
            return web.json_response({"count": len(ids), "max_model_len": 4096, "tokens": ids, "token_strs": None})
        self.asked.append((request.path, body))
        return web.json_response(self.reply)

    @contextmanager
    def listening(self) -> Iterator[str]:
        """The URL of a server in a thread of its own."""
        loop, ready, urls = asyncio.new_event_loop(), threading.Event(), list[str]()

        async def start() -> web.AppRunner:
            application = web.Application()
            application.router.add_route("*", "/{path:.*}", self.answer)
            runner = web.AppRunner(application, access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            urls.append("http://{}:{}".format(*runner.addresses[0]))
            return runner

        def serve() -> None:
            runner = loop.run_until_complete(start())
            ready.set()
            loop.run_forever()
            loop.run_until_complete(runner.cleanup())
            loop.close()

        thread = threading.Thread(target=serve)
        thread.start()
        ready.wait(10)
        try:
            yield urls[0]
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)


@pytest.mark.parametrize(
    ("name", "spec", "path", "score"),
    [
        ("qwen_prm", "qwen_prm:url={}", "/pooling", 0.109375),
        ("qwen_prm", "qwen_prm:url={}:aggregate=prod", "/pooling", 0.9921875 * 0.9375 * 0.109375),
        ("orm_classify", "orm:url={}/v1:scale=2", "/classify", 1 / (1 + math.exp(-2.578125 / 2))),
        ("orm_pooling", "orm:url={}:endpoint=pooling", "/pooling", 1 / (1 + math.exp(-1.5))),
        ("orm_score", "orm:url={}:endpoint=score", "/score", 0.8125),
        ("shepherd", "shepherd:url={}:aggregate=min", "/generative_scoring", 0.25),
    ],
)
def test_from_the_command_line(name: str, spec: str, path: str, score: float, tmp_path: Path) -> None:
    solution, recorded = tmp_path / "a.txt", Recorded(name)
    solution.write_text(SOLUTION)
    with recorded.listening() as url:
        options = ["--verifier", spec.format(url), "--base-url", url, "--json"]
        result = CliRunner().invoke(app, ["verify", "How many jars are whole?", "-c", str(solution), *options])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["candidates"][0]["score"] == pytest.approx(score)
    assert found["cost"]["calls"] == 1
    assert found["cost"]["prompt_tokens"] == recorded.reply["usage"]["prompt_tokens"]
    ((asked_path, body),) = recorded.asked
    assert (asked_path, body["model"]) == (path, recorded.reply["model"])


def test_skywork_reads_the_rows_at_the_ends_of_lines(tmp_path: Path) -> None:
    """Its reply has a row for every token, so it is built to the length of what was asked: row t says t/1000."""
    solution, recorded = tmp_path / "a.txt", Recorded("orm_pooling")
    solution.write_text(SOLUTION)
    prompt = "How many jars are whole?"
    lines = [line + "\n" for line in SOLUTION.split("\n\n")]
    tokens = len(prompt) + 1 + sum(map(len, lines))
    recorded.reply["data"][0]["data"] = [[t / 1000] for t in range(tokens)]
    with recorded.listening() as url:
        options = ["--verifier", f"skywork:url={url}", "--base-url", url, "--json"]
        result = CliRunner().invoke(app, ["verify", prompt, "-c", str(solution), *options])
    assert result.exit_code == 0, result.output
    last = (tokens - 1) / 1000
    assert json.loads(result.stdout)["candidates"][0]["score"] == pytest.approx(1 / (1 + math.exp(-last)))


@pytest.mark.parametrize("name", ["qwen_prm", "skywork", "shepherd", "orm"])
def test_without_a_server_the_error_shows_the_way(name: str) -> None:
    with pytest.raises(ValueError, match=f"--verifier {name}:url=http://localhost:8001"):
        make_verifier(name)
    with pytest.raises(ValueError, match="it goes with url"):
        VERIFIERS[name](backend=SimulatedBackend(), model="x")  # type: ignore[call-arg]


async def test_connections_are_closed_and_open_again() -> None:
    """Two sessions share a verifier; the first that ends must not close the connections of the other."""
    recorded = Recorded("qwen_prm")
    with recorded.listening() as url:
        verifier = make_verifier(f"qwen_prm:url={url}")
        batch = [Candidate(id=str(i), text=SOLUTION) for i in range(20)]

        async def judged(count: int) -> list[float]:
            return [v.score for v in await open_session(SimulatedBackend()).verify(batch[:count], verifier)]

        few, many = await asyncio.gather(judged(1), judged(20))
        again = await judged(2)
    assert set(few + many + again) == {0.109375}
    assert len(recorded.asked) == 23


async def test_a_server_that_is_not_there_is_a_backend_error() -> None:
    verifier = make_verifier("orm:url=http://127.0.0.1:9:model=m")
    with pytest.raises(BackendError):
        await open_session(SimulatedBackend()).verify([Candidate(id="0", text="x")], verifier)
