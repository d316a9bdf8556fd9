"""Expected against replayed accuracy of voting, on problems whose law is known."""

from __future__ import annotations

import numpy as np
import pytest

from ttc.belief.graded import Graded
from ttc.evaluation.vote_curve import held_out_curve, replayed


def drawn(count: int, samples: int, seed: int = 0) -> list[Graded]:
    """Problems whose share of right answers is Beta(2, 2); wrong answers are one of four."""
    rng = np.random.default_rng(seed)
    problems = []
    for _ in range(count):
        right = rng.random(samples) < rng.beta(2, 2)
        labels = np.where(right, 0, rng.integers(1, 5, samples))
        problems.append(Graded(labels.tolist(), 0, rng.integers(60, 140, samples).tolist()))
    return problems


def test_replay_of_one_sample_is_the_share_of_right_ones() -> None:
    problem = Graded([0] * 6 + [1] * 2 + [-1] * 2, 0, [10] * 10)
    assert replayed(problem, 1) == pytest.approx(0.6, abs=0.2)
    assert replayed(problem, 10) == 1.0


def test_ties_are_split_and_silence_is_wrong() -> None:
    assert replayed(Graded([0, 1], 0, [10, 10]), 2) == 0.5
    assert replayed(Graded([-1, -1], None, [10, 10]), 2) == 0.0


def test_expected_is_near_measured_on_problems_left_out() -> None:
    curve = held_out_curve(drawn(120, 16))
    assert [point.n for point in curve] == [1, 2, 4, 8]
    for point in curve:
        assert abs(point.expected - point.measured) < 0.08
