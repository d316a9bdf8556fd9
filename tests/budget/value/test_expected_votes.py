import numpy as np
import pytest
from scipy.special import betainc
from scipy.stats import binom

from tests.budget.golden import GOLDEN
from ttc.budget.value.expected_votes import (
    certificate_expected_n,
    esc_expected_n,
    esc_wrong_stop,
    expected_votes,
)


def adaptive_consistency(leader, other):
    """The rule of Adaptive-Consistency at 0.95, written out here as a rule to follow."""
    return 1 - betainc(leader + 1, other + 1, 0.5) >= 0.95


def test_the_rule_that_is_followed_has_the_published_thresholds():
    for leader, other, confidence in GOLDEN["adaptive_consistency"]:
        assert 1 - betainc(leader + 1, other + 1, 0.5) == pytest.approx(confidence, rel=1e-9)
    first = [next(v for v in range(40) if adaptive_consistency(v, other)) for other in range(11)]
    assert first == [4, 6, 8, 9, 11, 12, 14, 15, 17, 18, 19]


@pytest.mark.parametrize(
    ("rate", "n", "accuracy", "full"),
    [
        (0.9, 5.622, 0.9999, 1.0),
        (0.8, 8.718, 0.99813, 0.99999),
        (0.7, 15.114, 0.98505, 0.99566),
        (0.6, 24.161, 0.87561, 0.89794),
        (0.55, 27.490, 0.71941, 0.73568),
    ],
)
def test_golden_adaptive_consistency(rate, n, accuracy, full):
    outcome = expected_votes(rate, adaptive_consistency, 40)
    assert outcome.n == pytest.approx(n, abs=6e-4)
    assert outcome.accuracy == pytest.approx(accuracy, abs=6e-5)
    everyone = expected_votes(rate, lambda leader, other: False, 40)
    assert everyone.n == pytest.approx(40)
    assert everyone.accuracy == pytest.approx(full, abs=6e-6)
    assert everyone.accuracy == pytest.approx(1 - binom.cdf(20, 40, rate) + binom.pmf(20, 40, rate) / 2)


@pytest.mark.parametrize(("rate", "n"), [(1, 21), (0.95, 22.105), (0.8, 26.25), (0.6, 34.362)])
def test_golden_certificate(rate, n):
    assert certificate_expected_n(rate, 40) == pytest.approx(n, abs=6e-4)


@pytest.mark.parametrize("cap", [1, 2, 7, 40])
def test_certificate_is_the_rule_followed_exactly_and_changes_no_answer(cap):
    rule = expected_votes(0.7, lambda leader, other: leader - other > cap - leader - other, cap)
    full = expected_votes(0.7, lambda leader, other: False, cap)
    assert certificate_expected_n(0.7, cap) == pytest.approx(rule.n)
    assert rule.accuracy == pytest.approx(full.accuracy)


@pytest.mark.parametrize(("shares", "window", "cap", "expected"), GOLDEN["esc"])
def test_golden_esc(shares, window, cap, expected):
    assert esc_expected_n(shares, window, cap) == pytest.approx(expected, rel=1e-12)
    q = sum(share**window for share in shares)
    assert esc_expected_n(shares, window, cap) == pytest.approx(window * (1 - (1 - q) ** (cap // window)) / q)


@pytest.mark.parametrize(
    ("shares", "wrong"), [([0.7, 0.2, 0.1], 0.001511), ([0.9, 0.1], 1.7e-5), ([0.5, 0.3, 0.2], 0.019553)]
)
def test_golden_esc_wrong_stop(shares, wrong):
    assert esc_wrong_stop(shares, 5, 40) == pytest.approx(wrong, abs=6e-7)


def test_esc_against_simulation():
    """20000 runs; the standard error of the mean is about 0.1."""
    rng = np.random.default_rng(0)
    votes = rng.choice(3, size=(20_000, 8, 5), p=[0.6, 0.3, 0.1])
    unanimous = (votes == votes[:, :, :1]).all(axis=2)
    windows = np.where(unanimous.any(axis=1), unanimous.argmax(axis=1) + 1, 8)
    assert 5 * windows.mean() == pytest.approx(esc_expected_n([0.6, 0.3, 0.1], 5, 40), abs=0.4)
    first = votes[np.arange(20_000), unanimous.argmax(axis=1), 0]
    wrong = (unanimous.any(axis=1) & (first != 0)).mean()
    assert wrong == pytest.approx(esc_wrong_stop([0.6, 0.3, 0.1], 5, 40), abs=0.005)


def test_esc_extremes():
    assert esc_expected_n([1.0], 5, 40) == 5
    assert esc_expected_n([1e-9] * 4 + [1 - 4e-9], 5, 40) == pytest.approx(5)
    assert esc_expected_n([0.001] * 1000, 5, 40) == pytest.approx(40)  # 1 − (1 − q)^m would round to 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: expected_votes(1.1, adaptive_consistency, 4), r"rate=1\.1"),
        (lambda: esc_expected_n([0.5, 0.4], 5, 40), "add up to 1"),
        (lambda: esc_expected_n([1.0], 5, 42), "cap=42"),
        (lambda: certificate_expected_n(-0.1, 4), "rate=-0"),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()
