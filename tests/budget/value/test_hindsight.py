import math

import numpy as np
import pytest

from ttc.budget.value.hindsight import hindsight_bound


def test_the_oracle_flatters_on_problems_that_are_all_alike():
    """Votes of a fair coin, accuracy after 1, 3, ..., 19 votes: no policy beats one half.

    The oracle fails only if the lead never reaches +1 in 19 votes, which has chance C(19, 9) / 2^19. The means of
    20000 problems are within 5 standard errors.
    """
    votes = 2 * np.random.default_rng(0).integers(0, 2, (20_000, 19)) - 1
    scores = (votes.cumsum(axis=1)[:, ::2] > 0).astype(float)
    bound = hindsight_bound(scores.tolist())
    assert bound.mean == pytest.approx(0.5, abs=5 * 0.5 / math.sqrt(20_000))
    assert bound.best_fixed == pytest.approx(0.5, abs=5 * 0.5 / math.sqrt(20_000))
    assert bound.oracle == pytest.approx(1 - math.comb(19, 9) / 2**19, abs=5 * 0.4 / math.sqrt(20_000))
    assert bound.oracle > 0.8


def test_small_table():
    bound = hindsight_bound([[1, 0], [0, 1], [1, 0]])
    assert (bound.oracle, bound.best_fixed, bound.mean) == (1.0, pytest.approx(2 / 3), 0.5)


@pytest.mark.parametrize("scores", [[], [[]], [[1, 0], [1]]])
def test_bad_tables(scores):
    with pytest.raises(ValueError, match="one row for each problem"):
        hindsight_bound(scores)
