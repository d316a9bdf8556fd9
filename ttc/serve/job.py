"""A chat completion that asks for a strategy, understood: the problem, how it is sampled, what has no effect."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ttc.answers.structured import Schema
from ttc.serve.refusals import Refusal
from ttc.serve.request_options import RequestOptions
from ttc.serve.settings import Settings
from ttc.types import Domain, Problem, Sampling

UNDERSTOOD = {
    "model", "messages", "ttc", "stream", "stream_options", "n", "temperature", "top_p", "max_tokens",
    "max_completion_tokens", "stop", "seed",
}  # fmt: skip
CARRIED = (
    "tools", "tool_choice", "parallel_tool_calls", "response_format", "reasoning_effort", "chat_template_kwargs",
    "presence_penalty", "frequency_penalty", "repetition_penalty", "logit_bias", "top_k", "min_p",
)  # fmt: skip
"""Fields that go to the server as they are. Others have no effect; the reply's `ttc.ignored` names them."""


@dataclass(frozen=True, slots=True)
class Job:
    """One request, understood: what to solve and how."""

    options: RequestOptions
    model: str | None
    name: str
    problem: Problem
    sampling: Sampling
    seed: int
    stream: bool
    usage: bool
    progress: bool
    ignored: tuple[str, ...]


def job_of(body: Mapping[str, Any], options: RequestOptions, model: str | None, settings: Settings) -> Job:
    """The job of a request's body. Raises Refusal where a field cannot be honoured, ValueError where one is wrong."""
    try:
        return _job(body, options, model, settings)
    except (TypeError, AttributeError, KeyError, OverflowError):  # a list for a text, a number for an object
        raise Refusal(400, "a field of the request, perhaps within messages, has the wrong type") from None


def _job(body: Mapping[str, Any], options: RequestOptions, model: str | None, settings: Settings) -> Job:
    if body.get("n") not in (None, 1):
        raise Refusal(
            400, "n must be 1 with a strategy: it returns one answer; set ttc.knobs.n for candidates", param="n"
        )
    for name in ("functions", "function_call", "logprobs", "audio"):
        if body.get(name):
            raise Refusal(400, f"{name} is not possible with a strategy", param=name)
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages or not all(isinstance(m, dict) for m in messages):
        raise Refusal(400, "messages must be a non-empty list of messages", param="messages")
    streaming = body.get("stream_options") or {}
    seed = options.seed if options.seed is not None else body.get("seed")
    if isinstance(seed, bool) or not isinstance(seed, int | None):
        raise Refusal(400, f"seed is {str(seed)[:40]}; it must be a whole number", param="seed")
    return Job(
        options=options,
        model=model,
        name=str(body["model"]),
        problem=_problem(body, messages, options, settings),
        sampling=_sampling(body, options, settings),
        seed=secrets.randbits(31) if seed is None else seed,
        stream=bool(body.get("stream")),
        usage=isinstance(streaming, dict) and bool(streaming.get("include_usage")),
        progress=settings.progress if options.progress is None else options.progress,
        ignored=tuple(sorted(body.keys() - UNDERSTOOD - set(CARRIED))),
    )


def _problem(body: Mapping[str, Any], messages: list[Any], options: RequestOptions, settings: Settings) -> Problem:
    """The history as a problem, with what its answers must be like."""
    format_ = body.get("response_format") or {}
    kind = format_.get("type", "text") if isinstance(format_, dict) else ""
    if kind not in ("text", "json_object", "json_schema"):
        raise Refusal(400, "response_format.type must be text, json_object or json_schema", param="response_format")
    meta: dict[str, Any] = {"tools": tuple(_tools(body))}
    usual: Domain = settings.domain
    if kind != "text":
        usual, meta["schema"] = "json", _schema(format_)
        meta["type"] = dict if kind == "json_object" else object
    elif meta["tools"]:
        usual = "open"
    return Problem(tuple(messages), domain=options.domain or usual, meta=meta)


def _schema(format_: Mapping[str, Any]) -> Schema:
    found = (format_.get("json_schema") or {}).get("schema")
    if not isinstance(found, dict | bool | None):
        raise Refusal(400, "response_format.json_schema.schema must be a JSON schema", param="response_format")
    return found


def _tools(body: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    tools = body.get("tools") or []
    if not isinstance(tools, list):
        raise Refusal(400, "tools must be a list", param="tools")
    for tool in tools:
        function = tool.get("function") if isinstance(tool, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            raise Refusal(400, "each of tools must be {'type': 'function', 'function': {'name': ...}}", param="tools")
    return tools


def _sampling(body: Mapping[str, Any], options: RequestOptions, settings: Settings) -> Sampling:
    usual = Sampling()
    said = next((body[k] for k in ("max_completion_tokens", "max_tokens") if body.get(k) is not None), None)
    most = settings.limits.max_tokens
    if said is not None and (isinstance(said, bool) or not isinstance(said, int) or not 1 <= said <= most):
        raise Refusal(400, f"max_tokens is {str(said)[:40]}; the gateway allows 1 to {most}", param="max_tokens")
    stop, top_p = body.get("stop") or (), _number(body, "top_p")
    texts = (stop,) if isinstance(stop, str) else stop
    if not isinstance(texts, list | tuple) or not all(isinstance(text, str) and text for text in texts):
        raise Refusal(400, "stop must be a text or a list of texts, none of them empty", param="stop")
    structured = bool(body.get("tools")) or (body.get("response_format") or {}).get("type", "text") != "text"
    warm = options.temperature if options.temperature is not None else _number(body, "temperature") or usual.temperature
    return Sampling(
        temperature=warm,
        top_p=1.0 if top_p is None else top_p,
        max_tokens=said or min(settings.max_tokens, most),
        stop=tuple(texts),
        suffix="" if structured else None,
        extra={name: body[name] for name in CARRIED if body.get(name) is not None},
    )


def _number(body: Mapping[str, Any], name: str) -> float | None:
    value = body.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise Refusal(400, f"{name} must be a number", param=name)
    return value
