"""Read equations and chains of approximations."""

import re
from collections.abc import Callable

from ttc.answers.forms import Readings, Relation, Value
from ttc.answers.nodes import Call, Node, Number, Symbol
from ttc.answers.printing import CONSTANTS, has_signs, symbols
from ttc.answers.quantity import formula
from ttc.answers.real_sets import EQUALS
from ttc.answers.scan import split

APPROXIMATELY = re.compile(r"(?:\\approx|\\sim|\\simeq|~)(?![a-zA-Z])")
PLAIN = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)")
FUNCTION_OF = re.compile(r"([A-Za-z](?:_\w)?'?(?:\^\{? ?-1 ?\}?)?) ?\( ?([a-z](?: ?, ?[a-z])*) ?\)")

Read = Callable[[str], Readings]


def relation(text: str, read: Read) -> Readings | None:
    """Read an equation; what a grader would also take for it is its right side, where the left side names a value."""
    sides = split(text, APPROXIMATELY)
    if len(sides) > 1:
        named = formula(sides[0])
        return read(sides[-1] if isinstance(named, Symbol) and not PLAIN.fullmatch(sides[0]) else sides[0])
    sides = split(text, EQUALS)
    if len(sides) < 2:
        return None
    left_text, right_text = sides[0], sides[-1]
    function = FUNCTION_OF.fullmatch(left_text)
    left: Node | None = Symbol(left_text.replace(" ", "")) if function else formula(left_text)
    if function and (function[1], function[2]) == ("f", "x"):
        left = Symbol("y")
    right = formula(right_text)
    if left is None or right is None:
        return read(right_text)
    mine, yours = symbols(left) - CONSTANTS.keys(), symbols(right) - CONSTANTS.keys()
    if not mine and not yours:  # 2 + 3 = 5
        return read(right_text)
    if not mine or (isinstance(right, Symbol) and not isinstance(left, Symbol) and not yours & mine):
        return _equation(right, left, read(left_text)) if yours else read(right_text)  # 5 = x; 7 = 11a + c
    return _equation(left, right, read(right_text))


def _equation(left: Node, right: Node, value: Readings) -> Readings:
    """`left = right`, also read as its right side where the left side names a value.

    A symbol or f(x) names one, and so does an expression whose value was asked for, as in `a+b = 12`. An expression
    in x, y or z with a value is the equation of a curve. So is one that is zero, as in `a^2 + b = 0`.
    """
    if has_signs(right) or (isinstance(value.strict, Value) and value.strict.unit):
        return value
    alone = isinstance(left, Symbol) or not (symbols(left) & {"x", "y", "z"} or _is_sum_of_zero(left, right))
    return Readings(Relation((left, right), ("=",)), (value.strict,) if alone else ())


def _is_sum_of_zero(left: Node, right: Node) -> bool:
    return isinstance(right, Number) and right.value == 0 and isinstance(left, Call) and left.name == "add"
