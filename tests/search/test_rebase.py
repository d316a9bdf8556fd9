"""Width policies: exact sums and the shape of each policy."""

import math

import numpy as np
import pytest

from ttc.search.rebase import beam, dvts, rebase


def random_case(rng):
    """Scores with planted ties, a width, and a temperature."""
    n = int(rng.integers(1, 40))
    scores = rng.random(n) if rng.random() < 0.5 else rng.choice([0.0, 0.1, 0.35, 0.9, 1.0], n)
    return scores, int(rng.integers(1, 300)), float(rng.choice([0.01, 0.1, 0.2, 1.0, 50.0]))


def test_rebase_sums_to_the_width_in_3000_cases():
    rng = np.random.default_rng(1)
    for _ in range(3000):
        scores, width, temperature = random_case(rng)
        counts = rebase(scores, width, temperature=temperature)
        assert counts.sum() == width
        assert counts.min() >= 0
        assert counts.max() >= math.ceil(width / len(scores))
        in_order = counts[np.argsort(-scores, kind="stable")]
        assert np.all(np.diff(in_order) <= 0)
        for score in np.unique(scores):
            tied = counts[scores == score]
            assert tied.max() - tied.min() <= 1


def test_running_float32_subtraction_would_miss_the_width():
    """The published arithmetic, to show that the 3000 cases above can tell the difference."""
    rng = np.random.default_rng(1)
    missed = 0
    for _ in range(3000):
        scores, width, _ = random_case(rng)
        weights = np.exp(np.sort(scores)[::-1].astype(np.float32) / np.float32(0.2))
        left, total, handed = width, weights.sum(dtype=np.float32), 0
        for weight in weights:
            count = math.ceil(left * weight / total) if total > 0 else 0
            handed, left, total = handed + count, left - count, np.float32(total - weight)
        missed += handed != width
    assert missed > 0


def test_rebase_golden():
    """e = 1, .6065, .1353 of 1.7418: ceil(10 * .5741) = 6, ceil(4 * .8176) = 4, nothing left."""
    assert rebase(np.array([0.5, 0.9, 0.8]), 10).tolist() == [0, 6, 4]


def test_rebase_limits_of_the_temperature():
    scores = np.array([0.2, 0.9, 0.5])
    assert rebase(scores, 8, temperature=1e9).tolist() == [2, 3, 3]
    assert rebase(scores, 8, temperature=1e-4).tolist() == [0, 8, 0]
    assert rebase(scores, 0).tolist() == [0, 0, 0]


def test_rebase_sees_only_differences_of_scores():
    rng = np.random.default_rng(2)
    for _ in range(200):
        scores = rng.integers(0, 64, 12) / 64  # shifts by 1 and 512 are then exact
        for shift in (1.0, -512.0):
            assert np.array_equal(rebase(scores, 37), rebase(scores + shift, 37))


def test_rebase_does_not_depend_on_the_order_of_candidates():
    rng = np.random.default_rng(3)
    scores = rng.permutation(20) / 20
    order = rng.permutation(20)
    assert np.array_equal(rebase(scores, 50)[order], rebase(scores[order], 50))


@pytest.mark.parametrize(("width", "expected"), [(16, [4, 4, 4, 4]), (8, [3, 3, 2, 0]), (1, [1, 0, 0, 0])])
def test_beam_keeps_the_square_root_and_never_exceeds_the_width(width, expected):
    scores = np.array([0.9, 0.8, 0.7, 0.6, 0.1, 0.2])
    assert beam(scores, width).tolist() == [*expected, 0, 0]


def test_beam_at_the_root_and_with_fixed_keep():
    assert beam(np.array([1.0]), 16).tolist() == [16]
    assert beam(np.array([0.1, 0.9, 0.5]), 8, keep=1).tolist() == [0, 8, 0]
    assert beam(np.array([0.1, 0.9]), 0).tolist() == [0, 0]


def test_dvts_opens_contiguous_subtrees_at_depth_one():
    scores = np.array([0.1, 0.9, 0.8, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7])
    assert dvts(scores, 9, [(0,)] * 9).tolist() == [0, 3, 0, 0, 0, 3, 0, 0, 3]


def test_dvts_subtrees_never_exchange_children():
    # the second subtree is worse throughout, and keeps its own width all the same
    paths = [(0, 1)] * 3 + [(0, 5)] * 2
    assert dvts(np.array([0.9, 0.95, 0.99, 0.1, 0.2]), 5, paths).tolist() == [0, 0, 3, 0, 2]
    # one path of the second subtree has finished since: its width is smaller, the first one's is not
    assert dvts(np.array([0.9, 0.95, 0.99, 0.1]), 4, [(0, 1)] * 3 + [(0, 5)]).tolist() == [0, 0, 3, 1]


def test_dvts_limits():
    scores = np.array([0.3, 0.9, 0.5, 0.2])
    depth_one = [(0,)] * 4
    assert dvts(scores, 4, depth_one, subtrees=4).tolist() == [1, 1, 1, 1]  # n independent chains
    assert dvts(scores, 4, depth_one, subtrees=1).tolist() == [0, 4, 0, 0]  # one greedy beam
    assert dvts(np.array([1.0]), 7, [()]).tolist() == [7]


def test_every_policy_hands_out_exactly_the_width():
    rng = np.random.default_rng(4)
    for _ in range(500):
        n, width = int(rng.integers(1, 20)), int(rng.integers(0, 40))
        scores = rng.random(n)
        paths = [(0, int(parent), 9) for parent in rng.integers(1, 5, n)]
        for counts in (rebase(scores, width), beam(scores, width), dvts(scores, width, paths)):
            assert counts.sum() == width
            assert counts.min() >= 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rebase(np.array([]), 4), "empty"),
        (lambda: rebase(np.array([0.5, np.nan]), 4), "not finite"),
        (lambda: rebase(np.array([0.5]), -1), ">= 0"),
        (lambda: rebase(np.array([0.5]), 4, temperature=0.0), "> 0"),
        (lambda: dvts(np.array([0.5, 0.6]), 4, [(0,)]), "one path for each"),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()
