"""Posteriors against closed forms, and the shape of the trees that they grow in planted worlds."""

import numpy as np
import pytest
from scipy import stats

from ttc.search.ab_mcts import BetaPosterior, GaussianPosterior, arms, node_to_expand, thompson


def test_gaussian_golden():
    found = GaussianPosterior().given([0.6, 0.8])
    assert (found.kappa, found.nu) == (3, 3)
    assert found.mean == pytest.approx(0.466667, abs=1e-6)
    assert found.tau2 == pytest.approx(0.148889, abs=1e-6)


def test_batches_equal_single_updates():
    rewards = np.random.default_rng(1).random(9).tolist()
    for prior in (GaussianPosterior(), BetaPosterior()):
        one_by_one = prior
        for reward in rewards:
            one_by_one = one_by_one.given([reward])
        for name in prior.__dataclass_fields__:
            assert getattr(one_by_one, name) == pytest.approx(getattr(prior.given(rewards), name))
        assert prior.given([]) == prior


def test_gaussian_draws_follow_the_student_law():
    rng = np.random.default_rng(2)
    belief = GaussianPosterior().given([0.2, 0.9, 0.7])
    draws = [belief.draw(rng) for _ in range(4000)]
    law = stats.t(df=belief.nu, loc=belief.mean, scale=np.sqrt(belief.tau2 / belief.kappa))
    assert stats.kstest(draws, law.cdf).pvalue > 0.01


def test_beta_counts_fractions():
    belief = BetaPosterior().given([1.0, 0.25])
    assert (belief.successes, belief.failures) == (1.75, 1.25)
    rng = np.random.default_rng(3)
    assert np.mean([belief.draw(rng) for _ in range(4000)]) == pytest.approx(1.75 / 3, abs=0.02)
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        belief.given([1.2])


def test_rewards_reach_the_right_arms():
    """0 -> 1, 2; 1 -> 3; 3 -> 4."""
    tree = arms([-1, 0, 0, 1, 3], [0.0, 0.1, 0.2, 0.3, 0.4])
    assert tree[0].generate == [0.1, 0.2]
    assert tree[0].descend == [0.3, 0.4]
    assert tree[0].children == {1: [0.1, 0.3, 0.4], 2: [0.2]}
    assert tree[1].generate == [0.3]
    assert tree[1].descend == [0.4]
    assert tree[1].children == {3: [0.3, 0.4]}
    assert tree[3].generate == [0.4]
    assert tree[3].descend == []  # a new child is no continuation of its own parent
    assert tree[4].children == {}


def grow(world, seed, budget=60, prior=None):
    """Depth of each node of a tree grown under `world(depth, rng) -> score`."""
    rng = np.random.default_rng(seed)
    parents, scores, depths = [-1], [0.0], [0]
    for _ in range(budget):
        node = node_to_expand(arms(parents, scores), prior or GaussianPosterior(), rng)
        parents.append(node)
        depths.append(depths[node] + 1)
        scores.append(world(depths[-1], rng))
    return depths[1:]


@pytest.mark.parametrize("prior", [GaussianPosterior(), BetaPosterior()])
def test_refinement_that_helps_grows_deeper_trees(prior):
    def helps(depth, rng):
        return min(1.0, 0.2 * depth)

    def hurts(depth, rng):
        return 0.8 if depth == 1 else 0.0

    deep = np.mean([np.mean(grow(helps, seed, prior=prior)) for seed in range(6)])
    wide = np.mean([np.mean(grow(hurts, seed, prior=prior)) for seed in range(6)])
    assert deep > wide + 1.0
    assert wide < 1.6


def test_generation_takes_over_when_continuations_fail():
    rng = np.random.default_rng(4)
    parents, scores = [-1, *[0] * 10, *range(1, 11)], [0.0, *[0.9] * 10, *[0.0] * 10]
    chosen = [node_to_expand(arms(parents, scores), GaussianPosterior(), rng) for _ in range(300)]
    assert chosen.count(0) > 285


def test_seed_decides():
    def world(depth, rng):
        return float(rng.random())

    assert grow(world, 5) == grow(world, 5)
    assert grow(world, 5) != grow(world, 6)


def test_arms_do_not_depend_on_the_order_of_arrival():
    tree = arms([-1, 0, 0, 1, 2], [0.0, 0.1, 0.2, 0.3, 0.4])
    other = arms([-1, 0, 0, 2, 1], [0.0, 0.2, 0.1, 0.3, 0.4])  # nodes 1 and 2 came in the other order
    assert sorted(tree[0].generate) == sorted(other[0].generate)
    assert sorted(tree[0].descend) == sorted(other[0].descend)
    assert tree[0].children[1] == other[0].children[2]


def test_the_better_model_is_asked_more_often():
    rng = np.random.default_rng(7)
    beliefs = [GaussianPosterior().given([0.2] * 6), GaussianPosterior().given([0.9] * 6)]
    assert np.mean([thompson(beliefs, rng) for _ in range(400)]) > 0.9
