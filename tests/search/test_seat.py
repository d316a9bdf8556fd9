import math

import numpy as np
import pytest

from ttc.search import seat


def stop_round(entropies, look):
    return next(t for t in range(1, len(entropies) + 1) if seat.secretary_stop(entropies[:t], look, len(entropies)))


def test_closed_form():
    assert seat.best_look(10) == 3
    assert seat.best_chance(3, 10) == pytest.approx(0.3987, abs=5e-5)
    assert seat.best_chance(0, 10) == 0.1
    assert seat.best_look(1) == 0
    assert seat.best_look(1000) / 1000 == pytest.approx(1 / math.e, abs=0.002)


@pytest.mark.parametrize(("look", "horizon"), [(0, 5), (1, 5), (3, 10), (5, 10), (8, 10)])
def test_independent_entropies_reproduce_the_closed_form(look, horizon):
    rng, runs = np.random.default_rng(look), 2500
    hits = 0
    for values in rng.random((runs, horizon)):
        hits += values[stop_round(values.tolist(), look) - 1] == values.min()
    chance = seat.best_chance(look, horizon)
    assert abs(hits / runs - chance) < 4 * math.sqrt(chance * (1 - chance) / runs)


def test_a_falling_sequence_stops_right_after_the_look():
    assert stop_round([1.0, 0.9, 0.8, 0.7, 0.6, 0.5], 3) == 4


def test_ties():
    assert stop_round([0.7] * 6, 2) == 6  # constant: strictly below never happens
    assert stop_round([0.0] * 6, 2) == 3  # but below 0 cannot happen at all
    assert stop_round([0.0, 0.5, 0.4, 0.0, 0.0], 2) == 4
    assert stop_round([0.3, 0.3], 0) == 1


def test_threshold_is_the_low_quantile():
    calibration = np.linspace(0, 1, 101).tolist()
    assert seat.preset_threshold(calibration) == pytest.approx(0.2)
    assert np.mean(np.array(calibration) <= seat.preset_threshold(calibration, 0.5)) == pytest.approx(0.5, abs=0.01)


def test_answer_from_the_surest_round_unless_it_collapsed():
    assert seat.chosen_round([1.2, 0.5, 0.8], [1, 1, 1], high=1.0) == 1
    assert seat.chosen_round([0.5, 0.2, 0.2], [1, 1, 1], high=1.0) == 1
    # all agree suddenly on another answer than the undecided first round's: not trusted
    assert seat.chosen_round([1.2, 0.9, 0.0, 0.0], [1, 1, 2, 2], high=1.0) == 1
    # the same with the first round's answer, or after a sure first round, is convergence
    assert seat.chosen_round([1.2, 0.9, 0.0], [1, 1, 1], high=1.0) == 2
    assert seat.chosen_round([0.3, 0.9, 0.0], [1, 1, 2], high=1.0) == 2
    assert seat.chosen_round([0.7], [3], high=1.0) == 0


def test_bad_arguments():
    for call in (
        lambda: seat.preset_threshold([], 0.2),
        lambda: seat.preset_threshold([1.0], 1.0),
        lambda: seat.best_chance(5, 5),
        lambda: seat.chosen_round([], [], 1.0),
    ):
        with pytest.raises(ValueError, match=r"must|need"):
            call()
