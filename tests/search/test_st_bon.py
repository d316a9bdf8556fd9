"""Chain-of-embedding features and votes against their closed forms."""

import math

import numpy as np
import pytest

from ttc.search.st_bon import Divergence, chain_feature, chain_features, choose, divergence, elect, vote_steps, votes

EOS = 99


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        ([[1, 4], [2, 4], [3, 4]], Divergence(1, True)),
        ([[1, 1, 7], [1, 2, 7], [2, 1, 7]], Divergence(2, True)),  # adjacent tokens repeat, prefixes do not
        ([[1, 1, 1], [1, 1, 2], [2, 2, 2]], Divergence(3, True)),
        ([[1, 2], [1, 2], [1, 2]], Divergence(None, False)),  # read on
        ([[1, 2, 3], [1, 2, 3], [1, EOS, 3]], Divergence(2, False)),  # an end before all differ
        ([[1, EOS], [2, 5], [3, 5]], Divergence(1, True)),
        ([[1, EOS], [1, 5], [1, 6]], Divergence(2, True)),
        ([[1, 5, 5], [1, 5, 6], [1, 5]], Divergence(2, False)),  # the server does not return the end token
    ],
)
def test_divergence_on_hand_made_tokens(tokens, expected):
    assert divergence(tokens, {EOS}) == expected


def test_divergence_once_reached_stays():
    rng = np.random.default_rng(1)
    for _ in range(50):
        tokens = rng.integers(0, 2, (4, 12)).tolist()
        found = divergence(tokens)
        different = [len({tuple(ids[:t]) for ids in tokens}) == 4 for t in range(1, 13)]
        assert found.step == (different.index(True) + 1 if any(different) else None)
        assert different == sorted(different)


@pytest.mark.parametrize(("step", "coefficient", "tau"), [(7, 1.0, 7), (1, 0.5, 1), (9, 0.5, 4), (4, 2.0, 8)])
def test_tau(step, coefficient, tau):
    assert vote_steps(step, coefficient) == tau


def arc(angle, layers, dimensions=6):
    """States [layers + 1, 1, dimensions], equally spaced on an arc of the unit circle."""
    states = np.zeros((layers + 1, 1, dimensions))
    turned = np.linspace(0.3, 0.3 + angle, layers + 1)
    states[:, 0, 0], states[:, 0, 1] = np.cos(turned), np.sin(turned)
    return states


@pytest.mark.parametrize(("angle", "layers"), [(1.0, 4), (2.5, 12), (0.4, 3)])
def test_states_on_an_arc_have_a_closed_form(angle, layers):
    expected = math.sin(angle / (2 * layers)) / math.sin(angle / 2) - 1 / layers
    assert chain_feature(arc(angle, layers))[0] == pytest.approx(expected, abs=2e-5)


def test_scale_and_rotation_change_nothing():
    rng = np.random.default_rng(2)
    states = rng.normal(size=(7, 5, 16))
    rotation = np.linalg.qr(rng.normal(size=(16, 16)))[0]
    plain = chain_feature(states)
    assert chain_feature(states * 40.0) == pytest.approx(plain, abs=1e-5)
    assert chain_feature(states @ rotation) == pytest.approx(plain, abs=1e-5)
    assert plain.dtype == np.float32


@pytest.mark.parametrize(
    "states", [np.zeros((4, 3, 5)), np.ones((4, 3, 5)), np.arange(1, 5)[:, None, None] * np.ones((4, 3, 5))]
)
def test_degenerate_chains_are_finite(states):
    assert np.isfinite(chain_feature(states)).all()


def test_feature_of_a_step_is_that_of_the_mean_state_so_far():
    hidden = np.random.default_rng(3).normal(size=(6, 5, 4, 8))
    features = chain_features(hidden)
    assert features.shape == (6, 4)
    for step in range(6):
        assert features[step] == pytest.approx(chain_feature(hidden[: step + 1].mean(axis=0)), abs=1e-5)
    assert np.array_equal(chain_features(hidden, 2), features[-2:])
    assert np.array_equal(chain_features(hidden, 50), features)
    # a single step's own state is something else
    assert np.abs(features[-1] - chain_feature(hidden[-1])).max() > 0.01


def published_vote(feature):
    """argmin over i of the mean squared difference to the others."""
    n = len(feature)
    table = (feature[:, None].astype(np.float64) - feature[None, :]) ** 2
    return int(np.argmin(table.sum(axis=1) / (n - 1)))


def test_nearest_to_the_mean_is_the_published_vote():
    rng = np.random.default_rng(4)
    features = np.concatenate([rng.normal(size=(400, 9)), rng.lognormal(sigma=2.0, size=(400, 9))]).astype(np.float32)
    assert votes(features).tolist() == [published_vote(row) for row in features]


def test_closed_form_of_the_mean_squared_difference():
    feature = np.random.default_rng(5).normal(size=7)
    direct = ((feature[:, None] - feature[None, :]) ** 2).sum(axis=1) / 6
    assert direct == pytest.approx(7 / 6 * ((feature - feature.mean()) ** 2 + feature.var()))


def test_most_votes_win_and_the_smallest_index_on_ties():
    near_two, near_zero = [9.0, -9.0, 0.1], [0.1, 9.0, -9.0]
    assert elect(np.array([near_two, near_two, near_zero])) == 2
    assert elect(np.array([near_two, near_zero])) == 0
    assert elect(np.zeros((4, 5))) == 0


def planted(rng, steps=12, layers=6, n=8, width=16, outliers=(1, 4)):
    """States of candidates that share one chain but for noise, and outliers whose chains wander to and fro.

    The outliers wander alike: one that lies between the cluster and another outlier may well be nearest the mean.
    """
    common = rng.normal(size=(1, layers + 1, 1, width)).cumsum(axis=1)
    hidden = common + 0.05 * rng.normal(size=(steps, layers + 1, n, width))
    direction = rng.normal(size=width)
    wander = np.where(np.arange(layers + 1) % 2, 15.0, 0.0)[:, None] * direction / np.linalg.norm(direction)
    hidden[:, :, outliers] += wander[:, None]
    return hidden


def test_winner_lies_in_the_planted_cluster():
    for seed in range(20):
        rng = np.random.default_rng(seed)
        hidden = planted(rng)
        assert choose(hidden, Divergence(6, True)) not in (1, 4)


def test_permuting_candidates_permutes_the_winner():
    moved = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        hidden = planted(rng)
        counts = np.sort(np.bincount(votes(chain_features(hidden, 6)), minlength=8))
        if counts[-1] == counts[-2]:
            continue  # a tie goes to the smallest index
        order = rng.permutation(8)
        assert order[choose(hidden[:, :, order], Divergence(6, True))] == choose(hidden, Divergence(6, True))
        moved += 1
    assert moved > 10


def test_only_the_last_tau_steps_vote():
    hidden = np.random.default_rng(7).normal(size=(8, 5, 6, 8))
    features = chain_features(hidden)
    assert choose(hidden, Divergence(4, True)) == elect(features[4:])
    assert choose(hidden, Divergence(7, True), coefficient=0.1) == votes(features)[-1]
    assert choose(hidden, Divergence(None, False)) == elect(features)
    assert choose(np.repeat(hidden[:, :, :1], 6, axis=2), Divergence(None, False)) == 0


@pytest.mark.parametrize(
    "call",
    [
        lambda: divergence([[1], [2]]),
        lambda: votes(np.zeros((3, 2))),
        lambda: choose(np.zeros((4, 3, 2, 5)), Divergence(2, True)),
    ],
)
def test_fewer_than_three_candidates_are_refused(call):
    with pytest.raises(ValueError, match=r"n 2 must be >= 3"):
        call()


def test_other_bad_arguments():
    with pytest.raises(ValueError, match="not finite"):
        votes(np.array([[0.0, np.nan, 1.0]]))
    with pytest.raises(ValueError, match=">= 1"):
        vote_steps(0)
