"""The upper concave hull of a curve of value against cost."""

from __future__ import annotations

from collections.abc import Sequence

Curve = Sequence[tuple[float, float]]
"""Points (cost, value) of one problem, in any order; the cheapest one is what the problem gets at least."""


def concave_hull(curve: Curve) -> list[int]:
    """Indices of the points on the upper concave hull, from the cheapest to the most valuable, slopes falling.

    Curves of voting need not be concave (two votes are useless) nor rising: points under the hull are never chosen.
    """
    order = sorted(range(len(curve)), key=lambda i: (curve[i][0], -curve[i][1]))
    hull: list[int] = []
    for i in order:
        if hull and curve[i][1] <= curve[hull[-1]][1]:
            continue
        while len(hull) > 1 and slope(curve, hull[-2], i) >= slope(curve, hull[-2], hull[-1]):
            hull.pop()
        hull.append(i)
    return hull


def slope(curve: Curve, i: int, j: int) -> float:
    """Value per cost from point i to point j."""
    (cost, value), (more, better) = curve[i], curve[j]
    return (better - value) / (more - cost)
