"""Equivalence, canonical forms and grouping, on the table of pairs."""

import pytest

from tests.answers.answer_pairs import pairs
from ttc.answers import canonical, equivalent, group_answers

PAIRS = pairs()
ANSWERS = sorted({answer for _, first, second, _ in PAIRS for answer in (first, second)})


@pytest.mark.parametrize(("kind", "first", "second", "equal"), PAIRS)
def test_pair(kind: str, first: str, second: str, equal: bool) -> None:
    assert equivalent(first, second) is equal, f"{kind}: {canonical(first)} and {canonical(second)}"
    assert equivalent(second, first) is equal, "in the other order"


def test_table_is_large_enough() -> None:
    assert len(PAIRS) >= 300
    assert len({(first, second) for _, first, second, _ in PAIRS}) == len(PAIRS)
    assert sum(not equal for *_, equal in PAIRS) >= 100


def test_every_answer_equals_itself_and_its_canonical_form() -> None:
    for answer in ANSWERS:
        assert equivalent(answer, answer)
        assert equivalent(answer, f" {answer} ")
        assert equivalent(answer, canonical(answer)), answer
        assert canonical(canonical(answer)) == canonical(answer), answer


def test_different_answers_never_share_a_canonical_form() -> None:
    for kind, first, second, equal in PAIRS:
        if not equal:
            assert canonical(first) != canonical(second), kind


def test_wrapping_does_not_matter() -> None:
    for answer in ANSWERS:
        assert equivalent(answer, rf"\boxed{{{answer}}}"), answer
        if "$" not in answer:
            assert equivalent(answer, f"${answer}$"), answer


@pytest.mark.parametrize(
    ("answer", "shown"),
    [
        (r"\frac{1}{2}", "1/2"),
        ("0.5", "1/2"),
        ("1{,}000", "1000"),
        ("(1,\\, 2)", "(1, 2)"),
        ("2, 1", "1, 2"),
        (r"2\sqrt{3}", "2*sqrt(3)"),
        (r"\text{Evelyn}", "evelyn"),
        (r"\text{(C)}", "(C)"),
        ("5 centimeters", r"5 \text{cm}"),
        ("1011_2", "1011_{2}"),
        ("x \\ge 2", "x ∈ [2, infinity)"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_canonical(answer: str, shown: str) -> None:
    assert canonical(answer) == shown


def test_empty_answers_equal_nothing() -> None:
    assert not equivalent("", "")
    assert not equivalent("", "5")
    assert not equivalent("  ", "5")


def test_group_answers_by_size_then_first_index() -> None:
    answers = ["3", None, "0.5", r"\frac12", "3.0", "", "7", "1/2", "4"]
    assert group_answers(answers) == [[2, 3, 7], [0, 4], [6], [8]]
    assert group_answers([]) == []
    assert group_answers([None, None]) == []


def test_groups_compare_with_their_first_member_only() -> None:
    """5 cm = 5 and 5 = 5 m, so chaining would put 5 cm and 5 m together."""
    assert group_answers(["5 cm", "5", "5 m"]) == [[0, 1], [2]]
    assert group_answers(["5", "5 cm", "5 m"]) == [[0, 1, 2]]


def test_grouping_compares_few_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def counted(first: str, second: str) -> bool:
        calls.append((first, second))
        return equivalent(first, second)

    monkeypatch.setattr("ttc.answers.grouping.equivalent", counted)
    groups = group_answers([str(index % 4) for index in range(400)])
    assert [len(group) for group in groups] == [100] * 4
    assert len(calls) == 6  # only between the four representatives
