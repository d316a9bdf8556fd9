"""Gains by counting all that can happen: slow, exact, and written without the tables of the belief."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from tests.belief.planted import NODES, likelihood

State = tuple[tuple[int, ...], tuple[int, ...], int]
"""Votes of the answers so far, votes of new answers (sorted), silent candidates."""


def exact_gain(theta: Sequence[float], counts: Sequence[int], silent: int, draws: int) -> float:
    """Gain of `draws` more candidates of one stream.

    Σ over final states of P(state) · (max P − P(the answer that leads now)); P(state) is a sum over the orders in which
    it can come about, each of which is as likely as any other.
    """
    old = tuple(counts)

    @cache
    def rows(state: State) -> tuple[float, ...]:
        """Joint of (this order of votes, answer right) for the old answers, the new ones, and none of them."""
        votes, new, quiet = state
        listed = [*votes, *new]
        return tuple(
            sum(weight * likelihood(theta, z, listed, quiet, j) for z, weight in NODES)
            for j in [*range(len(listed)), None]
        )

    begin = rows((old, (), silent))
    leader = max(range(len(old)), key=lambda j: begin[j], default=None)
    layer: dict[State, float] = {(old, (), silent): 1.0}  # state -> the number of orders that lead to it
    for _ in range(draws):
        following: dict[State, float] = {}
        for (votes, new, quiet), orders in layer.items():
            reached = [(votes, new, quiet + 1), (votes, tuple(sorted((*new, 1))), quiet)]
            reached += [((*votes[:j], votes[j] + 1, *votes[j + 1 :]), new, quiet) for j in range(len(votes))]
            reached += [(votes, tuple(sorted((*new[:k], new[k] + 1, *new[k + 1 :]))), quiet) for k in range(len(new))]
            for state in reached:
                following[state] = following.get(state, 0.0) + orders
        layer = following
    total = sum(begin)
    gain = 0.0
    for state, orders in layer.items():
        row = rows(state)
        gain += orders * (max(row[:-1], default=0.0) - (row[leader] if leader is not None else 0.0))
    return gain / total
