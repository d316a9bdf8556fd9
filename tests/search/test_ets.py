"""ETS against brute force over all subsets, and the limits that the two prices imply."""

import itertools

import numpy as np
import pytest

from ttc.search import ets as module
from ttc.search.ets import by_greed, by_program, by_tree, ets, select
from ttc.search.rebase import rebase


def random_tree(rng, leaves=None, depth=None):
    """A frontier with shared ancestors: scores, width, paths of equal length, cluster labels."""
    n = leaves or int(rng.integers(2, 11))
    depth = depth or int(rng.integers(1, 5))
    parents = [[0]]
    parents += [[100 * level + k for k in range(int(rng.integers(1, max(2, n))))] for level in range(1, depth)]
    links = {node: int(rng.choice(parents[level - 1])) for level in range(1, depth) for node in parents[level]}
    paths = []
    for _ in range(n):
        path = [int(rng.choice(parents[-1]))]
        while path[0] in links:
            path.insert(0, links[path[0]])
        paths.append(tuple(path))
    scores = rng.permutation(np.linspace(0.05, 0.95, n)) if n > 10 else rng.choice(np.arange(0.02, 1, 0.02), n, False)
    return scores, int(rng.integers(1, 4 * n)), paths, rng.integers(0, int(rng.integers(1, n + 1)), n)


def worths(sets, scores, width, paths, labels, lambda_b, lambda_d):
    """The published formula for each set, written down once more without the module's helpers."""
    outcome = (rebase(scores, width) / width).tolist()
    everything = len(scores) + len(set().union(*paths))
    groups = labels.tolist()
    return [
        sum(outcome[i] for i in kept)
        - lambda_b * (len(kept) + len(set().union(*[paths[i] for i in kept]))) / everything
        + lambda_d * len({groups[i] for i in kept}) / len(set(groups))
        for kept in sets
    ]


def objective(kept, scores, width, paths, labels, lambda_b, lambda_d):
    """Worth of one set."""
    return worths([kept], scores, width, paths, labels, lambda_b, lambda_d)[0]


def subsets(n):
    """All non-empty sets of candidates."""
    return (kept for size in range(1, n + 1) for kept in itertools.combinations(range(n), size))


def brute_force(case, lambda_b, lambda_d):
    """Best set, near-equal worths told apart by score ranks as documented."""
    scores = case[0]
    bonus = np.empty(len(scores))
    bonus[np.argsort(-scores, kind="stable")] = 1e-9 * (len(scores) - np.arange(len(scores)))
    sets = list(subsets(len(scores)))
    total = np.array(worths(sets, *case, lambda_b, lambda_d)) + [bonus[list(kept)].sum() for kept in sets]
    return sets[int(np.argmax(total))]


@pytest.mark.parametrize(("lambda_d", "trees"), [(0.0, 80), (0.7, 90), (1.5, 90)])
def test_optimum_equals_brute_force_on_random_trees(lambda_d, trees):
    rng = np.random.default_rng(int(10 * lambda_d))
    for _ in range(trees):
        case = random_tree(rng)
        lambda_b = float(rng.choice([0.5, 1.0, 2.0, 4.0]))
        best = brute_force(case, lambda_b, lambda_d)
        found = select(*case, lambda_b=lambda_b, lambda_d=lambda_d)
        assert found.exact
        assert found.worth == pytest.approx(objective(best, *case, lambda_b, lambda_d), abs=1e-9)
        assert tuple(np.flatnonzero(found.kept)) == best


def test_tree_pass_equals_integer_program():
    rng = np.random.default_rng(2)
    for _ in range(30):
        case = random_tree(rng, leaves=20, depth=4)
        problem = module._frontier(*case, 0.2, float(rng.choice([0.5, 1.0, 2.0, 4.0])), 0.0)
        assert (sorted(by_tree(problem)), True) == by_program(problem)


def test_a_root_that_does_not_pay_may_still_keep_a_pair():
    """Two siblings share the price of a branch, although the whole tree is worth less than nothing."""
    scores, paths = np.array([0.5, 0.5, 0.5, 0.5]), [(0, 1), (0, 1), (0, 2), (0, 3)]
    case = (scores, 8, paths, np.zeros(4, dtype=int))
    best = brute_force(case, 1.4, 0.0)
    assert best == (0, 1)
    assert objective(best, *case, 1.4, 0.0) < 0.0
    assert np.flatnonzero(select(*case, lambda_b=1.4, lambda_d=0.0).kept).tolist() == [0, 1]


def test_no_prices_make_ets_rebase():
    rng = np.random.default_rng(3)
    for _ in range(100):
        scores, width, paths, labels = random_tree(rng)
        assert np.array_equal(ets(scores, width, paths, labels, lambda_b=0.0, lambda_d=0.0), rebase(scores, width))


def test_dropping_candidates_without_a_child_would_not_be_rebase():
    """Why all are kept when nodes are free: the softmax normaliser shrinks with the dropped tail."""
    rng = np.random.default_rng(4)
    differs = 0
    for _ in range(200):
        scores, width, *_ = random_tree(rng)
        counts = rebase(scores, width)
        again = np.zeros_like(counts)
        again[counts > 0] = rebase(scores[counts > 0], width)
        differs += not np.array_equal(again, counts)
    assert differs > 0


def test_high_node_price_keeps_the_best_candidate_alone():
    rng = np.random.default_rng(5)
    for _ in range(25):
        scores, width, paths, labels = random_tree(rng)
        counts = ets(scores, width, paths, labels, lambda_b=1e6, lambda_d=1.0)
        assert np.flatnonzero(counts).tolist() == [int(np.argmax(scores))]
        assert counts.sum() == width


def test_high_cluster_prize_covers_every_cluster():
    rng = np.random.default_rng(6)
    for _ in range(25):
        scores, width, paths, labels = random_tree(rng)
        kept = select(scores, width, paths, labels, lambda_b=1.0, lambda_d=1e3).kept
        assert set(labels[kept]) == set(labels)


def test_prices_move_nodes_and_clusters_one_way():
    rng = np.random.default_rng(7)
    for _ in range(8):
        scores, width, paths, labels = random_tree(rng, leaves=12, depth=3)

        def nodes(lambda_b, case=(scores, width, paths, labels)):
            kept = np.flatnonzero(select(*case, lambda_b=lambda_b, lambda_d=0.8).kept)
            return len(kept) + len(set().union(*(case[2][i] for i in kept)))

        def clusters(lambda_d, case=(scores, width, paths, labels)):
            return len(set(case[3][select(*case, lambda_b=1.5, lambda_d=lambda_d).kept]))

        held = [nodes(price) for price in (0.0, 0.3, 0.8, 1.5, 5.0)]
        assert held == sorted(held, reverse=True)
        covered = [clusters(prize) for prize in (0.0, 0.3, 0.8, 1.5, 5.0)]
        assert covered == sorted(covered)


def test_siblings_are_kept_before_cousins():
    # candidates 0, 1 share a parent; 2 and 3 hang alone; all have the same score
    scores, paths = np.full(4, 0.5), [(0, 2), (0, 3), (0, 1), (0, 1)]
    kept = select(scores, 8, paths, lambda_b=1.2, lambda_d=0.0).kept
    assert kept.tolist() == [False, False, True, True]


def test_an_ancestor_is_paid_for_once():
    scores, paths = np.full(10, 0.5), [(0, 1)] * 10
    found = select(scores, 10, paths, lambda_b=1.0, lambda_d=0.0)
    assert found.kept.all()
    assert found.worth == pytest.approx(1.0 - 12 / 12)


def test_width_is_not_shrunk_by_pruning():
    rng = np.random.default_rng(8)
    for _ in range(25):
        scores, width, paths, labels = random_tree(rng)
        counts = ets(scores, width, paths, labels, lambda_b=2.0, lambda_d=0.5)
        kept = select(scores, width, paths, labels, lambda_b=2.0, lambda_d=0.5).kept
        assert counts.sum() == width
        assert not counts[~kept].any()
        assert np.array_equal(counts[kept], rebase(scores[kept], width))


def test_order_and_ids_do_not_matter():
    rng = np.random.default_rng(9)
    for _ in range(25):
        scores, width, paths, labels = random_tree(rng)
        order = rng.permutation(len(scores))
        renamed = [tuple(1000 - 3 * node for node in paths[i]) for i in order]
        plain = ets(scores, width, paths, labels, lambda_b=1.0, lambda_d=0.6)
        shuffled = ets(scores[order], width, renamed, 50 - labels[order], lambda_b=1.0, lambda_d=0.6)
        assert np.array_equal(plain[order], shuffled)


def test_a_near_duplicate_adds_no_coverage():
    scores = np.array([0.9, 0.5, 0.3])
    paths = [(0, 1), (0, 2), (0, 3)]
    together = select(scores, 3, paths, np.array([0, 0, 1]), lambda_b=3.0, lambda_d=2.0).kept
    apart = select(scores, 3, paths, np.array([0, 1, 1]), lambda_b=3.0, lambda_d=2.0).kept
    assert together.tolist() == [True, False, True]
    assert apart.tolist() == [True, True, False]


def planted(rng, lambda_d, *, modes=6, branches=24, depth=4, width=48):
    """Grow a tree whose root children carry one of `modes` ideas under a noisy reward; unique nodes and modes left."""
    nodes = 0
    frontier = [((0,), int(mode)) for mode in rng.permutation(np.arange(branches) % modes)]
    for level in range(1, depth + 1):
        scores = np.clip(rng.normal(0.6, 0.15, len(frontier)), 0.01, 0.99)
        paths, labels = [path for path, _ in frontier], np.array([mode for _, mode in frontier])
        nodes += len(frontier) + len(set().union(*paths))
        policy = rebase if lambda_d is None else lambda *case: ets(*case, lambda_b=1.0, lambda_d=lambda_d)
        counts = policy(scores, width, paths, labels)
        grown = [((*path, 1000 * level + i), mode) for i, (path, mode) in enumerate(frontier) for _ in range(counts[i])]
        frontier = grown
    return nodes, len({mode for _, mode in frontier})


def test_coverage_keeps_the_modes_at_fewer_nodes():
    rows = {name: [planted(np.random.default_rng(seed), name) for seed in range(5)] for name in (None, 0.0, 1.4)}
    nodes = {name: np.mean([row[0] for row in found]) for name, found in rows.items()}
    modes = {name: np.mean([row[1] for row in found]) for name, found in rows.items()}
    assert modes[1.4] >= modes[None] - 0.25
    assert nodes[1.4] < 0.9 * nodes[None]
    assert modes[0.0] < modes[1.4] - 1.0  # without coverage the modes die


def test_greedy_set_is_valid_and_marked(monkeypatch):
    rng = np.random.default_rng(10)
    monkeypatch.setattr(module, "by_program", lambda problem: ([0], False))
    for _ in range(30):
        case = random_tree(rng, leaves=8)
        if len(set(case[3].tolist())) == 1:
            continue
        found = select(*case, lambda_b=1.0, lambda_d=0.7)
        best = brute_force(case, 1.0, 0.7)
        assert not found.exact
        assert found.kept.any()
        assert found.worth <= objective(best, *case, 1.0, 0.7) + 1e-9


def test_greed_is_not_exact():
    """Two leaves pay their branch only together, so the greedy set misses them: it may not be called exact."""
    problem = module._frontier(np.full(3, 0.5), 4, [(0, 1), (0, 2), (0, 2)], None, 0.2, 0.9, 0.0)
    assert problem.shares.tolist() == [0.5, 0.25, 0.25]
    assert by_greed(problem) == [0]
    assert sorted(by_tree(problem)) == [0, 1, 2]


def test_a_solver_at_its_limit_is_not_called_exact(monkeypatch):
    """Labels that cut across the tree at a high node price are the hard case; the limit leaves a good set unproven."""
    case = random_tree(np.random.default_rng(11), leaves=60, depth=5)
    prices = {"lambda_b": 4.0, "lambda_d": 1.5}
    optimum = select(*case, **prices)
    monkeypatch.setattr(module, "NODE_LIMIT", 0)
    found = select(*case, **prices)
    greedy = module._frontier(*case, 0.2, *prices.values())
    assert optimum.exact
    assert not found.exact
    assert greedy.worth(by_greed(greedy)) - 1e-9 <= found.worth <= optimum.worth + 1e-9


def test_a_lone_root_is_kept():
    assert ets(np.array([1.0]), 16, [()]).tolist() == [16]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"paths": [(0,)]}, "one of each"),
        ({"labels": np.array([0])}, "one of each"),
        ({"lambda_b": -1.0}, ">= 0"),
        ({"lambda_d": -0.1}, ">= 0"),
        ({"paths": [(0,), ()]}, "lone root"),
    ],
)
def test_bad_arguments(change, message):
    case = {"scores": np.array([0.5, 0.6]), "width": 4, "paths": [(0,), (0,)], "labels": np.array([0, 1])}
    with pytest.raises(ValueError, match=message):
        ets(**{**case, **change})
