"""Resamplers against their defining property: the expected offspring is size * theta."""

import numpy as np
import pytest

from ttc.search.resampling import RESAMPLERS, effective_sample_size, resampler, residual, systematic

THETA = np.array([0.05, 0.0, 0.47, 0.13, 0.35])


def offspring(ancestors, n):
    """How often each of n particles was drawn."""
    return np.bincount(ancestors, minlength=n)


@pytest.mark.parametrize("name", RESAMPLERS)
def test_expected_offspring_is_size_times_theta(name):
    rng = np.random.default_rng(1)
    draws = 6000
    mean = sum(offspring(RESAMPLERS[name](THETA, 7, rng), 5) for _ in range(draws)) / draws
    # the widest scheme has variance 7 theta (1 - theta) <= 1.75: five standard errors are 0.085
    assert np.abs(mean - 7 * THETA).max() < 0.085
    assert mean[1] == 0.0


@pytest.mark.parametrize("name", RESAMPLERS)
@pytest.mark.parametrize("size", [1, 2, 64])
def test_every_scheme_returns_size_valid_indices(name, size):
    rng = np.random.default_rng(2)
    for _ in range(50):
        theta = rng.dirichlet(np.full(9, 0.2))
        ancestors = RESAMPLERS[name](theta, size, rng)
        assert len(ancestors) == size
        assert offspring(ancestors, 9).sum() == size
        assert theta[ancestors].min() > 0.0


def test_systematic_counts_are_floor_or_ceil():
    rng = np.random.default_rng(3)
    for _ in range(500):
        theta = rng.dirichlet(np.full(8, 0.5))
        counts = offspring(systematic(theta, 16, rng), 8)
        assert np.all(counts >= np.floor(16 * theta))
        assert np.all(counts <= np.ceil(16 * theta))


def test_residual_keeps_the_certain_copies():
    rng = np.random.default_rng(4)
    for _ in range(500):
        theta = rng.dirichlet(np.full(6, 0.5))
        assert np.all(offspring(residual(theta, 12, rng), 6) >= np.floor(12 * theta))


def test_lower_variance_schemes_scatter_less():
    rng = np.random.default_rng(5)

    def scatter(name):
        counts = [offspring(RESAMPLERS[name](THETA, 10, rng), 5) for _ in range(2000)]
        return np.var(counts, axis=0).sum()

    noisy = scatter("multinomial")
    assert all(scatter(name) < 0.7 * noisy for name in ("stratified", "systematic", "residual"))


@pytest.mark.parametrize("name", RESAMPLERS)
def test_a_point_of_one_has_an_owner(name):
    class Largest:
        def random(self, size=None):
            largest = np.nextafter(1.0, 0.0)
            return largest if size is None else np.full(size, largest)

    ancestors = RESAMPLERS[name](np.array([0.5, 0.5, 0.0]), 1000, Largest())
    assert set(ancestors) <= {0, 1}


def test_integral_shares_need_no_luck():
    assert residual(np.full(4, 0.25), 8, np.random.default_rng(6)).tolist() == [0, 0, 1, 1, 2, 2, 3, 3]


def test_effective_sample_size_runs_from_one_to_n():
    assert effective_sample_size(np.full(8, 1 / 8)) == pytest.approx(8)
    assert effective_sample_size(np.array([1.0, 0, 0])) == pytest.approx(1)
    assert effective_sample_size(np.array([0.5, 0.5, 0, 0])) == pytest.approx(2)


def test_seed_decides():
    first, second = (resampler("multinomial")(THETA, 20, np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(first, second)


@pytest.mark.parametrize("theta", [[0.5, 0.6], [1.5, -0.5], [np.nan, 1.0]])
def test_bad_shares_are_refused(theta):
    with pytest.raises(ValueError, match="sum to 1"):
        systematic(np.array(theta), 4, np.random.default_rng(0))


def test_unknown_name_tells_the_nearest():
    with pytest.raises(ValueError, match="nearest: 'systematic'"):
        resampler("sistematic")
