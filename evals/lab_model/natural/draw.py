"""Draw the numbers and words of one problem, and remember each by its slot, so that a wording can be filled anew."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from evals.lab_model.natural.vocabulary import FEMALE, MALE, THINGS

Number = int | Fraction


class Redraw(Exception):
    """The numbers drawn do not suit the form; draw again."""


@dataclass(frozen=True, slots=True)
class Case:
    """What a form makes of its drawn numbers."""

    texts: tuple[str, ...]
    """Plain wordings with the slots in braces; all of them ask for the same."""
    answer: Number | str
    """The exact answer; a text where it is a time of day or stays a fraction."""
    steps: tuple[str, ...]
    """A right solution, without the last step that boxes the answer."""
    unit: str = ""
    """The unit of the answer, in words, where it has one."""
    chosen: bool = False
    """Whether the answer is one of the given numbers."""


@dataclass(slots=True)
class Draw:
    """The slots of one problem: texts of the numbers, and words with what kind of word each is."""

    rng: random.Random
    numbers: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    """Of each word slot: she, he, many (a plural) or one (its singular)."""

    def whole(self, slot: str, low: int, high: int, step: int = 1) -> int:
        """A whole number from low to high, all equally likely."""
        value = self.rng.randrange(low, high + 1, step)
        self.numbers[slot] = str(value)
        return value

    def scaled(self, slot: str, low: int, high: int) -> int:
        """A whole number from low to high whose size is spread evenly on the logarithmic scale."""
        value = min(high, int(low * ((high + 1) / low) ** self.rng.random()))
        self.numbers[slot] = str(value)
        return value

    def pick(self, slot: str, options: Sequence[int]) -> int:
        value = self.rng.choice(options)
        self.numbers[slot] = str(value)
        return value

    def given(self, slot: str, value: int) -> int:
        """A number that follows from others but stands in the text."""
        if value < 2:
            raise Redraw
        self.numbers[slot] = str(value)
        return value

    def money(self, slot: str, low: int, high: int, step: int = 5) -> Fraction:
        """A price from low to high cents, written with two places."""
        cents = self.rng.randrange(low, high + 1, step)
        self.numbers[slot] = f"{cents // 100}.{cents % 100:02d}"
        return Fraction(cents, 100)

    def decimal(self, slot: str, low: int, high: int, places: int = 1) -> Fraction:
        """low to high in units of the last place, never a whole number."""
        value = self.rng.randint(low, high)
        self.need(value % 10 != 0)
        self.numbers[slot] = show(Fraction(value, 10**places))
        return Fraction(value, 10**places)

    def fraction(self, slot: str, bottoms: Sequence[int]) -> Fraction:
        """A proper fraction in lowest terms."""
        bottom = self.rng.choice(bottoms)
        value = Fraction(self.rng.randint(1, bottom - 1), bottom)
        self.need(value.denominator == bottom)
        self.numbers[slot] = f"{value.numerator}/{value.denominator}"
        return value

    def clock(self, slot: str, first: int, last: int, step: int = 5) -> int:
        """A time of day in minutes after midnight, from `first` to `last` o'clock, written as 9:05."""
        return self.time(slot, self.rng.randrange(first * 60, last * 60, step))

    def time(self, slot: str, minutes: int) -> int:
        self.numbers[slot] = clock_text(minutes)
        return minutes

    def person(self, slot: str = "n") -> str:
        kind = self.rng.choice(("she", "he"))
        name = self.rng.choice(FEMALE if kind == "she" else MALE)
        self.need(name not in self.words.values())
        self.words[slot], self.kinds[slot] = name, kind
        return name

    def things(self, slot: str = "t") -> str:
        """A plural; its singular is the slot with a 1 behind."""
        one, many = self.rng.choice(THINGS)
        self.need(many not in self.words.values())
        self.words[slot], self.kinds[slot] = many, "many"
        self.words[slot + "1"], self.kinds[slot + "1"] = one, "one"
        return many

    @staticmethod
    def need(holds: bool) -> None:
        if not holds:
            raise Redraw


Form = Callable[[Draw], Case]
FORMS: dict[str, Form] = {}
"""Every form by kind/name."""


def form(kind: str) -> Callable[[Form], Form]:
    """Register a function as a form of a kind, under its own name."""

    def register(function: Form) -> Form:
        FORMS[f"{kind}/{function.__name__.strip('_')}"] = function
        return function

    return register


def show(value: Number) -> str:
    """A number as people write it: whole, with at most three decimal places, or as a fraction."""
    value = Fraction(value)
    if value.denominator == 1:
        return str(value.numerator)
    if 1000 % value.denominator == 0:
        return f"{float(value):.3f}".rstrip("0")
    return f"{value.numerator}/{value.denominator}"


def clock_text(minutes: int) -> str:
    """Minutes after midnight as 9:05, on the dial of 12 hours."""
    return f"{(minutes // 60 - 1) % 12 + 1}:{minutes % 60:02d}"


def times(a: int, b: int) -> str:
    """A product with its result; two numbers of two digits are multiplied in parts."""
    if min(a, b) < 11 or min(a, b) % 10 == 0:
        return f"{a} * {b} = {a * b}"
    big, small = max(a, b), min(a, b)
    tens, ones = small // 10 * 10, small % 10
    return f"{a} * {b} = {big} * {tens} + {big} * {ones} = {big * tens} + {big * ones} = {a * b}"
