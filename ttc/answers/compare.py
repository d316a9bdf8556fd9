"""Decide whether two answers that have been read are equal."""

from collections.abc import Iterable
from typing import Final

from ttc.answers.exact import enormous
from ttc.answers.forms import (
    Based,
    Choice,
    Clock,
    Form,
    Group,
    Interval,
    Matrix,
    Opaque,
    Percent,
    Ratio,
    Readings,
    RealSet,
    Relation,
    Value,
    Words,
)  # fmt: skip
from ttc.answers.nodes import Call, Node, Number
from ttc.answers.printing import CONSTANTS, symbols
from ttc.answers.probing import Probe, Undecided, close, probe_points, same_value
from ttc.answers.units import compatible

MAX_UNORDERED: Final = 64  # items of a list whose order does not matter


def same(first: Readings, second: Readings) -> bool | None:
    """Compare two answers; None if mathematics beyond floating point would have to decide.

    The strict reading of one side may meet the strict or a loose reading of the other. Two loose readings never meet:
    5 cm equals 5, and 5 equals 5 m, but 5 cm does not equal 5 m.
    """
    if first.key == second.key:
        return True
    return any_of(
        (
            same_form(first.strict, second.strict),
            *(same_form(first.strict, form) for form in second.loose),
            *(same_form(form, second.strict) for form in first.loose),
        )
    )


def any_of(results: Iterable[bool | None]) -> bool | None:
    """True if one is, else None if one is undecided."""
    found = list(results)
    return True if True in found else None if None in found else False


def all_of(results: Iterable[bool | None]) -> bool | None:
    """False as soon as one is, else None if one is undecided."""
    undecided = False
    for result in results:
        if result is False:
            return False
        undecided |= result is None
    return None if undecided else True


def same_form(first: Form, second: Form) -> bool | None:  # noqa: PLR0911, PLR0912 - one case for each kind
    """Compare one reading with another."""
    if isinstance(first, Opaque) or isinstance(second, Opaque):
        return _opaque(first, second)
    match first, second:
        case Value(), Value():
            return _values(first, second)
        case Percent(mine), Percent(yours):
            return same_value(mine, yours)
        case Based(digits, base), Based(other_digits, other_base):
            if (digits, base) == (other_digits, other_base):
                return True
            return base != other_base and first.value is not None and first.value == second.value
        case Group(items, kind), Group(others, other_kind):
            if (kind == "tuple") != (other_kind == "tuple") or len(items) != len(others):
                return False
            return all_of(map(same, items, others)) if kind == "tuple" else _unordered(items, others)
        case RealSet(), RealSet():
            return _real_sets(first, second)
        case Matrix(rows), Matrix(other_rows):
            if [len(row) for row in rows] != [len(row) for row in other_rows]:
                return False
            return all_of(same(*pair) for row in zip(rows, other_rows, strict=True) for pair in zip(*row, strict=True))
        case Relation(), Relation():
            return _relations(first, second)
        case Clock(minutes, half), Clock(other_minutes, other_half):
            return minutes == other_minutes and (half == other_half or not half or not other_half)
        case Ratio(parts), Ratio(others):
            return len(parts) == len(others) and all_of(
                same_value(_times(mine, others[0]), _times(yours, parts[0]))
                for mine, yours in zip(parts, others, strict=True)
            )
        case (Choice(mine), Choice(yours)) | (Words(mine), Words(yours)):
            return mine.casefold() == yours.casefold()
    return False


def _opaque(first: Form, second: Form) -> bool | None:
    if (
        isinstance(first, Opaque)
        and isinstance(second, Opaque)
        and first.text.replace(" ", "") == second.text.replace(" ", "")
    ):
        return True
    return False if _beyond_algebra(first) or _beyond_algebra(second) else None


def _beyond_algebra(form: Form) -> bool:
    """Say whether symbolic algebra has nothing to say about a form, or should not try."""
    if isinstance(form, Opaque):
        return form.hopeless
    if isinstance(form, Value):
        return enormous(form.node)
    return isinstance(form, Words | Choice | Clock | Percent | Based)


def _times(first: Node, second: Node) -> Node:
    return Call("mul", (first, second))


def _minus(first: Node, second: Node) -> Node:
    return Call("add", (first, Call("neg", (second,))))


def _values(first: Value, second: Value) -> bool | None:
    if first.unit is None or second.unit is None:
        return first.unit is second.unit and same_value(first.node, second.node)
    if not compatible(first.unit, second.unit):
        return False
    if first.unit.size == second.unit.size:
        return same_value(first.node, second.node)
    return same_value(_times(first.node, Number(first.unit.size)), _times(second.node, Number(second.unit.size)))


def _unordered(items: tuple[Readings, ...], others: tuple[Readings, ...]) -> bool | None:
    """Match the items of two lists one to one, each with the first free partner that equals it."""
    if len(items) > MAX_UNORDERED:
        return sorted(item.key for item in items) == sorted(item.key for item in others)
    free = list(others)
    undecided = False
    for item in items:
        results = [same(item, other) for other in free]
        if True in results:
            free.pop(results.index(True))
        elif None in results:
            undecided = True
        else:
            return False
    return None if undecided else True


def _real_sets(first: RealSet, second: RealSet) -> bool | None:
    if len(first.pieces) != len(second.pieces):
        return False
    if first.variable and second.variable and first.variable != second.variable:
        return False
    return all_of(_intervals(mine, yours) for mine, yours in zip(first.pieces, second.pieces, strict=True))


def _intervals(first: Interval, second: Interval) -> bool | None:
    if (first.low_closed, first.high_closed) != (second.low_closed, second.high_closed):
        return False
    return all_of((same_value(first.low, second.low), same_value(first.high, second.high)))


def _relations(first: Relation, second: Relation) -> bool | None:
    """Equations are equal if one is a multiple of the other; longer chains side by side."""
    if first.signs != second.signs:
        return False
    if len(first.signs) > 1:
        return all_of(map(same_value, first.sides, second.sides))
    return proportional(_minus(*first.sides), _minus(*second.sides), positive=first.signs[0] in ("<", "<="))


def proportional(first: Node, second: Node, positive: bool) -> bool | None:
    """Say whether two formulas differ by a constant factor (a positive one, for inequalities)."""
    names = symbols(first) | symbols(second)
    pairs = []
    for point in probe_points(names):
        probe = Probe(point)
        try:
            pairs.append((probe.value(first), probe.value(second), probe.scale))
        except Undecided:
            continue
    if len(pairs) < 2 or not names - CONSTANTS.keys():
        return None
    top, bottom, _ = max(pairs, key=lambda pair: abs(pair[1]))
    if top == 0 or bottom == 0 or (positive and (top / bottom).real <= 0):
        return None if top == bottom == 0 else False
    return all(close(mine * bottom, yours * top, scale * max(abs(top), abs(bottom))) for mine, yours, scale in pairs)
