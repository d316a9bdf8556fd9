import math

import pytest

from ttc.search import scrutinize


def test_prune():
    scores = [0.9, 0.1, 0.3, 0.8, 0.7, math.nan]
    assert scrutinize.prune(scores, [0, 1, 1, 0, 0, 2], each=2) == [0, 2, 3]
    assert scrutinize.prune([0.1, 0.05], [0, 1]) == [0]
    assert scrutinize.prune([0.3] * 40, [0] * 20 + [1] * 20) == [*range(15), *range(20, 35)]


def test_bad_arguments():
    with pytest.raises(ValueError, match="scores"):
        scrutinize.prune([math.nan], [0])
    with pytest.raises(ValueError, match="scores"):
        scrutinize.prune([0.5], [0, 1])
