import math

import numpy as np
import pytest

from ttc.search import rsa


def test_subsets_have_no_duplicates_and_cover_evenly():
    drawn = rsa.subsets(16, 4, 4000, np.random.default_rng(0))
    assert all(len(set(subset)) == 4 for subset in drawn)
    shares = np.bincount(np.ravel(drawn), minlength=16) / 4000
    assert np.all(np.abs(shares - 0.25) < 4 * math.sqrt(0.25 * 0.75 / 4000))
    assert rsa.subsets(16, 4, 3, np.random.default_rng(1)) == rsa.subsets(16, 4, 3, np.random.default_rng(1))
    assert sorted(rsa.subsets(3, 3, 1, np.random.default_rng(2))[0]) == [0, 1, 2]


@pytest.mark.parametrize(("right", "k"), [(0, 3), (5, 3), (8, 4), (11, 4), (16, 5), (3, 1)])
def test_laws_agree_with_simulated_aggregators(right, k):
    n, runs, rng = 16, 6000, np.random.default_rng(right)
    truth = np.arange(n) < right
    shown = np.array([truth[subset].sum() for subset in rsa.subsets(n, k, runs, rng)])
    majority = np.mean((shown > k / 2) + 0.5 * (shown == k / 2))
    error = 4 * 0.5 / math.sqrt(runs)
    assert abs(majority - rsa.copy_majority(right, n, k)) < error
    assert abs(np.mean(shown > 0) - rsa.pick_right(right, n, k)) < error


def test_copying_the_majority_drifts_away_from_one_half():
    n = 16
    assert rsa.copy_majority(0, n, 3) == 0
    assert rsa.copy_majority(n, n, 3) == 1
    assert rsa.copy_majority(8, n, 3) == pytest.approx(0.5)
    assert rsa.copy_majority(10, n, 3) > 10 / n
    assert rsa.copy_majority(6, n, 3) < 6 / n
    assert rsa.copy_majority(6, n, 1) == pytest.approx(6 / n)


def test_picking_the_right_one_is_the_oracle_in_a_large_population():
    assert rsa.pick_right(3000, 10_000, 4) == pytest.approx(1 - 0.7**4, abs=1e-3)
    assert rsa.pick_right(13, 16, 4) == 1


def test_bad_arguments():
    with pytest.raises(ValueError, match="k must"):
        rsa.subsets(3, 4, 1, np.random.default_rng(0))
    with pytest.raises(ValueError, match="right must"):
        rsa.pick_right(17, 16, 4)


def test_large_populations_have_a_chance() -> None:
    assert rsa.copy_majority(2048, 4096, 2048) == pytest.approx(0.5, abs=1e-12)
