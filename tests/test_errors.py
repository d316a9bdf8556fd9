"""The one check of ranges and of choices: what passes, and what the message says."""

import math

import pytest

from ttc.errors import check_choice, check_range


@pytest.mark.parametrize(
    ("interval", "inside", "outside"),
    [
        ("[1, inf)", (1, 7, None), (0, -math.inf, math.inf, math.nan)),
        ("(0, inf]", (1e-9, math.inf), (0, -1, math.nan)),
        ("(0, 1]", (0.5, 1), (0, 1.001, math.nan)),
        ("[0, 1)", (0, 0.5), (1, -0.001)),
        ("[2, 5]", (2, 5), (1, 6)),
    ],
)
def test_an_interval_is_read_as_it_is_written(
    interval: str, inside: tuple[float | None, ...], outside: tuple[float, ...]
) -> None:
    for value in inside:
        check_range(interval, value=value)
    for value in outside:
        with pytest.raises(ValueError, match=f"value is {value}; it must"):
            check_range(interval, value=value)


def test_the_message_names_the_first_value_the_rule_and_the_hint() -> None:
    with pytest.raises(ValueError, match=r"^waves is 0; it must be at least 1, 4 is usual$"):
        check_range("[1, inf)", "4 is usual", n=8, waves=0, window=-1)
    with pytest.raises(ValueError, match=r"^share is 2; it must lie in \(0, 1\]$"):
        check_range("(0, 1]", share=2)
    with pytest.raises(ValueError, match=r"^price is -1; it must be above 0$"):
        check_range("(0, inf)", price=-1)


def test_a_choice_is_answered_by_the_nearest() -> None:
    check_choice(("online", "offline"), mode="online")
    check_choice((None, "mean"), logprobs=None)
    with pytest.raises(ValueError, match="mode is 'onlin'; did you mean 'online'"):
        check_choice(("online", "offline"), mode="onlin")
    with pytest.raises(ValueError, match="mode is 'x'; choose one of: offline, online"):
        check_choice(("online", "offline"), mode="x")
