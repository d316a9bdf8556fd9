"""The kinds of answers that the verifier tells apart."""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Literal

from ttc.answers.nodes import Node
from ttc.answers.printing import node_text
from ttc.answers.units import Unit


@dataclass(frozen=True, slots=True)
class Value:
    """A number or formula, with its unit if it has one."""

    node: Node
    unit: Unit | None = None


@dataclass(frozen=True, slots=True)
class Percent:
    """So many per cent."""

    node: Node


@dataclass(frozen=True, slots=True)
class Based:
    """A numeral with a base subscript."""

    digits: str
    base: int

    @property
    def value(self) -> Fraction | None:
        """The number it denotes, None if a digit does not exist in the base."""
        whole, _, part = self.digits.lstrip("-").partition(".")
        try:
            size = Fraction(int(whole + part, self.base), self.base ** len(part))
        except ValueError:
            return None
        return -size if self.digits.startswith("-") else size


@dataclass(frozen=True, slots=True)
class Group:
    """Several answers in one; only a tuple (or vector) has an order, and only a set drops what it repeats."""

    items: "tuple[Readings, ...]"
    kind: Literal["tuple", "list", "set"]


@dataclass(frozen=True, slots=True)
class Interval:
    """All reals between two ends."""

    low: Node
    high: Node
    low_closed: bool
    high_closed: bool


@dataclass(frozen=True, slots=True)
class RealSet:
    """A union of intervals, and the variable if it was given as an inequality."""

    pieces: tuple[Interval, ...]
    variable: str | None = None


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows of answers."""

    rows: "tuple[tuple[Readings, ...], ...]"


@dataclass(frozen=True, slots=True)
class Relation:
    """`left sign right` with sign one of = < <= !=, or a chain of them."""

    sides: tuple[Node, ...]
    signs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day in minutes after 12 o'clock; `half` is "am", "pm" or unknown."""

    minutes: int
    half: str | None


@dataclass(frozen=True, slots=True)
class Ratio:
    """a : b : ..."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The letter of an option."""

    letter: str


@dataclass(frozen=True, slots=True)
class Words:
    """Text, in lower case without wrapping."""

    text: str


@dataclass(frozen=True, slots=True)
class Opaque:
    """Mathematics beyond the in-process reader; `hopeless` if no other reader should try it either."""

    text: str
    hopeless: bool = False


Form = Value | Percent | Based | Group | RealSet | Matrix | Relation | Clock | Ratio | Choice | Words | Opaque


@dataclass(frozen=True)
class Readings:
    """How an answer may be read: first as it stands, then the looser ways a grader would also accept."""

    strict: Form
    loose: tuple[Form, ...] = ()

    @cached_property
    def key(self) -> str:
        """A printed form that equal strict readings share; votes look at it again and again."""
        return form_key(self.strict)


def _interval_key(piece: Interval) -> str:
    low, high = node_text(piece.low), node_text(piece.high)
    return f"{'[' if piece.low_closed else '('}{low}, {high}{']' if piece.high_closed else ')'}"


def _is_list(form: Form) -> bool:
    return isinstance(form, Group) and form.kind == "list"


def form_key(form: Form) -> str:  # noqa: PLR0911 - one for each kind
    """The printed form of one reading; different kinds of answers never share one."""
    match form:
        case Value(node, unit):
            return node_text(node) + (f" \\text{{{unit.name}}}" if unit else "")
        case Percent(node):
            return node_text(node) + "%"
        case Based(digits, base):
            return f"{digits}_{{{base}}}"
        case Group(items, "tuple"):
            return f"({', '.join(item.key for item in items)})"
        case Group(items, kind):
            keys = [f"({item.key})" if _is_list(item.strict) else item.key for item in items]
            return ", ".join(sorted(keys)) if kind == "list" else f"\\{{{', '.join(sorted(keys))}\\}}"
        case RealSet(pieces, variable):
            text = " ∪ ".join(map(_interval_key, pieces)) or "∅"
            return f"{variable} ∈ {text}" if variable else text
        case Matrix(rows):
            return "[" + ", ".join("[" + ", ".join(item.key for item in row) + "]" for row in rows) + "]"
        case Relation(sides, signs):
            keys = [node_text(side) for side in sides]
            return keys[0] + "".join(f" {sign} {key}" for sign, key in zip(signs, keys[1:], strict=True))
        case Clock(minutes, half):
            return f"{minutes // 60 or 12}:{minutes % 60:02d}" + (f" {half}" if half else "")
        case Ratio(parts):
            return ":".join(map(node_text, parts))
        case Choice(letter):
            return f"({letter})"
        case Words(text) | Opaque(text):
            return text
