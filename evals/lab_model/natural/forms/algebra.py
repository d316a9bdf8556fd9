"""Equations with one unknown, systems of two, functions, and riddles about numbers."""

from evals.lab_model.natural.draw import Case, Draw, form, times


@form("equation")
def plus(d: Draw) -> Case:
    x, a = d.rng.randint(2, 150), d.scaled("a", 2, 150)
    b = d.given("b", x + a)
    texts = ("Solve x + {a} = {b}.", "If x + {a} = {b}, what is x?", "What is y if y + {a} = {b}?")
    return Case(texts, x, (f"Subtract {a} on both sides: {b} - {a} = {x}.",))


@form("equation")
def minus(d: Draw) -> Case:
    x, a = d.rng.randint(10, 200), d.scaled("a", 2, 150)
    b = d.given("b", x - a)
    texts = ("Solve x - {a} = {b}.", "Find x if x - {a} = {b}.")
    return Case(texts, x, (f"Add {a} on both sides: {b} + {a} = {x}.",))


@form("equation")
def coefficient(d: Draw) -> Case:
    x, a = d.rng.randint(2, 60), d.whole("a", 2, 20)
    b = d.given("b", a * x)
    texts = ("Solve {a}x = {b}.", "What is x if {a}x = {b}?", "{a} times a number is {b}. What is the number?")
    return Case(texts, x, (f"Divide by {a}: {b} / {a} = {x}.",))


@form("equation")
def quotient(d: Draw) -> Case:
    b, a = d.whole("b", 2, 40), d.whole("a", 2, 20)
    texts = ("Solve x / {a} = {b}.", "A number divided by {a} is {b}. What is the number?")
    return Case(texts, a * b, (f"Multiply by {a}: {times(b, a)}.",))


@form("equation")
def two_steps(d: Draw) -> Case:
    x, a, b = d.rng.randint(2, 30), d.whole("a", 2, 15), d.whole("b", 2, 60)
    c = d.given("c", a * x + b)
    texts = ("Solve {a}x + {b} = {c}.", "If {a}x + {b} = {c}, what is the value of x?", "Find y: {a}y + {b} = {c}.")
    lines = (f"Subtract {b}: {c} - {b} = {a * x}, so {a}x = {a * x}.", f"Divide by {a}: {a * x} / {a} = {x}.")
    return Case(texts, x, lines)


@form("equation")
def two_steps_minus(d: Draw) -> Case:
    x, a, b = d.rng.randint(2, 30), d.whole("a", 2, 15), d.whole("b", 2, 60)
    c = d.given("c", a * x - b)
    texts = ("Solve {a}x - {b} = {c}.", "What is x if {a}x - {b} = {c}?")
    lines = (f"Add {b}: {c} + {b} = {a * x}, so {a}x = {a * x}.", f"Divide by {a}: {a * x} / {a} = {x}.")
    return Case(texts, x, lines)


@form("equation")
def brackets(d: Draw) -> Case:
    x, a, b = d.rng.randint(2, 20), d.whole("a", 2, 9), d.whole("b", 2, 20)
    c = d.given("c", a * (x + b))
    texts = ("Solve {a}(x + {b}) = {c}.", "Find x if {a}(x + {b}) = {c}.")
    lines = (f"Divide by {a}: {c} / {a} = {x + b}, so x + {b} = {x + b}.", f"Subtract {b}: {x + b} - {b} = {x}.")
    return Case(texts, x, lines)


@form("equation")
def both_sides(d: Draw) -> Case:
    x, a, c = d.rng.randint(2, 15), d.whole("a", 3, 12), d.whole("c", 2, 9)
    b = d.whole("b", 2, 40)
    d.need(a > c)
    e = d.given("d", (a - c) * x + b)
    texts = ("Solve {a}x + {b} = {c}x + {d}.", "For which x is {a}x + {b} equal to {c}x + {d}?")
    k = a - c
    lines = [f"Subtract {c}x and {b} on both sides: {a} - {c} = {k} and {e} - {b} = {k * x}."]
    lines.append(f"So {k}x = {k * x}, and {k * x} / {k} = {x}." if k > 1 else f"So x = {x}.")
    return Case(texts, x, tuple(lines))


@form("system")
def sum_and_difference(d: Draw) -> Case:
    y, gap = d.rng.randint(2, 30), d.rng.randint(2, 20)
    x = y + gap
    s, t = d.given("s", x + y), d.given("d", gap)
    texts = ("If x + y = {s} and x - y = {d}, what is x?", "Solve for x: x + y = {s}, x - y = {d}.")
    return Case(texts, x, (f"Add the equations: 2x = {s} + {t} = {s + t}.", f"{s + t} / 2 = {x}."))


@form("system")
def eliminate(d: Draw) -> Case:
    x, y, a = d.rng.randint(2, 15), d.rng.randint(2, 15), d.whole("a", 2, 9)
    s, t = d.given("s", x + y), d.given("b", a * x + y)
    d.need(a > 2)
    texts = ("Given x + y = {s} and {a}x + y = {b}, find x.", "What is x if {a}x + y = {b} and x + y = {s}?")
    lines = (f"Subtract the equations: {a - 1}x = {t} - {s} = {t - s}.", f"{t - s} / {a - 1} = {x}.")
    return Case(texts, x, lines)


@form("system")
def tickets(d: Draw) -> Case:
    x, y, p, gap = d.rng.randint(3, 40), d.rng.randint(3, 40), d.whole("p", 2, 8), d.rng.randint(2, 9)
    q = d.given("q", p + gap)
    k, total = d.given("k", x + y), d.given("s", q * x + p * y)
    texts = (
        "Adult tickets cost ${q} and child tickets cost ${p}. {k} tickets were sold for ${s}. How many adult "
        "tickets were "
        "sold?",
    )
    lines = (f"If all were child tickets: {times(k, p)} dollars.", f"{total} - {k * p} = {total - k * p} dollars more.")
    return Case(texts, x, (*lines, f"{q} - {p} = {gap}.", f"{total - k * p} / {gap} = {x} adult tickets."))


@form("riddle")
def times_plus(d: Draw) -> Case:
    x, a, b = d.rng.randint(2, 40), d.whole("a", 2, 12), d.whole("b", 2, 50)
    c = d.given("c", a * x + b)
    texts = (
        "I think of a number, multiply it by {a} and add {b}. The result is {c}. What is my number?",
        "{n} thinks of a number. {a} times the number plus {b} is {c}. Which number is it?",
    )
    d.person()
    return Case(texts, x, (f"Before adding: {c} - {b} = {a * x}.", f"{a * x} / {a} = {x}."))


@form("riddle")
def plus_times(d: Draw) -> Case:
    x, a, b = d.rng.randint(2, 30), d.whole("a", 2, 9), d.whole("b", 2, 30)
    c = d.given("c", a * (x + b))
    texts = ("I think of a number, add {b} and multiply the result by {a}. I get {c}. What is the number?",)
    return Case(texts, x, (f"Before multiplying: {c} / {a} = {x + b}.", f"{x + b} - {b} = {x}."))


@form("riddle")
def halved(d: Draw) -> Case:
    q, b = d.rng.randint(3, 60), d.whole("b", 2, 50)
    c = d.given("c", q + b)
    texts = (
        "Half of a number plus {b} is {c}. What is the number?",
        "If you halve a number and add {b}, you get {c}. Find the number.",
    )
    return Case(texts, 2 * q, (f"Half of it is {c} - {b} = {q}.", f"{q} * 2 = {2 * q}."))


@form("consecutive")
def smallest_of_three(d: Draw) -> Case:
    x = d.rng.randint(3, 120)
    s = d.given("s", 3 * x + 3)
    texts = ("The sum of three consecutive whole numbers is {s}. What is the smallest of them?",)
    return Case(texts, x, (f"The middle number is {s} / 3 = {x + 1}.", f"{x + 1} - 1 = {x}."))


@form("consecutive")
def larger_of_two(d: Draw) -> Case:
    x = d.rng.randint(3, 200)
    s = d.given("s", 2 * x + 1)
    texts = ("Two consecutive numbers add up to {s}. What is the larger one?",)
    return Case(
        texts, x + 1, (f"{s} - 1 = {2 * x}, and the smaller number is {2 * x} / 2 = {x}.", f"{x} + 1 = {x + 1}.")
    )


@form("value")
def linear_value(d: Draw) -> Case:
    x, a, b = d.whole("x", 2, 15), d.whole("a", 2, 12), d.whole("b", 2, 40)
    texts = ("What is {a}x + {b} when x = {x}?", "Let f(x) = {a}x + {b}. What is f({x})?")
    return Case(texts, a * x + b, (f"{times(a, x)}.", f"{a * x} + {b} = {a * x + b}."))


@form("value")
def square_value(d: Draw) -> Case:
    x, b = d.whole("x", 3, 15), d.whole("b", 2, 60)
    d.need(x * x > b)
    texts = ("If x = {x}, what is x^2 - {b}?", "Evaluate x * x - {b} for x = {x}.")
    return Case(texts, x * x - b, (f"{times(x, x)}.", f"{x * x} - {b} = {x * x - b}."))


@form("value")
def two_values(d: Draw) -> Case:
    x, y, a, b = d.whole("x", 2, 15), d.whole("y", 2, 15), d.whole("a", 2, 9), d.whole("b", 2, 9)
    texts = ("If x = {x} and y = {y}, what is {a}x + {b}y?",)
    u, v = a * x, b * y
    return Case(texts, u + v, (f"{times(a, x)}.", f"{times(b, y)}.", f"{u} + {v} = {u + v}."))
