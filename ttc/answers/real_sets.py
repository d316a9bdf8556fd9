"""Read intervals, unions, inequalities and conditions as sets of reals."""

import re
from fractions import Fraction

from ttc.answers.exact import exact
from ttc.answers.expression import parse
from ttc.answers.forms import Interval, RealSet, Relation
from ttc.answers.nodes import Call, Node, Number, Symbol, Unreadable
from ttc.answers.printing import CONSTANTS, node_text, symbols
from ttc.answers.probing import Probe, Undecided
from ttc.answers.scan import enclosed, split

INFINITY = Symbol("infinity")
MINUS_INFINITY = Call("neg", (INFINITY,))
REALS = RealSet((Interval(MINUS_INFINITY, INFINITY, False, False),))
SIGN = re.compile(r"(<=|>=|=<|=>|!=|<|>|\\le(?![a-zA-Z])|\\ge(?![a-zA-Z])|\\ne(?![a-zA-Z]))")
PLAIN_SIGN = {"=<": "<=", "=>": ">=", "\\le": "<=", "\\ge": ">=", "\\ne": "!="}
FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "!=": "!="}
UNION = re.compile(r" ?∪ ?| [uU] (?=[(\[])")
WITHOUT = re.compile(r"(?:\\setminus|\\backslash|(?<=[})])-) ?(?=\\\{)")
EQUALS = re.compile(r"(?<![<>!\\])=(?![<>])|\\equiv(?![a-zA-Z])")
COMMA = re.compile(r"[,;]")
WORD_OR = re.compile(r",? or |\\vee|\\lor|\\text\{or\}")
WORD_AND = re.compile(r",? and |[,;]|\\wedge|\\land")


def place(node: Node) -> float | None:
    """Where an end of an interval lies on the line, None if it depends on variables."""
    try:
        value = Probe(dict(CONSTANTS)).value(node)
    except (Undecided, KeyError):
        return None
    return value.real if value.imag == 0 else None


def interval(text: str) -> Interval | None:
    """Read [a, b), None if the text is no pair of ends in brackets."""
    if not enclosed(text) or text[0] == "{" or text[-1] == "}":
        return None
    parts = split(text[1:-1], COMMA)
    if len(parts) != 2:
        return None
    try:
        low, high = parse(parts[0]), parse(parts[1])
    except Unreadable:
        return None
    return Interval(low, high, text[0] == "[" and not unbounded(low), text[-1] == "]" and not unbounded(high))


def unbounded(node: Node) -> bool:
    """Say whether an end is infinite."""
    return "infinity" in symbols(node)


def points(text: str) -> list[Node] | None:
    """Read \\{a, b\\} as the list of its elements."""
    if not (text.startswith("\\{") and text.endswith("\\}")):
        return None
    try:
        return [parse(part) for part in split(text[2:-2], COMMA)]
    except Unreadable:
        return None


def _all_but(nodes: list[Node]) -> tuple[Interval, ...]:
    ends = sorted(nodes, key=lambda node: place(node) or 0.0)
    lows, highs = [MINUS_INFINITY, *ends], [*ends, INFINITY]
    return tuple(Interval(low, high, False, False) for low, high in zip(lows, highs, strict=True))


def union(text: str) -> RealSet | None:
    """Read a union of intervals and points, or the reals without some points."""
    parts = [part.strip() for part in WITHOUT.split(text)]
    if len(parts) == 2 and parts[0] in (r"\mathbb{R}", "(-infinity,infinity)", "(-infinity, infinity)"):
        removed = points(parts[1])
        return RealSet(_all_but(removed)) if removed else None
    pieces: list[Interval] = []
    for part in UNION.split(text):
        single = interval(part.strip())
        if single is not None:
            pieces.append(single)
            continue
        elements = points(part.strip())
        if elements is None:
            return None
        pieces += [Interval(node, node, True, True) for node in elements]
    return RealSet(tuple(pieces))


def _isolate(left: Node, sign: str, right: Node) -> tuple[str, str, Node] | None:
    """Bring `left sign right` into the form variable, sign, bound; rational linear inequalities are solved."""
    for one, other, turned in ((left, right, sign), (right, left, FLIPPED[sign])):
        name = _unknown(one)
        if name is not None and not symbols(one) & symbols(other):
            return name, turned, other
    names = (symbols(left) | symbols(right)) - CONSTANTS.keys()
    if len(names) != 1:
        return None
    (name,) = names
    values = [exact(_put(Call("add", (left, Call("neg", (right,)))), name, Fraction(at))) for at in (0, 1, 2, 5)]
    start, *rest = values
    if start is None or any(value is None for value in rest) or rest[0] is None:
        return None
    slope = rest[0] - start
    if slope == 0 or rest[1:] != [start + 2 * slope, start + 5 * slope]:
        return None
    return name, sign if slope > 0 else FLIPPED[sign], Number(-start / slope)


def _unknown(node: Node) -> str | None:
    """The name of what an inequality bounds: a variable, or a function of one as in 0 < f(x) < 1, whose range it is."""
    if isinstance(node, Symbol) and node.name not in CONSTANTS:
        return node.name
    if isinstance(node, Call) and node.name.startswith("apply ") and isinstance(node.args[0], Symbol):
        return node_text(node)
    return None


def _put(node: Node, name: str, value: Fraction) -> Node:
    if isinstance(node, Symbol) and node.name == name:
        return Number(value)
    return Call(node.name, tuple(_put(part, name, value) for part in node.args)) if isinstance(node, Call) else node


def _ray(sign: str, bound: Node) -> tuple[Interval, ...]:
    if sign == "!=":
        return _all_but([bound])
    if sign in (">", ">="):
        return (Interval(bound, INFINITY, sign == ">=" and not unbounded(bound), False),)
    return (Interval(MINUS_INFINITY, bound, False, sign == "<=" and not unbounded(bound)),)


def chain(text: str) -> Relation | None:
    """Read `a < b <= c` with its signs, None if some side is no formula."""
    pieces = SIGN.split(text)
    try:
        sides = tuple(parse(piece) for piece in pieces[::2])
    except Unreadable:
        return None
    signs = tuple(PLAIN_SIGN.get(sign, sign) for sign in pieces[1::2])
    if any(sign in (">", ">=") for sign in signs):
        sides, signs = sides[::-1], tuple(FLIPPED[sign] for sign in reversed(signs))
    return Relation(sides, signs) if signs else None


def _solutions(relation: Relation) -> RealSet | None:
    sides, signs = relation.sides, relation.signs
    absolute = _absolute(sides, signs)
    if absolute is not None:
        return absolute
    if len(signs) == 1:
        isolated = _isolate(sides[0], signs[0], sides[1])
        return RealSet(_ray(isolated[1], isolated[2]), isolated[0]) if isolated else None
    middle = sides[1]
    name = _unknown(middle)
    if len(signs) == 2 and set(signs) <= {"<", "<="} and name is not None:
        low_closed, high_closed = (sign == "<=" for sign in signs)
        piece = Interval(
            sides[0], sides[2], low_closed and not unbounded(sides[0]), high_closed and not unbounded(sides[2])
        )
        return RealSet((piece,), name)
    return None


def _absolute(sides: tuple[Node, ...], signs: tuple[str, ...]) -> RealSet | None:
    """Solve |x| < 3, |x - 1| >= 2 or 1 <= |x| <= 3 for a real x: what stands between bars is taken for real."""
    places = [place for place, side in enumerate(sides) if isinstance(side, Call) and side.name == "abs"]
    if len(places) != 1 or not set(signs) <= {"<", "<="}:
        return None
    (at,) = places
    inner = sides[at].args[0]  # type: ignore[union-attr]
    found: tuple[Interval, ...] | None = None
    variable = None
    for mine, sign in ((at - 1, "low"), (at + 1, "high")):
        if not 0 <= mine < len(sides):
            continue
        bound, word = sides[mine], signs[min(mine, at)]
        outer = FLIPPED[word] if sign == "low" else word
        rays = [_isolate(inner, outer, bound), _isolate(inner, FLIPPED[outer], Call("neg", (bound,)))]
        if rays[0] is None or rays[1] is None or (place(bound) or 0) <= 0:
            return None
        first, second = (_ray(ray[1], ray[2]) for ray in rays if ray)
        variable = rays[0][0]
        both = intersect(first, second) if sign == "high" else (*second, *first)
        found = both if found is None or both is None else intersect(found, both)
    return None if found is None else RealSet(found, variable)


def _point(clause: str) -> RealSet | None:
    """Read `x = 2`, which may stand beside inequalities."""
    sides = split(clause, EQUALS)
    try:
        left, right = (parse(side) for side in sides)
    except (Unreadable, ValueError):
        return None
    if not isinstance(left, Symbol) or left.name in CONSTANTS or place(right) is None:
        return None
    return RealSet((Interval(right, right, True, True),), left.name)


def inequality(text: str) -> RealSet | None:
    """Read an inequality in one variable, or several joined by "or", "and" or commas."""
    alternatives = split(text, WORD_OR)
    pieces: list[Interval] = []
    variables = set()
    for alternative in alternatives:
        found: tuple[Interval, ...] | None = None
        for clause in split(alternative, WORD_AND):
            relation = chain(clause)
            solved = _solutions(relation) if relation else _point(clause)
            if solved is None:
                return None
            variables.add(solved.variable)
            common = solved.pieces if found is None else intersect(found, solved.pieces)
            if common is None:
                return None
            found = common or (*(found or ()), *solved.pieces)  # "x < -2, x > 2" can only mean "or"
        pieces += found or ()
    return RealSet(tuple(pieces), variables.pop()) if len(variables) == 1 else None


def intersect(first: tuple[Interval, ...], second: tuple[Interval, ...]) -> tuple[Interval, ...] | None:
    """The common part of two unions of intervals, None if an end cannot be placed on the line."""
    found = []
    for one in first:
        for two in second:
            ends = [place(node) for node in (one.low, two.low, one.high, two.high)]
            if any(end is None for end in ends):
                return None
            low_1, low_2, high_1, high_2 = (end or 0.0 for end in ends)
            low, low_closed = (one.low, one.low_closed) if low_1 > low_2 else (two.low, two.low_closed)
            high, high_closed = (one.high, one.high_closed) if high_1 < high_2 else (two.high, two.high_closed)
            if low_1 == low_2:
                low_closed = one.low_closed and two.low_closed
            if high_1 == high_2:
                high_closed = one.high_closed and two.high_closed
            if max(low_1, low_2) < min(high_1, high_2) or (
                max(low_1, low_2) == min(high_1, high_2) and low_closed and high_closed
            ):
                found.append(Interval(low, high, low_closed, high_closed))
    return tuple(found)


def merge(pieces: tuple[Interval, ...]) -> tuple[Interval, ...]:
    """Sort the intervals of a union and join those that overlap or touch; left alone if an end has no place."""
    placed = []
    for piece in pieces:
        low, high = place(piece.low), place(piece.high)
        if low is None or high is None:
            return pieces
        placed.append((low, not piece.low_closed, high, piece))
    merged: list[tuple[float, Interval]] = []
    for low, _, high, piece in sorted(placed, key=lambda entry: entry[:3]):
        if merged:
            end, last = merged[-1]
            if low < end or (low == end and (piece.low_closed or last.high_closed)):
                if high > end or (high == end and piece.high_closed):
                    merged[-1] = (high, Interval(last.low, piece.high, last.low_closed, piece.high_closed))
                continue
        merged.append((high, piece))
    return tuple(piece for _, piece in merged)
