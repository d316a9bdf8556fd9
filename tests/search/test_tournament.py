import math
from fractions import Fraction

import numpy as np
import pytest

from ttc.search import tournament

# (n, p_gen, votes, p_comp)
SETTINGS = [
    (2, 0.5, 1, 0.7),
    (4, 0.3, 2, 0.8),
    (8, 0.3, 3, 0.7),
    (8, 0.1, 8, 0.65),
    (16, 0.3, 8, 0.8),
    (16, 0.3, 3, 0.8),
    (16, 0.3, 64, 0.7),
    (16, 0.05, 5, 0.9),
    (32, 0.2, 16, 0.75),
    (64, 0.3, 8, 0.6),
    (5, 0.4, 4, 0.7),
    (11, 0.3, 3, 0.7),
    (23, 0.1, 6, 0.8),
    (8, 0.3, 4, 0.4),
]
RUNS = 1500


def play(n, p_gen, votes, p_comp, rng):
    """One tournament with the kernels; the judge prefers the right one with p_comp, else tosses a coin."""
    right = rng.random(n) < p_gen
    field = tournament.seeding(n, rng)
    while len(field) > 1:
        pairs, bye = tournament.pairing(field)
        winners = []
        for a, b in pairs:
            chance = 0.5 if right[a] == right[b] else p_comp if right[a] else 1 - p_comp
            points = int(rng.binomial(votes, chance))
            winners.append((a, b)[tournament.pair_winner(points, votes - points, rng)])
        field = [*bye, *winners]
    return right[field[0]]


@pytest.mark.parametrize("setting", SETTINGS)
def test_simulated_success_is_the_exact_recursion_and_above_the_bound(setting):
    rng = np.random.default_rng(list(map(int, np.array(setting) * 100)))
    exact = tournament.knockout_success(*setting)
    simulated = np.mean([play(*setting, rng) for _ in range(RUNS)])
    assert abs(simulated - exact) < 4 * math.sqrt(exact * (1 - exact) / RUNS) + 1 / RUNS
    if setting[3] > 0.5:
        assert exact >= 1 - tournament.knockout_bound(*setting)


def test_golden_values():
    assert tournament.knockout_success(8, 0.3, 3, 0.7) == pytest.approx(0.698, abs=5e-4)
    for setting, bound, failure in [
        ((16, 0.3, 8, 0.8), 0.951, 0.01274),
        ((16, 0.3, 3, 0.8), 2.334, 0.05343),
        ((64, 0.3, 8, 0.8), 1.42, 0.00007),
        ((32, 0.2, 16, 0.75), 0.677, 0.00303),
        ((16, 0.3, 64, 0.8), 0.00336, 0.00332),
    ]:
        assert tournament.knockout_bound(*setting) == pytest.approx(bound, rel=2e-3)
        assert 1 - tournament.knockout_success(*setting) == pytest.approx(failure, abs=6e-6)
    assert tournament.knockout_bound(16, 0.2, 4, 0.7) == pytest.approx(2.9, abs=0.05)
    assert 1 - tournament.knockout_success(16, 0.2, 4, 0.7) == pytest.approx(0.31, abs=0.005)


def test_byes_lie_between_the_powers_of_two():
    eight, eleven, sixteen = (tournament.knockout_success(n, 0.3, 3, 0.7) for n in (8, 11, 16))
    assert (round(eight, 2), round(eleven, 2), round(sixteen, 2)) == (0.70, 0.75, 0.82)


def test_pair_success():
    assert tournament.pair_success(0.7, 1) == pytest.approx(0.7)
    assert tournament.pair_success(0.7, 0) == 0.5
    for m in range(1, 9):  # the tie coin makes the even number worth the odd one below it
        assert tournament.pair_success(0.7, 2 * m) == pytest.approx(tournament.pair_success(0.7, 2 * m - 1))
    assert tournament.pair_success(0.5, 7) == pytest.approx(0.5)
    assert tournament.pair_success(0.3, 6) == pytest.approx(1 - tournament.pair_success(0.7, 6))


def test_pairing_and_bye():
    assert tournament.pairing([4, 2, 0, 1, 3]) == ([(4, 2), (0, 1)], [3])
    assert tournament.pairing([7]) == ([], [7])
    for n in range(1, 40):
        field, matches, rounds, had_bye = tournament.seeding(n, np.random.default_rng(n)), 0, 0, []
        assert sorted(field) == list(range(n))
        while len(field) > 1:
            pairs, bye = tournament.pairing(field)
            assert not set(bye) & set(had_bye)
            field, had_bye = [*bye, *(a for a, _ in pairs)], bye
            matches, rounds = matches + len(pairs), rounds + 1
        assert (matches, rounds) == (n - 1, math.ceil(math.log2(n)))


def test_early_decision_is_exactly_when_nothing_can_change():
    for first in np.arange(0, 4.5, 0.5):
        for second in np.arange(0, 4.5, 0.5):
            for left in range(4):
                finals = {np.sign(first + gain - second - (left - gain)) for gain in np.arange(0, left + 0.25, 0.5)}
                assert tournament.decided(first, second, left) == (finals in ({1}, {-1}))


def test_bad_arguments():
    for call in (
        lambda: tournament.knockout_success(0, 0.3, 2, 0.7),
        lambda: tournament.knockout_success(2, 1.3, 2, 0.7),
        lambda: tournament.knockout_bound(2, 0.3, 2, 0.5),
    ):
        with pytest.raises(ValueError, match=r"must|need"):
            call()


@pytest.mark.parametrize("votes", [1, 2, 7, 64, 1029, 1030, 1031, 4096, 100_000])
def test_any_number_of_votes_has_a_chance(votes: int) -> None:
    """From 1,030 votes on the binomial coefficients have no float."""
    assert tournament.pair_success(0.5, votes) == pytest.approx(0.5, abs=1e-9)
    assert tournament.pair_success(0.6, votes) + tournament.pair_success(0.4, votes) == pytest.approx(1, abs=1e-9)
    assert tournament.pair_success(0.0, votes) == 0.0
    assert tournament.pair_success(1.0, votes) == 1.0


@pytest.mark.parametrize(("votes", "p_comp"), [(999, 0.53), (1000, 0.5), (1000, 0.53)])
def test_many_votes_are_exact(votes: int, p_comp: float) -> None:
    p = Fraction(p_comp)
    wins = [math.comb(votes, k) * p**k * (1 - p) ** (votes - k) for k in range(votes + 1)]
    exact = sum(wins[votes // 2 + 1 :]) + (wins[votes // 2] / 2 if votes % 2 == 0 else 0)
    assert tournament.pair_success(p_comp, votes) == pytest.approx(float(exact), abs=1e-11)
