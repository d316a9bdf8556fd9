"""The contract between ttc and whatever generates text: one verb, `complete`.

A backend translates one `Request` for its server, writes every token into the `Meter` as it arrives, and returns
`Completion`s. It owns transport, retries and connection limits; it knows nothing of budgets, strategies or verifiers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from ttc.errors import check_range
from ttc.types import Finish, Kind, Message


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a backend can do beyond plain chat; strategies that need more say so before they start."""

    fan_out: bool = False
    """n > 1 in one request shares the prompt."""
    prefill: bool = False
    """The assistant's text can be continued (`Request.prefix`)."""
    token_ids: bool = False
    """Completions carry token ids on request, and `Request.prefix_ids` continues from them exactly."""
    logprobs: bool = False
    """Log-probabilities of the sampled tokens and of the top k."""
    priority: bool = False
    """Requests with a lower `Request.priority` are served first."""
    hidden_states: bool = False
    """The hidden states of generated tokens can be read."""
    context: int | None = None
    """Tokens that a prompt and its reply may have together; None where the server does not say."""


@dataclass(frozen=True, slots=True)
class Request:
    """One question to the server.

    Args:
        key: The lineage name of the call, for example "p1/generate/2".
        messages: The chat so far, in the OpenAI form.
        max_tokens: Output tokens of each completion at most.
        prefix: The assistant's text so far, to be continued.
        prefix_ids: The token ids of the prefix, where the backend gave them.
        n: Completions to draw.
        temperature: In [0, 5].
        top_p: In (0, 1].
        stop: A completion ends after any of these strings, which are part of its text.
        logprobs: None for none, 0 for those of the sampled tokens, k for the top k as well.
        seed: The hash of `key` with the run's seed; completion i is drawn with `seed + i`.
        priority: Lower is served earlier, where the server knows priorities.
        kind: What the call is for: "solve", "verify" or "judge".
        affinity: Names the problem, so that a router can keep what shares a prefix on one replica.
        stream: Ask for tokens as they come, so that the call can be stopped and metered in flight.
        token_ids: Ask for the ids of what is generated, where the backend can give them; `prefix_ids` imply it.
            Sending ids costs a server a few per cent of what it generates, so ask only where they are needed.
        extra: Fields that go into the request body as they are.
    """

    key: str
    messages: tuple[Message, ...]
    max_tokens: int
    prefix: str = ""
    prefix_ids: tuple[int, ...] | None = None
    n: int = 1
    temperature: float = 0.8
    top_p: float = 1.0
    stop: tuple[str, ...] = ()
    logprobs: int | None = None
    seed: int = 0
    priority: int = 0
    kind: Kind = "solve"
    affinity: str = ""
    stream: bool = False
    token_ids: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def wants_ids(self) -> bool:
        """Whether the completions must carry token ids, where the backend can give them."""
        return self.token_ids or self.prefix_ids is not None


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of one completion as it arrives.

    Args:
        text: The text of the piece.
        tokens: How many tokens it holds.
        token_ids: [tokens], where asked for.
        logprobs: [tokens] natural logs of the probabilities of the sampled tokens.
        top: [tokens] the top k of each place, as (token, logprob).
    """

    text: str
    tokens: int = 1
    token_ids: tuple[int, ...] | None = None
    logprobs: tuple[float, ...] | None = None
    top: tuple[tuple[tuple[str, float], ...], ...] | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """One generated text: only what is new, without the prefix.

    Args:
        text: The new text; a stop string that ended it is part of it.
        output_tokens: Tokens that were generated.
        finish: How it ended. "stop" with `stop_reason` None means the end-of-text token.
        stop_reason: The stop string that ended it. Some servers do not tell it from the end-of-text token; then it is
            "" where stop strings were given.
        token_ids: [output tokens], where asked for.
        logprobs: [output tokens] natural logs of the probabilities of the sampled tokens.
        top: [output tokens] the top k of each place, as (token, logprob).
    """

    text: str
    output_tokens: int
    finish: Finish = "stop"
    stop_reason: str | None = None
    token_ids: tuple[int, ...] | None = None
    logprobs: tuple[float, ...] | None = None
    top: tuple[tuple[tuple[str, float], ...], ...] | None = None
    message: Mapping[str, Any] | None = None
    """The assistant message as the server sent it, where it holds more than text (tool calls, reasoning)."""


class Meter(Protocol):
    """What one ask has used so far: written by the backend while it happens, so that nothing paid for is lost."""

    @property
    def watched(self) -> bool:
        """Whether single deltas decide anything. False = only the totals count, so a tape may write them as one."""

    def attempt(self, n: int = 1) -> None:
        """Count a request for n completions, before it is sent. Raises BudgetExhausted when no call is left.

        n = 0 is a further request for completions that were counted before: their prompt is sent once more.
        """

    def prompt(self, tokens: int, cached: int = 0) -> None:
        """Count prompt tokens of one attempt, and how many of them came from the server's prefix cache."""

    def output(self, index: int, delta: Delta) -> bool:
        """Count what arrived for completion `index`. False = stop this completion now and keep what is there."""

    def allowance(self) -> int:
        """How many more output tokens this ask may cost, over all its completions: caps max_tokens of a retry."""


@runtime_checkable
class Backend(Protocol):
    """Anything that completes requests. See docs/own_backend.md for one of your own.

    >>> from ttc.backends.simulated import SimulatedBackend
    >>> isinstance(SimulatedBackend(), Backend)
    True
    """

    @property
    def model(self) -> str:
        """Name of the model that answers."""

    @property
    def capabilities(self) -> Capabilities:
        """What it can do; for servers this may be filled in by `prepare`."""

    @property
    def pricing(self) -> Pricing:
        """How its tokens turn into money and compute."""

    async def prepare(self) -> None:
        """Connect, find out the model and what the server can do. Called once before the first request; idempotent."""

    async def complete(self, request: Request, meter: Meter) -> Sequence[Completion]:
        """All n completions, in order of their index. Raises BackendError. On cancel, the server stops generating."""

    async def count(self, request: Request) -> int:
        """Number of prompt tokens of the request: exact where the server can tokenise, else an upper estimate."""

    async def aclose(self) -> None:
        """Close connections and, for an embedded model, unload it."""


@runtime_checkable
class Clocked(Protocol):
    """A backend with a clock of its own, which the run reads in the place of the machine's."""

    def now(self) -> float:
        """Seconds since the run started."""


@runtime_checkable
class Reachable(Protocol):
    """A backend whose model other clients can reach too."""

    @property
    def url(self) -> str:
        """Where it listens, once it is prepared."""


@runtime_checkable
class Taped(Clocked, Protocol):
    """A backend whose calls are on a tape: recorded there, replayed from there, or first replayed and then recorded."""

    def beside(self, backend: Backend) -> Backend:
        """Another backend of the same run (a verifier's), with its calls on the same tape."""

    def mark(self, name: str, **data: Any) -> None:
        """Write down that something happened to the run now: "deadline" or "interrupted"."""

    def marker(self, name: str) -> asyncio.Event | None:
        """Set when the replay comes to the mark of that name. None where the run itself says when: live, or resumed."""


class Pricing(Protocol):
    """Turns token counts into USD and eFLOPs; None where it is not known."""

    def usd(self, prompt: int, cached: int, output: int) -> float | None:
        """Price of a call in USD, None where it is not known.

        Args:
            prompt: All prompt tokens.
            cached: Those of the prompt tokens that came from the prefix cache.
            output: Output tokens over all completions.
        """

    def eflops(self, prompt: int, cached: int, output: int, n: int = 1) -> float | None:
        """Effective compute of a call in 10^12 eFLOPs, None where it is not known.

        Args: those of `usd`, and `n`, the completions after the one prompt, of output/n tokens each.
        """


@runtime_checkable
class LengthPricing(Protocol):
    """A Pricing that is told every length. Attention costs the square of the length, so the mean is too cheap."""

    def eflops_of(self, prompt: int, cached: int, lengths: Sequence[int], prompts: int = 1) -> float | None:
        """Compute of completions of known lengths, in 10^12 eFLOPs; None where it is not known.

        Args:
            prompt: Prompt tokens of all the times that the prompt was sent.
            cached: Those of them that came from the prefix cache.
            lengths: Output tokens of each completion.
            prompts: How often the prompt was sent.
        """


def eflops_of(
    pricing: Pricing, prompt: int, cached: int, lengths: Sequence[int], prompts: int = 1, calls: int = 1
) -> float | None:
    """Compute of completions of known lengths, in 10^12 eFLOPs; None where it is not known.

    A Pricing without `eflops_of` is asked for completions of the mean length. For several completions of one request
    that is too low by 7 to 23 %.
    `calls` is how many these are; the other arguments are those of `LengthPricing`.
    """
    if (len(lengths) > 1 or prompts > 1) and isinstance(pricing, LengthPricing):
        return pricing.eflops_of(prompt, cached, lengths, prompts)
    return pricing.eflops(prompt, cached, sum(lengths), calls)


@dataclass(frozen=True, slots=True)
class TokenPrices:
    """Prices in USD per million tokens. None everywhere = unknown.

    >>> TokenPrices(prompt=0.5, output=2.0).usd(prompt=1000, cached=0, output=500)
    0.0015

    Args:
        prompt: Price of prompt tokens.
        output: Price of output tokens.
        cached: Price of prompt tokens from the prefix cache; None = the prompt price.
    """

    prompt: float | None = None
    output: float | None = None
    cached: float | None = None

    def __post_init__(self) -> None:
        price = {"the prompt price": self.prompt, "the output price": self.output, "the cached price": self.cached}
        check_range("[0, inf)", "in USD per million tokens, or None", **price)

    def usd(self, prompt: int, cached: int, output: int) -> float | None:
        """As for `Pricing`; None where a price is not known."""
        if self.prompt is None or self.output is None:
            return None
        rate = self.prompt if self.cached is None else self.cached
        return ((prompt - cached) * self.prompt + cached * rate + output * self.output) / 1e6

    def eflops(self, prompt: int, cached: int, output: int, n: int = 1) -> float | None:
        """Unknown: token prices say nothing of compute."""
        return None
