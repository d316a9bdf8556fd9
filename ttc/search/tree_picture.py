"""A picture of a search tree: self-contained SVG, or HTML around it.

Read from left to right. A bar is a step: its length shows the tokens, its colour the score. Hollow dashed bars were
pruned, the dark outline follows the chosen path, a dot ends a finished path. Hovering over a bar tells its text.
"""

import math
from dataclasses import dataclass
from html import escape

from ttc.search.tree import Node, SearchTree, printable

# Dark violet to yellow, even in lightness and safe for colour-blind readers; score 0, 1/4, 1/2, 3/4, 1.
COLOURS = [(68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37)]
UNJUDGED = "#bbbbbb"
WIDTH = 1000.0  # px from the root to the longest path's end
MARGIN, HEAD, LABELS = 24.0, 78.0, 250.0
ROOT, GAP = 100.0, 16.0  # room for the prompt's bar and fan; between a step and the next
ROW, DENSE_ROW, BAR = 24.0, 14.0, 11.0
DENSE = 60  # leaves from which rows move together
LABEL_LENGTH = 38


@dataclass(frozen=True, slots=True)
class Box:
    """Where the bar of one node lies, in px.

    Args:
        left: Its left edge.
        right: Its right edge.
        y: Its middle.
    """

    left: float
    right: float
    y: float


def colour(score: float) -> str:
    """Colour of a score in [0, 1], as #rrggbb; grey for nan."""
    if math.isnan(score):
        return UNJUDGED
    place = min(max(score, 0.0), 1.0) * (len(COLOURS) - 1)
    low = min(int(place), len(COLOURS) - 2)
    mixed = (round(a + (b - a) * (place - low)) for a, b in zip(COLOURS[low], COLOURS[low + 1], strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def layout(tree: SearchTree) -> tuple[list[Box], float]:
    """Box of every node and the px of one token: leaves on rows of their own, parents midway between their children."""
    below = tree.children()
    ends = [0] * len(tree)
    for node in tree.nodes[1:]:
        ends[node.id] = ends[node.parent] + node.tokens
    deepest = max(node.depth for node in tree.nodes)
    scale = max(WIDTH - ROOT - deepest * GAP, WIDTH / 3) / max(*ends, 1)
    heights = _heights(below)
    boxes = [Box(MARGIN, MARGIN + ROOT / 3, heights[0])]
    for node in tree.nodes[1:]:
        right = MARGIN + ROOT + ends[node.id] * scale + (node.depth - 1) * GAP
        boxes.append(Box(right - max(node.tokens * scale, 2.0), right, heights[node.id]))
    return boxes, scale


def _heights(below: list[list[int]]) -> list[float]:
    leaves = sum(not children for children in below)
    row = ROW if leaves < DENSE else DENSE_ROW
    heights = [0.0] * len(below)
    stack, order, rows = [0], [], 0
    while stack:
        node = stack.pop()
        order.append(node)
        stack.extend(reversed(below[node]))
        if not below[node]:
            heights[node] = HEAD + rows * row
            rows += 1
    for node in reversed(order):
        if below[node]:
            heights[node] = (heights[below[node][0]] + heights[below[node][-1]]) / 2
    return heights


def to_svg(tree: SearchTree, title: str = "Search tree") -> str:
    """The picture as one SVG element."""
    boxes, scale = layout(tree)
    below = tree.children()
    width = 2 * MARGIN + WIDTH + LABELS
    height = max(box.y for box in boxes) + ROW + 46
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="Helvetica, Arial, sans-serif" font-size="11">',
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>',
        _heading(tree, title),
    ]
    # Edges first, then bars; the chosen path last in each, so that nothing covers it.
    drawn = sorted(tree.nodes, key=lambda node: node.chosen)
    parts += [_edge(node, boxes[node.parent], boxes[node.id]) for node in drawn if node.parent >= 0]
    parts += [_bar(node, boxes[node.id]) for node in drawn]
    parts += [_leaf_label(node, boxes[node.id]) for node in tree.nodes if not below[node.id]]
    parts += [_legend(height - 26, scale), "</svg>"]
    return "\n".join(parts)


def _heading(tree: SearchTree, title: str) -> str:
    done, pruned = sum(node.done for node in tree.nodes), sum(node.pruned for node in tree.nodes)
    generated = sum(node.tokens for node in tree.nodes[1:])
    facts = (
        f"{len(tree) - 1} steps, {generated} tokens generated, {done} finished, {pruned} pruned, "
        f"at most {max(tree.tokens_held())} tokens held at a step"
    )
    return (
        f'<text x="{MARGIN}" y="26" font-size="16" font-weight="bold" fill="#111111">{escape(title)}</text>\n'
        f'<text x="{MARGIN}" y="45" font-size="12" fill="#444444">{facts}</text>'
    )


def _edge(node: Node, above: Box, box: Box) -> str:
    middle = (above.right + box.left) / 2
    stroke = 'stroke="#111111" stroke-width="2.2"' if node.chosen else 'stroke="#b5b5b5" stroke-width="1"'
    dash = ' stroke-dasharray="3 2"' if node.pruned else ""
    start, end = f"{above.right:.1f} {above.y:.1f}", f"{box.left:.1f} {box.y:.1f}"
    bends = f"{middle:.1f} {above.y:.1f} {middle:.1f} {box.y:.1f}"
    return f'<path d="M{start}C{bends} {end}" fill="none" {stroke}{dash}/>'


def _bar(node: Node, box: Box) -> str:
    shade = "#e4e4e4" if node.parent < 0 else colour(node.score)
    style = f'fill="{shade}"'
    if node.pruned:
        style = f'fill="{shade}" fill-opacity="0.18" stroke="{shade}" stroke-dasharray="3 2"'
    if node.chosen:
        style += ' stroke="#111111" stroke-width="2"'
    place = f'x="{box.left:.1f}" y="{box.y - BAR / 2:.1f}" width="{box.right - box.left:.1f}" height="{BAR}" rx="2"'
    parts = [f"<rect {place} {style}><title>{escape(_tooltip(node))}</title></rect>"]
    if node.done:
        parts.append(f'<circle cx="{box.right + 5:.1f}" cy="{box.y:.1f}" r="2.6" fill="#111111"/>')
    if node.parent < 0:
        parts.append(f'<text x="{box.left:.1f}" y="{box.y - 9:.1f}" font-size="10" fill="#444444">prompt</text>')
    elif box.right - box.left > 24:
        ink = "#111111" if node.pruned or not node.score < 0.6 else "#ffffff"
        place = f'x="{(box.left + box.right) / 2:.1f}" y="{box.y + 3.3:.1f}" text-anchor="middle"'
        score = "?" if math.isnan(node.score) else f"{node.score:.2f}"
        parts.append(f'<text {place} font-size="9" fill="{ink}">{score}</text>')
    return "\n".join(parts)


def _leaf_label(node: Node, box: Box) -> str:
    words = " ".join(printable(node.text).split())
    if not words:
        return ""
    short = words if len(words) <= LABEL_LENGTH else "… " + words[-LABEL_LENGTH:].partition(" ")[2]
    ink, weight = ("#999999", "normal") if node.pruned else ("#222222", "bold" if node.chosen else "normal")
    place = f'x="{box.right + 12:.1f}" y="{box.y + 3.6:.1f}"'
    return f'<text {place} fill="{ink}" font-weight="{weight}">{escape(short)}</text>'


def _tooltip(node: Node) -> str:
    state = "".join(f", {name}" for name in ("done", "pruned", "chosen") if getattr(node, name))
    return f"node {node.id}: {node.tokens} tokens, score {node.score:.3f}{state}\n{printable(node.text)}"


def _legend(y: float, scale: float) -> str:
    """Key along the foot: scores, marks, and a ruler of tokens."""
    parts = [f'<g transform="translate({MARGIN} {y:.1f})" fill="#444444"><text x="0" y="9">score 0</text>']
    parts += [f'<rect x="{46 + 12 * k}" y="0" width="12" height="{BAR}" fill="{colour(k / 8)}"/>' for k in range(9)]
    parts.append('<text x="160" y="9">1</text>')
    parts.append(
        f'<rect x="196" y="0" width="26" height="{BAR}" rx="2" fill="none" stroke="#888888" stroke-dasharray="3 2"/>'
    )
    parts.append('<text x="228" y="9">pruned</text>')
    parts.append(
        f'<rect x="288" y="0" width="26" height="{BAR}" rx="2" fill="none" stroke="#111111" stroke-width="2"/>'
    )
    parts.append('<text x="320" y="9">chosen path</text>')
    parts.append(f'<circle cx="404" cy="{BAR / 2}" r="2.6" fill="#111111"/><text x="412" y="9">finished</text>')
    tokens = next(count for count in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 10**4, 10**9) if count * scale >= 40)
    ruler = tokens * scale
    parts.append(
        f'<path d="M480 2V{BAR - 2}M480 {BAR / 2}H{480 + ruler:.1f}M{480 + ruler:.1f} 2V{BAR - 2}" stroke="#444444"/>'
    )
    parts.append(f'<text x="{488 + ruler:.1f}" y="9">{tokens} tokens</text></g>')
    return "\n".join(parts)
