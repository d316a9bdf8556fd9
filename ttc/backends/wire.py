"""What servers send back, read into one shape: pieces of completions, and usage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from ttc.backends.base import Request
from ttc.backends.dialect import Dialect
from ttc.backends.foreign import a_list, a_place, a_text, an_object, checked_depth, count, logprob, token_ids
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
    """The pieces in a reply or event of /chat/completions or /completions. ValueError where it is of a wrong shape."""
    k = request.logprobs
    transfer = payload.get("kv_transfer_params")  # vLLM's connectors: where they left what they were asked for
    for found in a_list(payload.get("choices"), "choices"):
        choice = an_object(found, "a choice")
        part = an_object(choice.get("delta") or choice.get("message") or choice, "a message")
        ids = token_ids(choice.get("token_ids"), "token_ids")
        sampled, top = (None, None) if k is None else read_logprobs(choice.get("logprobs"), k)
        finish = a_text(choice.get("finish_reason"), "finish_reason")
        yield Piece(
            index=a_place(choice.get("index"), "index"),
            text=_text(part.get("content") or part.get("text")),
            ids=ids or None,
            logprobs=sampled,
            top=top,
            finish=_FINISH.get(finish, "stop"),
            stop_reason=_stop_reason(choice, dialect, request) if request.stop and finish == "stop" else None,
            message={"kv_transfer_params": checked_depth(transfer, "kv_transfer_params")}
            if transfer
            else _message(part, choice),
        )


def read_native(payload: Mapping[str, Any], request: Request) -> Piece:
    """The piece in an event of llama.cpp's /completion. ValueError where it is of a wrong shape."""
    places = a_list(payload.get("completion_probabilities"), "completion_probabilities")
    sampled, top = read_logprobs({"content": places}, request.logprobs)
    ended = payload.get("stop_type", "none") if payload.get("stop") else None
    word = a_text(payload.get("stopping_word"), "stopping_word") or None
    return Piece(
        index=a_place(payload.get("index"), "index"),
        text=a_text(payload.get("content"), "content") + (word if ended == "word" and word else ""),
        total=count(payload.get("tokens_predicted")),
        ids=token_ids(payload.get("tokens"), "tokens"),
        logprobs=sampled,
        top=top,
        finish=None if ended is None else "length" if ended == "limit" else "stop",
        stop_reason=word if ended == "word" else None,
    )


def read_usage(payload: Mapping[str, Any]) -> Usage | None:
    """The usage in a reply or event, whichever way the server puts it. What is no count of tokens was not said.

    A total above prompt and completion is believed: some servers leave hidden reasoning out of the completion.
    """
    found = payload.get("usage")
    if isinstance(found, Mapping) and found:
        details = found.get("prompt_tokens_details")
        prompt, output = count(found.get("prompt_tokens")), count(found.get("completion_tokens"))
        if output is not None and prompt:
            output = max(output, (count(found.get("total_tokens")) or 0) - prompt)
        cached = count(details.get("cached_tokens")) if isinstance(details, Mapping) else None
        # No prompt is empty: 0 is a server that does not count it.
        return Usage(prompt or None, min(cached or 0, prompt or 0), output, _prompt_ids(payload))
    if ids := _prompt_ids(payload):  # vLLM's first event
        return Usage(prompt=len(ids), prompt_ids=ids)
    if "tokens_evaluated" in payload:  # llama.cpp: in every event; the last one also says what came from the cache
        prompt, timings = count(payload["tokens_evaluated"]), payload.get("timings")
        cached = count(timings.get("cache_n")) if isinstance(timings, Mapping) else None
        return Usage(prompt, min(cached or 0, prompt or 0))
    return None


def _prompt_ids(payload: Mapping[str, Any]) -> tuple[int, ...] | None:
    return token_ids(payload.get("prompt_token_ids"), "prompt_token_ids") or None


def read_logprobs(found: Any, k: int | None) -> tuple[tuple[float, ...] | None, Top | None]:
    """Log-probabilities of the sampled tokens and of the top k, from the chat's or the older completions' shape."""
    if k is None or not isinstance(found, Mapping):
        return None, None
    if sampled := tuple(map(logprob, a_list(found.get("token_logprobs"), "token_logprobs"))):
        tops = a_list(found.get("top_logprobs"), "top_logprobs")
        rows = (tuple(an_object(place, "a place of top_logprobs").items())[:k] for place in tops)
        return sampled, tuple(_ranked(row) for row in rows) if k and tops else None
    places = [an_object(place, "a place of logprobs") for place in a_list(found.get("content"), "logprobs")]
    if not places:
        return None, None
    sampled = tuple(logprob(place["logprob"]) for place in places)
    if not k:
        return sampled, None
    others = (a_list(place.get("top_logprobs"), "top_logprobs")[:k] for place in places)
    return sampled, tuple(_ranked([(other["token"], other["logprob"]) for other in row]) for row in others)


def _ranked(row: Sequence[tuple[Any, Any]]) -> tuple[tuple[str, float], ...]:
    return tuple((a_text(token, "a token"), logprob(value)) for token, value in row)


def _text(content: Any) -> str:
    """The text of a message's content, which some servers send in parts (Mistral: thoughts, then text)."""
    if isinstance(content, str):
        return content
    parts = a_list(content, "content")
    return "".join(a_text(part.get("text"), "a part's text") for part in parts if isinstance(part, Mapping))


def _stop_reason(choice: Mapping[str, Any], dialect: Dialect, request: Request) -> str | None:
    if dialect.stop_reason is None:
        return ""
    reason = choice.get(dialect.stop_reason)
    return reason if reason in request.stop else None  # a number is the id of an end-of-text token


def _message(part: Mapping[str, Any], choice: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return None if part is choice or part.keys() <= _TEXT_ONLY else _beyond_text(part)


def _beyond_text(part: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The part, where it holds more than text. What others read of it is of the right shape then."""
    if not any(part.get(name) for name in ("reasoning", "reasoning_content", "tool_calls", "refusal", "audio")):
        return None
    for name in ("reasoning", "reasoning_content"):
        a_text(part.get(name), name)
    for call in a_list(part.get("tool_calls"), "tool_calls"):
        an_object(an_object(call, "a tool call").get("function"), "a tool call's function")
    checked: Mapping[str, Any] = checked_depth(part, "a message")
    return checked
