"""Fractions: parts of amounts, sums, other forms, and comparisons of numbers."""

import math
from fractions import Fraction

from evals.lab_model.natural.draw import Case, Draw, form, show, times


def written(value: Fraction) -> str:
    """As a fraction in lowest terms, also where it has a short decimal form."""
    return f"{value.numerator}/{value.denominator}" if value.denominator > 1 else str(value.numerator)


def part_lines(value: Fraction, amount: int) -> tuple[str, ...]:
    """Steps for a fraction of an amount."""
    top, bottom = value.numerator, value.denominator
    one = amount // bottom
    lines = (f"One part is {amount} / {bottom} = {one}.",)
    return lines if top == 1 else (*lines, f"{top} parts are {times(top, one)}.")


@form("fraction_of")
def of(d: Draw) -> Case:
    f = d.fraction("f", (2, 3, 4, 5, 6, 8, 10))
    a = d.given("a", f.denominator * d.rng.randint(2, 30))
    texts = ("What is {f} of {a}?", "Find {f} of {a}.")
    return Case(texts, f * a, part_lines(f, a))


@form("fraction_of")
def given_away(d: Draw) -> Case:
    f = d.fraction("f", (2, 3, 4, 5, 6, 8))
    a = d.given("a", f.denominator * d.rng.randint(2, 20))
    who, things = d.person(), d.things()
    gone = int(f * a)
    texts = (
        "{n} has {a} {t} and gives {f} of them to a friend. How many {t} does {n} have left?",
        "Of {a} {t}, {n} loses {f}. How many {t} remain?",
    )
    return Case(texts, a - gone, (*part_lines(f, a), f"{who} keeps {a} - {gone} = {a - gone} {things}."), things)


@form("fraction_of")
def girls(d: Draw) -> Case:
    f = d.fraction("f", (2, 3, 4, 5, 6))
    a = d.given("a", f.denominator * d.rng.randint(3, 9))
    texts = (
        "There are {a} students in a class and {f} of them are girls. How many girls are in the class?",
        "{f} of the {a} students in a class walk to school. How many students walk to school?",
    )
    return Case(texts, f * a, part_lines(f, a), "students")


@form("fraction_of")
def whole_from_part(d: Draw) -> Case:
    f = d.fraction("f", (2, 3, 4, 5, 6))
    one = d.rng.randint(2, 20)
    a = d.given("a", f.numerator * one)
    texts = ("If {f} of a number is {a}, what is the number?", "{a} is {f} of which number?")
    top, bottom = f.numerator, f.denominator
    return Case(texts, one * bottom, (f"One part is {a} / {top} = {one}.", f"{bottom} parts are {times(bottom, one)}."))


@form("fraction_sum")
def same_bottom(d: Draw) -> Case:
    f, g = d.fraction("f", (5, 7, 9, 11)), d.fraction("g", (5, 7, 9, 11))
    d.need(f.denominator == g.denominator)
    n = f.denominator
    texts = ("What is {f} + {g}?", "Add {f} and {g}.")
    tops = f"{f.numerator} + {g.numerator} = {f.numerator + g.numerator}"
    return Case(
        texts,
        written(f + g),
        (f"Both have the denominator {n}, so add the numerators: {tops}.", f"The sum is {written(f + g)}."),
    )


def over_common(d: Draw, sign: str, f: Fraction, g: Fraction) -> tuple[Fraction, tuple[str, ...]]:
    """Sum or difference of two fractions with its steps."""
    n = math.lcm(f.denominator, g.denominator)
    d.need(f.denominator != g.denominator)
    a, b = int(f * n), int(g * n)
    value = f + g if sign == "+" else f - g
    c = a + b if sign == "+" else a - b
    d.need(c > 0)
    lines = [
        f"With the denominator {n}: {written(f)} = {a}/{n} and {written(g)} = {b}/{n}.",
        f"{a}/{n} {sign} {b}/{n} = {c}/{n}.",
    ]
    if value.denominator != n:
        lines.append(f"In lowest terms: {c}/{n} = {written(value)}.")
    return value, tuple(lines)


@form("fraction_sum")
def plus(d: Draw) -> Case:
    f, g = d.fraction("f", (2, 3, 4, 5, 6, 8)), d.fraction("g", (2, 3, 4, 5, 6, 8))
    value, lines = over_common(d, "+", f, g)
    return Case(("What is {f} + {g}?", "What is the sum of {f} and {g}?"), written(value), lines)


@form("fraction_sum")
def minus(d: Draw) -> Case:
    f, g = d.fraction("f", (2, 3, 4, 5, 6, 8)), d.fraction("g", (2, 3, 4, 5, 6, 8))
    value, lines = over_common(d, "-", f, g)
    return Case(("What is {f} - {g}?", "Subtract {g} from {f}."), written(value), lines)


@form("fraction_sum")
def pizza(d: Draw) -> Case:
    f, g = d.fraction("f", (3, 4, 5, 6, 8)), d.fraction("g", (3, 4, 5, 6, 8))
    first, second = d.person("n"), d.person("m")
    total, lines = over_common(d, "+", f, g)
    d.need(total < 1)
    rest = 1 - total
    texts = ("{n} eats {f} of a pizza and {m} eats {g} of it. What fraction of the pizza is left?",)
    return Case(texts, written(rest), (*lines, f"{first} and {second} leave 1 - {written(total)} = {written(rest)}."))


@form("fraction_product")
def product(d: Draw) -> Case:
    f, g = d.fraction("f", (2, 3, 4, 5, 7)), d.fraction("g", (2, 3, 4, 5, 7))
    top, bottom = f.numerator * g.numerator, f.denominator * g.denominator
    lines = [
        f"Numerators: {f.numerator} * {g.numerator} = {top}.",
        f"Denominators: {f.denominator} * {g.denominator} = {bottom}.",
    ]
    lines.append(f"The product is {top}/{bottom}" + (f" = {written(f * g)}." if math.gcd(top, bottom) > 1 else "."))
    return Case(("What is {f} * {g}?", "Multiply {f} by {g}."), written(f * g), tuple(lines))


@form("fraction_product")
def by_whole(d: Draw) -> Case:
    f, a = d.fraction("f", (2, 3, 4, 5, 6, 8)), d.whole("a", 2, 20)
    top = f.numerator * a
    lines = [f"{f.numerator} * {a} = {top}, so the product is {top}/{f.denominator}."]
    if math.gcd(top, f.denominator) > 1:
        lines.append(f"In lowest terms: {top}/{f.denominator} = {written(f * a)}.")
    return Case(("What is {f} times {a}?", "What is {a} * {f}?"), written(f * a), tuple(lines))


@form("fraction_forms")
def lowest_terms(d: Draw) -> Case:
    low, k = d.fraction("x", (2, 3, 4, 5, 6, 7, 8, 9)), d.rng.randint(2, 9)
    del d.numbers["x"]
    top, bottom = low.numerator * k, low.denominator * k
    d.numbers["f"] = f"{top}/{bottom}"
    texts = ("Simplify {f} to lowest terms.", "Write {f} as a fraction in lowest terms.")
    lines = (f"Both are divisible by {k}: {top} / {k} = {low.numerator} and {bottom} / {k} = {low.denominator}.",)
    return Case(texts, written(low), (*lines, f"So {top}/{bottom} = {written(low)}."))


@form("fraction_forms")
def as_percent(d: Draw) -> Case:
    f = d.fraction("f", (2, 4, 5, 10, 20, 25))
    k = 100 // f.denominator
    texts = ("What is {f} as a percentage?", "Write {f} in percent.")
    lines = (f"100 / {f.denominator} = {k}.", f"{times(f.numerator, k)}, so it is {f.numerator * k} percent.")
    return Case(texts, f.numerator * k, lines, "percent")


@form("fraction_forms")
def as_decimal(d: Draw) -> Case:
    f = d.fraction("f", (2, 4, 5, 8, 10, 20))
    texts = ("Write {f} as a decimal number.", "What is {f} as a decimal?")
    return Case(texts, f, (f"{f.numerator} / {f.denominator} = {show(f)}.",))


@form("compare")
def larger_fraction(d: Draw) -> Case:
    f, g = d.fraction("f", (2, 3, 4, 5, 6, 7, 8)), d.fraction("g", (2, 3, 4, 5, 6, 7, 8))
    n = math.lcm(f.denominator, g.denominator)
    a, b = int(f * n), int(g * n)
    d.need(a != b)
    texts = ("Which is larger, {f} or {g}?", "Which of the two fractions is greater: {f} or {g}?")
    lines = (f"With the denominator {n}: {written(f)} = {a}/{n} and {written(g)} = {b}/{n}.",)
    big = max(f, g)
    return Case(
        texts,
        written(big),
        (*lines, f"{max(a, b)} is more than {min(a, b)}, so {written(big)} is larger."),
        chosen=True,
    )


@form("compare")
def largest(d: Draw) -> Case:
    a, b, c, e = (d.scaled(k, 10, 9999) for k in "abcd")
    texts = (
        "Which is the largest of the numbers {a}, {b}, {c} and {d}?",
        "What is the biggest number: {a}, {b}, {c} or {d}?",
    )
    row = sorted((a, b, c, e))
    return Case(texts, row[-1], (f"In order: {', '.join(map(str, row))}.", f"The largest is {row[-1]}."), chosen=True)


@form("compare")
def smallest_decimal(d: Draw) -> Case:
    a, b, c = (d.decimal(k, 101, 999, 2) for k in "abc")
    texts = ("Which is the smallest of {a}, {b} and {c}?", "Which number is the least: {a}, {b} or {c}?")
    row = sorted((a, b, c))
    return Case(
        texts, row[0], (f"In order: {', '.join(map(show, row))}.", f"The smallest is {show(row[0])}."), chosen=True
    )


@form("compare")
def taller(d: Draw) -> Case:
    a, b = d.whole("a", 95, 195), d.whole("b", 95, 195)
    first, second = d.person("n"), d.person("m")
    d.need(a > b)
    texts = ("{n} is {a} cm tall and {m} is {b} cm tall. How many cm taller is {n} than {m}?",)
    return Case(texts, a - b, (f"{a} - {b} = {a - b}, so {first} is {a - b} cm taller than {second}.",), "cm")
