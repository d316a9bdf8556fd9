import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ttc.search import stopping
from ttc.search.stopping import Beta, Certificate, Consensus, Dirichlet, FirstFinished, Never, Windows, stop_rule
from ttc.search.voting import ABSTAIN, majority
from ttc.search.waves import stopping_time

LABELS = st.lists(st.integers(-1, 3), min_size=1, max_size=24)


def draw(rng, shares, n):
    return rng.choice(len(shares), p=shares, size=n).tolist()


def test_rules_by_name():
    assert set(stopping.STOP_RULES) == {"none", "certificate", "beta", "dirichlet", "esc", "consensus", "short_m_k"}
    assert stop_rule("beta", threshold=0.9) == Beta(0.9)
    with pytest.raises(ValueError, match="certificate"):
        stop_rule("asc")


@pytest.mark.parametrize("name", stopping.STOP_RULES)
def test_every_rule_stops_at_the_cap(name):
    labels = [0, 1] * 4
    rule = stop_rule(name)
    assert rule.stop(labels, 8)
    assert rule.reach(labels, 8) == 0


def test_beta_stops_at_the_fourth_agreeing_vote():
    assert stopping_time(Beta(), [2] * 10, 40) == 4
    assert stopping_time(Dirichlet(), [2] * 10, 40) == 4
    assert not Beta().stop([2, 2, 2], 40)


def test_abstentions_are_drawn_but_do_not_vote():
    assert stopping_time(Beta(), [ABSTAIN] * 6 + [1] * 10, 40) == 10
    assert stopping_time(Beta(), [ABSTAIN] * 12, 12) == 12
    assert not Windows(2).stop([ABSTAIN, ABSTAIN], 9)


def test_dirichlet_is_stricter_with_many_rivals():
    labels = [0] * 6 + [1, 2, 3, 4]
    assert Beta().stop(labels, 40)
    assert not Dirichlet().stop(labels, 40)


def test_certificate_is_the_exact_no_flip_rule():
    for lead in range(8):
        labels = [0] * (4 + lead) + [1] * 4
        for left in range(1, 12):
            cap = len(labels) + left
            certain = all(
                majority([*labels, *[1] * ones, *[2] * (left - ones)]).tied == (0,) for ones in range(left + 1)
            )
            assert Certificate().stop(labels, cap) == certain


@given(LABELS)
def test_certificate_never_changes_the_answer(labels):
    stopped = stopping_time(Certificate(), labels, len(labels))
    if stopped < len(labels):
        assert majority(labels[:stopped]).winner == majority(labels).winner


@pytest.mark.parametrize(("share", "expected"), [(1.0, 21), (0.95, 22.105), (0.8, 26.25), (0.6, 34.362)])
def test_certificate_expected_candidates(share, expected):
    rng, runs = np.random.default_rng(4), 400
    times = [stopping_time(Certificate(), (rng.random(40) > share).astype(int).tolist(), 40) for _ in range(runs)]
    assert abs(np.mean(times) - expected) < 4 * np.std(times) / math.sqrt(runs) + 1e-3


@pytest.mark.parametrize(
    ("shares", "expected"),
    [((0.9, 0.1), 5.622), ((0.8, 0.2), 8.718), ((0.7, 0.3), 15.114), ((0.6, 0.4), 24.161), ((0.55, 0.45), 27.490)],
)
def test_beta_expected_candidates_of_two_answers(shares, expected):
    rng, runs = np.random.default_rng(5), 500
    times = [stopping_time(Beta(), draw(rng, shares, 40), 40) for _ in range(runs)]
    assert abs(np.mean(times) - expected) < 4 * np.std(times) / math.sqrt(runs)


def test_beta_errs_little_against_one_rival_and_more_against_many():
    """The threshold bounds the error against ONE rival; with a mode below the rest together it does not."""
    rng, runs = np.random.default_rng(6), 600

    def error(shares):
        stops = [(labels := draw(rng, shares, 200))[: stopping_time(Beta(), labels, 200)] for _ in range(runs)]
        return np.mean([majority(labels).winner != 0 for labels in stops])

    assert error([0.65, 0.35]) < 0.05 + 3 * math.sqrt(0.05 * 0.95 / runs)
    assert error([0.16] + [0.14] * 6) > 0.05 + 3 * math.sqrt(0.05 * 0.95 / runs)


def test_windows_by_hand():
    rule = Windows(3)
    assert stopping_time(rule, [0, 1, 1, 1, 1, 0, 2, 2, 2], 30) == 9  # a run across two windows does not count
    assert rule.answer([0, 0, 1, 2, 2, 2, 0, 0, 0]) == 2
    assert rule.answer([0, 0, 1, 2, 2]) is None
    assert stopping_time(Windows(1), [4, 5], 9) == 1
    assert stopping_time(Windows(9), [4, 5] * 4 + [4], 9) == 9


@pytest.mark.parametrize(
    ("shares", "expected"),
    [((0.8, 0.2), 14.61), ((0.6, 0.3, 0.1), 30.40), ((0.95, 0.05), 6.46), ((0.7, 0.2, 0.1), 22.900055)],
)
def test_windows_expected_candidates(shares, expected):
    """Against the published sum: windows of 5, of which each is unanimous with chance q, at most 8 of them."""
    q = sum(p**5 for p in shares)
    published = 5 * (sum(q * (1 - q) ** i * (i + 1) for i in range(7)) + (1 - q) ** 7 * 8)
    assert published == pytest.approx(expected, abs=5e-3)
    rng, runs = np.random.default_rng(7), 500
    times = [stopping_time(Windows(5), draw(rng, shares, 40), 40) for _ in range(runs)]
    assert abs(np.mean(times) - published) < 4 * np.std(times) / math.sqrt(runs)


def test_consensus_stops_a_unanimous_stream_at_the_first_check():
    assert stopping_time(Consensus(), [3] * 40, 512) == 16
    assert stopping_time(Consensus(least=4), [3] * 40, 512) == 4


def test_consensus_weighs():
    labels, weights = [0, 1, 0, 0], [10.0, 0.1, 10.0, 10.0]
    assert not Consensus(least=4).stop(labels, 9)
    assert Consensus(least=4).stop(labels, 9, weights)


def test_unanimity_needs_enough_valid_answers():
    """One readable answer of five is not a unanimous model."""
    switch = Consensus(threshold=1.0, least=3)
    assert not switch.stop([2, ABSTAIN, ABSTAIN, ABSTAIN, ABSTAIN], 9)
    assert switch.stop([2, ABSTAIN, 2, ABSTAIN, 2], 9)


def test_first_finished():
    assert stopping_time(FirstFinished(3), [0, 1, 2, 3], 9) == 3
    assert stopping_time(FirstFinished(30), [0] * 9, 9) == 9


@given(LABELS, st.sampled_from([Never(), Certificate(), Beta(), Dirichlet(), Consensus(least=4), Windows(3)]))
def test_reach_is_the_least_extension_that_can_stop(labels, rule):
    cap = 40
    if stopping_time(rule, labels, cap) is not None:
        return
    reach = rule.reach(labels, cap)
    votes = [label for label in labels if label != ABSTAIN]
    leader = majority(votes).winner or 0

    def can(n):  # by any one label repeated: the best case of every rule
        return any(rule.stop([*labels, *[label] * n], cap) for label in {leader, *votes, 0})

    assert can(reach)
    assert not can(reach - 1)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Beta(1.0),
        lambda: Beta(0.5),
        lambda: Dirichlet(0.2),
        lambda: Windows(0),
        lambda: Consensus(threshold=0),
        lambda: Consensus(least=0),
        lambda: FirstFinished(0),
    ],
)
def test_bad_knobs(make):
    with pytest.raises(ValueError, match="got"):
        make()
