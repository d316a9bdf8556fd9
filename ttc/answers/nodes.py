"""The tree of a formula, and the numbers at its leaves."""

import re
from dataclasses import dataclass
from fractions import Fraction


class Unreadable(ValueError):
    """The text is no formula that this parser knows."""


class TooDeep(Unreadable):
    """The text nests more brackets than any honest answer."""


@dataclass(frozen=True, slots=True)
class Number:
    """An exact number as written; `decimals` counts its digits after the point."""

    value: Fraction
    decimals: int = 0


@dataclass(frozen=True, slots=True)
class Symbol:
    """A variable, or one of the constants pi, e, i, infinity."""

    name: str


@dataclass(frozen=True, slots=True)
class Call:
    """An operation (add, mul, pow, neg, plusminus, factorial, binom, ...) or a function on its arguments."""

    name: str
    args: "tuple[Node, ...]"


Node = Number | Symbol | Call


def repeating(text: str) -> Fraction:
    """0.1\\overline{6}, 0.1(6) and 0.1666... as exact fractions."""
    if text.endswith("..."):
        digits = text[:-3].partition(".")[2]
        for length in range(1, len(digits) // 2 + 1):
            block = digits[-length:]
            start = len(digits) - length
            while start >= length and digits[start - length : start] == block:
                start -= length
            if len(digits) - start >= max(2 * length, 3):
                text = f"{text.partition('.')[0]}.{digits[:start]}({block})"
                break
        else:
            raise Unreadable(text)
    found = re.fullmatch(r"(\d*)\.(\d*)\D+(\d+)\D", text)
    if found is None:
        raise Unreadable(text)
    whole, fixed, block = found.groups()
    base = Fraction(int(whole + fixed or "0"), 10 ** len(fixed))
    return base + Fraction(int(block), (10 ** len(block) - 1) * 10 ** len(fixed))


def number(text: str) -> Node:
    """Read an unsigned decimal literal; a huge power of ten stays unevaluated."""
    mantissa, _, exponent = text.lower().partition("e")
    whole, _, part = mantissa.partition(".")
    value = Fraction(int((whole + part) or "0"), 10 ** len(part))
    if not exponent:
        return Number(value, len(part))
    power = int(exponent[:12])
    if abs(power) <= 400:
        return Number(value * Fraction(10) ** power, max(0, len(part) - power))
    return Call("mul", (Number(value), Call("pow", (Number(Fraction(10)), Number(Fraction(power))))))
