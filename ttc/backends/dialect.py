"""How the servers that speak the OpenAI protocol differ: what each can do and what it calls things."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ttc.backends.base import Capabilities, Request


@dataclass(frozen=True, slots=True)
class Dialect:
    """One kind of server.

    Args:
        name: "vllm", "sglang", "llamacpp", "openai" or "generic".
        capabilities: What such a server can do.
        max_tokens: Request field for the most output tokens.
        samplers: Request fields that switch off what a server would otherwise add to the asked-for distribution.
            llama.cpp adds top_k 40 and min_p 0.05, vLLM and SGLang the model's generation_config. So temperature and
            top_p mean the same everywhere.
    """

    name: str
    capabilities: Capabilities
    max_tokens: str = "max_tokens"
    samplers: Mapping[str, Any] = field(default_factory=dict)
    keep_stop: str | None = None
    """Request field that leaves the stop string in the text."""
    stop_reason: str | None = None
    """Field of a choice that tells which stop string ended it."""
    token_ids: str | None = None
    """Request field that asks for token ids."""
    prefill: Mapping[str, Any] = field(default_factory=dict)
    """Request fields that make a last assistant message be continued."""
    echoes_prefill: bool = False
    """Whether a plain reply repeats the prefill before the new text."""
    stream_only: bool = False
    """A plain call goes on after the client has gone: only closing a stream stops it."""
    native: bool = False
    """Generation goes over llama.cpp's own /completion: token ids, exact counts and the stop string come with it."""
    lists_models: bool = False
    """A model that /models does not list is unknown to the server."""


_OPEN = {"top_p": 1.0, "min_p": 0.0}
_CONTINUE = {"continue_final_message": True, "add_generation_prompt": False}
GENERIC = Dialect("generic", Capabilities(fan_out=True, logprobs=True))
DIALECTS: dict[str, Dialect] = {
    "generic": GENERIC,
    "openai": Dialect("openai", Capabilities(fan_out=True, logprobs=True), max_tokens="max_completion_tokens"),
    "vllm": Dialect(
        "vllm",
        Capabilities(fan_out=True, prefill=True, token_ids=True, logprobs=True, priority=True),
        samplers={**_OPEN, "top_k": 0, "repetition_penalty": 1.0},
        keep_stop="include_stop_str_in_output",
        stop_reason="stop_reason",
        token_ids="return_token_ids",
        prefill=_CONTINUE,
        lists_models=True,
    ),
    "sglang": Dialect(
        "sglang",
        Capabilities(fan_out=True, prefill=True, logprobs=True, priority=True),
        samplers={**_OPEN, "top_k": -1, "repetition_penalty": 1.0},
        keep_stop="no_stop_trim",
        stop_reason="matched_stop",
        prefill=_CONTINUE,
        lists_models=True,
    ),
    "llamacpp": Dialect(
        "llamacpp",
        Capabilities(fan_out=True, prefill=True, token_ids=True, logprobs=True),
        samplers={**_OPEN, "top_k": 0},
        echoes_prefill=True,
        stream_only=True,
        native=True,
    ),
}


@dataclass(frozen=True, slots=True)
class Shot:
    """What one attempt asks for: `n` completions of at most `max_tokens` each, the first with `seed`."""

    n: int
    max_tokens: int
    seed: int
    stream: bool


def chat_body(dialect: Dialect, model: str, request: Request, shot: Shot) -> dict[str, Any]:
    """Body of POST /chat/completions."""
    messages: list[Mapping[str, Any]] = list(request.messages)
    body = {"model": model, "messages": messages, **_common(dialect, request, shot)}
    if request.prefix:
        messages.append({"role": "assistant", "content": request.prefix})
        body.update(dialect.prefill)
    if request.logprobs is not None:
        body["logprobs"] = True
        if request.logprobs or dialect.native:  # llama.cpp sends the top 20 unless told how many
            body["top_logprobs"] = max(request.logprobs, 1)
    body.update(request.extra)
    return body


def text_body(dialect: Dialect, model: str, request: Request, shot: Shot, prompt: tuple[int, ...]) -> dict[str, Any]:
    """Body of POST /completions for a prompt of token ids."""
    body = {"model": model, "prompt": prompt, **_common(dialect, request, shot)}
    if request.logprobs is not None:
        body["logprobs"] = request.logprobs
    body.update(request.extra)
    return body


def native_body(dialect: Dialect, request: Request, shot: Shot, prompt: tuple[int, ...]) -> dict[str, Any]:
    """Body of llama.cpp's POST /completion for a prompt of token ids."""
    body = {"prompt": prompt, **_common(dialect, request, shot), "return_tokens": True, "cache_prompt": True}
    body["n_predict"] = body.pop(dialect.max_tokens)
    if request.logprobs is not None:
        body["n_probs"] = max(request.logprobs, 1)
    body.update(request.extra)
    return body


def _common(dialect: Dialect, request: Request, shot: Shot) -> dict[str, Any]:
    fields: dict[str, Any] = {
        **dialect.samplers,
        dialect.max_tokens: shot.max_tokens,
        "temperature": request.temperature,
        "seed": shot.seed,
    }
    if request.top_p != 1.0:
        fields["top_p"] = request.top_p
    if shot.n > 1:
        fields["n"] = shot.n
    if request.stop:
        fields["stop"] = request.stop
        if dialect.keep_stop:
            fields[dialect.keep_stop] = True
    if dialect.token_ids and (request.wants_ids or shot.stream):
        fields[dialect.token_ids] = True  # in a stream they count: one piece may hold several tokens
    if request.priority and dialect.capabilities.priority:
        fields["priority"] = request.priority
    if shot.stream:
        fields["stream"] = True
        fields["stream_options"] = {"include_usage": True}
    return fields


def kind_of(owners: set[str], host: str) -> str | None:
    """The dialect's name, told by who owns the listed models or by a hosted name; None where neither says."""
    for name in ("vllm", "sglang", "llamacpp"):
        if name in owners:
            return name
    return "openai" if host.endswith((".openai.com", ".openai.azure.com")) else None
