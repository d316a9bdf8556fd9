import math

import numpy as np
import pytest

from ttc.search import tournament
from ttc.search.league import leader, league_pairs, league_table


def test_circular_design_gives_all_the_same_number_of_matches():
    for n in range(2, 9):
        for opponents in range(1, n):
            pairs = league_pairs(n, opponents)
            assert all(a != b for a, b in pairs)
            assert np.bincount([a for a, _ in pairs], minlength=n).tolist() == [opponents] * n
            assert np.bincount([b for _, b in pairs], minlength=n).tolist() == [opponents] * n
        both_ways = league_pairs(n)
        assert len(set(both_ways)) == len(both_ways) == n * (n - 1)
    assert league_pairs(1) == []


def test_table_by_hand():
    rates = league_table(4, [(0, 1), (1, 2), (2, 0)], [1.0, 0.5, 0.25])
    assert rates[:3] == pytest.approx([1.75 / 2, 0.25, 0.75 / 2])
    assert math.isnan(rates[3])
    assert leader(rates) == 0


def test_a_pure_slot_bias_leaves_the_league_tied():
    pairs = league_pairs(5)
    rates = league_table(5, pairs, np.ones(len(pairs)))
    assert rates == pytest.approx([0.5] * 5)
    winners = [leader(rates, np.random.default_rng(seed)) for seed in range(500)]
    assert np.all(np.abs(np.bincount(winners, minlength=5) - 100) < 4 * math.sqrt(80))
    assert leader(rates) == 0


def test_league_beats_the_knockout_with_a_non_transitive_judge():
    """Candidate 0 is right and beats all but candidate 1, which the judge always prefers; 1 loses to the others."""
    n = 8
    strength = np.array([0, 3, 1, 1, 1, 1, 1, 1])  # place in the cycle 0 > others > 1 > 0

    def prefers(a, b):
        if {a, b} == {0, 1}:
            return float(a == 1)
        return 0.5 if strength[a] == strength[b] else float(strength[a] < strength[b])

    pairs = league_pairs(n)
    assert leader(league_table(n, pairs, [prefers(a, b) for a, b in pairs])) == 0

    runs, knockouts = 600, 0
    for seed in range(runs):
        rng = np.random.default_rng(seed)
        field = tournament.seeding(n, rng)
        while len(field) > 1:
            matches, bye = tournament.pairing(field)
            field = [*bye, *((a, b)[tournament.pair_winner(prefers(a, b), prefers(b, a), rng)] for a, b in matches)]
        knockouts += field[0] == 0
    # 0 fails iff it meets 1: in the first round with chance 1/7, later never, for 1 loses its first match to the others
    assert abs(knockouts / runs - 6 / 7) < 4 * math.sqrt(6 / 49 / runs)


def test_bad_arguments():
    for call in (
        lambda: league_pairs(0),
        lambda: league_pairs(4, 4),
        lambda: league_pairs(4, 0),
        lambda: league_table(2, [(0, 1)], [2.0]),
        lambda: leader([np.nan]),
    ):
        with pytest.raises(ValueError, match=r"must|no number"):
            call()
