"""Results in the words of the OpenAI protocol: whole completions, chunks of a stream, usage, and ttc's details."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ttc.answers.structured import without_fence
from ttc.core.result import Result
from ttc.core.trace import plain
from ttc.types import Event

Json = dict[str, Any]
LONGEST_LINE = 200  # characters of one line of progress


class Writer:
    """The frame that all parts of one reply share: id, time, model as the client named it."""

    def __init__(self, model: str):
        self._head = {"id": f"chatcmpl-{secrets.token_hex(12)}", "created": int(time.time()), "model": model}

    def whole(self, result: Result, ignored: Sequence[str]) -> Json:
        """A complete `chat.completion`."""
        choice = {"index": 0, "message": message_of(result), "logprobs": None, "finish_reason": finish_of(result)}
        head = {**self._head, "object": "chat.completion", "choices": [choice]}
        return {**head, "usage": usage_of(result), "ttc": details_of(result, ignored)}

    def chunk(self, delta: Json, finish: str | None = None, **fields: Any) -> Json:
        """A `chat.completion.chunk` with one delta."""
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return {**self._head, "object": "chat.completion.chunk", "choices": [choice], **fields}

    def last(self, result: Result) -> Json:
        """The chunk that holds the usage and no choice."""
        return {**self._head, "object": "chat.completion.chunk", "choices": [], "usage": usage_of(result)}

    def answer(self, result: Result, ignored: Sequence[str]) -> list[Json]:
        """The chunks of the answer: its text or its tool calls, then how it ended with ttc's details."""
        message = message_of(result)
        delta: Json = {"content": message["content"]} if message["content"] else {}
        if "tool_calls" in message:
            delta["tool_calls"] = [{"index": i, **call} for i, call in enumerate(message["tool_calls"])]
        return [self.chunk(delta), self.chunk({}, finish_of(result), ttc=details_of(result, ignored))]


def message_of(result: Result) -> Json:
    """The assistant's message of the chosen candidate, with its tool calls and its own reasoning if it has any.

    A code fence around a reply that was asked for as JSON is taken off: clients parse the content as it is.
    """
    candidate = result.candidate
    sent: Mapping[str, Any] = (candidate and candidate.message) or {}
    content = sent.get("content") if sent else result.text
    if result.problem.domain == "json" and isinstance(content, str):
        content = without_fence(content)
    message: Json = {"role": "assistant", "content": content}
    reasoning = sent.get("reasoning_content") or sent.get("reasoning")
    if reasoning:
        message["reasoning_content"] = reasoning
    if sent.get("tool_calls"):
        message["tool_calls"] = [_call(call) for call in sent["tool_calls"]]
    return message


def _call(call: Mapping[str, Any]) -> Json:
    function = call.get("function") or {}
    arguments = function.get("arguments")
    if not isinstance(arguments, str):  # some servers send the object; the protocol has its JSON text
        arguments = json.dumps({} if arguments is None else arguments, ensure_ascii=False)
    return {
        "id": call.get("id") or f"call_{secrets.token_hex(12)}",
        "type": "function",
        "function": {"name": function.get("name"), "arguments": arguments or "{}"},
    }


def finish_of(result: Result) -> str:
    """stop, length or tool_calls, as the chosen candidate ended."""
    candidate = result.candidate
    if candidate is None or candidate.finish != "stop":
        return "length"
    return "tool_calls" if candidate.message and candidate.message.get("tool_calls") else "stop"


def usage_of(result: Result) -> Json:
    """All tokens of all calls that the answer took, as they were charged."""
    cost = result.cost
    return {
        "prompt_tokens": cost.prompt_tokens,
        "completion_tokens": cost.output_tokens,
        "total_tokens": cost.prompt_tokens + cost.output_tokens,
        "prompt_tokens_details": {"cached_tokens": cost.cached_tokens},
    }


def details_of(result: Result, ignored: Sequence[str]) -> Json:
    """The extension field `ttc`. `ignored` names fields of the request that had no effect."""
    same = {name: getattr(result, name) for name in ("strategy", "answer", "confidence", "stopped", "limit", "seed")}
    by_kind = {kind: asdict(cost) for kind, cost in result.cost_by_kind.items()}
    same["warnings"] = list(result.warnings)
    found = {**same, "candidates": len(result.candidates), "cost": asdict(result.cost), "cost_by_kind": by_kind}
    return dict(plain({**found, "ignored": list(ignored)}))


def progress_of(event: Event) -> str | None:
    """An event of the run as one line of reasoning; None for what is not worth a line."""
    data = event.data
    if event.name == "begin":
        line = f"[{data['span']}]"
    elif event.name == "candidate" and data["done"]:
        line = f"candidate {data['id']}: {_short(data['answer'])} ({data['tokens']} tokens)"
    elif event.name == "judgement":
        line = f"{data['first']} against {data['second']}: {data['wins']:.2f}"
    elif event.name == "verdict":
        line = f"candidate {data['id']} scored {data['score']:.2f}"
    elif event.name == "propose":
        sure = data["confidence"]
        line = f"best so far: {_short(data['answer'])}" + (f" (confidence {sure:.2f})" if sure is not None else "")
    else:
        return None
    return line[:LONGEST_LINE] + "\n"


def _short(answer: str | None) -> str:
    if answer is None:
        return "no answer"
    line = " ".join(answer.split())
    return line if len(line) <= 80 else line[:79] + "…"
