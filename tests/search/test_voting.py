import itertools
import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttc.search import voting
from ttc.search.voting import ABSTAIN

LABELS = st.lists(st.integers(-1, 4), min_size=1, max_size=20)


def test_majority_counts_and_shares():
    vote = voting.majority([3, 1, 3, ABSTAIN, 2])
    assert vote.winner == 3
    assert vote.shares == {3: 0.5, 1: 0.25, 2: 0.25}
    assert vote.tied == (3,)


def test_abstentions_never_win_unless_alone():
    assert voting.majority([ABSTAIN, ABSTAIN, ABSTAIN, 7]).winner == 7
    alone = voting.majority([ABSTAIN, ABSTAIN])
    assert alone.winner is None
    assert alone.shares == {}
    assert voting.majority([]).winner is None
    for vote in (
        voting.weighted([ABSTAIN], [1.0]),
        voting.cisc([ABSTAIN], [1.0]),
        voting.deepconf([ABSTAIN], [1.0]),
        voting.shortest_majority([ABSTAIN], [10]),
    ):
        assert vote.winner is None


def test_a_confident_abstention_does_not_silence_the_rest_of_deepconf():
    assert voting.deepconf([ABSTAIN, 4, 5], [9.0, 2.0, 1.0], eta=10).winner == 4


def test_tie_goes_to_the_earliest_vote_or_to_a_fair_seeded_draw():
    labels = [5, 2, 2, 5]
    assert voting.majority(labels).winner == 5
    assert voting.majority(labels).tied == (5, 2)
    drawn = Counter(voting.majority(labels, rng=np.random.default_rng(seed)).winner for seed in range(400))
    assert abs(drawn[5] - 200) < 4 * math.sqrt(400 / 4)
    assert voting.majority(labels, rng=np.random.default_rng(3)) == voting.majority(
        labels, rng=np.random.default_rng(3)
    )


def test_a_rounding_error_is_a_tie():
    assert 0.1 + 0.2 != 0.3
    assert voting.weighted([0, 1, 1], [0.3, 0.1, 0.2]).winner == 0


def test_weighted_leaves_nan_out_and_keeps_a_real_zero():
    vote = voting.weighted([0, 0, 1, 1], [math.nan, 0.3, 0.2, 0.2])
    assert vote.winner == 1
    assert voting.weighted([0, 1], [0.0, 0.5]).shares == {0: 0.0, 1: 1.0}


@pytest.mark.parametrize("weights", [[0.0, 0.0, 0.0], [math.nan] * 3, [0.0, math.nan, 0.0]])
def test_weights_without_information_fall_back_to_counting(weights):
    assert voting.weighted([1, 2, 2], weights).winner == 2


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match="cisc"):
        voting.weighted([0], [-0.1])
    with pytest.raises(ValueError, match="one weight"):
        voting.weighted([0, 1], [1.0])
    with pytest.raises(ValueError, match="abstention"):
        voting.majority([-2])
    with pytest.raises(ValueError, match="temperature"):
        voting.cisc([0], [1.0], temperature=0)


def test_shortest_majority_golden_values():
    labels = [0] * 4 + [1] * 3
    lengths = [20_000] * 4 + [2_000] * 3
    vote = voting.shortest_majority(labels, lengths)
    long, short = 4 / math.log(20_000), 3 / math.log(2_000)
    assert (round(long, 4), round(short, 4)) == (0.4039, 0.3947)
    assert vote.winner == 0
    assert vote.shares[0] == pytest.approx(long / (long + short))


def test_shortest_majority_depends_on_the_unit_not_on_the_base_of_the_log():
    labels, tokens = [0] * 4 + [1] * 3, np.array([2e5] * 4 + [2e3] * 3)
    in_tokens = voting.shortest_majority(labels, tokens)
    assert in_tokens.winner == 1
    assert voting.shortest_majority(labels, tokens * 1e6).winner == 0
    base_10 = {0: 4 / math.log10(2e5), 1: 3 / math.log10(2e3)}
    assert max(base_10, key=base_10.__getitem__) == in_tokens.winner


def test_shortest_majority_survives_lengths_of_zero_and_one():
    assert voting.shortest_majority([0, 1, 1], [1, 0, 1]).winner == 1


@given(LABELS, st.integers(2, 5000))
def test_shortest_majority_of_equal_lengths_is_the_majority(labels, length):
    vote = voting.shortest_majority(labels, [length] * len(labels))
    assert vote.tied == voting.majority(labels).tied


def test_shortest_majority_breaks_equal_counts_by_length():
    assert voting.shortest_majority([0, 1], [500, 400]).winner == 1


def test_cisc_golden_weights():
    weights = voting.cisc_weights([0.2, 0.9, 0.9, 0.3], 0.1)
    assert weights == pytest.approx([0.0005, 0.4992, 0.4992, 0.0012], abs=5e-5)


def test_cisc_limits_and_shift():
    labels, confidences = [0, 1, 1], [0.9, 0.5, 0.5]
    assert voting.cisc(labels, confidences, temperature=math.inf).winner == 1
    assert voting.cisc(labels, confidences, temperature=1e-3).winner == 0
    shifted = voting.cisc_weights(np.array(confidences) - 1e4, 0.1)
    assert shifted == pytest.approx(voting.cisc_weights(confidences, 0.1))


def test_a_sure_abstention_does_not_turn_cisc_into_a_count_of_heads():
    for labels, confidences in (([0, 1, 1], [0.2, 0.1, 0.1]), ([-1, 0, 1, 1], [1.0, 0.2, 0.1, 0.1])):
        vote = voting.cisc(labels, confidences, temperature=1e-3)
        assert (vote.winner, vote.shares[0]) == (0, pytest.approx(1.0))
    with pytest.raises(ValueError, match="one weight for each"):
        voting.cisc([0, 1, -1], [0.5], temperature=1.0)


def test_deepconf_keeps_eta_percent_the_most_confident():
    labels = [0] * 9 + [1]
    confidences = [1.0] * 9 + [5.0]
    assert voting.deepconf(labels, confidences, eta=10).winner == 1
    assert voting.deepconf(labels, confidences, eta=100).winner == 0
    assert voting.deepconf(labels, confidences, eta=10).shares == {1: 1.0}


def test_deepconf_with_the_percentiles_own_threshold_is_the_same_vote():
    rng = np.random.default_rng(0)
    labels, confidences = rng.integers(0, 4, 40).tolist(), rng.gamma(4, 1, 40)
    bar = float(np.percentile(confidences, 10))
    assert voting.deepconf(labels, confidences, eta=90) == voting.deepconf(labels, confidences, threshold=bar)
    assert voting.deepconf(labels, confidences, threshold=1e9).shares.keys() == set(labels)


@given(LABELS, st.randoms(use_true_random=False))
def test_votes_do_not_depend_on_the_order_of_candidates(labels, random):
    weights = [random.randrange(1, 1000) / 1000 for _ in labels]
    order = list(range(len(labels)))
    random.shuffle(order)
    moved, moved_weights = [labels[i] for i in order], [weights[i] for i in order]
    for rule in (voting.weighted, voting.cisc, voting.deepconf):
        before, after = rule(labels, weights), rule(moved, moved_weights)
        assert set(before.tied) == set(after.tied)
        assert before.shares == pytest.approx(after.shares)


@given(LABELS)
def test_renaming_answers_changes_nothing(labels):
    renamed = [label if label == ABSTAIN else 100 - label for label in labels]
    before, after = voting.majority(labels), voting.majority(renamed)
    assert tuple(100 - label for label in before.tied) == after.tied


def test_constant_scores_give_the_majority_and_truth_gives_the_truth():
    for labels in itertools.product([ABSTAIN, 0, 1], repeat=4):
        assert voting.weighted(labels, [0.4] * 4).tied == voting.majority(labels).tied
        if 1 in labels:
            assert voting.weighted(labels, [float(label == 1) for label in labels]).winner == 1
