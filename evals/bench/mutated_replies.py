"""Solves against a server whose replies are mutated at random: `python -m evals.bench.mutated_replies [-n 1500]`.

Each must end with a result or with an error of ttc, and soon. Lists of models and tokenise replies are mutated too.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from aiohttp import web

import ttc
from ttc.backends.base import TokenPrices
from ttc.backends.openai import OpenAIBackend
from ttc.budget.budget import Budget

SECONDS: Final = 20.0
"""No solve may take longer."""
DEEP: Final[Any] = json.loads("[" * 300 + "]" * 300)
ODD: Final[tuple[Any, ...]] = (
    None, True, False, 0, -1, 7, 10**6, 10**12, 10**30, -(10**9), 0.5, -1.5, 1e308, float("inf"), float("nan"), "",
    "x", "7", "\ud800", "\x00", "²", "[]", "stop", "\x1b[2J", [], {}, [None], ["x"], [[]], [7], {"a": 1},
    {"index": -5}, {"index": 2 * 10**7}, DEEP,
)  # fmt: skip
ASKED: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("self_consistency", {"knobs": {"n": 3}}),
    ("best_of_n", {"knobs": {"n": 3}, "verifier": "confidence"}),
    ("best_of_n", {"knobs": {"n": 2}, "verifier": "genrm"}),
    ("deepconf", {"knobs": {"n": 3}}),
    ("tournament", {"knobs": {"n": 3}, "judge": "pairwise"}),
    ("auto", {"knobs": {"n": 4}}),
)


def mutated(value: Any, rng: random.Random) -> Any:
    """A copy in which one place, chosen at random, is changed, removed or doubled."""
    if isinstance(value, dict) and value and rng.random() < 0.85:
        name = rng.choice(list(value))
        if rng.random() < 0.1:
            return {key: inner for key, inner in value.items() if key != name}
        return {**value, name: mutated(value[name], rng)}
    if isinstance(value, list) and value and rng.random() < 0.85:
        place = rng.randrange(len(value))
        kept = [mutated(value[place], rng)] * rng.choice((0, 1, 1, 1, 1, 2))
        return [*value[:place], *kept, *value[place + 1 :]]
    return rng.choice(ODD)


class Mutating:
    """A server of chats; `rng` decides which replies are mutated, and how."""

    def __init__(self, rng: random.Random, kind: str):
        self.rng, self.kind = rng, kind

    def sent(self, value: Any) -> bytes:
        """The JSON of a reply, mutated or not; sometimes its bytes are damaged instead."""
        for _ in range(self.rng.choice((0, 0, 0, 0, 1, 1, 2))):  # most are whole, or no solve would get further
            value = mutated(value, self.rng)
        text = json.dumps(value).encode()
        if self.rng.random() < 0.03:
            place = self.rng.randrange(len(text))
            return text[:place] + bytes(self.rng.randrange(256) for _ in range(self.rng.choice((0, 1, 3))))
        return text

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Any route."""
        if request.path.endswith("/models"):
            entry = {"id": "toy", "owned_by": self.kind, "max_model_len": 4096}
            return _json(self.sent({"data": [entry]}))
        if request.path.endswith(("/tokenize", "/apply-template")):
            return _json(self.sent({"tokens": [1, 2, 3], "count": 3, "prompt": "x"}))
        if request.path == "/completion":  # llama.cpp's own
            return await self._events(request, [self._native(number) for number in (1, 2, 3)])
        if not request.path.endswith("/completions"):
            return _json(self.sent({"version": "1", "total_slots": 2, "default_generation_settings": {"n_ctx": 512}}))
        body = await request.json()
        return await self._streamed(request, body) if body.get("stream") else _json(self.sent(self._whole(body)))

    def _choice(self, body: dict[str, Any], index: int, part: str) -> dict[str, Any]:
        text = self.rng.choice(["So \\boxed{4}.", "Score: 7", "A", "yes", "Verdict: \\boxed{1}"])
        message: dict[str, Any] = {"role": "assistant", "content": text}
        if self.rng.random() < 0.3:
            message["reasoning_content"] = "I think"
        if self.rng.random() < 0.2:
            message["tool_calls"] = [{"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}]
        choice = {"index": index, part: message, "finish_reason": "stop"}
        if body.get("return_token_ids"):
            choice["token_ids"] = [1, 2, 3]
        if body.get("logprobs"):
            tops = [{"token": word, "logprob": -1.5} for word in ("A", "B", "yes")]
            choice["logprobs"] = {"content": [{"token": "A", "logprob": -0.5, "top_logprobs": tops}] * 3}
        return choice

    def _usage(self, n: int) -> dict[str, Any]:
        details = {"cached_tokens": 4}
        return {"prompt_tokens": 9, "completion_tokens": 5 * n, "prompt_tokens_details": details}

    def _whole(self, body: dict[str, Any]) -> dict[str, Any]:
        n = body.get("n", 1)
        return {"choices": [self._choice(body, i, "message") for i in range(n)], "usage": self._usage(n)}

    def _native(self, number: int) -> dict[str, Any]:
        text = ("So ", "\\boxed{4}", ".")[number - 1]
        event = {"index": 0, "content": text, "tokens": [number], "tokens_predicted": number, "stop": number == 3}
        return event | {"stop_type": "eos" if number == 3 else "none", "tokens_evaluated": 9, "timings": {"cache_n": 4}}

    async def _streamed(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        n = body.get("n", 1)
        events = [{"choices": [self._choice(body, index, "delta")]} for index in range(n)]
        return await self._events(request, [*events, {"choices": [], "usage": self._usage(n)}])

    async def _events(self, request: web.Request, events: list[dict[str, Any]]) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for event in events:
            await response.write(b"data: " + self.sent(event) + b"\n\n")
        await response.write(b"data: [DONE]\n\n")
        return response


def _json(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json")


async def served(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> tuple[web.AppRunner, str]:
    """A running server for all routes, and its URL."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    return runner, f"http://{host}:{port}"


async def one(url: str, number: int, folder: Path) -> str:
    """How a solve ends: "result", the name of an error of ttc, or what should not have been, with "!"."""
    strategy, options = ASKED[number % len(ASKED)]
    prices = TokenPrices(prompt=1.0, output=2.0, cached=0.5)
    backend = OpenAIBackend(
        url, "toy" if number % 3 else None, retries=0, pricing=prices, stream="always" if number % 2 else "auto"
    )
    budget = Budget(usd=1.0, calls=200) if number % 4 else Budget(tokens=20_000, seconds=10.0)
    tape = folder / str(number) if number % 5 == 0 else None
    try:
        async with asyncio.timeout(SECONDS):
            await ttc.asolve(
                "What is 2 + 2?", strategy, backend=backend, budget=budget, seed=number, record=tape, **options
            )
    except TimeoutError:
        return "! no end"
    except ttc.TTCError as error:
        plain = str(error).isprintable() and len(str(error)) < 1000
        return type(error).__name__ if plain else f"! unclear: {str(error)[:200]!r}"
    except Exception as error:
        return f"! {type(error).__name__}: {str(error)[:120]}"
    finally:
        await backend.aclose()
    return "result"


async def run(n: int, seed: int = 1) -> Counter[str]:
    """How many solves end in which way."""
    ends: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(n):
            kind = ("generic", "vllm", "llamacpp")[number % 7 % 3]
            runner, url = await served(Mutating(random.Random(f"{seed}/{number}"), kind).answer)
            try:
                ends[await one(url, number, Path(folder))] += 1
            finally:
                await runner.cleanup()
    return ends


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    ends = asyncio.run(run(options.n, options.seed))
    for end, times in ends.most_common():
        print(f"{times:>6}  {end}")
    sys.exit(any(end.startswith("!") for end in ends))


if __name__ == "__main__":
    main()
