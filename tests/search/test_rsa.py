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


def test_bad_arguments():
    with pytest.raises(ValueError, match="k must"):
        rsa.subsets(3, 4, 1, np.random.default_rng(0))
