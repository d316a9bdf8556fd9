"""Plain arithmetic, in signs and in words."""

from fractions import Fraction

from evals.lab_model.natural.draw import Case, Draw, form, show, times


@form("add")
def two(d: Draw) -> Case:
    a, b = d.scaled("a", 2, 999), d.scaled("b", 2, 999)
    texts = ("What is {a} + {b}?", "What is the sum of {a} and {b}?", "Add {a} and {b}.")
    return Case(texts, a + b, (f"Add: {a} + {b} = {a + b}.",))


@form("add")
def three(d: Draw) -> Case:
    a, b, c = d.scaled("a", 2, 300), d.scaled("b", 2, 300), d.scaled("c", 2, 300)
    texts = ("What is {a} + {b} + {c}?", "Find the sum of {a}, {b} and {c}.")
    return Case(texts, a + b + c, (f"Add the first two: {a} + {b} = {a + b}.", f"{a + b} + {c} = {a + b + c}."))


@form("add")
def more_than(d: Draw) -> Case:
    a, b = d.scaled("a", 2, 500), d.scaled("b", 2, 900)
    texts = ("Which number is {a} more than {b}?", "What number do you get when {b} is increased by {a}?")
    return Case(texts, a + b, (f"{b} + {a} = {a + b}.",))


@form("subtract")
def difference(d: Draw) -> Case:
    a, b = d.scaled("a", 10, 999), d.scaled("b", 2, 900)
    d.need(a > b)
    texts = ("What is {a} - {b}?", "What is the difference between {a} and {b}?", "Subtract {b} from {a}.")
    return Case(texts, a - b, (f"Subtract: {a} - {b} = {a - b}.",))


@form("subtract")
def less_than(d: Draw) -> Case:
    a, b = d.scaled("a", 2, 500), d.scaled("b", 10, 999)
    d.need(b > a)
    texts = ("Which number is {a} less than {b}?", "What is left when {a} is taken away from {b}?")
    return Case(texts, b - a, (f"{b} - {a} = {b - a}.",))


@form("subtract")
def missing(d: Draw) -> Case:
    a, b = d.scaled("a", 2, 400), d.scaled("b", 5, 999)
    d.need(b > a)
    texts = ("What must be added to {a} to get {b}?", "Fill in the blank: {a} + ___ = {b}.")
    return Case(texts, b - a, (f"The missing number is {b} - {a} = {b - a}.",))


@form("multiply")
def product(d: Draw) -> Case:
    a, b = d.scaled("a", 2, 99), d.scaled("b", 2, 40)
    texts = ("What is {a} * {b}?", "What is {a} times {b}?", "Find the product of {a} and {b}.", "{a} x {b} = ?")
    return Case(texts, a * b, (f"Multiply: {times(a, b)}.",))


@form("multiply")
def three_factors(d: Draw) -> Case:
    a, b, c = d.whole("a", 2, 12), d.whole("b", 2, 9), d.whole("c", 2, 9)
    texts = ("What is {a} * {b} * {c}?", "Multiply {a}, {b} and {c} together. What do you get?")
    return Case(texts, a * b * c, (f"{a} * {b} = {a * b}.", f"{times(a * b, c)}."))


@form("multiply")
def doubled(d: Draw) -> Case:
    a, b = d.scaled("a", 5, 400), d.scaled("b", 2, 60)
    texts = ("What is twice {a}, plus {b}?", "Double {a} and then add {b}. What is the result?")
    return Case(texts, 2 * a + b, (f"Double {a}: {a} * 2 = {2 * a}.", f"{2 * a} + {b} = {2 * a + b}."))


@form("divide")
def quotient(d: Draw) -> Case:
    b, q = d.scaled("b", 2, 25), d.rng.randint(2, 60)
    a = d.given("a", b * q)
    texts = ("What is {a} / {b}?", "What is {a} divided by {b}?", "Divide {a} by {b}.", "How much is {a} ÷ {b}?")
    return Case(texts, q, (f"Divide: {a} / {b} = {q}.",))


@form("divide")
def goes_into(d: Draw) -> Case:
    b, q = d.whole("b", 2, 20), d.rng.randint(3, 40)
    a = d.given("a", b * q)
    texts = ("How many times does {b} go into {a}?", "How many {b}s are there in {a}?")
    return Case(texts, q, (f"{a} / {b} = {q}.",))


@form("divide")
def half(d: Draw) -> Case:
    q, b = d.rng.randint(3, 300), d.scaled("b", 2, 200)
    a = d.given("a", 2 * q)
    d.need(q > b)
    texts = ("What is half of {a}, minus {b}?", "Halve {a} and then subtract {b}. What do you get?")
    return Case(texts, q - b, (f"Half of {a} is {a} / 2 = {q}.", f"{q} - {b} = {q - b}."))


@form("expression")
def product_first(d: Draw) -> Case:
    a, b, c = d.scaled("a", 2, 99), d.whole("b", 2, 15), d.whole("c", 2, 12)
    texts = ("What is {a} + {b} * {c}?", "Calculate {a} plus {b} times {c} (multiplication first).")
    return Case(texts, a + b * c, (f"First the product: {times(b, c)}.", f"{a} + {b * c} = {a + b * c}."))


@form("expression")
def brackets(d: Draw) -> Case:
    a, b, c = d.whole("a", 2, 30), d.whole("b", 2, 30), d.whole("c", 2, 12)
    texts = ("What is ({a} + {b}) * {c}?", "Add {a} and {b}, then multiply the result by {c}. What do you get?")
    return Case(texts, (a + b) * c, (f"First the bracket: {a} + {b} = {a + b}.", f"{times(a + b, c)}."))


@form("expression")
def two_products(d: Draw) -> Case:
    a, b, c, e = d.whole("a", 3, 15), d.whole("b", 3, 12), d.whole("c", 2, 9), d.whole("d", 2, 9)
    d.need(a * b > c * e)
    left, right = a * b, c * e
    texts = ("What is {a} * {b} - {c} * {d}?", "From the product of {a} and {b} take the product of {c} and {d}.")
    return Case(
        texts, left - right, (f"{times(a, b)}.", f"{c} * {e} = {right}.", f"{left} - {right} = {left - right}.")
    )


@form("expression")
def bracket_over(d: Draw) -> Case:
    a, b, c = d.scaled("a", 10, 200), d.whole("b", 2, 60), d.whole("c", 2, 9)
    d.need(a > b and (a - b) % c == 0)
    texts = ("What is ({a} - {b}) / {c}?", "Subtract {b} from {a} and divide the result by {c}. What is it?")
    return Case(texts, (a - b) // c, (f"First the bracket: {a} - {b} = {a - b}.", f"{a - b} / {c} = {(a - b) // c}."))


@form("expression")
def sum_and_quotient(d: Draw) -> Case:
    b, c, q = d.scaled("b", 2, 90), d.whole("c", 2, 9), d.rng.randint(2, 20)
    a = d.given("a", c * q)
    texts = ("What is {a} / {c} + {b}?", "Divide {a} by {c} and add {b} to the result. What do you get?")
    return Case(texts, q + b, (f"{a} / {c} = {q}.", f"{q} + {b} = {q + b}."))


@form("powers")
def square(d: Draw) -> Case:
    a = d.whole("a", 2, 25)
    texts = ("What is {a} squared?", "What is the square of {a}?", "Compute {a}^2.")
    return Case(texts, a * a, (f"{times(a, a)}.",))


@form("powers")
def cube(d: Draw) -> Case:
    a = d.whole("a", 2, 12)
    texts = ("What is {a} cubed?", "Compute {a}^3.")
    return Case(texts, a**3, (f"{a} * {a} = {a * a}.", f"{times(a * a, a)}."))


@form("powers")
def root(d: Draw) -> Case:
    q = d.rng.randint(3, 25)
    a = d.given("a", q * q)
    texts = ("What is the square root of {a}?", "Which positive number squared gives {a}?")
    return Case(texts, q, (f"{q} * {q} = {a}, so the square root of {a} is {q}.",))


@form("powers")
def sum_of_squares(d: Draw) -> Case:
    a, b = d.whole("a", 2, 15), d.whole("b", 2, 15)
    texts = ("What is {a}^2 + {b}^2?", "Find the sum of the squares of {a} and {b}.")
    return Case(texts, a * a + b * b, (f"{times(a, a)}.", f"{times(b, b)}.", f"{a * a} + {b * b} = {a * a + b * b}."))


@form("rounding")
def ten(d: Draw) -> Case:
    a = d.scaled("a", 11, 9999)
    d.need(a % 10 != 0)
    down = a // 10 * 10
    near = down + (10 if a % 10 >= 5 else 0)
    rule = "5 or more, so round up" if a % 10 >= 5 else "less than 5, so round down"
    texts = ("Round {a} to the nearest ten.", "What is {a} rounded to the nearest ten?")
    return Case(texts, near, (f"The last digit is {a % 10}: {rule}.", f"{a} becomes {near}."))


@form("rounding")
def hundred(d: Draw) -> Case:
    a = d.scaled("a", 101, 9999)
    d.need(a % 100 not in (0, 50))
    near = a // 100 * 100 + (100 if a % 100 >= 50 else 0)
    rule = "more than 50, so round up" if a % 100 >= 50 else "less than 50, so round down"
    texts = ("Round {a} to the nearest hundred.", "What is {a} rounded to the nearest hundred?")
    return Case(texts, near, (f"The last two digits are {a % 100:02d}: {rule}.", f"{a} becomes {near}."))


@form("decimals")
def plus(d: Draw) -> Case:
    a, b = d.decimal("a", 11, 500), d.decimal("b", 11, 300)
    texts = ("What is {a} + {b}?", "Add {a} and {b}.")
    return Case(texts, a + b, (f"Add: {show(a)} + {show(b)} = {show(a + b)}.",))


@form("decimals")
def minus(d: Draw) -> Case:
    a, b = d.decimal("a", 40, 700), d.decimal("b", 11, 400)
    d.need(a > b)
    texts = ("What is {a} - {b}?", "Subtract {b} from {a}.")
    return Case(texts, a - b, (f"Subtract: {show(a)} - {show(b)} = {show(a - b)}.",))


@form("decimals")
def by_whole(d: Draw) -> Case:
    a, b = d.decimal("a", 11, 99), d.whole("b", 2, 12)
    tenths = int(a * 10)
    texts = ("What is {a} * {b}?", "What is {b} times {a}?")
    lines = (f"Without the point: {times(tenths, b)}.", f"With one decimal place: {show(a)} * {b} = {show(a * b)}.")
    return Case(texts, a * b, lines)


@form("decimals")
def over_whole(d: Draw) -> Case:
    q, b = Fraction(d.rng.randint(11, 99), 10), d.whole("b", 2, 9)
    a = q * b
    d.need(q.denominator > 1)
    d.numbers["a"] = show(a)
    texts = ("What is {a} / {b}?", "Divide {a} by {b}.")
    return Case(texts, q, (f"{show(a)} / {b} = {show(q)}, because {show(q)} * {b} = {show(a)}.",))


@form("negative")
def below_zero(d: Draw) -> Case:
    a, b = d.whole("a", 2, 40), d.whole("b", 3, 90)
    d.need(b > a)
    texts = ("What is {a} - {b}?", "Subtract {b} from {a}.")
    return Case(texts, a - b, (f"{b} is more than {a}: {b} - {a} = {b - a}.", f"So {a} - {b} = {a - b}."))


@form("negative")
def temperature_falls(d: Draw) -> Case:
    a, b = d.whole("a", 2, 15), d.whole("b", 5, 30)
    d.need(b > a)
    texts = (
        "In the evening it is {a} degrees. During the night it gets {b} degrees colder. What is the temperature then?",
        "The temperature was {a} degrees and then fell by {b} degrees. What is it now?",
    )
    return Case(texts, a - b, (f"{a} - {b} = {a - b}.",), "degrees")


@form("negative")
def temperature_rises(d: Draw) -> Case:
    a, b = d.whole("a", 2, 20), d.whole("b", 2, 30)
    texts = (
        "It is -{a} degrees in the morning and gets {b} degrees warmer by noon. What is the temperature at noon?",
        "The thermometer shows -{a} degrees. Then the temperature rises by {b} degrees. What does it show now?",
    )
    return Case(texts, b - a, (f"-{a} + {b} = {b - a}.",), "degrees")
