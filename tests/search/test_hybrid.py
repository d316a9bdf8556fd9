import math

import pytest

from ttc.search.hybrid import TopFraction


def test_ties_survive_and_nan_is_last():
    assert TopFraction([0.5, 0.5, 0.5, 0.9], 0.5, least=1).keep(range(4)) == [0, 1, 2, 3]
    assert TopFraction([5, 4, 3, 2, 1], 0.5, least=1).keep(range(5)) == [0, 1]
    assert TopFraction([math.nan, 0.0, math.nan], 0.5, least=1).keep(range(3)) == [1]
    assert TopFraction([math.nan, math.nan], 0.5, least=1).keep(range(2)) == [0, 1]


def test_bad_arguments():
    with pytest.raises(ValueError, match="fraction"):
        TopFraction([1.0], 0)
