"""ETS: prune the frontier of a step tree so that survivors share ancestors yet cover every distinct idea.

Hooper et al. (2025), "ETS: Efficient Tree Search for Inference-Time Scaling", arXiv 2502.13575. A kept set S of the
n candidates is worth

    sum of O_i over S  -  lambda_b * (nodes of S and its ancestors) / V  +  lambda_d * (clusters that S touches) / K

O_i is candidate i's share of the REBASE counts. V is the number of candidates and ancestors together; an ancestor
of ten candidates counts once. K is the number of clusters. Pruning does not shrink the width: REBASE shares the
same width among the survivors. What falls is the number of distinct prefixes, and so the key-value memory.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ttc.search.rebase import FloatArray, IntArray, Paths, rebase

BoolArray = NDArray[np.bool_]

# Sets of equal worth are told apart by a bonus of 1e-9 for each rank by score: deterministic, and too small to outweigh
# a difference in worth that a width of thousands could produce.
TIE_BREAK = 1e-9
# The solver stops within 1e-6 of the optimum; a larger objective brings that below the tie-break.
SCALE = 1e4
NODE_LIMIT = 1000  # branch-and-bound nodes: a limit in seconds would make results depend on the machine


@dataclass(frozen=True, slots=True)
class Selection:
    """What to keep.

    Args:
        kept: [n] whether each candidate is kept.
        worth: The worth of that set.
        exact: Whether it is the proven optimum.
    """

    kept: BoolArray
    worth: float
    exact: bool


@dataclass(frozen=True, slots=True)
class Frontier:
    """One selection problem.

    Args:
        shares: [n] O_i, the share of the REBASE counts.
        bonus: [n] a tiny bonus by rank that decides between sets of equal worth.
        paths: [n] the ids of each candidate's ancestors.
        labels: [n] the cluster of each candidate.
        node_price: The price of a node, lambda_b / V.
        cluster_prize: What a covered cluster is worth, lambda_d / K.
    """

    shares: FloatArray
    bonus: FloatArray
    paths: Paths
    labels: IntArray
    node_price: float
    cluster_prize: float

    def worth(self, kept: Iterable[int]) -> float:
        """The objective of the module's docstring."""
        chosen = list(kept)
        nodes = len(chosen) + len({node for i in chosen for node in self.paths[i]})
        clusters = len({int(self.labels[i]) for i in chosen})
        return float(self.shares[chosen].sum()) - self.node_price * nodes + self.cluster_prize * clusters


def ets(
    scores: FloatArray,
    width: int,
    paths: Paths,
    labels: IntArray | None = None,
    *,
    temperature: float = 0.2,
    lambda_b: float = 1.0,
    lambda_d: float = 1.4,
) -> IntArray:
    """Counts [n] of the policy (signature in `ttc.search.rebase`): REBASE over the survivors of `select`, others 0.

    Args:
        scores: [n] the newest step's reward of each candidate, in [0, 1].
        width: Children to hand out now.
        paths: [n] the ids of each candidate's ancestors, from the root.
        labels: [n] the cluster of each newest step's text; None switches coverage off.
        temperature: That of REBASE, > 0.
        lambda_b: The price of memory, >= 0; 1.0 as published.
        lambda_d: The prize of coverage, >= 0; published are 1.5, 1.4 and 1.45 at widths 16, 64 and 256.
    """
    kept = select(scores, width, paths, labels, temperature=temperature, lambda_b=lambda_b, lambda_d=lambda_d).kept
    counts = np.zeros(len(scores), dtype=np.intp)
    counts[kept] = rebase(scores[kept], width, temperature=temperature)
    return counts


def select(
    scores: FloatArray,
    width: int,
    paths: Paths,
    labels: IntArray | None = None,
    *,
    temperature: float = 0.2,
    lambda_b: float = 1.0,
    lambda_d: float = 1.4,
) -> Selection:
    """Find the most worthy non-empty set of candidates.

    Nodes without a price (lambda_b = 0) are all kept, also those with O_i = 0, so that ETS is then REBASE. Without
    coverage the optimum comes from a pass over the tree, else from an integer program. Should the solver reach its
    limit, the better of its best set and a greedy one is returned, with `exact` False.

    Args:
        scores: As for `ets`.
        width: As for `ets`.
        paths: As for `ets`.
        labels: As for `ets`; all equal switches coverage off, too.
        temperature: As for `ets`.
        lambda_b: As for `ets`.
        lambda_d: As for `ets`.
    """
    _check(scores, paths, labels, lambda_b, lambda_d)
    problem = _frontier(scores, width, paths, labels, temperature, lambda_b, lambda_d)
    everything = range(len(scores))
    if len(scores) == 1 or lambda_b == 0.0:
        return _selection(problem, everything, exact=True)
    if problem.cluster_prize == 0.0 or len(set(problem.labels.tolist())) == 1:
        return _selection(problem, by_tree(problem), exact=True)
    found, proven = by_program(problem)
    return _selection(problem, found if proven else max(found, by_greed(problem), key=problem.worth), exact=proven)


def by_tree(problem: Frontier) -> list[int]:
    """Best set without coverage: the worth of a subtree is the sum of its children's positive worths less its price.

    One candidate must stay. So a node none of whose children is worth its price passes on the least bad child. The
    node above drops it if a sibling is better.
    """
    branches: dict[Hashable, dict[Hashable, None]] = {}
    leaves: dict[Hashable, list[int]] = {}
    for i, path in enumerate(problem.paths):
        for parent, child in pairwise((None, *path)):
            branches.setdefault(parent, {})[child] = None
        leaves.setdefault(path[-1], []).append(i)
    gains = problem.shares + problem.bonus - problem.node_price

    def best(node: Hashable) -> tuple[float, list[int]]:
        options = [(float(gains[i]), [i]) for i in leaves.get(node, [])] + [
            best(child) for child in branches.get(node, {})
        ]
        worthy = [option for option in options if option[0] > 0.0] or [max(options, key=lambda option: option[0])]
        price = 0.0 if node is None else problem.node_price
        return sum(worth for worth, _ in worthy) - price, [i for _, kept in worthy for i in kept]

    return best(None)[1]


def by_program(problem: Frontier) -> tuple[list[int], bool]:
    """Best set by integer programming (HiGHS) and whether it is proven; at the node limit, the best set so far.

    Variables: x (candidate kept, whole), y (ancestor kept) and s (cluster covered). Given whole x, the optimal y and s
    are 0 or 1 by themselves. The relaxation with fractional x is not tight, so a linear program would not do.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    n = len(problem.shares)
    ancestors = {node: n + k for k, node in enumerate(dict.fromkeys(node for path in problem.paths for node in path))}
    first = n + len(ancestors)
    clusters = {label: first + k for k, label in enumerate(dict.fromkeys(problem.labels.tolist()))}
    size = first + len(clusters)
    worth = np.full(size, -problem.node_price)
    worth[:n] += problem.shares + problem.bonus
    worth[first:] = problem.cluster_prize
    rows = _rows(problem, ancestors, clusters)
    where = [r for r, row in enumerate(rows) for _ in row]
    columns, signs = zip(*(entry for row in rows for entry in row), strict=True)
    matrix = csr_array((signs, (where, columns)), shape=(len(rows), size))
    result = milp(
        -SCALE * worth,
        integrality=np.arange(size) < n,
        bounds=Bounds(0.0, 1.0),
        constraints=LinearConstraint(matrix, lb=[1.0] + [0.0] * (len(rows) - 1)),
        options={"mip_rel_gap": 0.0, "node_limit": NODE_LIMIT},
    )
    found = [0] if result.x is None else np.flatnonzero(result.x[:n] > 0.5).tolist()
    return found, result.status == 0


def _rows(problem: Frontier, ancestors: dict[int, int], clusters: dict[int, int]) -> list[list[tuple[int, float]]]:
    """Constraints as sparse rows of (variable, sign): the first sum must reach 1, the others 0.

    One candidate at least is kept. The parent of a kept node is kept. A covered cluster has a kept member.
    """
    covers: dict[int, list[tuple[int, float]]] = {s: [(s, -1.0)] for s in clusters.values()}
    links: dict[tuple[int, int], None] = {}
    for i, path in enumerate(problem.paths):
        covers[clusters[int(problem.labels[i])]].append((i, 1.0))
        links.update(dict.fromkeys(pairwise([*(ancestors[node] for node in path), i])))
    at_least_one = [(i, 1.0) for i in range(len(problem.shares))]
    return [at_least_one, *([(parent, 1.0), (child, -1.0)] for parent, child in links), *covers.values()]


def by_greed(problem: Frontier) -> list[int]:
    """Add the candidate that gains most until none gains: an approximation for when the solver reaches its limit."""
    kept: list[int] = []
    nodes: set[int] = set()
    clusters: set[int] = set()
    left = list(range(len(problem.shares)))
    while left:
        gains = [
            problem.shares[i]
            + problem.bonus[i]
            - problem.node_price * (1 + len(set(problem.paths[i]) - nodes))
            + problem.cluster_prize * (int(problem.labels[i]) not in clusters)
            for i in left
        ]
        best = int(np.argmax(gains))
        if kept and gains[best] <= 0.0:
            break
        chosen = left.pop(best)
        kept.append(chosen)
        nodes |= set(problem.paths[chosen])
        clusters.add(int(problem.labels[chosen]))
    return kept


def _frontier(
    scores: FloatArray,
    width: int,
    paths: Paths,
    labels: IntArray | None,
    temperature: float,
    lambda_b: float,
    lambda_d: float,
) -> Frontier:
    n = len(scores)
    counts = rebase(scores, width, temperature=temperature)
    nodes = n + len({node for path in paths for node in path})
    groups = np.zeros(n, dtype=np.intp) if labels is None else labels
    ranks = np.empty(n)
    ranks[np.argsort(-scores, kind="stable")] = np.arange(n)
    return Frontier(
        shares=counts / max(width, 1),
        bonus=TIE_BREAK * (n - ranks),
        paths=paths,
        labels=groups,
        node_price=lambda_b / nodes,
        cluster_prize=0.0 if labels is None else lambda_d / len(set(groups.tolist())),
    )


def _selection(problem: Frontier, kept: Iterable[int], *, exact: bool) -> Selection:
    chosen = sorted(kept)
    mask = np.zeros(len(problem.shares), dtype=np.bool_)
    mask[chosen] = True
    return Selection(kept=mask, worth=problem.worth(chosen), exact=exact)


def _check(scores: FloatArray, paths: Paths, labels: IntArray | None, lambda_b: float, lambda_d: float) -> None:
    if len(paths) != len(scores) or (labels is not None and len(labels) != len(scores)):
        found = "no" if labels is None else len(labels)
        raise ValueError(f"{len(scores)} scores, {len(paths)} paths, {found} labels; give one of each a candidate")
    if lambda_b < 0.0 or lambda_d < 0.0:
        raise ValueError(f"lambda_b {lambda_b} and lambda_d {lambda_d} must be >= 0 (0 switches the term off)")
    if len(scores) > 1 and any(len(path) == 0 for path in paths):
        raise ValueError("a path is empty among several candidates; only a lone root has no ancestor")
