"""Pivot tournament: pick the best of n with few comparisons (LLM-as-a-Verifier, 2026, arXiv 2607.05391).

First a ring, in which each candidate plays once in each slot; then every candidate meets the k best of the ring. In
place of the released code's second pass, which always shows the pivots in slot B, both passes balance the slots.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

Pair = tuple[int, int]  # (candidate in slot A, candidate in slot B)


def ring_pairs(n: int, rng: np.random.Generator) -> list[Pair]:
    """Return n pairs along a random closed tour: each candidate is once in slot A and once in B; none for n = 1."""
    if n < 1:
        raise ValueError(f"n must be >= 1 candidate, got {n}")
    tour = [int(i) for i in rng.permutation(n)]
    return [(tour[i], tour[(i + 1) % n]) for i in range(n)] if n > 1 else []


def pivots(rates: ArrayLike, k: int, rng: np.random.Generator) -> list[int]:
    """Return the k candidates of highest mean preference.

    Args:
        rates: [n] mean preference of each candidate.
        k: 1 to n.
        rng: Decides ties fairly.
    """
    rates = np.asarray(rates, dtype=float)
    if not 1 <= k <= rates.size:
        raise ValueError(f"k must be between 1 and the {rates.size} candidates, got {k}")
    order = rng.permutation(rates.size)
    return [int(i) for i in order[np.argsort(-rates[order], kind="stable")[:k]]]


def pivot_pairs(n: int, chosen: Sequence[int], rng: np.random.Generator) -> list[Pair]:
    """Return all pairs with a pivot in them, slots balanced: each candidate is in A as often as in B, give or take one.

    The pairs are the edges of a graph. Joining its vertices of odd degree to one extra vertex makes every degree even.
    Each closed Euler tour is then walked, and the vertex that is left is put in slot A. This balances all vertices.

    Args:
        n: Candidates.
        chosen: The pivots.
        rng: Shuffles the candidates.
    """
    import networkx as nx

    graph = nx.Graph()
    graph.add_nodes_from(int(i) for i in rng.permutation(n))
    graph.add_edges_from((p, i) for p in chosen for i in list(graph) if i != p)
    odd = [vertex for vertex, degree in graph.degree if degree % 2]
    graph.add_edges_from((-1, vertex) for vertex in odd)
    tours = (nx.eulerian_circuit(graph.subgraph(part)) for part in nx.connected_components(graph))
    return [(int(a), int(b)) for tour in tours for a, b in tour if -1 not in (a, b)]


def comparisons(n: int, k: int) -> int:
    """Return the number of comparisons of the whole tournament: n + k(n - k) + k(k - 1)/2, none for n = 1."""
    return n + k * (n - k) + k * (k - 1) // 2 if n > 1 else 0
