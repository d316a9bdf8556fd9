import math
from dataclasses import replace

import numpy as np
import pytest

from ttc.search.imperfect_verifier import RetryModel

PAPER = RetryModel(shares=(0.58, 0.42), rates=(0.87, 0.13), completeness=1.0, soundness=0.75)


@pytest.mark.parametrize(
    ("wrong_value", "tries", "value", "digits"),
    [(-0.7, 3, 0.52457, 6e-6), (-1.0, 2, 0.47238, 6e-6), (-2.0, 1, 0.33880, 6e-6), (-5.0, 1, 0.0082, 6e-5)],
)
def test_golden_best_tries(wrong_value, tries, value, digits):
    model = replace(PAPER, wrong_value=wrong_value)
    assert model.best_tries() == tries
    assert model.value(tries) == pytest.approx(value, abs=digits)


def test_not_the_notebooks_double_update():
    """There, survivors are reweighted twice: .55413 and .48843 instead."""
    for wrong_value, notebook in ((-0.7, 0.55413), (-1.0, 0.48843)):
        model = replace(PAPER, wrong_value=wrong_value)
        assert abs(model.value(model.best_tries()) - notebook) > 0.01


def test_where_trying_for_ever_is_best():
    """Down to the wrong value at which a try on a hard problem is worth nothing: −0.13 / (0.87·0.25)."""
    limit = -0.13 / (0.87 * 0.25)
    assert limit == pytest.approx(-0.5977, abs=1e-4)
    assert replace(PAPER, wrong_value=limit + 0.001).best_tries() == math.inf
    assert replace(PAPER, wrong_value=limit - 0.02).best_tries() < 200
    assert PAPER.best_tries() == math.inf


@pytest.mark.parametrize("wrong_value", [0.0, -0.5, -3.5, -30.0])
def test_one_difficulty_has_no_finite_optimum(wrong_value):
    one = RetryModel((1.0,), (0.4,), 0.9, 0.8, wrong_value=wrong_value)
    assert one.best_tries() in (0, math.inf)


def test_golden_limit_accuracy():
    assert PAPER.accepted_accuracy(0.87) == pytest.approx(0.96399, abs=6e-6)
    assert PAPER.accepted_accuracy(0.13) == pytest.approx(0.37410, abs=6e-6)
    assert math.isnan(RetryModel((1.0,), (0.0,), 1.0, 1.0).accepted_accuracy(0.0))


def test_value_against_simulation():
    """100000 problems; tolerance 5 standard errors."""
    model = RetryModel((0.5, 0.5), (0.7, 0.2), 0.8, 0.6, wrong_value=-0.8)
    rng = np.random.default_rng(0)
    rates = np.where(rng.random(100_000) < 0.5, 0.7, 0.2)
    right = rng.random((100_000, 4)) < rates[:, None]
    accepted = rng.random((100_000, 4)) < np.where(right, 0.8, 0.4)
    first = accepted.argmax(axis=1)
    payoff = np.where(right[np.arange(100_000), first], 1.0, -0.8) * accepted.any(axis=1)
    assert model.value(4) == pytest.approx(payoff.mean(), abs=5 * payoff.std() / np.sqrt(100_000))


def test_perfect_verifier_is_coverage():
    model = RetryModel((1.0,), (0.3,), 1.0, 1.0)
    assert model.value(5) == pytest.approx(1 - 0.7**5)
    assert model.value(math.inf) == pytest.approx(1)
    assert RetryModel((1.0,), (0.0,), 1.0, 1.0).value(math.inf) == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: RetryModel((0.5,), (0.5,), 1, 1), "add up to 1"),
        (lambda: RetryModel((1.0,), (1.5,), 1, 1), r"1\.5 must be"),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()
