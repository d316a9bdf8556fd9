"""Lengths: planted slopes are found and kept, and where lengths say nothing they are dropped."""

import math

import numpy as np
import pytest

from tests.belief.planted import THETA_1, planted
from ttc.belief.belief import Stream
from ttc.belief.fit_lengths import fit_lengths, lengths_gain, pays
from ttc.belief.graded import Graded

STREAM = Stream("prose:1", THETA_1)


def test_a_planted_slope_is_found_and_pays() -> None:
    problems = planted(THETA_1, 300, 8, np.random.default_rng(0), slope=-0.4)
    lengths = fit_lengths(problems, STREAM)
    assert lengths is not None
    assert lengths.slope == pytest.approx(-0.4, abs=0.08)
    assert lengths.between == pytest.approx(0.2, abs=0.06)
    assert (lengths.ways[0].log_mean, lengths.ways[0].within) == (
        pytest.approx(6, abs=0.06),
        pytest.approx(0.3, abs=0.03),
    )
    assert pays(*lengths_gain(problems, STREAM, None))


def test_lengths_that_say_nothing_do_not_pay() -> None:
    kept = 0
    for seed in range(8):
        problems = planted(THETA_1, 150, 4, np.random.default_rng(seed), slope=0.0)
        kept += pays(*lengths_gain(problems, STREAM, THETA_1, seed=seed))
    assert kept <= 1


def test_equal_lengths_and_unknown_lengths() -> None:
    same = [Graded([0, 1], 0, [100, 100]), Graded([1, 1], None, [100, 100])] * 15
    lengths = fit_lengths(same, STREAM)
    assert lengths is not None
    assert lengths.ways[0].log_mean == pytest.approx(math.log(100), abs=0.05)
    unknown = [Graded([0, 1], 0)] * 30
    assert fit_lengths(unknown, STREAM) is None
    assert not pays(*lengths_gain(unknown, STREAM, None))


def test_ways_have_means_of_their_own() -> None:
    rng = np.random.default_rng(1)
    problems = []
    for _ in range(60):
        base = rng.normal(0, 0.1)
        logs = [6 + base + 0.2 * rng.standard_normal(), 4 + base + 0.2 * rng.standard_normal()] * 2
        tokens = [round(math.exp(log)) for log in logs]
        problems.append(Graded([0, 0, 1, 2], 0, tokens, (), ["prose", "program"] * 2))
    lengths = fit_lengths(problems, STREAM)
    assert lengths is not None
    means = {way.name: way.log_mean for way in lengths.ways}
    assert means["prose"] - means["program"] == pytest.approx(2, abs=0.1)
