"""Answers that are data: tool calls and JSON texts, brought to one canonical form so that they can vote.

Two lists of tool calls are the same when they call the same functions with the same arguments, in any order. Two JSON
texts are the same when their values are. What is malformed, or not as its schema wants it, is no answer: it abstains.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

CALLS = "tool_calls: "
"""How an answer that consists of tool calls begins."""

FENCED = re.compile(r"\s*(?:```|~~~)(?:json[5c]?)?[^\S\n]*\n(.*?)\n?[^\S\n]*(?:```|~~~)\s*", re.DOTALL | re.IGNORECASE)

Schema = Mapping[str, Any] | bool | None


def canonical_calls(calls: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]] = ()) -> str | None:
    """The answer that stands for these tool calls (in the OpenAI form), or None where one of them cannot be made.

    `tools` are the request's tools; where there are any, a call must name one of them and fit its parameters.
    """
    schemas = {tool["function"]["name"]: tool["function"].get("parameters") for tool in tools if "function" in tool}
    made = []
    for call in calls:
        function = call.get("function") or {}
        name, arguments = function.get("name"), _read(function.get("arguments") or "{}")
        if not isinstance(name, str) or not isinstance(arguments, dict):
            return None
        if tools and (name not in schemas or not fits(arguments, schemas[name])):
            return None
        made.append(_write({"name": name, "arguments": arguments}))
    return CALLS + "[" + ", ".join(sorted(made)) + "]" if made else None


def canonical_json(text: str, schema: Schema = None, *, whole: type = object) -> str | None:
    """The JSON value of a text in canonical form, or None where the text is no JSON of the type `whole` and schema.

    A code fence around the whole text does not count. A strict reader would refuse it; but models that write one write
    it always, so that no candidate would vote. Words beside the fence are refused: then the text is no JSON.
    """
    value = _read(without_fence(text))
    if value is _BROKEN or not isinstance(value, whole) or not fits(value, schema):
        return None
    return _write(value)


def without_fence(text: str) -> str:
    """A text without the code fence that is around all of it, if there is one."""
    found = FENCED.fullmatch(text)
    return found[1] if found else text


def fits(value: Any, schema: Schema) -> bool:
    """Whether a JSON value is what the schema wants. True where the package jsonschema is not installed.

    Nothing is fetched for a `$ref`, and `pattern` is not checked: a hostile one could run for ever.
    """
    if schema is None:
        return True
    try:
        from jsonschema import Draft202012Validator, validators
        from referencing import Registry
    except ImportError:
        return True
    unchecked: dict[str, Any] = dict.fromkeys(("pattern", "patternProperties"), lambda *_: ())
    closed = Draft202012Validator.VALIDATORS["additionalProperties"]

    def additional(checker: Any, allowed: Any, instance: Any, rules: Any) -> Any:
        return () if "patternProperties" in rules else closed(checker, allowed, instance, rules)

    checker = validators.extend(Draft202012Validator, {**unchecked, "additionalProperties": additional})
    try:
        return bool(checker(schema, registry=Registry()).is_valid(value))
    except Exception:  # a schema with a reference that leads nowhere, or in a circle, decides nothing
        return True


_BROKEN = object()


def _read(text: Any) -> Any:
    """The value of a JSON text; `_BROKEN` for what is none. Some servers send arguments as objects already."""
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text, parse_constant=lambda _: 1 / 0)  # NaN and infinities are not JSON
    except (ValueError, ZeroDivisionError, RecursionError):
        return _BROKEN


def _write(value: Any) -> str:
    """Sorted keys, whole numbers without a point: 2.0 and 2 are the same number."""
    return json.dumps(_whole(value), sort_keys=True, ensure_ascii=False, separators=(", ", ": "))


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _whole(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_whole(inner) for inner in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
