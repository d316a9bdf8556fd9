"""A backend that gives every run on a problem the same reply to the same request, and asks the model only once.

Runs with one seed ask for the same: candidate 3 of a vote over 4 is candidate 3 of a tournament over 64, and a verdict
on it is the same verdict. Here the model is asked the first time alone, so a table of a hundred settings costs the
solutions once and what each setting adds. Every run is charged for all that it is given, with the counts of the call
that brought it, and a stream comes piece by piece as it came: a run that stops early is charged for what it has read.
Comparisons of settings are paired for the same reason.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ttc.backends.base import Backend, Completion, Delta, Meter, Request
from ttc.backends.wrapper import Wrapper
from ttc.core.door import Door
from ttc.core.trace import Trace
from ttc.verifiers.label import TOP


class Heard:
    """A meter that keeps what comes and limits nothing."""

    def __init__(self) -> None:
        self.pieces: list[Delta] = []
        self.prompt_tokens = self.cached_tokens = 0

    def attempt(self, n: int = 1) -> None:
        """Begin anew: what a failed attempt brought is no part of the reply."""
        self.pieces.clear()

    def prompt(self, tokens: int, cached: int = 0) -> None:
        """Keep the counts of the last attempt."""
        self.prompt_tokens, self.cached_tokens = tokens, cached

    def output(self, index: int, delta: Delta) -> bool:
        """Keep a piece."""
        self.pieces.append(delta)
        return True

    def allowance(self) -> int:
        """More than anyone asks for."""
        return 10**9


@dataclass(frozen=True)
class Reply:
    """What the model said to a request of one completion, and how it came."""

    completion: Completion
    pieces: tuple[Delta, ...]
    prompt_tokens: int
    cached_tokens: int


class Shared(Wrapper):
    """The backend of all runs on one problem that have the seed `seed`.

    Whole solutions are drawn one by one under their own names, with the log-probabilities of the top `TOP` tokens if
    `confident`, and are given to whoever asks for them, with or without. Other streams and other requests for several
    completions at once go to the model each time.
    """

    def __init__(self, backend: Backend, seed: int, confident: bool):
        super().__init__(backend)
        self._seed_of = Door(backend, Trace(), seed).seed_of
        self._confident = confident
        self._replies: dict[str, asyncio.Task[Reply]] = {}
        self.generated = 0
        """Output tokens that the model has written."""

    async def complete(self, request: Request, meter: Meter) -> Sequence[Completion]:
        """The replies of before, or new ones."""
        start = f"{request.affinity}/generate/"
        number = request.key.removeprefix(start)
        if number.isdigit() and not request.prefix and not request.prefix_ids and not request.stop:
            names = [f"{start}{int(number) + i}" for i in range(request.n)]
            wanted = TOP if self._confident and self.capabilities.logprobs else request.logprobs
            one = replace(request, n=1, logprobs=wanted, stream=True)
            asked = [replace(one, key=name, seed=self._seed_of(name)) for name in names]
        elif request.n == 1 and not request.stream:
            asked = [request]
        else:
            return await self.backend.complete(request, meter)
        meter.attempt(request.n)
        replies = await asyncio.gather(*map(self._reply, asked))
        meter.prompt(replies[0].prompt_tokens, replies[0].cached_tokens)  # one prompt, as in a request for several
        return await asyncio.gather(*(given(reply, request, i, meter) for i, reply in enumerate(replies)))

    async def aclose(self) -> None:
        """End what nobody waits for any more."""
        for task in self._replies.values():
            task.cancel()
        await asyncio.gather(*self._replies.values(), return_exceptions=True)

    async def _reply(self, request: Request) -> Reply:
        """By content and seed; greedy requests by content alone. A run that is cancelled leaves the call to others."""
        seed = request.seed if request.temperature else 0
        name = repr(replace(request, key="", affinity="", priority=0, stream=False, seed=seed))
        task = self._replies.get(name)
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = self._replies[name] = asyncio.create_task(self._ask(request))
        return await asyncio.shield(task)

    async def _ask(self, request: Request) -> Reply:
        heard = Heard()
        completion = (await self.backend.complete(request, heard))[0]
        self.generated += completion.output_tokens
        return Reply(completion, tuple(heard.pieces), heard.prompt_tokens, heard.cached_tokens)


async def given(reply: Reply, request: Request, index: int, meter: Meter) -> Completion:
    """The reply as this request would have had it; a stream that is stopped ends there, and all go equally fast."""
    whole = reply.completion
    if not request.stream:
        meter.output(index, Delta(whole.text, whole.output_tokens, whole.token_ids, whole.logprobs, whole.top))
        return _asked(whole, request.logprobs)
    for number, piece in enumerate(reply.pieces, 1):
        await asyncio.sleep(0)
        if not meter.output(index, piece):
            return _asked(stopped(reply.pieces[:number]), request.logprobs)
    return _asked(whole, request.logprobs)


def stopped(pieces: Sequence[Delta]) -> Completion:
    """What had come when the stream was stopped."""
    ids = tuple(token for piece in pieces for token in piece.token_ids or ())
    return Completion(
        "".join(piece.text for piece in pieces),
        sum(piece.tokens for piece in pieces),
        "stopped",
        token_ids=ids or None,
        logprobs=tuple(value for piece in pieces for value in piece.logprobs or ()) or None,
        top=tuple(place for piece in pieces for place in piece.top or ()) or None,
    )


def _asked(completion: Completion, logprobs: int | None) -> Completion:
    """The completion with no more log-probabilities than were asked for."""
    if logprobs is None:
        return replace(completion, logprobs=None, top=None)
    top = tuple(place[:logprobs] for place in completion.top) if completion.top and logprobs else None
    return replace(completion, top=top)
