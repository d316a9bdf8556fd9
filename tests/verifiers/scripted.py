"""A model that says what a test wants, with the log-probabilities that the test wants."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from ttc.backends.base import Capabilities, Completion, Delta, Meter, Pricing, Request, TokenPrices

Top = Sequence[tuple[str, float]]


class Scripted:
    """`reply(request)` gives the tokens of the reply, each as (text, alternatives) with alternatives (token, P)."""

    model = "scripted"
    pricing: Pricing = TokenPrices()

    def __init__(self, reply: Callable[[Request], Sequence[tuple[str, Top]]], *, logprobs: bool = True):
        self.reply = reply
        self.capabilities = Capabilities(prefill=True, logprobs=logprobs)
        self.heard: list[Request] = []
        self.prepared = 0

    async def prepare(self) -> None:
        self.prepared += 1

    async def aclose(self) -> None:
        pass

    async def count(self, request: Request) -> int:
        return 10

    async def complete(self, request: Request, meter: Meter) -> Sequence[Completion]:
        self.heard.append(request)
        completions = []
        for index in range(request.n):
            meter.attempt()
            meter.prompt(10)
            tokens = list(self.reply(request))
            cut = len(tokens) > request.max_tokens
            tokens = tokens[: request.max_tokens]
            text = "".join(token for token, _ in tokens)
            top = tuple(tuple((t, math.log(p)) for t, p in row) for _, row in tokens)
            sampled = tuple(dict(row).get(token, -9.0) for (token, _), row in zip(tokens, top, strict=True))
            meter.output(index, Delta(text, len(tokens)))
            known = self.capabilities.logprobs and request.logprobs is not None
            completions.append(
                Completion(
                    text=text,
                    output_tokens=len(tokens),
                    finish="length" if cut else "stop",
                    logprobs=sampled if known else None,
                    top=top if known else None,
                )
            )
        return completions


def one(*alternatives: tuple[str, float]) -> list[tuple[str, Top]]:
    """A reply of one token, the first of the alternatives."""
    return [(alternatives[0][0], alternatives)]


def words(text: str) -> list[tuple[str, Top]]:
    """A reply of certain one-word tokens, spaces in front."""
    import re

    return [(token, [(token, 1.0)]) for token in re.findall(r"\s*\S+", text)]
