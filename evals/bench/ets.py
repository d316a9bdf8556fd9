"""Seconds that one ETS selection takes: frontiers of n candidates, 8 levels deep, 60 clusters cut across the tree.

python evals/bench/ets.py --leaves 256 --trees 20
"""

import argparse
import time

import numpy as np

from ttc.search.ets import select

# (lambda_b, lambda_d): around the published (1.0, 1.4), without coverage, and a dear one where the relaxation is weak
PRICES = [(1.0, 1.4), (0.5, 0.7), (2.0, 1.4), (1.0, 0.0), (4.0, 1.5)]


def frontier(leaves: int, depth: int, clusters: int, rng: np.random.Generator):
    """Random scores, paths through a tree that widens level by level, and labels independent of the tree."""
    widths = np.linspace(1, leaves * 0.4, depth).astype(int)
    levels = [[1000 * level + k for k in range(width)] for level, width in enumerate(widths)]
    above = {node: int(rng.choice(levels[i])) for i in range(depth - 1) for node in levels[i + 1]}
    paths = []
    for _ in range(leaves):
        path = [int(rng.choice(levels[-1]))]
        while path[0] in above:
            path.insert(0, above[path[0]])
        paths.append(tuple(path))
    return rng.random(leaves), leaves, paths, rng.integers(0, clusters, leaves)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--leaves", type=int, default=256)
    parser.add_argument("--depth", type=int, default=8)
    parser.add_argument("--clusters", type=int, default=60)
    parser.add_argument("--trees", type=int, default=20)
    knobs = parser.parse_args()
    select(*frontier(8, 3, 4, np.random.default_rng(0)))  # imports scipy
    print(f"{knobs.leaves} leaves, depth {knobs.depth}, {knobs.clusters} clusters, {knobs.trees} trees")
    print("lambda_b lambda_d   median s      max s   proven   kept")
    for lambda_b, lambda_d in PRICES:
        seconds, proven, kept = [], 0, 0
        for seed in range(knobs.trees):
            case = frontier(knobs.leaves, knobs.depth, knobs.clusters, np.random.default_rng(seed))
            start = time.perf_counter()
            found = select(*case, lambda_b=lambda_b, lambda_d=lambda_d)
            seconds.append(time.perf_counter() - start)
            proven += found.exact
            kept += int(found.kept.sum())
        print(
            f"{lambda_b:8.2f} {lambda_d:8.2f} {np.median(seconds):10.4f} {max(seconds):10.4f}"
            f" {proven:4d}/{knobs.trees} {kept / knobs.trees:6.1f}"
        )


if __name__ == "__main__":
    main()
