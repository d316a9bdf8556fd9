"""Ages, and two amounts of which something is known together."""

from evals.lab_model.natural.draw import Case, Draw, form, times


@form("ages")
def older_by(d: Draw) -> Case:
    a, b = d.whole("a", 4, 60), d.whole("b", 2, 30)
    first, second = d.person("n"), d.person("m")
    texts = (
        "{n} is {a} years old. {m} is {b} years older than {n}. How old is {m}?",
        "{m} is {b} years older than {n}, who is {a}. What is {m}'s age?",
    )
    return Case(texts, a + b, (f"{first} is {a}, so {second} is {a} + {b} = {a + b} years old.",), "years")


@form("ages")
def in_years(d: Draw) -> Case:
    a, b = d.whole("a", 4, 60), d.whole("b", 2, 30)
    texts = (
        "{n} is {a} years old now. How old will {n} be in {b} years?",
        "{n} turned {a} today. What age will {n} be {b} years from now?",
    )
    d.person()
    return Case(texts, a + b, (f"{a} + {b} = {a + b} years.",), "years")


@form("ages")
def years_ago(d: Draw) -> Case:
    a, b = d.whole("a", 12, 80), d.whole("b", 2, 40)
    d.need(a > b + 1)
    texts = ("{n} is {a} years old. How old was {n} {b} years ago?",)
    d.person()
    return Case(texts, a - b, (f"{a} - {b} = {a - b} years.",), "years")


@form("ages")
def sum_later(d: Draw) -> Case:
    a, b, c = d.whole("a", 4, 50), d.whole("b", 4, 50), d.whole("c", 2, 20)
    d.person("n"), d.person("m")
    texts = ("{n} is {a} and {m} is {b} years old. What will be the sum of their ages in {c} years?",)
    x, y = a + c, b + c
    return Case(texts, x + y, (f"{a} + {c} = {x}.", f"{b} + {c} = {y}.", f"{x} + {y} = {x + y} years."), "years")


@form("ages")
def times_as_old(d: Draw) -> Case:
    a, k, c = d.whole("a", 4, 15), d.whole("k", 3, 6), d.whole("c", 2, 15)
    d.person("n")
    texts = (
        "{n} is {a} years old. Grandpa is {k} times as old. How old will Grandpa be in {c} years?",
        "A mother is {k} times as old as {n}, who is {a}. How old will she be in {c} years?",
    )
    x = a * k
    d.need(25 < x < 90)
    return Case(texts, x + c, (f"{k} times {a}: {times(k, a)}.", f"{x} + {c} = {x + c} years."), "years")


@form("ages")
def chain(d: Draw) -> Case:
    a, b, c = d.whole("a", 12, 50), d.whole("b", 2, 10), d.whole("c", 2, 25)
    first, second, _ = d.person("n"), d.person("m"), d.person("o")
    d.need(a > b + 2)
    x = a - b
    texts = (
        "{n} is {a} years old. {m} is {b} years younger than {n}. {o} is {c} years older than {m}. How old is {o}?",
    )
    return Case(
        texts, x + c, (f"{second} is younger than {first}: {a} - {b} = {x}.", f"{x} + {c} = {x + c} years."), "years"
    )


@form("sum_difference")
def larger_number(d: Draw) -> Case:
    y, gap = d.rng.randint(3, 120), d.rng.randint(2, 60)
    x = y + gap
    s, t = d.given("s", x + y), d.given("d", gap)
    texts = (
        "Two numbers have the sum {s} and the difference {d}. What is the larger number?",
        "The sum of two numbers is {s} and their difference is {d}. Find the larger one.",
    )
    return Case(texts, x, (f"Twice the larger number: {s} + {t} = {s + t}.", f"{s + t} / 2 = {x}."))


@form("sum_difference")
def smaller_share(d: Draw) -> Case:
    y, gap = d.rng.randint(3, 90), d.rng.randint(2, 40)
    s, t = d.given("s", 2 * y + gap), d.given("d", gap)
    d.person("n"), d.person("m")
    things = d.things()
    texts = (
        "{n} and {m} have {s} {t} together. {n} has {d} more than {m}. How many {t} does {m} have?",
        "Together {n} and {m} collected {s} {t}, and {n} collected {d} more than {m}. How many {t} did {m} collect?",
    )
    return Case(texts, y, (f"Without the extra ones: {s} - {t} = {s - t}.", f"{s - t} / 2 = {y} {things}."), things)


@form("sum_difference")
def bat_and_ball(d: Draw) -> Case:
    y, gap = d.rng.randint(2, 60), d.rng.randint(5, 150)
    s, t = d.given("s", 2 * y + gap), d.given("d", gap)
    texts = (
        "A racket and a ball cost ${s} together. The racket costs ${d} more than the ball. How many dollars does the "
        "ball cost?",
    )
    return Case(texts, y, (f"{s} - {t} = {s - t} dollars.", f"{s - t} / 2 = {y} dollars."), "dollars")


@form("multiple_sum")
def one_part(d: Draw) -> Case:
    k, y = d.whole("k", 3, 9), d.rng.randint(3, 40)
    s = d.given("s", (k + 1) * y)
    d.person("n"), d.person("m")
    things = d.things()
    texts = ("{n} and {m} have {s} {t} together. {n} has {k} times as many as {m}. How many {t} does {m} have?",)
    return Case(texts, y, (f"Together they have {k} + 1 = {k + 1} parts.", f"{s} / {k + 1} = {y} {things}."), things)


@form("ratio")
def share_in_ratio(d: Draw) -> Case:
    a, b, u = d.whole("a", 2, 9), d.whole("b", 2, 9), d.rng.randint(2, 20)
    s = d.given("s", (a + b) * u)
    first, _ = d.person("n"), d.person("m")
    texts = (
        "{n} and {m} share ${s} in the ratio {a} to {b}. How many dollars does {n} get?",
        "${s} are divided between {n} and {m} in the ratio {a}:{b}. How many dollars does {n} get?",
    )
    lines = (f"{a} + {b} = {a + b} parts.", f"One part is {s} / {a + b} = {u}.", f"{first} gets {times(a, u)} dollars.")
    return Case(texts, a * u, lines, "dollars")


@form("ratio")
def other_part(d: Draw) -> Case:
    a, b, u = d.whole("a", 2, 9), d.whole("b", 2, 9), d.rng.randint(2, 20)
    c = d.given("c", a * u)
    texts = (
        "The ratio of boys to girls in a club is {a} to {b}. There are {c} boys. How many girls are there?",
        "Paint is mixed from red and blue in the ratio {a} to {b}. How many liters of blue go with {c} liters of red?",
    )
    return Case(texts, b * u, (f"One part is {c} / {a} = {u}.", f"{times(b, u)}."))
