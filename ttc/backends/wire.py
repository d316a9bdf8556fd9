"""What servers send back, read into one shape: pieces of completions, and usage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from ttc.backends.base import Request
from ttc.backends.dialect import Dialect
from ttc.types import Finish

Top: TypeAlias = tuple[tuple[tuple[str, float], ...], ...]

_TEXT_ONLY = {"role", "content"}
_FINISH: dict[str | None, Finish | None] = {
    **dict.fromkeys((None, ""), None),
    **dict.fromkeys(("length", "max_tokens", "model_length"), "length"),
    **dict.fromkeys(("abort", "error", "insufficient_system_resource"), "cancelled"),
}
"""What servers say of an end; everything else (stop, eos, tool_calls, content_filter) is an end of the text."""


@dataclass(slots=True)
class Piece:
    """What one event, or one choice of a plain reply, says of completion `index` of its attempt.

    `total` counts the completion's tokens so far where the server says it. `stop_reason` is "" where it cannot say
    whether a stop string ended the text. `finish` "cancelled" is a server that gave up. `message` holds what there is
    besides text: reasoning, tool calls.
    """

    index: int
    text: str = ""
    total: int | None = None
    ids: tuple[int, ...] | None = None
    logprobs: tuple[float, ...] | None = None
    top: Top | None = None
    finish: Finish | None = None
    stop_reason: str | None = None
    message: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Usage:
    """What the server says it counted in one attempt; None = it did not say."""

    prompt: int | None = None
    cached: int = 0
    output: int | None = None
    prompt_ids: Sequence[int] | None = None


def read_choices(payload: Mapping[str, Any], dialect: Dialect, request: Request) -> Iterator[Piece]:
    """The pieces in a reply or event of /chat/completions or /completions."""
    k = request.logprobs
    transfer = payload.get("kv_transfer_params")  # vLLM's connectors: where they left what they were asked for
    for choice in payload.get("choices") or ():
        part = choice.get("delta") or choice.get("message") or choice
        ids = choice.get("token_ids")
        sampled, top = (None, None) if k is None else read_logprobs(choice.get("logprobs"), k)
        finish = choice.get("finish_reason")
        yield Piece(
            index=choice.get("index") or 0,
            text=_text(part.get("content") or part.get("text")),
            ids=tuple(ids) if ids else None,
            logprobs=sampled,
            top=top,
            finish=_FINISH.get(finish, "stop"),
            stop_reason=_stop_reason(choice, dialect, request) if request.stop and finish == "stop" else None,
            message={"kv_transfer_params": transfer} if transfer else _message(part, choice),
        )


def read_native(payload: Mapping[str, Any], request: Request) -> Piece:
    """The piece in an event of llama.cpp's /completion."""
    sampled, top = read_logprobs({"content": payload.get("completion_probabilities") or ()}, request.logprobs)
    ended = payload.get("stop_type", "none") if payload.get("stop") else None
    word = payload.get("stopping_word") or None
    return Piece(
        index=payload.get("index", 0),
        text=(payload.get("content") or "") + (word if ended == "word" and word else ""),
        total=payload.get("tokens_predicted"),
        ids=tuple(payload.get("tokens") or ()),
        logprobs=sampled,
        top=top,
        finish=None if ended is None else "length" if ended == "limit" else "stop",
        stop_reason=word if ended == "word" else None,
    )


def read_usage(payload: Mapping[str, Any]) -> Usage | None:
    """The usage in a reply or event, whichever way the server puts it."""
    usage = payload.get("usage")
    if usage:
        details = usage.get("prompt_tokens_details") or {}
        prompt, output = int(usage.get("prompt_tokens") or 0), usage.get("completion_tokens")
        return Usage(  # no prompt is empty: 0 is a server that does not count it
            prompt or None,
            details.get("cached_tokens") or 0,
            None if output is None else int(output),
            payload.get("prompt_token_ids"),
        )
    ids = payload.get("prompt_token_ids")  # vLLM's first event
    if ids:
        return Usage(prompt=len(ids), prompt_ids=ids)
    if "tokens_evaluated" in payload:  # llama.cpp: in every event; the last one also says what came from the cache
        return Usage(payload["tokens_evaluated"], (payload.get("timings") or {}).get("cache_n", 0))
    return None


def read_logprobs(found: Any, k: int | None) -> tuple[tuple[float, ...] | None, Top | None]:
    """Log-probabilities of the sampled tokens and of the top k, from the chat's or the older completions' shape."""
    if k is None or not isinstance(found, Mapping):
        return None, None
    if found.get("token_logprobs"):
        sampled = tuple(value if value is not None else 0.0 for value in found["token_logprobs"])
        tops = found.get("top_logprobs") or ()
        return sampled, tuple(tuple((place or {}).items())[:k] for place in tops) if k and tops else None
    places = found.get("content")
    if not places:
        return None, None
    sampled = tuple(place["logprob"] or 0.0 for place in places)
    if not k:
        return sampled, None
    return sampled, tuple(
        tuple((other["token"], other["logprob"]) for other in (place.get("top_logprobs") or ())[:k]) for place in places
    )


def _text(content: Any) -> str:
    """The text of a message's content, which some servers send in parts (Mistral: thoughts, then text)."""
    if isinstance(content, str):
        return content
    return "".join(part.get("text") or "" for part in content or () if isinstance(part, Mapping))


def _stop_reason(choice: Mapping[str, Any], dialect: Dialect, request: Request) -> str | None:
    if dialect.stop_reason is None:
        return ""
    reason = choice.get(dialect.stop_reason)
    return reason if reason in request.stop else None  # a number is the id of an end-of-text token


def _message(part: Mapping[str, Any], choice: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return None if part is choice or part.keys() <= _TEXT_ONLY else _beyond_text(part)


def _beyond_text(part: Mapping[str, Any]) -> Mapping[str, Any] | None:
    for name in ("reasoning", "reasoning_content", "tool_calls", "refusal", "audio"):
        if part.get(name):
            return part
    return None
