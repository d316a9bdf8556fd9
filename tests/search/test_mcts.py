"""Selection values and the refinement rule."""

import math

import numpy as np
import pytest

from ttc.search.mcts import RefineRule, puct, step_prior


def rounds(rule, score, trace):
    """Rewrites that the rule asks for when they would score as in `trace`."""
    done = []
    while len(done) < len(trace) and rule.goes_on(score, done):
        done.append(trace[len(done)])
    return len(done)


def test_puct_golden():
    # parent: 3 + 1 + 0 + 1 = 5 paths; rate = ln(19658 / 19652) + 1.25 = 1.250305
    found = puct(np.array([0.5, 0.9, 0.2]), np.array([3.0, 1.0, 0.0]), np.array([0.4, 0.4, 0.9]))
    rate = (math.log(19658 / 19652) + 1.25) * math.sqrt(5)
    assert found == pytest.approx([0.5 + rate * 0.1, 0.9 + rate * 0.2, 0.2 + rate * 0.9])
    assert rate == pytest.approx(2.795768, abs=1e-6)


def test_puct_explores_and_then_exploits():
    values, priors = np.array([0.8, 0.5, 0.6]), np.full(3, 0.5)
    visits = np.zeros(3)
    for _ in range(200):
        visits[np.argmax(puct(values, visits, priors))] += 1
    assert visits.min() > 0
    assert visits.argmax() == 0
    assert visits.sum() == 200


def test_prior_is_a_probability():
    assert step_prior([math.log(0.5), math.log(0.125)]) == pytest.approx(0.25)
    with pytest.raises(ValueError, match="empty"):
        step_prior([])


def test_large_gains_do_not_count_as_poor_rounds():
    """Gains .3, .25, 0, 0: the published program, which compares after the update, stops after 3."""
    assert rounds(RefineRule(), 0.3, [0.6, 0.85, 0.85, 0.85, 0.85]) == 4


@pytest.mark.parametrize(
    ("score", "trace", "expected"),
    [
        (0.95, [0.99], 0),  # good already: no critic
        (0.3, [0.95, 0.99], 1),  # good after one
        (0.1, [0.1, 0.1, 0.9], 2),  # two poor rounds
        (0.1, [0.15, 0.4, 0.45, 0.5, 0.9], 4),  # a good round in between starts the count again
        (0.0, [0.2, 0.4, 0.6, 0.8, 0.85, 0.9], 5),  # the cap
        (0.8, [0.1, 0.5, 0.9], 2),  # worse rewrites are measured against the kept version
    ],
)
def test_refinement_stops(score, trace, expected):
    assert rounds(RefineRule(), score, trace) == expected


def test_only_better_rewrites_are_kept():
    rule = RefineRule()
    assert rule.best(0.5, []) == 0.5
    assert rule.best(0.5, [0.2, 0.7, 0.6]) == 0.7


def test_no_rounds_is_plain_search():
    assert not RefineRule(rounds=0).goes_on(0.1, [])
