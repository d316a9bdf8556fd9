"""Properties that hold for every string."""

from fractions import Fraction

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.answers.answer_pairs import pairs
from ttc.answers import canonical, equivalent, extract_answer, group_answers
from ttc.answers.symbolic import SYMBOLIC

ANSWERS = sorted({answer for _, first, second, _ in pairs() for answer in (first, second)})
PIECES = [
    *"0123456789abxyi+-*/^_(){}[]|,;:.!%$ =<>\\'",
    r"\frac",
    r"\sqrt",
    r"\pm",
    r"\text{",
    r"\cup",
    r"\infty",
    "²",
    "½",
]
garbled = st.lists(st.sampled_from(PIECES + ANSWERS), min_size=1, max_size=8).map("".join)
answers = st.one_of(st.sampled_from(ANSWERS), garbled, st.text(max_size=30))
QUICK = settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(autouse=True)
def _no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Symbolic algebra has its own tests; here thousands of pairs are compared."""
    monkeypatch.setattr(SYMBOLIC, "compare", lambda first, second: None)


@QUICK
@given(answers, answers)
def test_symmetric(first: str, second: str) -> None:
    assert equivalent(first, second) is equivalent(second, first)


@QUICK
@given(answers)
@example("1<A/2000!")  # a bound of 5736 digits
@example("1<A2000!")
@example("1<-A/5000!")
def test_reflexive_and_never_raises(answer: str) -> None:
    assert equivalent(answer, answer) is bool(answer)
    assert isinstance(canonical(answer), str)
    assert canonical(answer) == canonical(answer + " ")
    assert extract_answer(answer) is None or extract_answer(answer)


@QUICK
@given(st.text(max_size=200), garbled)
def test_a_box_is_found_in_any_text(text: str, answer: str) -> None:
    braces = answer.replace("\\", "").replace("{", "").replace("}", "").replace("`", "")
    if any(sign.isalnum() for sign in braces):
        assert extract_answer(text.replace("`", "") + "\n\\boxed{" + braces + "}") is not None


@QUICK
@given(st.fractions(max_denominator=10**6), st.fractions(max_denominator=10**6))
def test_fractions_equal_exactly_when_they_are(first: Fraction, second: Fraction) -> None:
    latex = rf"\frac{{{second.numerator}}}{{{second.denominator}}}"
    assert equivalent(str(first), latex) is (first == second)
    assert equivalent(str(first), rf"\frac{{{first.numerator}}}{{{first.denominator}}}")


@QUICK
@given(st.integers(min_value=-(10**18), max_value=10**18))
def test_integers_in_all_groupings(value: int) -> None:
    for separator in (",", "{,}", r"\,", r",\!", " ", "\u2009", "\u202f"):
        grouped = f"{value:,}".replace(",", separator)
        assert equivalent(grouped, str(value))
    assert not equivalent(f"{value:,}", str(value + 1))


@QUICK
@given(st.lists(st.integers(-50, 50), min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_order_counts_in_tuples_only(values: list[int], random: object) -> None:
    shuffled = values.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    plain, mixed = ", ".join(map(str, values)), ", ".join(map(str, shuffled))
    assert equivalent(plain, mixed)
    assert equivalent(rf"\{{{plain}\}}", rf"\{{{mixed}\}}")
    assert equivalent(f"({plain})", f"({mixed})") is (values == shuffled)


@QUICK
@given(st.lists(st.one_of(st.none(), answers), max_size=12))
def test_groups_partition_the_answers(found: list[str | None]) -> None:
    groups = group_answers(found)
    members = [index for group in groups for index in group]
    assert sorted(members) == [index for index, answer in enumerate(found) if answer is not None and canonical(answer)]
    assert [(-len(group), group[0]) for group in groups] == sorted((-len(group), group[0]) for group in groups)
    for group in groups:
        assert group == sorted(group)
        assert all(equivalent(str(found[group[0]]), str(found[index])) for index in group)
