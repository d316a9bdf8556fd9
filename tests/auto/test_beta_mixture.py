import itertools

import numpy as np
import pytest

from ttc.auto.beta_mixture import BetaMixture, fit_beta_mixture, log_likelihood
from ttc.auto.coverage import beta_coverage

TRUE = BetaMixture((0.5, 0.35), (0.6, 8.0), (3.0, 2.0), 0.15)


def draw(mixture, problems, n, seed):
    """(n, correct) of problems drawn from the mixture."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(len(mixture.weights) + 1, size=problems, p=[*mixture.weights, mixture.unsolvable])
    rates = rng.beta([*mixture.alphas, 1.0], [*mixture.betas, 1.0], size=(problems, len(mixture.weights) + 1))
    rate = np.where(kind == len(mixture.weights), 0.0, rates[np.arange(problems), kind])
    return np.full(problems, n), rng.binomial(n, rate)


def test_one_component_recovers_a_beta():
    n, correct = draw(BetaMixture((1.0,), (0.8,), (2.0,)), 4000, 16, seed=0)
    fitted = fit_beta_mixture(n, correct, 1, unsolvable=False)
    assert fitted.unsolvable == 0
    assert (fitted.alphas[0], fitted.betas[0]) == (pytest.approx(0.8, rel=0.1), pytest.approx(2.0, rel=0.1))


def test_extrapolates_coverage_from_16_candidates_to_256():
    """Within 0.03 of the truth at 16 times the candidates of the data."""
    n, correct = draw(TRUE, 3000, 16, seed=1)
    fitted = fit_beta_mixture(n, correct)
    for k in (1, 4, 16, 64, 256):
        assert fitted.coverage(k) == pytest.approx(TRUE.coverage(k), abs=0.03)


def test_likelihood_never_falls():
    n, correct = draw(TRUE, 300, 12, seed=2)
    likelihoods = [
        log_likelihood(fit_beta_mixture(n, correct, iterations=i, tolerance=0), n, correct) for i in range(1, 40, 3)
    ]
    assert all(later >= earlier - 1e-12 for earlier, later in itertools.pairwise(likelihoods))
    assert likelihoods[-1] >= log_likelihood(TRUE, n, correct) - 0.01


def test_a_single_beta_misses_the_hump():
    n, correct = draw(TRUE, 1000, 24, seed=3)
    one, two = fit_beta_mixture(n, correct, 1, unsolvable=False), fit_beta_mixture(n, correct, 2)
    assert log_likelihood(two, n, correct) > log_likelihood(one, n, correct) + 0.02


def test_coverage_of_a_mixture():
    assert BetaMixture((1.0,), (0.5,), (2.0,)).coverage(16) == beta_coverage(0.5, 2.0, 16)
    assert TRUE.coverage(1) == TRUE.mean == pytest.approx(0.5 * 0.6 / 3.6 + 0.35 * 0.8)
    assert TRUE.coverage(1e9) < 1 - TRUE.unsolvable + 1e-9


def test_posterior_of_a_problem():
    solved = TRUE.posterior(4, 1)
    assert solved.unsolvable == 0
    assert sum(solved.weights) == pytest.approx(1)
    hopeless = [TRUE.posterior(n, 0) for n in (0, 4, 16, 64)]
    assert [p.unsolvable for p in hopeless] == sorted(p.unsolvable for p in hopeless)
    assert [p.mean for p in hopeless] == sorted((p.mean for p in hopeless), reverse=True)
    assert hopeless[0].unsolvable == pytest.approx(TRUE.unsolvable)
    assert hopeless[0].weights == pytest.approx(TRUE.weights)


def test_posterior_is_consistent_with_coverage():
    """Failing n times and then k more is failing n + k times."""
    failed = 1 - TRUE.coverage(5)
    assert failed * (1 - TRUE.posterior(5, 0).coverage(7)) == pytest.approx(1 - TRUE.coverage(12), rel=1e-9)


def test_different_numbers_of_candidates():
    n = np.array([4, 8, 16, 64] * 100)
    correct = np.random.default_rng(4).binomial(n, np.random.default_rng(5).beta(2, 2, 400))
    assert fit_beta_mixture(n, correct, 1, unsolvable=False).mean == pytest.approx(0.5, abs=0.04)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: BetaMixture((0.5,), (1.0,), (1.0,)), "add up to 0.5"),
        (lambda: fit_beta_mixture([4], [1], 2), "2 or more"),
        (lambda: fit_beta_mixture([4, 4], [5, 1]), "between 0"),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()
