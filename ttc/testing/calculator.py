"""A model server whose model calls a calculator: for agent loops that need tool calls without a large model.

The laboratory model was never taught tools, but it writes its sums out: "9 * 55 = 495". Where a request offers a
calculator, this server stops it at the equals sign; what stands before the sign is the call. When the history comes
back with the result, the result is written behind the sign and the model goes on. GSM8K's calculator works the same way
while sampling (Cobbe et al. 2021, arXiv 2110.14168); only the form of the calls, that of the OpenAI protocol, is ours.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from aiohttp import web

from ttc.backends.base import Backend, Completion, Delta, Request
from ttc.backends.wrapper import MeterWrapper
from ttc.connect import connect
from ttc.testing.meters import CountingMeter

TOOL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "calculator",
        "description": "Works out whole numbers with + - * / between them, for example 9 * 55 + 3.",
        "parameters": {
            "type": "object",
            "properties": {"expression": {"type": "string"}},
            "required": ["expression"],
            "additionalProperties": False,
        },
    },
}
"""The one tool that this server's model can call, as requests offer it."""
EQUALS = " ="
MAX_TOKENS = 640
SIGNS = "+-*/"
_EXPRESSION = re.compile(r"\d{1,18}(?: [-+*/] \d{1,18})+")


def calculate(expression: str) -> str:
    """The value of an expression such as "9 * 55 + 3"; "error: ..." where it is none or does not come out whole."""
    if not _EXPRESSION.fullmatch(expression.strip()):
        return f"error: {expression[:60]!r} is not whole numbers with + - * / between them"
    first, *rest = expression.split()
    terms = [Fraction(first)]
    for sign, number in zip(rest[::2], map(int, rest[1::2]), strict=True):
        if sign in "+-":
            terms.append(Fraction(number if sign == "+" else -number))
        elif sign == "*":
            terms[-1] *= number
        elif number == 0:
            return "error: division by zero"
        else:
            terms[-1] /= number
    value = sum(terms)
    return str(value) if value.denominator == 1 else f"error: {expression} = {value}, not a whole number"


def begun(messages: Sequence[Mapping[str, Any]]) -> tuple[tuple[Mapping[str, Any], ...], str]:
    """A history as the question and the solution so far, with each result behind its equals sign."""
    question, prefix = "", ""
    for message in messages:
        text = message.get("content") or ""
        text = text if isinstance(text, str) else "".join(part.get("text", "") for part in text)
        if message["role"] == "user":
            question, prefix = text, ""
        elif message["role"] == "assistant":
            prefix += text + (EQUALS if message.get("tool_calls") else "")
        elif message["role"] == "tool":
            prefix += f" {text.strip()}"
    return ({"role": "user", "content": question},), prefix


def message_of(text: str, expression: str) -> dict[str, Any]:
    """A piece that ended at an equals sign, as the assistant's message that calls the calculator."""
    function = {"name": "calculator", "arguments": json.dumps({"expression": expression})}
    call = {"id": f"call_{secrets.token_hex(6)}", "type": "function", "function": function}
    return {"role": "assistant", "content": text, "tool_calls": [call]}


class CalculatorServer:
    """The routes of the server: GET /v1/models and POST /v1/chat/completions, without streaming.

    Sums with other than these `signs` are no calls; the model works them out itself.
    """

    def __init__(self, backend: Backend, signs: str = SIGNS):
        self.backend = backend
        self._call = re.compile(rf"(?:^|[^\d*/+-] ?)(\d{{1,18}}(?: [{re.escape(signs)}] \d{{1,18}})+)$")

    async def models(self, request: web.Request) -> web.Response:
        """The one model."""
        return web.json_response({"object": "list", "data": [{"id": self.backend.model, "object": "model"}]})

    async def complete(self, request: web.Request) -> web.Response:
        """One chat completion."""
        body = await request.json()
        if body.get("stream"):
            error = {"message": "this server does not stream", "type": "invalid_request_error"}
            return web.json_response({"error": error}, status=400)
        meter = CountingMeter()
        choices = await self.choices(body, body.get("n") or 1, meter)
        usage = {"prompt_tokens": meter.prompt_tokens, "completion_tokens": meter.output_tokens}
        usage["total_tokens"] = sum(usage.values())
        head = {"id": f"chatcmpl-{secrets.token_hex(6)}", "object": "chat.completion", "created": 0}
        return web.json_response({**head, "model": self.backend.model, "choices": choices, "usage": usage})

    async def choices(self, body: Mapping[str, Any], n: int, meter: CountingMeter) -> list[dict[str, Any]]:
        """The n choices of a reply.

        Args:
            body: The request's body.
            n: How many.
            meter: Counts what they use.
        """
        first = self._asked(body, n)
        drawn = await self.backend.complete(first, meter)  # together: they share the prompt
        return await asyncio.gather(*(self._choice(first, index, drawn[index], meter) for index in range(n)))

    @staticmethod
    def _asked(body: Mapping[str, Any], n: int) -> Request:
        """The request for the next piece of n solutions."""
        messages, prefix = begun(body["messages"])
        warm = body.get("temperature")
        return Request(
            key="piece",
            messages=messages,
            prefix=prefix,
            n=n,
            max_tokens=body.get("max_tokens") or body.get("max_completion_tokens") or MAX_TOKENS,
            stop=(EQUALS,) if body.get("tools") else (),
            seed=body.get("seed") or 0,
            temperature=0.8 if warm is None else warm,
            top_p=body.get("top_p") or 1.0,
        )

    async def _choice(self, first: Request, index: int, new: Completion, meter: CountingMeter) -> dict[str, Any]:
        """One choice: goes on past equals signs that end no sum, up to a call or to the end."""
        text, left, part = "", first.max_tokens, 0
        while True:
            text, left, part = text + new.text.removesuffix(EQUALS), left - new.output_tokens, part + 1
            if new.finish != "stop" or new.stop_reason != EQUALS:
                finish = "stop" if new.finish == "stop" else "length"
                return {"index": index, "finish_reason": finish, "message": {"role": "assistant", "content": text}}
            if found := self._call.search(text):
                return {"index": index, "finish_reason": "tool_calls", "message": message_of(text, found[1])}
            text += EQUALS  # "a(2) =" is no sum: the model goes on by itself
            if left < 1:
                return {"index": index, "finish_reason": "length", "message": {"role": "assistant", "content": text}}
            seed = (first.seed + 7919 * index + 104729 * part) % 2**31
            on = replace(first, prefix=first.prefix + text, n=1, max_tokens=left, seed=seed)
            new = (await self.backend.complete(on, _Shifted(meter, index)))[0]


class _Shifted(MeterWrapper):
    """A meter that books what one completion uses under the index of its choice."""

    def __init__(self, meter: CountingMeter, index: int):
        super().__init__(meter)
        self._index = index

    def output(self, index: int, delta: Delta) -> bool:
        """Count what arrived."""
        return super().output(self._index, delta)


@contextlib.contextmanager
def serving_calculator(
    model: str | Backend | None = None, make: Callable[[Backend], CalculatorServer] = CalculatorServer
) -> Iterator[str]:
    """The server that `make` builds, in a thread of its own; the value is its base URL.

    `model` is a GGUF, a backend that is not prepared yet, or None for the laboratory model.
    """
    ready, addresses, stop = threading.Event(), list[str](), asyncio.Event()

    async def serve() -> None:
        backend = await connect(model)
        server = make(backend)
        app = web.Application(client_max_size=2**24)
        app.router.add_get("/v1/models", server.models)
        app.router.add_post("/v1/chat/completions", server.complete)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        addresses.append(f"http://127.0.0.1:{runner.addresses[0][1]}/v1")
        loops.append(asyncio.get_running_loop())
        ready.set()
        await stop.wait()
        await runner.cleanup()
        await backend.aclose()

    def run() -> None:
        try:
            asyncio.run(serve())
        finally:
            ready.set()

    loops = list[asyncio.AbstractEventLoop]()
    thread = threading.Thread(target=run, name="calculator-server", daemon=True)
    thread.start()
    ready.wait()
    if not addresses:
        raise RuntimeError("the calculator server did not start")
    try:
        yield addresses[0]
    finally:
        loops[0].call_soon_threadsafe(stop.set)
        thread.join()
