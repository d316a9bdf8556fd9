"""The calculator, and its server's reading of histories."""

from __future__ import annotations

import pytest

from ttc.testing.calculator import begun, calculate, message_of


@pytest.mark.parametrize(
    ("expression", "value"),
    [("9 * 55", "495"), ("96 + 9 * 55", "591"), ("7 - 2 * 6", "-5"), ("10 / 4 * 2", "5"), ("3 - 2 - 1", "0")],
)
def test_values(expression: str, value: str) -> None:
    assert calculate(expression) == value


@pytest.mark.parametrize("expression", ["7 / 2", "1 / 0", "2 ** 9", "9", "", "__import__('os')", "9" * 30 + " + 1"])
def test_what_has_no_whole_value_is_an_error(expression: str) -> None:
    assert calculate(expression).startswith("error")


def test_results_stand_behind_their_equals_signs() -> None:
    call = message_of("The jars hold: 9 * 55", "9 * 55")
    history = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "How many?"}]},
        call,
        {"role": "tool", "tool_call_id": call["tool_calls"][0]["id"], "content": "495"},
        message_of(", so 96 + 495", "96 + 495"),
        {"role": "tool", "tool_call_id": "x", "content": "591"},
    ]
    question, prefix = begun(history)
    assert question == ({"role": "user", "content": "How many?"},)
    assert prefix == "The jars hold: 9 * 55 = 495, so 96 + 495 = 591"
