"""Averages, medians, ranges, and simple probabilities."""

from fractions import Fraction

from evals.lab_model.natural.draw import Case, Draw, form, show, times
from evals.lab_model.natural.forms.fractions import written


def added(numbers: list[int]) -> tuple[str, ...]:
    lines, total = [], numbers[0]
    for n in numbers[1:]:
        lines.append(f"{total} + {n} = {total + n}.")
        total += n
    return tuple(lines)


@form("average")
def of_three(d: Draw) -> Case:
    numbers = [d.whole(k, 2, 60) for k in "abc"]
    total = sum(numbers)
    d.need(total % 3 == 0)
    texts = ("What is the average of {a}, {b} and {c}?", "Find the mean of the numbers {a}, {b} and {c}.")
    return Case(texts, total // 3, (*added(numbers), f"{total} / 3 = {total // 3}."))


@form("average")
def of_four(d: Draw) -> Case:
    numbers = [d.whole(k, 2, 60) for k in "abcd"]
    total = sum(numbers)
    d.need(total % 2 == 0)
    mean = Fraction(total, 4)
    texts = (
        "What is the average of {a}, {b}, {c} and {d}?",
        "{n} scores {a}, {b}, {c} and {d} points in four games. What is the average score?",
    )
    d.person()
    return Case(texts, mean, (*added(numbers), f"{total} / 4 = {show(mean)}."))


@form("average")
def missing(d: Draw) -> Case:
    a, b, m = d.whole("a", 2, 60), d.whole("b", 2, 60), d.whole("m", 5, 60)
    c = 3 * m - a - b
    d.need(c > 1)
    texts = (
        "The average of three numbers is {m}. Two of them are {a} and {b}. What is the third number?",
        "{n} has scores of {a} and {b} on two tests. What score on the third test gives an average of {m}?",
    )
    d.person()
    lines = (f"The sum must be {times(3, m)}.", f"{a} + {b} = {a + b}.", f"{3 * m} - {a + b} = {c}.")
    return Case(texts, c, lines)


@form("average")
def total_from_mean(d: Draw) -> Case:
    k, m = d.whole("k", 3, 25), d.whole("m", 5, 60)
    texts = (
        "The average age of {k} people is {m} years. What is the sum of their ages?",
        "A shop sells {m} cakes a day on average. How many cakes does it sell in {k} days?",
    )
    return Case(texts, k * m, (f"{times(k, m)}.",))


@form("average")
def per_day(d: Draw) -> Case:
    k, q = d.whole("k", 3, 20), d.rng.randint(3, 60)
    s = d.given("s", k * q)
    texts = (
        "{n} walks {s} km in {k} days. How many km is that per day on average?",
        "In {k} days a bakery sells {s} loaves. How many loaves is that on average per day?",
    )
    d.person()
    return Case(texts, q, (f"{s} / {k} = {q}.",))


@form("middle")
def median(d: Draw) -> Case:
    numbers = [d.whole(k, 2, 90) for k in "abcde"]
    row = sorted(numbers)
    texts = ("What is the median of {a}, {b}, {c}, {d} and {e}?", "Find the median: {a}, {b}, {c}, {d}, {e}.")
    return Case(
        texts, row[2], (f"In order: {', '.join(map(str, row))}.", f"The middle number is {row[2]}."), chosen=True
    )


@form("middle")
def spread(d: Draw) -> Case:
    numbers = [d.whole(k, 2, 90) for k in "abcde"]
    high, low = max(numbers), min(numbers)
    texts = (
        "What is the range of the numbers {a}, {b}, {c}, {d} and {e}?",
        "Find the difference between the largest and the smallest of {a}, {b}, {c}, {d} and {e}.",
    )
    return Case(
        texts, high - low, (f"The largest is {high} and the smallest is {low}.", f"{high} - {low} = {high - low}.")
    )


@form("probability")
def ball(d: Draw) -> Case:
    a, b = d.whole("a", 2, 12), d.whole("b", 2, 12)
    p = Fraction(a, a + b)
    texts = (
        "A bag holds {a} red and {b} blue balls. One ball is drawn at random. What is the probability that it is red?",
        "In a box are {a} red and {b} blue marbles. You take one without looking. What is the chance that it is "
        "red, as a "
        "fraction?",
    )
    lines = [f"There are {a} + {b} = {a + b} in all.", f"The probability is {a}/{a + b}."]
    if p.denominator != a + b:
        lines.append(f"In lowest terms: {a}/{a + b} = {written(p)}.")
    return Case(texts, written(p), tuple(lines))


@form("probability")
def raffle(d: Draw) -> Case:
    b = d.pick("b", (20, 25, 30, 40, 50, 60, 80, 100, 120, 150, 200))
    a = d.whole("a", 2, 20)
    p = Fraction(a, b)
    d.need(p.numerator < a)
    texts = (
        "{n} buys {a} of the {b} raffle tickets. There is one prize. What is the probability that {n} wins, as a "
        "fraction?",
    )
    d.person()
    return Case(texts, written(p), (f"The probability is {a}/{b}.", f"In lowest terms: {a}/{b} = {written(p)}."))


@form("probability")
def expected(d: Draw) -> Case:
    f, a = d.fraction("f", (3, 4, 5, 6, 8)), d.rng.randint(3, 30)
    k = d.given("k", a * f.denominator)
    texts = ("The probability of winning a game is {f}. How many wins can be expected in {k} games?",)
    top = f.numerator
    lines = [f"{k} / {f.denominator} = {a}."] + ([f"{times(top, a)}."] if top > 1 else [])
    return Case(texts, f * k, tuple(lines), "wins")
