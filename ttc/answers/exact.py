"""Exact rational values of formulas, within bounds on their size."""

import math
from fractions import Fraction
from typing import Final

from ttc.answers.nodes import Call, Node, Number, Symbol

SHOWN_BITS: Final = 256  # exact results up to this size are printed as digits
EXACT_BITS: Final = 60_000  # and up to this size they are computed at all


def _power(base: Fraction, exponent: Fraction, bits: int) -> Fraction | None:
    if exponent.denominator == 1:
        size = base.numerator.bit_length() + base.denominator.bit_length()
        if abs(exponent.numerator) * size > 2 * bits or (base == 0 and exponent < 0):
            return None if base not in (1, -1) else Fraction(base ** (exponent.numerator % 2))
        return Fraction(base**exponent.numerator)
    if base > 0 and exponent.denominator <= 64 and base.numerator.bit_length() + base.denominator.bit_length() <= bits:
        root = _root(base, exponent.denominator)
        return None if root is None else _power(root, Fraction(exponent.numerator), bits)
    return None


def _integer_root(value: int, degree: int) -> int | None:
    if value < 0:
        root = _integer_root(-value, degree) if degree % 2 else None
        return None if root is None else -root
    if value.bit_length() > 1000:
        return None
    guess = math.isqrt(value) if degree == 2 else round(value ** (1 / degree))
    return guess if guess**degree == value else None


def _root(value: Fraction, degree: int) -> Fraction | None:
    top, bottom = _integer_root(value.numerator, degree), _integer_root(value.denominator, degree)
    return Fraction(top, bottom) if top is not None and bottom else None


def _call(name: str, args: list[Fraction], bits: int) -> Fraction | None:  # noqa: PLR0911 - one for each function
    """The exact value of a function at rational arguments, None if irrational, undefined or too large."""
    first = args[0]
    if name == "abs":
        return abs(first)
    if name == "floor":
        return Fraction(math.floor(first))
    if name == "ceil":
        return Fraction(math.ceil(first))
    if name == "pow":
        return _power(first, args[1], bits)
    if name == "root" and args[1].denominator == 1 and 1 < args[1] < 64:
        return _root(first, int(args[1]))
    if name == "factorial" and first.denominator == 1 and 0 <= first <= (40 if bits <= SHOWN_BITS else 3000):
        return Fraction(math.factorial(int(first)))
    if name == "binom" and len(args) == 2 and all(value.denominator == 1 for value in args):
        top, bottom = int(first), int(args[1])
        if 0 <= bottom <= top <= (200 if bits <= SHOWN_BITS else 3000):
            return Fraction(math.comb(top, bottom))
    return None


def exact(node: Node, bits: int = EXACT_BITS) -> Fraction | None:
    """The rational value of a formula, or None if it has none or one beyond `bits`."""
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Symbol):
        return None
    args = []
    for part in node.args:
        value = exact(part, bits)
        if value is None:
            return None
        args.append(value)
    result: Fraction | None
    if node.name == "add":
        result = sum(args, Fraction(0))
    elif node.name == "neg":
        result = -args[0]
    elif node.name == "mul":
        result = math.prod(args, start=Fraction(1))
    else:
        result = _call(node.name, args, bits)
    if result is not None and result.numerator.bit_length() + result.denominator.bit_length() > 2 * bits:
        return None
    return result


def enormous(node: Node) -> bool:
    """Say whether a formula has a number that neither this module nor any algebra system should try to compute."""
    if not isinstance(node, Call):
        return False
    if any(map(enormous, node.args)):
        return True
    args = [exact(part) for part in node.args]
    if node.name == "pow" and args[1] is not None and args[0] not in (None, 0, 1, -1):
        return exact(node) is None and abs(args[1]) > 1000
    return node.name in ("factorial", "binom") and args[0] is not None and args[0] > 3000
