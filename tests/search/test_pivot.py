import math

import numpy as np
import pytest

from ttc.search import pivot
from ttc.search.league import leader, league_table


def soft_win(score_a, score_b):
    """A judge's P(a wins): scores in [0, 1] give between .269 and .731, so that no one match decides."""
    return 1 / (1 + np.exp(score_b - score_a))


def tournament(score_a_over_b, n, k, seed):
    """Run the whole tournament; return (winner, pivots, number of comparisons)."""
    rng = np.random.default_rng(seed)
    pairs = pivot.ring_pairs(n, rng)
    wins = [score_a_over_b(a, b) for a, b in pairs]
    chosen = pivot.pivots(league_table(n, pairs, wins), k, rng)
    more = pivot.pivot_pairs(n, chosen, rng)
    pairs, wins = [*pairs, *more], [*wins, *(score_a_over_b(a, b) for a, b in more)]
    return leader(league_table(n, pairs, wins), rng), chosen, len(pairs)


def test_numbers_of_comparisons():
    assert pivot.comparisons(5, 2) == 12
    assert pivot.comparisons(16, 2) == 45
    assert pivot.comparisons(1, 1) == 0
    assert pivot.ring_pairs(1, np.random.default_rng(0)) == []
    for n, k in [(5, 2), (16, 2), (8, 3), (6, 6), (2, 1)]:
        assert tournament(lambda a, b: 0.5, n, k, 0)[2] == pivot.comparisons(n, k)


def test_ring_seats_everyone_once_in_each_slot():
    pairs = pivot.ring_pairs(7, np.random.default_rng(1))
    assert sorted(a for a, _ in pairs) == sorted(b for _, b in pairs) == list(range(7))
    assert pivot.ring_pairs(7, np.random.default_rng(1)) == pairs != pivot.ring_pairs(7, np.random.default_rng(2))


@pytest.mark.parametrize(("n", "k"), [(5, 2), (6, 2), (9, 3), (8, 1), (4, 4), (16, 2)])
def test_second_pass_has_every_pivot_pair_once_with_balanced_slots(n, k):
    chosen = list(range(0, k))
    pairs = pivot.pivot_pairs(n, chosen, np.random.default_rng(n))
    wanted = {frozenset((p, i)) for p in chosen for i in range(n) if i != p}
    assert {frozenset(pair) for pair in pairs} == wanted
    assert len(pairs) == len(wanted)
    slot_a, slot_b = (np.bincount([pair[slot] for pair in pairs], minlength=n) for slot in (0, 1))
    assert np.all(np.abs(slot_a - slot_b) <= 1)


def test_a_pure_slot_bias_gives_a_uniform_winner_and_does_not_shut_out_the_pivots():
    n, k, runs = 5, 2, 800
    bias = float(soft_win(1.0, 0.0))
    results = [tournament(lambda a, b: bias, n, k, seed) for seed in range(runs)]
    wins = np.bincount([winner for winner, *_ in results], minlength=n) / runs
    assert np.all(np.abs(wins - 1 / n) < 4 * math.sqrt(0.16 / runs))
    by_pivots = np.mean([winner in chosen for winner, chosen, _ in results])
    assert abs(by_pivots - k / n) < 4 * math.sqrt(0.24 / runs)  # 0 when the pivots always sit in slot B


def test_planted_scores_are_found():
    scores = np.random.default_rng(3).permutation(np.linspace(0, 1, 12))
    for seed in range(40):
        winner, *_ = tournament(lambda a, b: float(soft_win(scores[a], scores[b])), 12, 3, seed)
        assert scores[winner] >= np.sort(scores)[-3]


def test_perfect_judge_is_found_exactly_when_the_best_is_a_pivot():
    found = [tournament(lambda a, b: float(a > b), 8, 2, seed)[0] == 7 for seed in range(60)]
    assert all(
        found
    )  # the best wins both matches of the ring, hence is a pivot or level with one, and all matches after


def test_bad_arguments():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="n must"):
        pivot.ring_pairs(0, rng)
    with pytest.raises(ValueError, match="k must"):
        pivot.pivots([0.5, 0.5], 3, rng)
