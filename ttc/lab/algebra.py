"""Linear expressions in one unknown, read from text: enough algebra to check a step of a linear equation exactly."""

import re
from fractions import Fraction
from itertools import pairwise

Line = tuple[Fraction, Fraction]
"""(a, b) stands for a * x + b."""

_EQUATION = re.compile(r"(?<![A-Za-z])[-+*/() \dnt-z]*[\dnt-z)](?: = [-+*/() \dnt-z]*[\dnt-z)])+(?![A-Za-z])")
_TOKEN = re.compile(r"\d+|[nt-z]|[-+*/()]")


def equations(text: str) -> list[str]:
    """The equations in a text; unknowns are single letters n or t to z."""
    return _EQUATION.findall(text)


def holds(equation: str, root: int) -> bool:
    """Whether every equality of a chain is true at `root`; what cannot be read is not."""
    try:
        sides = [_Reader(side).read() for side in equation.split("=")]
    except (ValueError, ZeroDivisionError, IndexError):
        return False
    return all((a - c) * root + b - d == 0 for (a, b), (c, d) in pairwise(sides))


class _Reader:
    """Recursive descent over sums of products; `3x` and `3(x + 1)` multiply."""

    def __init__(self, text: str) -> None:
        self.tokens: list[str] = _TOKEN.findall(text)
        self.at = 0

    def read(self) -> Line:
        """The whole text as one linear expression; ValueError when it is none."""
        value = self._sum()
        if self.at != len(self.tokens):
            raise ValueError("not a linear expression")
        return value

    def _peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    def _sum(self) -> Line:
        a, b = self._product()
        while self._peek() in ("+", "-"):
            sign = 1 if self._take() == "+" else -1
            c, d = self._product()
            a, b = a + sign * c, b + sign * d
        return a, b

    def _product(self) -> Line:
        value = self._factor()
        while self._peek() and self._peek() not in ("+", "-", ")"):
            divide = self._peek() == "/"
            if self._peek() in ("*", "/"):
                self._take()
            value = _divide(value, self._factor()) if divide else _multiply(value, self._factor())
        return value

    def _factor(self) -> Line:
        token = self._take()
        if token == "-":
            a, b = self._factor_with_unknown()
            return -a, -b
        if token == "(":
            value = self._sum()
            if self._take() != ")":
                raise ValueError("missing bracket")
            return value
        if token.isdigit():
            return Fraction(0), Fraction(int(token))
        if token.isalpha():
            return Fraction(1), Fraction(0)
        raise ValueError(f"unexpected {token!r}")

    def _factor_with_unknown(self) -> Line:
        """What a leading minus binds: `-3x`, `-3(x + 1)`."""
        value = self._factor()
        while self._peek() and self._peek() not in "+-*/)":
            value = _multiply(value, self._factor())
        return value


def _multiply(left: Line, right: Line) -> Line:
    if left[0] and right[0]:
        raise ValueError("not linear")
    return left[0] * right[1] + right[0] * left[1], left[1] * right[1]


def _divide(left: Line, right: Line) -> Line:
    if right[0]:
        raise ValueError("not linear")
    return left[0] / right[1], left[1] / right[1]
