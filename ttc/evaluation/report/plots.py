"""Plots for reports and papers, as SVG without any library: accuracy against cost, curves, calibration."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from ttc.search.tree import printable

# Okabe and Ito's colours, told apart with any colour vision.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8c6d31")
FONT = 'font-family="Helvetica, Arial, sans-serif"'
WIDTH, HEIGHT = 620.0, 400.0
LEFT, RIGHT, TOP, BOTTOM = 62.0, 16.0, 18.0, 50.0
LEGEND = 330.0
LEGEND_ROW = 17.0
NAME_LENGTH = 50


@dataclass(frozen=True, slots=True)
class Point:
    """A cell in the plane: cost, accuracy, and the 95 % interval of the accuracy."""

    name: str
    cost: float
    accuracy: float
    low: float
    high: float
    kind: str = ""
    """Points of one kind (a strategy) share a colour."""


@dataclass(frozen=True, slots=True)
class Line:
    """Accuracies along a common scale; nan = not known there."""

    name: str
    accuracies: Sequence[float]
    dashed: bool = False


@dataclass(frozen=True, slots=True)
class Axes:
    """Where values lie, in px: cost on a log axis, accuracy on a linear one."""

    least: float
    most: float
    bottom: float
    top: float

    def x(self, cost: float) -> float:
        """Place of a cost."""
        part = math.log(cost / self.least) / math.log(self.most / self.least)
        return LEFT + part * (WIDTH - LEFT - RIGHT)

    def y(self, accuracy: float) -> float:
        """Place of an accuracy."""
        part = (accuracy - self.bottom) / (self.top - self.bottom)
        return HEIGHT - BOTTOM - part * (HEIGHT - TOP - BOTTOM)


def frontier(points: Sequence[Point]) -> list[Point]:
    """The points that no other beats: cheaper ones are all less accurate. In order of cost."""
    best, found = -math.inf, []
    for point in sorted(points, key=lambda p: (p.cost, -p.accuracy)):
        if point.accuracy > best:
            best = point.accuracy
            found.append(point)
    return found


def pareto(points: Sequence[Point], currency: str, curve: Sequence[tuple[float, float]] = ()) -> str:
    """Accuracy against cost. `curve` are (cost, accuracy) of plain voting with growing n, drawn as a dashed line."""
    axes = _axes(points, curve)
    kinds = list(dict.fromkeys(point.kind for point in points))
    parts = [_frame(axes, f"{currency} of a problem, mean (log scale)", "accuracy, with 95 % interval")]
    if len(curve) > 1:
        parts.append(_line(axes, curve, 'stroke="#888888" stroke-dasharray="5 4"'))
    ahead = [(point.cost, point.accuracy) for point in frontier(points)]
    parts.append(_line(axes, ahead, 'stroke="#444444" stroke-width="1.4"'))
    for number, point in enumerate(points, 1):
        parts.append(_mark(axes, point, number, COLOURS[kinds.index(point.kind) % len(COLOURS)]))
    parts.append(_legend(points, kinds, bool(curve)))
    height = max(HEIGHT, TOP + LEGEND_ROW * (len(points) + 3))
    return _svg(WIDTH + LEGEND, height, parts)


def curves(costs: Sequence[float], lines: Sequence[Line], scale: str) -> str:
    """Accuracy of several lines against the same costs, on a log scale named `scale`; each line carries its number."""
    known = [(c, a) for line in lines for c, a in zip(costs, line.accuracies, strict=True) if math.isfinite(a)]
    axes = _axes([], known)
    parts = [_frame(axes, scale, "accuracy")]
    for number, line in enumerate(lines, 1):
        colour, dash = COLOURS[(number - 1) % len(COLOURS)], ' stroke-dasharray="5 4"' if line.dashed else ""
        places = [(c, a) for c, a in zip(costs, line.accuracies, strict=True) if math.isfinite(a)]
        parts.append(_line(axes, places, f'stroke="{colour}" stroke-width="1.4"{dash}'))
        y = TOP + 8 + LEGEND_ROW * (number - 1)
        parts.append(f'<path d="M{WIDTH + 6} {y - 4:.1f}h17" stroke="{colour}" stroke-width="1.4"{dash}/>')
        parts.append(_text(WIDTH + 28, y, f"{number}. {_short(line.name, NAME_LENGTH)}", 11))
        if places:
            parts.append(_text(axes.x(places[-1][0]) + 3, axes.y(places[-1][1]) + 3, str(number), 9))
    return _svg(WIDTH + LEGEND, max(HEIGHT, TOP + LEGEND_ROW * (len(lines) + 1)), parts)


def reliability(
    bins: Sequence[dict[str, float]], title: str, across: str = "confidence", note: str = "", what: str = "samples"
) -> str:
    """A calibration diagram: the share of right answers in each bin of `across`, its count beside the dot.

    Dots are as large as the bin is full; a line leads to the diagonal, where both would be equal. `what` is counted.
    """
    side, edge = 190.0, 30.0
    most = max((b["n"] for b in bins), default=1)
    span = side - 2 * edge

    def place(x: float, y: float) -> tuple[float, float]:
        return edge + x * span, side - edge - y * span

    parts = [
        f'<rect x="{edge}" y="{edge}" width="{span}" height="{span}" fill="none" stroke="#999999"/>',
        f'<path d="M{edge} {side - edge}L{side - edge} {edge}" stroke="#999999" stroke-dasharray="4 3"/>',
        _text(side / 2, 14, _short(title, 34), 10, "middle"),
        _text(side / 2, 26, note, 9, "middle"),
        _text(side / 2, side - 4, across, 10, "middle"),
        _text(11, side / 2, "right", 10, "middle", rotate=True),
    ]
    parts += [_text(*place(v, -0.1), f"{v:g}", 9, "middle") for v in (0, 0.5, 1)]
    for found in bins:
        x, y = place(found["confidence"], found["accuracy"])
        _, foot = place(found["confidence"], found["confidence"])
        radius = 2 + 6 * math.sqrt(found["n"] / most)
        parts.append(f'<path d="M{x:.1f} {y:.1f}V{foot:.1f}" stroke="{COLOURS[1]}"/>')
        told = f"{found['n']:.0f} {what}, {across} {found['confidence']:.3f}, right {found['accuracy']:.3f}"
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{COLOURS[0]}" fill-opacity="0.8">'
            f"<title>{told}</title></circle>"
        )
        parts.append(_text(x, y - radius - 2, _amount(found["n"]), 8, "middle"))
    return _svg(side, side, parts)


def _axes(points: Sequence[Point], curve: Sequence[tuple[float, float]]) -> Axes:
    costs = [p.cost for p in points] + [cost for cost, _ in curve]
    values = [v for p in points for v in (p.accuracy, p.low, p.high) if math.isfinite(v)] + [a for _, a in curve]
    least, most = min(costs) / 1.25, max(costs) * 1.25
    bottom = max(0.0, math.floor((min(values) - 0.02) * 20) / 20)
    top = min(1.0, math.ceil((max(values) + 0.02) * 20) / 20)
    return Axes(least, most, bottom, max(top, bottom + 0.05))


def _frame(axes: Axes, across: str, upwards: str) -> str:
    """The box, its grid and its labels."""
    right, foot = WIDTH - RIGHT, HEIGHT - BOTTOM
    parts = []
    step = next(s for s in (0.01, 0.02, 0.05, 0.1, 0.2) if (axes.top - axes.bottom) / s <= 10)
    value = math.ceil(axes.bottom / step - 1e-9) * step
    while value <= axes.top + 1e-9:
        y = axes.y(value)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{right}" stroke="#e6e6e6"/>')
        parts.append(_text(LEFT - 8, y + 4, f"{value:.2f}", 11, "end"))
        value += step
    for cost in _ticks(axes.least, axes.most):
        x = axes.x(cost)
        parts.append(f'<path d="M{x:.1f} {TOP}V{foot}" stroke="#e6e6e6"/>')
        parts.append(_text(x, foot + 17, _amount(cost), 11, "middle"))
    parts.append(
        f'<rect x="{LEFT}" y="{TOP}" width="{right - LEFT}" height="{foot - TOP}" fill="none" stroke="#666666"/>'
    )
    parts.append(_text((LEFT + right) / 2, HEIGHT - 12, across, 12, "middle"))
    parts.append(_text(16, (TOP + foot) / 2, upwards, 12, "middle", rotate=True))
    return "\n".join(parts)


def _line(axes: Axes, places: Sequence[tuple[float, float]], stroke: str) -> str:
    """A line through (cost, accuracy)."""
    path = " ".join(f"{axes.x(cost):.1f},{axes.y(accuracy):.1f}" for cost, accuracy in places)
    return f'<polyline points="{path}" fill="none" {stroke}/>'


def _ticks(least: float, most: float) -> list[float]:
    """1, 2, 5 times powers of ten inside the range; only powers of ten where that would be too many."""
    low, high = math.floor(math.log10(least)), math.ceil(math.log10(most))
    ticks = [d * 10.0**p for p in range(low, high + 1) for d in (1, 2, 5) if least <= d * 10.0**p <= most]
    return ticks if len(ticks) <= 9 else [t for t in ticks if math.log10(t) % 1 < 1e-9]


def _mark(axes: Axes, point: Point, number: int, colour: str) -> str:
    x, y = axes.x(point.cost), axes.y(point.accuracy)
    told = f"{number}. {point.name}: {point.accuracy:.3f} at {point.cost:,.4g}"
    whisker = ""
    if math.isfinite(point.low):
        low, high = axes.y(point.low), axes.y(point.high)
        ends = "".join(f"M{x - 4:.1f} {end:.1f}h8" for end in (low, high))
        whisker = f'<path d="M{x:.1f} {low:.1f}V{high:.1f}{ends}" stroke="{colour}" stroke-opacity="0.55"/>'
    dot = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="8" fill="{colour}"/>'
    label = f'<text x="{x:.1f}" y="{y + 3.6:.1f}" font-size="10" text-anchor="middle" fill="#ffffff">{number}</text>'
    return f"<g>{whisker}{dot}{label}<title>{_safe(told)}</title></g>"


def _legend(points: Sequence[Point], kinds: Sequence[str], curve: bool) -> str:
    parts, y = [], TOP + 8
    for number, point in enumerate(points, 1):
        colour = COLOURS[kinds.index(point.kind) % len(COLOURS)]
        parts.append(f'<circle cx="{WIDTH + 14}" cy="{y - 4:.1f}" r="7" fill="{colour}"/>')
        place = f'x="{WIDTH + 14}" y="{y - 0.5:.1f}" font-size="9" text-anchor="middle"'
        parts.append(f'<text {place} fill="#ffffff">{number}</text>')
        parts.append(_text(WIDTH + 28, y, _short(point.name, NAME_LENGTH), 11))
        y += LEGEND_ROW
    lines = [("#444444", "", "best at its cost")] + [("#888888", "5 4", "plain vote over n samples")] * curve
    for colour, dash, told in lines:
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        parts.append(f'<path d="M{WIDTH + 6} {y - 4:.1f}h17" stroke="{colour}" stroke-width="1.4"{dashed}/>')
        parts.append(_text(WIDTH + 28, y, told, 11))
        y += LEGEND_ROW
    return "\n".join(parts)


def _svg(width: float, height: float, parts: Sequence[str]) -> str:
    size = f'width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}"'
    ground = f'<rect width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>'
    body = "\n".join(parts)
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {FONT}>\n{ground}\n{body}\n</svg>'


def _text(x: float, y: float, text: str, size: float, anchor: str = "start", rotate: bool = False) -> str:
    turn = f' transform="rotate(-90 {x:.1f} {y:.1f})"' if rotate else ""
    place = f'x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" text-anchor="{anchor}"{turn}'
    return f'<text {place} fill="#333333">{_safe(text)}</text>'


def _amount(cost: float) -> str:
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if cost >= size:
            return f"{cost / size:g}{unit}"
    return f"{cost:g}"


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _safe(text: str) -> str:
    return escape(printable(text))
