import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttc.search import entropy
from ttc.search.voting import ABSTAIN

LABELS = st.lists(st.integers(0, 4), min_size=1, max_size=12)


def test_closed_forms():
    assert entropy.semantic_entropy([3, 3, 3]) == 0
    assert entropy.semantic_entropy([0, 1, 2, 1]) == pytest.approx(1.5 * math.log(2))
    assert entropy.semantic_entropy(range(7)) == pytest.approx(math.log(7))
    assert entropy.semantic_entropy(range(7), [-3.0] * 7) == pytest.approx(math.log(7))
    assert math.isnan(entropy.semantic_entropy([]))


@given(LABELS, st.randoms(use_true_random=False))
def test_bounds_merging_and_shift(labels, random):
    logprobs = [random.uniform(-5, 0) for _ in labels]
    for weights in (None, logprobs):
        value = entropy.semantic_entropy(labels, weights)
        assert -1e-12 <= value <= math.log(len(set(labels))) + 1e-9
        merged = [0 if label == 1 else label for label in labels]
        assert entropy.semantic_entropy(merged, weights) <= value + 1e-9
        order = list(range(len(labels)))
        random.shuffle(order)
        moved = None if weights is None else [weights[i] for i in order]
        assert entropy.semantic_entropy([labels[i] for i in order], moved) == pytest.approx(value)
    far = [logprob - 2000 for logprob in logprobs]  # the raw exponential underflows here
    assert entropy.semantic_entropy(labels, far) == pytest.approx(entropy.semantic_entropy(labels, logprobs), abs=1e-8)
    equal = [-1.7] * len(labels)
    assert entropy.semantic_entropy(labels, equal) == pytest.approx(entropy.semantic_entropy(labels))


def test_masses_by_hand():
    masses = entropy.cluster_masses([5, 2, 5], np.log([0.2, 0.4, 0.2]))
    assert masses == pytest.approx([0.5, 0.5])
    assert entropy.cluster_masses([5, 2, 5]) == pytest.approx([2 / 3, 1 / 3])


def test_abstentions():
    labels = [4, ABSTAIN, 4, ABSTAIN]
    assert entropy.semantic_entropy(labels) == 0
    own = entropy.alone(labels)
    assert own == [4, 5, 4, 6]
    assert entropy.semantic_entropy(own) == pytest.approx(1.5 * math.log(2))


def test_normalised():
    assert entropy.normalised_entropy([0, 1, 2, 3]) == pytest.approx(1)
    assert entropy.normalised_entropy([0, 0]) == 0
    assert entropy.normalised_entropy([0]) == 0
    assert entropy.normalised_entropy([0, 1, ABSTAIN]) == pytest.approx(1)
    assert math.isnan(entropy.normalised_entropy([ABSTAIN]))


def test_few_candidates_look_too_sure_and_the_correction_helps():
    rng, runs, m = np.random.default_rng(0), 3000, 20
    shares = np.array([0.4, 0.3, 0.2, 0.1])
    truth = -np.sum(shares * np.log(shares))
    draws = [rng.choice(4, m, p=shares).tolist() for _ in range(runs)]
    plug_in = np.mean([entropy.semantic_entropy(draw) for draw in draws])
    corrected = np.mean([entropy.semantic_entropy(draw) + (len(set(draw)) - 1) / (2 * m) for draw in draws])
    assert truth - plug_in == pytest.approx(3 / (2 * m), rel=0.25)
    assert abs(corrected - truth) < 0.3 * (truth - plug_in)


def test_bad_arguments():
    with pytest.raises(ValueError, match="one number"):
        entropy.semantic_entropy([0, 1], [-1.0])
    with pytest.raises(ValueError, match="one number"):
        entropy.semantic_entropy([0, 1], [-1.0, math.nan])
