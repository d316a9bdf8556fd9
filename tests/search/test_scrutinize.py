import math

import numpy as np
import pytest

from ttc.search import scrutinize
from ttc.search.voting import majority


def test_best_group_leaves_the_third_out():
    assert scrutinize.best_group([0.95, 0.98, 0.92]) == [1, 0]
    assert scrutinize.best_group([0.5, math.nan, 0.45]) == [0, 2]  # exactly the margin


def test_only_the_group_plays_and_only_on_disagreement():
    scores, labels = [0.98, 0.95, 0.92, 0.94], [0, 1, 2, 1]
    group = scrutinize.best_group(scores)
    assert scrutinize.matches(group, labels) == [(0, 1), (0, 3)]
    assert scrutinize.matches(group, [4, 4, 2, 4]) == []


def test_champion():
    group, pairs = [2, 0, 1], [(2, 0), (2, 1), (0, 1)]
    assert scrutinize.champion(group, pairs, [0.2, 0.9, 0.8]) == 0
    assert scrutinize.champion(group, pairs, [0.5, 0.5, 0.5]) == 2
    assert scrutinize.champion([3], [], []) == 3
    # many narrow wins beat one crushing win: matches count, not comparisons
    assert scrutinize.champion([0, 1, 2], [(0, 1), (0, 2), (1, 2)], [0.51, 0.51, 1.0]) == 0


def test_prune():
    scores = [0.9, 0.1, 0.3, 0.8, 0.7, math.nan]
    assert scrutinize.prune(scores, [0, 1, 1, 0, 0, 2], each=2) == [0, 2, 3]
    assert scrutinize.prune([0.1, 0.05], [0, 1]) == [0]
    assert scrutinize.prune([0.3] * 40, [0] * 20 + [1] * 20) == [*range(15), *range(20, 35)]


def test_a_rare_right_candidate_is_found_by_many_verdicts_and_never_by_voting():
    """One of 200 is right; verdicts accept it with .9 and a wrong one with .4, independently."""
    rng, runs, n = np.random.default_rng(0), 300, 200
    labels = [1] + [0] * (n - 1)
    assert majority(labels).winner == 0
    found = {}
    for verdicts in (5, 20, 50):
        hits = 0
        for _ in range(runs):
            scores = np.concatenate([rng.binomial(verdicts, 0.9, 1), rng.binomial(verdicts, 0.4, n - 1)]) / verdicts
            hits += scrutinize.best_group(scores, margin=0)[0] == 0
        found[verdicts] = hits / runs
    # the right one is first in index order: it is picked iff no wrong one scores strictly higher
    for verdicts, share in found.items():
        pmf = [
            [math.comb(verdicts, k) * p**k * (1 - p) ** (verdicts - k) for k in range(verdicts + 1)] for p in (0.9, 0.4)
        ]
        exact = sum(pmf[0][k] * sum(pmf[1][: k + 1]) ** (n - 1) for k in range(verdicts + 1))
        assert abs(share - exact) < 4 * math.sqrt(exact * (1 - exact) / runs) + 1 / runs
    assert found[20] > 0.5
    assert found[50] > 0.95


def test_bad_arguments():
    with pytest.raises(ValueError, match="scores"):
        scrutinize.best_group([math.nan])
    with pytest.raises(ValueError, match="scores"):
        scrutinize.prune([0.5], [0, 1])
