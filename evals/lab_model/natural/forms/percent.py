"""Percentages: parts, changes, the whole from a part, interest."""

from fractions import Fraction

from evals.lab_model.natural.draw import Case, Draw, form, show, times

ROUND = (5, 10, 15, 20, 25, 30, 40, 50, 60, 75, 80)


def part(p: int, base: int, d: Draw) -> tuple[int, tuple[str, ...]]:
    """p percent of a base as a whole number, with its steps."""
    d.need(p * base % 100 == 0 and p != base)
    value = p * base // 100
    if base % 100 == 0:
        return value, (f"1 percent of {base} is {base} / 100 = {base // 100}.", f"{times(p, base // 100)}.")
    if p % 10 == 0 and base % 10 == 0:
        return value, (f"10 percent of {base} is {base} / 10 = {base // 10}.", f"{times(p // 10, base // 10)}.")
    return value, (f"{times(p, base)}.", f"{p * base} / 100 = {value}.")


@form("percent")
def of(d: Draw) -> Case:
    p, a = d.pick("p", (*ROUND, 2, 4, 12, 35, 45, 70, 90)), d.whole("a", 10, 900, 10)
    value, lines = part(p, a, d)
    return Case(("What is {p}% of {a}?", "How much is {p} percent of {a}?", "Find {p}% of {a}."), value, lines)


@form("percent")
def of_people(d: Draw) -> Case:
    p, a = d.pick("p", ROUND), d.whole("a", 20, 600, 10)
    value, lines = part(p, a, d)
    texts = (
        "A school has {a} students. {p}% of them come by bus. How many students come by bus?",
        "{p}% of the {a} seats in a theatre are taken. How many seats are taken?",
    )
    return Case(texts, value, lines)


@form("percent")
def rest(d: Draw) -> Case:
    p, a = d.pick("p", ROUND), d.whole("a", 20, 500, 10)
    value, lines = part(p, a, d)
    who, things = d.person(), d.things()
    texts = (
        "{n} has {a} {t} and sells {p}% of them. How many {t} are left?",
        "{p}% of {n}'s {a} {t} are blue. How many of the {t} are not blue?",
    )
    return Case(texts, a - value, (*lines, f"{who} has {a} - {value} = {a - value} other {things}."), things)


@form("percent_change")
def discount(d: Draw) -> Case:
    p, a = d.pick("p", ROUND), d.whole("a", 10, 400, 5)
    off, lines = part(p, a, d)
    texts = (
        "A jacket costs ${a}. In a sale it is {p}% off. What is the sale price in dollars?",
        "The price of a bike is {a} dollars. The shop takes {p}% off. How many dollars does the bike cost now?",
    )
    return Case(texts, a - off, (*lines, f"The new price is {a} - {off} = {a - off} dollars."), "dollars")


@form("percent_change")
def raised(d: Draw) -> Case:
    p, a = d.pick("p", ROUND), d.whole("a", 20, 900, 10)
    more, lines = part(p, a, d)
    texts = (
        "The rent of a room was ${a} and rises by {p}%. What is the new rent in dollars?",
        "A town club had {a} members. This year it has {p}% more. How many members does it have now?",
        "Increase {a} by {p}%.",
    )
    return Case(texts, a + more, (*lines, f"{a} + {more} = {a + more}."))


@form("percent_change")
def tip(d: Draw) -> Case:
    p, a = d.pick("p", (5, 10, 15, 20, 25)), d.whole("a", 20, 200, 10)
    more, lines = part(p, a, d)
    texts = (
        "A meal costs ${a}. {n} adds a tip of {p}%. How many dollars does {n} pay in all?",
        "{n}'s restaurant bill is ${a} plus a {p}% tip. What is the total in dollars?",
    )
    d.person()
    return Case(texts, a + more, (*lines, f"In all: {a} + {more} = {a + more} dollars."), "dollars")


@form("percent_change")
def change(d: Draw) -> Case:
    a, p = d.whole("a", 20, 400, 10), d.rng.choice(ROUND)
    more, _ = part(p, a, d)
    b = d.given("b", a + more)
    texts = (
        "A ticket cost ${a} last year and costs ${b} now. By what percentage did the price rise?",
        "The number of visitors grew from {a} to {b}. What is the increase in percent?",
    )
    lines = (
        f"The increase is {b} - {a} = {more}.",
        f"{more} * 100 = {more * 100}.",
        f"{more * 100} / {a} = {p} percent.",
    )
    return Case(texts, p, lines, "percent")


@form("percent_change")
def fall(d: Draw) -> Case:
    a, p = d.whole("a", 20, 400, 10), d.rng.choice(ROUND)
    less, _ = part(p, a, d)
    b = d.given("b", a - less)
    texts = (
        "A phone cost ${a} and is now sold for ${b}. By what percentage was the price reduced?",
        "The membership of a club fell from {a} to {b}. What is the decrease in percent?",
    )
    lines = (
        f"The decrease is {a} - {b} = {less}.",
        f"{less} * 100 = {less * 100}.",
        f"{less * 100} / {a} = {p} percent.",
    )
    return Case(texts, p, lines, "percent")


@form("percent_what")
def what_percent(d: Draw) -> Case:
    p, b = d.rng.choice((*ROUND, 35, 45, 65, 90)), d.whole("b", 20, 400, 10)
    value, _ = part(p, b, d)
    a = d.given("a", value)
    texts = ("What percent of {b} is {a}?", "{a} is what percentage of {b}?")
    return Case(texts, p, (f"{a} * 100 = {a * 100}.", f"{a * 100} / {b} = {p} percent."), "percent")


@form("percent_what")
def score(d: Draw) -> Case:
    b = d.pick("b", (20, 25, 40, 50, 80))
    a = d.whole("a", 5, b - 1)
    d.need(a * 100 % b == 0)
    texts = (
        "{n} answers {a} of {b} questions correctly. What percentage is that?",
        "{n} scored {a} out of {b} points on a test. What is the score in percent?",
    )
    d.person()
    return Case(
        texts, a * 100 // b, (f"{a} * 100 = {a * 100}.", f"{a * 100} / {b} = {a * 100 // b} percent."), "percent"
    )


@form("percent_whole")
def whole(d: Draw) -> Case:
    p, total = d.pick("p", ROUND), d.rng.randrange(20, 500, 10)
    value, _ = part(p, total, d)
    a = d.given("a", value)
    texts = ("{a} is {p}% of which number?", "If {p}% of a number is {a}, what is the number?")
    return Case(texts, total, (f"{a} * 100 = {a * 100}.", f"{a * 100} / {p} = {total}."))


@form("percent_whole")
def before_discount(d: Draw) -> Case:
    p, total = d.pick("p", (10, 20, 25, 40, 50)), d.rng.randrange(20, 400, 10)
    off, _ = part(p, total, d)
    a = d.given("a", total - off)
    texts = ("After a discount of {p}% a coat costs ${a}. What was the price in dollars before the discount?",)
    lines = (f"100 - {p} = {100 - p} percent of the price are {a} dollars.", f"{a} * 100 = {a * 100}.")
    return Case(texts, total, (*lines, f"{a * 100} / {100 - p} = {total}."), "dollars")


@form("interest")
def simple(d: Draw) -> Case:
    a, p, y = d.whole("a", 100, 2000, 100), d.whole("p", 2, 9), d.whole("y", 2, 8)
    one = a * p // 100
    texts = (
        "{n} puts ${a} into an account with {p}% simple interest a year. How many dollars of interest are there after "
        "{y} years?",
        "How much simple interest in dollars does a loan of ${a} at {p}% a year cost over {y} years?",
    )
    d.person()
    lines = (
        f"1 percent is {a} / 100 = {a // 100}.",
        f"Interest of a year: {times(a // 100, p)}.",
        f"{y} years: {times(one, y)}.",
    )
    return Case(texts, one * y, lines, "dollars")


@form("interest")
def balance(d: Draw) -> Case:
    a, p = d.whole("a", 100, 2000, 50), d.whole("p", 2, 10)
    one = Fraction(a * p, 100)
    texts = ("{n} has ${a} in the bank at {p}% interest a year. How many dollars are in the account after one year?",)
    d.person()
    lines = (
        f"{times(a, p)}.",
        f"The interest is {a * p} / 100 = {show(one)}.",
        f"{a} + {show(one)} = {show(a + one)} dollars.",
    )
    return Case(texts, a + one, lines, "dollars")
