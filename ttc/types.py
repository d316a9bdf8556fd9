"""The values that travel through ttc: frozen, without behaviour beyond addition and simple views."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, Literal, TypeAlias

Message: TypeAlias = Mapping[str, Any]
"""One chat message in the OpenAI form: {"role": ..., "content": ...}."""
Domain: TypeAlias = Literal["math", "code", "choice", "json", "open"]
Kind: TypeAlias = Literal["solve", "verify", "judge"]
Stopped: TypeAlias = Literal["finished", "budget", "deadline", "error"]
Finish: TypeAlias = Literal["stop", "length", "budget", "stopped", "cancelled"]
"""How a text ended: by itself (end of text or a stop string), at max_tokens, by the budget, by a watcher, by cancel."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is to be solved. It never holds the gold answer; evaluation keeps that beside it.

    In every domain a reply that calls tools answers by its calls.

    >>> Problem("What is 6 * 7?").text
    'What is 6 * 7?'

    Args:
        prompt: The question as text, or a whole chat history whose last message is the question.
        id: Names the problem in keys and records. Without one it is a hash of the prompt.
        domain: How answers are taken out and compared. "math": by value; "choice": a letter; "code": the last code
            block; "json": the whole text as a JSON value; "open": the whole text.
        meta: Further facts. Two of them decide what is an answer. "schema" is what a json answer must fit; "tools" are
            the calls that may be made, in the OpenAI form.

    Raises:
        ValueError: The prompt has no text.
    """

    prompt: str | tuple[Message, ...]
    id: str = ""
    domain: Domain = "math"
    meta: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if isinstance(self.prompt, list):
            object.__setattr__(self, "prompt", tuple(self.prompt))
        if not self.text.strip():
            raise ValueError("the prompt is empty; a problem needs some text")
        if not self.id:
            object.__setattr__(self, "id", "p" + blake2b(repr(self.prompt).encode(), digest_size=5).hexdigest())

    @property
    def text(self) -> str:
        """The question as text: the prompt, or the last message of the history that says anything."""
        if isinstance(self.prompt, str):
            return self.prompt
        return next((text for message in reversed(self.prompt) if (text := _text_of(message)).strip()), "")


def _text_of(message: Message) -> str:
    content = message.get("content")
    return content if isinstance(content, str) else " ".join(part.get("text", "") for part in content or ())


@dataclass(frozen=True, slots=True)
class Cost:
    """What was used. Costs add up.

    >>> (Cost(calls=8, output_tokens=900) + Cost(calls=1, output_tokens=100)).output_tokens
    1000

    Args:
        calls: Completions asked for (n=8 is 8); every retry is counted.
        prompt_tokens: All prompt tokens.
        cached_tokens: Those of the prompt tokens that the server read from its prefix cache.
        output_tokens: Tokens that were generated, as counted by ttc from what arrived.
        seconds: From start to end on the clock. In a sum over calls, their latencies added up.
        eflops: 10^12 effective floating-point operations: compute plus memory traffic (Kinetics, 2025,
            arXiv 2506.05333). None where the shape of the model is not known; unknown is not free.
        usd: US dollars; None where no price is known.
    """

    calls: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    eflops: float | None = 0.0
    usd: float | None = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            self.calls + other.calls,
            self.prompt_tokens + other.prompt_tokens,
            self.cached_tokens + other.cached_tokens,
            self.output_tokens + other.output_tokens,
            self.seconds + other.seconds,
            None if self.eflops is None or other.eflops is None else self.eflops + other.eflops,
            None if self.usd is None or other.usd is None else self.usd + other.usd,
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    r"""One proposed solution, whole or growing.

    >>> candidate = Candidate("2", "6 times 7 is \\boxed{42}.", answer="42", output_tokens=11)
    >>> candidate.answer, candidate.finish
    ('42', 'stop')

    Args:
        id: Its lineage: "2" is the third one drawn, "2.0" the first child of "2".
        text: The assistant's text so far.
        answer: The final answer in the text, in its own words; None where there is none.
        done: Whether it is complete; a step search extends those that are not.
        finish: How the text ended, see `Finish`.
        steps: The pieces that it grew by.
        output_tokens: Tokens of the text.
        token_ids: [output tokens], where they were asked for.
        logprobs: [output tokens] natural logs of the probabilities of the sampled tokens, where asked for.
        confidences: [output tokens] DeepConf's negative mean of the top-k log-probabilities, where asked for.
        source: The name of the model that wrote it.
        message: The assistant's message as the server sent it, where it holds more than text. Its tool calls stand
            at the end of `text` as well.
    """

    id: str
    text: str
    answer: str | None = None
    done: bool = True
    finish: Finish = "stop"
    steps: tuple[str, ...] = ()
    output_tokens: int = 0
    token_ids: tuple[int, ...] | None = None
    logprobs: tuple[float, ...] | None = None
    confidences: tuple[float, ...] | None = None
    source: str = ""
    message: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verifier says of one candidate.

    >>> Verdict(0.8).known, ABSTAIN.known
    (True, False)

    Args:
        score: P(correct) in [0, 1]; nan = could not judge.
        reason: Why, in words, where the verifier gives a reason.
        steps: [number of steps] the scores of the prefixes, where a process reward model gave them.

    Raises:
        ValueError: The score lies outside [0, 1].
    """

    score: float
    reason: str = ""
    steps: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not (math.isnan(self.score) or 0.0 <= self.score <= 1.0):
            raise ValueError(f"a verdict's score is {self.score}; it must lie in [0, 1], or be nan for 'cannot judge'")

    @property
    def known(self) -> bool:
        """Whether the verifier could judge at all."""
        return not math.isnan(self.score)


ABSTAIN = Verdict(math.nan, "could not judge")


@dataclass(frozen=True, slots=True)
class Sampling:
    """How solutions are drawn. Strategies may override single fields for their own calls: a judge uses few tokens.

    One temperature holds for all strategies, so that they compare on the same candidates. A strategy whose paper draws
    at another one says so. 0.8 is that of the published programs of particle filtering and DVTS. It scatters enough for
    votes to differ. Set your own where you follow a paper.

    >>> Sampling(temperature=0.6, max_tokens=2048).top_p
    1.0

    Args:
        temperature: In [0, 5]; 0 takes the likeliest token.
        top_p: In (0, 1]; only the likeliest tokens with this share of the probability are drawn.
        max_tokens: Output tokens of one completion at most.
        stop: A completion ends after any of these strings.
        system: An optional system message.
        suffix: What is appended to a math problem's last message; "" = nothing, None = the default of the domain.
        extra: Fields that go into the request body as they are, such as vendor fields and tools.

    Raises:
        ValueError: A number lies outside its range.
    """

    temperature: float = 0.8
    top_p: float = 1.0
    max_tokens: int = 1024
    stop: tuple[str, ...] = ()
    system: str | None = None
    suffix: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not 0.0 <= self.temperature <= 5.0:
            raise ValueError(f"temperature is {self.temperature}; it must lie in [0, 5], 0.8 is usual")
        if not 0.0 < self.top_p <= 1.0:
            raise ValueError(f"top_p is {self.top_p}; it must lie in (0, 1], 1.0 switches it off")
        if self.max_tokens < 1:
            raise ValueError(f"max_tokens is {self.max_tokens}; it must be at least 1")


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the trace.

    Args:
        at: Seconds after the start of the run.
        name: What happened: "ask", "candidate", "verdict", "propose", ...
        data: Plain JSON values.
    """

    at: float
    name: str
    data: Mapping[str, Any]
