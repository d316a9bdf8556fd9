"""Shopping, coins, wages, savings and profit."""

from fractions import Fraction

from evals.lab_model.natural.draw import Case, Draw, form, show, times


def price(value: Fraction) -> str:
    """Dollars with two places unless they are whole."""
    return show(value) if value.denominator == 1 else f"{float(value):.2f}"


@form("change")
def one_item(d: Draw) -> Case:
    p, paid = d.money("p", 105, 1895), d.pick("b", (5, 10, 20, 50))
    d.need(0 < paid - p < 20)
    texts = (
        "{n} buys a sandwich for ${p} and pays with a ${b} bill. How many dollars does {n} get back?",
        "A book costs ${p}. {n} pays with ${b}. How much change in dollars does {n} get?",
    )
    d.person()
    return Case(texts, price(paid - p), (f"{paid} - {price(p)} = {price(paid - p)} dollars.",), "dollars")


@form("change")
def several(d: Draw) -> Case:
    a, p, paid = d.whole("a", 2, 9), d.whole("p", 2, 12), d.pick("b", (20, 50, 100))
    who, things = d.person(), d.things()
    d.need(a * p < paid)
    texts = (
        "{n} buys {a} {t} at ${p} each and pays with ${b}. How many dollars of change does {n} get?",
        "One {t1} costs {p} dollars. {n} buys {a} {t} and gives the cashier {b} dollars. How much change is due?",
    )
    lines = (f"The {things} cost {times(a, p)} dollars.", f"{who} gets back {paid} - {a * p} = {paid - a * p} dollars.")
    return Case(texts, paid - a * p, lines, "dollars")


@form("bill")
def two_items(d: Draw) -> Case:
    a, p, b, q = d.whole("a", 2, 9), d.whole("p", 2, 15), d.whole("b", 2, 9), d.whole("q", 2, 15)
    first, second = d.things("t"), d.things("u")
    texts = (
        "{n} buys {a} {t} at ${p} each and {b} {u} at ${q} each. How many dollars does {n} pay in total?",
        "A {t1} costs ${p} and a {u1} costs ${q}. How many dollars do {a} {t} and {b} {u} cost together?",
    )
    d.person()
    x, y = a * p, b * q
    lines = (f"The {first} cost {times(a, p)} dollars.", f"The {second} cost {times(b, q)} dollars.")
    return Case(texts, x + y, (*lines, f"Together: {x} + {y} = {x + y} dollars."), "dollars")


@form("bill")
def cents(d: Draw) -> Case:
    a, p = d.whole("a", 2, 12), d.money("p", 25, 495)
    things = d.things()
    d.need(p.denominator > 1)
    texts = (
        "One {t1} costs ${p}. How many dollars do {a} {t} cost?",
        "{n} buys {a} {t} for ${p} each. What is the total in dollars?",
    )
    d.person()
    whole, rest = int(p), int(p * 100) % 100
    lines = [f"{a} * {whole} = {a * whole} dollars."] if whole else []
    lines.append(f"{times(a, rest)} cents, which is {price(Fraction(a * rest, 100))} dollars.")
    if whole:
        lines.append(f"The {things} cost {a * whole} + {price(Fraction(a * rest, 100))} = {price(a * p)} dollars.")
    return Case(texts, price(a * p), tuple(lines), "dollars")


@form("bill")
def plus_delivery(d: Draw) -> Case:
    a, p, c = d.whole("a", 2, 12), d.whole("p", 3, 20), d.whole("c", 2, 15)
    texts = (
        "{n} orders {a} pizzas at ${p} each. The delivery costs ${c}. How many dollars does {n} pay in all?",
        "A taxi charges ${c} plus ${p} for each mile. What does a ride of {a} miles cost in dollars?",
    )
    d.person()
    return Case(texts, a * p + c, (f"{times(a, p)} dollars.", f"{a * p} + {c} = {a * p + c} dollars."), "dollars")


@form("bill")
def coupon(d: Draw) -> Case:
    a, p, c = d.whole("a", 2, 12), d.whole("p", 4, 20), d.whole("c", 2, 15)
    things = d.things()
    d.need(a * p > c)
    texts = ("{n} buys {a} {t} for ${p} each with a coupon for ${c} off the total. How many dollars does {n} pay?",)
    d.person()
    lines = (f"The {things} cost {times(a, p)} dollars.", f"With the coupon: {a * p} - {c} = {a * p - c} dollars.")
    return Case(texts, a * p - c, lines, "dollars")


@form("unit_price")
def one_costs(d: Draw) -> Case:
    a, p = d.whole("a", 2, 15), d.rng.randint(2, 30)
    b = d.given("b", a * p)
    things = d.things()
    texts = (
        "{a} {t} cost ${b}. How many dollars does one {t1} cost?",
        "{n} pays ${b} for {a} {t}. What is the price of a single {t1} in dollars?",
    )
    d.person()
    return Case(texts, p, (f"The price is shared by {a} {things}: {b} / {a} = {p} dollars.",), "dollars")


@form("unit_price")
def other_amount(d: Draw) -> Case:
    a, p, c = d.whole("a", 2, 9), d.rng.randint(2, 12), d.whole("c", 2, 15)
    b = d.given("b", a * p)
    things = d.things()
    texts = (
        "If {a} {t} cost ${b}, how many dollars do {c} {t} cost?",
        "{n} paid ${b} for {a} {t}. How many dollars would {c} {t} cost at the same price?",
    )
    d.person()
    lines = (f"One costs {b} / {a} = {p} dollars.", f"{c} {things} cost {times(c, p)} dollars.")
    return Case(texts, c * p, lines, "dollars")


@form("unit_price")
def how_many(d: Draw) -> Case:
    p, b = d.whole("p", 2, 15), d.whole("b", 20, 150)
    things = d.things()
    d.need(b > 2 * p)
    q = b // p
    texts = (
        "{n} has ${b}. One {t1} costs ${p}. How many {t} can {n} buy at most?",
        "A {t1} costs {p} dollars. How many {t} can you buy with {b} dollars?",
    )
    d.person()
    return Case(texts, q, (f"{b} = {p} * {q} + {b % p}.", f"So {q} {things} can be bought."), things)


@form("coins")
def mixed_coins(d: Draw) -> Case:
    a, b, c = d.whole("a", 2, 12), d.whole("b", 2, 12), d.whole("c", 2, 12)
    texts = ("{n} has {a} quarters, {b} dimes and {c} nickels. How many cents is that?",)
    d.person()
    x, y, z = a * 25, b * 10, c * 5
    lines = (f"Quarters: {times(a, 25)}.", f"Dimes: {times(b, 10)}.", f"Nickels: {times(c, 5)}.")
    return Case(texts, x + y + z, (*lines, f"{x} + {y} = {x + y}.", f"{x + y} + {z} = {x + y + z} cents."), "cents")


@form("coins")
def bills(d: Draw) -> Case:
    a, b = d.whole("a", 2, 12), d.whole("b", 2, 15)
    texts = ("{n} has {a} twenty-dollar bills and {b} five-dollar bills. How many dollars does {n} have?",)
    d.person()
    lines = (f"{times(a, 20)}.", f"{times(b, 5)}.", f"{a * 20} + {b * 5} = {a * 20 + b * 5} dollars.")
    return Case(texts, a * 20 + b * 5, lines, "dollars")


@form("wages")
def hourly(d: Draw) -> Case:
    w, h, k = d.whole("w", 8, 40), d.whole("h", 3, 9), d.whole("k", 2, 6)
    texts = (
        "{n} earns ${w} an hour and works {h} hours a day. How many dollars does {n} earn in {k} days?",
        "{n} works {h} hours a day for {k} days at ${w} per hour. What is the pay in dollars?",
    )
    d.person()
    return Case(texts, w * h * k, (f"Hours: {h} * {k} = {h * k}.", f"Pay: {times(w, h * k)} dollars."), "dollars")


@form("wages")
def overtime(d: Draw) -> Case:
    w, h, v, k = d.whole("w", 8, 25), d.whole("h", 20, 40), d.whole("v", 12, 45), d.whole("k", 2, 9)
    d.need(v > w)
    texts = (
        "{n} is paid ${w} an hour for {h} hours and ${v} an hour for {k} more hours. How many dollars is that in all?",
    )
    d.person()
    x, y = w * h, v * k
    return Case(texts, x + y, (f"{times(w, h)}.", f"{times(v, k)}.", f"{x} + {y} = {x + y} dollars."), "dollars")


@form("wages")
def hours_for(d: Draw) -> Case:
    w, h = d.whole("w", 6, 30), d.rng.randint(3, 40)
    b = d.given("b", w * h)
    texts = ("{n} earns ${w} per hour. How many hours must {n} work to earn ${b}?",)
    d.person()
    return Case(texts, h, (f"{b} / {w} = {h} hours.",), "hours")


@form("savings")
def weeks_until(d: Draw) -> Case:
    s, k = d.whole("s", 3, 25), d.rng.randint(3, 30)
    have = d.whole("a", 5, 90)
    b = d.given("b", have + s * k)
    texts = (
        "{n} has ${a} and saves ${s} every week. After how many weeks does {n} have ${b}?",
        "A bike costs ${b}. {n} already has ${a} and saves ${s} a week. How many weeks does it take to afford "
        "the bike?",
    )
    d.person()
    return Case(
        texts, k, (f"Still needed: {b} - {have} = {b - have} dollars.", f"{b - have} / {s} = {k} weeks."), "weeks"
    )


@form("savings")
def after_weeks(d: Draw) -> Case:
    a, s, k = d.whole("a", 5, 150), d.whole("s", 3, 30), d.whole("k", 3, 20)
    texts = ("{n} has ${a} and saves ${s} each week. How many dollars does {n} have after {k} weeks?",)
    d.person()
    return Case(
        texts, a + s * k, (f"Saved: {times(s, k)} dollars.", f"{a} + {s * k} = {a + s * k} dollars."), "dollars"
    )


@form("savings")
def split_bill(d: Draw) -> Case:
    k, share = d.whole("k", 3, 9), d.rng.randint(4, 40)
    tip = d.whole("c", 2, 30)
    b = d.given("b", k * share - tip)
    texts = ("{k} friends share a bill of ${b} and a tip of ${c} equally. How many dollars does each friend pay?",)
    return Case(texts, share, (f"{b} + {tip} = {b + tip} dollars.", f"{b + tip} / {k} = {share} dollars."), "dollars")


@form("profit")
def per_piece(d: Draw) -> Case:
    a, p, q = d.whole("a", 5, 40), d.whole("p", 2, 20), d.whole("q", 4, 35)
    things = d.things()
    d.need(q > p)
    texts = (
        "{n} buys {a} {t} for ${p} each and sells them for ${q} each. How many dollars of profit does {n} make?",
        "A shop pays ${p} for a {t1} and sells it for ${q}. What profit in dollars does it make on {a} {t}?",
    )
    d.person()
    lines = (f"Profit on one: {q} - {p} = {q - p} dollars.", f"On {a} {things}: {times(a, q - p)} dollars.")
    return Case(texts, a * (q - p), lines, "dollars")


@form("profit")
def after_costs(d: Draw) -> Case:
    a, p, c = d.whole("a", 5, 60), d.whole("p", 2, 15), d.whole("c", 5, 90)
    d.need(a * p > c)
    texts = (
        "{n} sells {a} cups of lemonade at ${p} each. The ingredients cost ${c}. How many dollars of profit are left?",
    )
    d.person()
    return Case(
        texts, a * p - c, (f"Income: {times(a, p)} dollars.", f"{a * p} - {c} = {a * p - c} dollars."), "dollars"
    )
