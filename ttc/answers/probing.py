"""Decide whether two formulas are equal by evaluating them at a few points."""

import cmath
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Final

from ttc.answers.exact import enormous, exact
from ttc.answers.nodes import Call, Node, Number, Symbol
from ttc.answers.printing import CONSTANTS, node_text, symbols

ROUNDED_DECIMALS: Final = 6  # a decimal with so many may stand for the value it rounds
FLOAT_DIGITS: Final = 15  # significant digits from which a decimal was computed in floating point
FLOAT_ERROR: Final = 2e-15  # relative error of such a decimal
POINTS: Final = (  # values of up to three variables; negative ones tell |x| from x
    (0.7390851, 1.6180340, 2.2360680),
    (1.3247180, 0.5671433, 3.3598857),
    (2.6854520, 4.6692016, 0.3036630),
    (-0.8346268, 1.2020569, -1.4513692),
    (0.1839498, -2.5029079, 1.7052111),
)


class Undecided(ArithmeticError):
    """The value is too large or too singular for floating point."""


def _real(function: Callable[[float], float]) -> Callable[[complex], complex]:
    return lambda value: function(value.real)


UNARY: Final[dict[str, Callable[[complex], complex]]] = {
    "neg": lambda x: -x, "abs": abs, "sin": cmath.sin, "cos": cmath.cos, "tan": cmath.tan, "asin": cmath.asin,
    "acos": cmath.acos, "atan": cmath.atan, "sinh": cmath.sinh, "cosh": cmath.cosh, "tanh": cmath.tanh,
    "exp": cmath.exp,
    "ln": cmath.log, "log": cmath.log10, "cot": lambda x: 1 / cmath.tan(x), "sec": lambda x: 1 / cmath.cos(x),
    "csc": lambda x: 1 / cmath.sin(x), "arccot": lambda x: cmath.atan(1 / x),
    "floor": _real(math.floor), "ceil": _real(math.ceil),
    "factorial": _real(lambda x: math.gamma(x + 1)),
}  # fmt: skip


class Probe:
    """Evaluates formulas at one point; the largest intermediate, `scale`, bounds the rounding error."""

    def __init__(self, point: dict[str, complex]) -> None:
        self.point = point
        self.scale = 0.0

    def value(self, node: Node) -> complex:
        """The value in floating point; Undecided if it overflows or is singular."""
        try:
            return self._value(node)
        except (ArithmeticError, ValueError, TypeError) as error:
            raise Undecided(str(error)) from error

    def _value(self, node: Node) -> complex:
        if isinstance(node, Number):
            result: complex = complex(float(node.value))
        elif isinstance(node, Symbol):
            result = complex(self.point[node.name])
        else:
            result = self._apply(node.name, [self._value(part) for part in node.args])
        result = complex(result.real + 0.0, result.imag + 0.0)  # -0.0 would take the other branch of a root
        if cmath.isfinite(result):
            self.scale = max(self.scale, abs(result))
        elif cmath.isnan(result):
            raise Undecided("not a number")
        return result

    def _apply(self, name: str, args: list[complex]) -> complex:  # noqa: PLR0911 - one for each operation
        if name == "add":
            return sum(args)
        if name == "mul":
            return math.prod(args)
        if name == "pow":
            return complex(args[0] ** args[1])
        if name == "root":
            odd = args[1].real % 2 == 1
            if odd and args[0].imag == 0 and args[0].real < 0:
                return complex(-((-args[0]) ** (1 / args[1])))
            return cmath.sqrt(args[0]) if args[1] == 2 else complex(args[0] ** (1 / args[1]))
        if name == "binom":
            n, k = args[0].real, args[1].real
            return complex(math.gamma(n + 1) / math.gamma(k + 1) / math.gamma(n - k + 1))
        if name == "logbase":
            return cmath.log(args[0]) / cmath.log(args[1])
        if name.startswith("apply "):  # an unknown function: any fixed function of the argument will do
            return cmath.sin(args[0] * 1.7 + sum(map(ord, name)) * 0.37)
        if name in UNARY and len(args) == 1:
            return complex(UNARY[name](args[0]))
        raise Undecided(name)


def probe_points(names: frozenset[str]) -> list[dict[str, complex]]:
    """Points at which formulas in these variables are compared; one empty point for constants."""
    variables = sorted(names - CONSTANTS.keys())
    if not variables:
        return [dict(CONSTANTS)]
    return [
        {**CONSTANTS, **{name: row[index % 3] * (1 + 0.137 * (index // 3)) for index, name in enumerate(variables)}}
        for row in POINTS
    ]


def close(first: complex, second: complex, scale: float) -> bool:
    """Equality up to the rounding error of a computation whose largest intermediate was `scale`."""
    if first == second or not (cmath.isfinite(first) and cmath.isfinite(second)):
        return first == second
    return abs(first - second) <= 1e-10 * max(abs(first), abs(second)) + 1e-14 * scale


def rounds_to(decimal: Number, value: float | Fraction) -> bool:
    """Say whether a decimal with enough digits is `value` rounded or cut to these digits.

    A decimal with 15 or more significant digits was computed in floating point, such as 0.3333333333333333 or
    0.0016666666666666668. Its last digits are the rounding errors of that computation, and count for nothing.
    """
    if value == 0:
        return decimal.value == 0  # 0.0000001 is small, and no spelling of 0
    if decimal.decimals < ROUNDED_DECIMALS and not computed(decimal):
        return False
    tolerance = Fraction(10001, 10000 * 10**decimal.decimals)
    share = FLOAT_ERROR if computed(decimal) else 0.0 if isinstance(value, Fraction) else 1e-15
    return abs(decimal.value - Fraction(value)) < tolerance + abs(Fraction(value)) * Fraction(share)


def computed(decimal: Number) -> bool:
    """Say whether a decimal has as many digits as only floating point writes."""
    return decimal.decimals > 0 and abs(decimal.value) * 10**decimal.decimals >= 10 ** (FLOAT_DIGITS - 1)


def literal(node: Node) -> Number | None:
    """The signed decimal literal that a formula consists of, if it is one."""
    if isinstance(node, Number):
        return node
    if isinstance(node, Call) and node.name == "neg" and isinstance(node.args[0], Number):
        return Number(-node.args[0].value, node.args[0].decimals)
    return None


def _approximates(first: Node, second: Node) -> bool:
    """0.333333 may stand for 1/3; two decimals stand for each other only if floating point computed one of them."""
    mine, yours = literal(first), literal(second)
    found = [part for part in (mine, yours) if part is not None]
    decimals = [part for part in found if computed(part)]
    if not decimals and sum(part.decimals > 0 for part in found) < 2:
        decimals = [part for part in found if part.decimals >= ROUNDED_DECIMALS]
    if len(decimals) != 1:
        return False
    other = second if decimals[0] is mine else first
    value: float | Fraction | None = exact(other)
    if value is None:
        try:
            place = Probe(dict(CONSTANTS)).value(other)
        except (Undecided, KeyError):
            return False
        value = place.real if place.imag == 0 and cmath.isfinite(place) else None
    return value is not None and rounds_to(decimals[0], value)


def same_value(first: Node, second: Node) -> bool | None:
    """Decide whether two formulas are equal wherever both are real; None if floating point cannot tell.

    Rational constants are compared exactly. Everything else is compared at fixed irrational points, in the manner of
    the Schwartz-Zippel test. Short formulas that agree at all of them to ten digits are taken as equal.
    """
    left, right = exact(first), exact(second)
    if left is not None and right is not None:
        return left == right or _approximates(first, second)
    if _approximates(first, second):
        return True
    if enormous(first) or enormous(second):
        return node_text(first) == node_text(second)
    names = symbols(first) | symbols(second)
    tested = 0
    for point in probe_points(names):
        probe = Probe(point)
        try:
            mine, yours = probe.value(first), probe.value(second)
        except Undecided:
            continue
        if (
            "i" not in names
            and len(names - CONSTANTS.keys())
            and max(abs(mine.imag), abs(yours.imag)) > 1e-12 * probe.scale
        ):
            continue
        if not close(mine, yours, probe.scale):
            return False
        if probe.scale > 1e12 and cmath.isfinite(mine):
            return None
        tested += 1
    return True if tested >= min(2, len(probe_points(names))) else None
