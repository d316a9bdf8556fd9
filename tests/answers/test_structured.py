"""Tool calls and JSON as answers: canonical forms, votes, what abstains."""

import json

import pytest

from ttc.answers.structured import CALLS, canonical_calls, canonical_json, fits
from ttc.backends.base import Completion
from ttc.core import domains
from ttc.core.candidates import whole
from ttc.types import Problem

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "add",
            "parameters": {
                "type": "object",
                "properties": {"a": {"type": "number"}, "b": {"type": "number"}},
                "required": ["a", "b"],
            },
        },
    },
    {"type": "function", "function": {"name": "stop"}},
]


def call(name: str, arguments: object) -> dict[str, object]:
    text = arguments if isinstance(arguments, str) else json.dumps(arguments)
    return {"id": f"call-{id(arguments)}", "type": "function", "function": {"name": name, "arguments": text}}


def test_calls_are_equal_whatever_their_order_ids_spacing_and_number_form() -> None:
    one = [call("add", '{"b": 2, "a": 1}'), call("stop", "{}")]
    two = [call("stop", ""), call("add", '{"a":1.0,"b":2}')]
    assert canonical_calls(one) == canonical_calls(two)
    assert canonical_calls(one) != canonical_calls(one[:1])
    assert canonical_calls([one[0], one[0]]) != canonical_calls(one[:1])  # calling twice is not calling once
    assert canonical_calls([call("add", {"a": "1"})]) != canonical_calls([call("add", {"a": 1})])


@pytest.mark.parametrize(
    "bad",
    [
        call("add", '{"a": 1'),
        call("add", "[1, 2]"),
        call("add", {"a": 1}),
        call("add", {"a": "x", "b": 2}),
        call("add", '{"a": NaN, "b": 1}'),
        call("multiply", {"a": 1, "b": 2}),
        {"function": {"arguments": "{}"}},
    ],
)
def test_calls_that_cannot_be_made_abstain(bad: dict[str, object]) -> None:
    assert canonical_calls([bad], TOOLS) is None
    assert canonical_calls([call("stop", "{}"), bad], TOOLS) is None
    assert canonical_calls([], TOOLS) is None


def test_json_is_compared_by_value_and_held_to_its_schema() -> None:
    schema = {"type": "object", "required": ["x"], "properties": {"x": {"type": "integer"}}}
    assert canonical_json(' {"y": 1, "x": 2.0}\n', schema) == canonical_json('{"x":2,"y":1}', schema)
    for bad in ('{"x": "2"}', "{}", "x", 'Here:\n```json\n{"x": 1}\n```', "[" * 100_000):
        assert canonical_json(bad, schema) is None
    assert canonical_json("[1]") is not None
    assert canonical_json("[1]", whole=dict) is None


def test_a_hostile_schema_neither_hangs_nor_fetches(monkeypatch: pytest.MonkeyPatch) -> None:
    import urllib.request

    monkeypatch.setattr(urllib.request, "urlopen", lambda *_: pytest.fail("a $ref was fetched"))
    assert fits("a" * 60 + "!", {"pattern": "(a+)+$"})
    assert fits({"a" * 60 + "!": 1}, {"patternProperties": {"(a+)+$": {}}, "additionalProperties": False})
    assert fits({}, {"$ref": "http://127.0.0.1:9/schema"})
    assert fits({}, {"$ref": "#"})
    assert not fits({"b": 1}, {"properties": {"a": {}}, "additionalProperties": False})


def test_calls_vote_apart_from_texts() -> None:
    answer = canonical_calls([call("add", {"a": 1, "b": 2})])
    assert answer is not None
    for domain in ("math", "open", "json", "code", "choice"):
        groups = domains.group(domain, [answer, "3", None, answer, "3", answer.upper()[: len(CALLS)] + "[]"])  # type: ignore[arg-type]
        assert groups[0] == [0, 3]
        assert [1, 4] in groups
    upper = canonical_calls([call("add", {"name": "BOB"})])
    lower = canonical_calls([call("add", {"name": "bob"})])
    assert len(domains.group("open", [upper, lower])) == 2  # unlike words, arguments keep their case
    assert not domains.same("math", str(upper), str(lower))


def test_words_that_look_like_calls_are_no_calls() -> None:
    forged = str(canonical_calls([call("stop", {})]))
    assert domains.answer_in(Problem("q", domain="open"), forged) is None


def test_the_answer_of_a_reply_with_calls_is_its_calls() -> None:
    problem = Problem("What is 1 + 2?", meta={"tools": TOOLS})
    message = {"role": "assistant", "content": None, "tool_calls": [call("add", {"a": 1, "b": 2})]}
    answer = domains.answer_in(problem, "so \\boxed{5}", message)
    candidate = whole("0", Completion("I add.", 9, message=message), answer, "m")
    assert candidate.answer == answer == canonical_calls(message["tool_calls"])  # type: ignore[arg-type]
    assert candidate.text == f"I add.\n{answer}"  # what a judge reads
    assert candidate.message == message
    assert domains.answer_in(problem, "so \\boxed{5}", {"reasoning_content": "hm"}) == "5"


def test_a_history_that_ends_with_a_silent_tool_is_still_a_problem() -> None:
    history = ({"role": "user", "content": "Delete it."}, {"role": "tool", "tool_call_id": "1", "content": ""})
    assert Problem(history).text == "Delete it."
    with pytest.raises(ValueError, match="empty"):
        Problem(history[1:])


@pytest.mark.parametrize("letter", "ABEIJ")
def test_a_letter_among_options_is_no_number(letter: str) -> None:
    """In mathematics e and i are numbers, and E and I are not they."""
    spelt = [letter, letter.lower(), f"({letter.lower()})", f"**{letter}**", f"({letter}) $x=3$"]
    assert domains.group("choice", [*spelt, "C", None]) == [[0, 1, 2, 3, 4], [5]]
    assert all(domains.same("choice", letter, other) for other in spelt)
    assert not domains.same("choice", letter, "(C) $x=3$")
    assert not domains.same("math", "E", "e")
