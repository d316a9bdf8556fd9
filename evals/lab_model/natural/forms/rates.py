"""Speed, work, proportion and consumption."""

from fractions import Fraction

from evals.lab_model.natural.draw import Case, Draw, form, show, times


@form("speed")
def distance(d: Draw) -> Case:
    v, t = d.whole("v", 4, 120), d.whole("h", 2, 12)
    texts = (
        "A train travels at {v} km per hour for {h} hours. How many km does it travel?",
        "{n} drives {h} hours at {v} miles per hour. How many miles is that?",
    )
    d.person()
    return Case(texts, v * t, (f"Distance = speed * time: {times(v, t)}.",))


@form("speed")
def speed(d: Draw) -> Case:
    t, v = d.whole("h", 2, 12), d.rng.randint(4, 110)
    s = d.given("s", v * t)
    texts = (
        "A car covers {s} km in {h} hours. What is its speed in km per hour?",
        "{n} rides {s} miles in {h} hours at a steady pace. How many miles per hour is that?",
    )
    d.person()
    return Case(texts, v, (f"Speed = distance / time: {s} / {t} = {v}.",))


@form("speed")
def duration(d: Draw) -> Case:
    v, t = d.whole("v", 4, 110), d.rng.randint(2, 12)
    s = d.given("s", v * t)
    texts = (
        "How many hours does a bus need for {s} km at {v} km per hour?",
        "{n} hikes {s} km at {v} km an hour. How many hours does the hike take?",
    )
    d.person()
    return Case(texts, t, (f"Time = distance / speed: {s} / {v} = {t} hours.",), "hours")


@form("speed")
def two_legs(d: Draw) -> Case:
    v, t, w, u = d.whole("v", 5, 90), d.whole("h", 2, 6), d.whole("w", 5, 90), d.whole("k", 2, 6)
    texts = (
        "{n} drives {h} hours at {v} km per hour and then {k} hours at {w} km per hour. How many km is the whole way?",
    )
    d.person()
    x, y = v * t, w * u
    return Case(texts, x + y, (f"{times(v, t)} km.", f"{times(w, u)} km.", f"{x} + {y} = {x + y} km."), "km")


@form("speed")
def minutes_of_hour(d: Draw) -> Case:
    v, m = d.whole("v", 12, 120, 6), d.pick("m", (10, 15, 20, 30, 40, 45, 50))
    s = Fraction(v * m, 60)
    d.need(s.denominator == 1)
    texts = ("A car drives at {v} km per hour. How many km does it cover in {m} minutes?",)
    return Case(texts, s, (f"{times(v, m)}.", f"{v * m} / 60 = {show(s)} km."), "km")


@form("meeting")
def towards(d: Draw) -> Case:
    v, w, t = d.whole("v", 20, 90, 5), d.whole("w", 20, 90, 5), d.rng.randint(2, 6)
    s = d.given("s", (v + w) * t)
    texts = (
        "Two trains are {s} km apart and travel towards each other at {v} km/h and {w} km/h. After how many "
        "hours do they "
        "meet?",
        "{n} and {m} start {s} miles apart and drive towards each other at {v} mph and {w} mph. After how many "
        "hours do they "
        "meet?",
    )
    d.person("n"), d.person("m")
    return Case(texts, t, (f"Together: {v} + {w} = {v + w} per hour.", f"{s} / {v + w} = {t} hours."), "hours")


@form("meeting")
def catch_up(d: Draw) -> Case:
    w, gap, t = d.whole("w", 4, 60), d.rng.randint(2, 20), d.rng.randint(2, 6)
    v = d.given("v", w + gap)
    s = d.given("s", gap * t)
    first, second = d.person("n"), d.person("m")
    texts = (
        "{m} is {s} km ahead of {n}. {m} rides at {w} km/h and {n} follows at {v} km/h. After how many hours "
        "does {n} catch up?",
    )
    lines = (f"{first} comes {v} - {w} = {gap} km nearer to {second} each hour.", f"{s} / {gap} = {t} hours.")
    return Case(texts, t, lines, "hours")


@form("work")
def machine(d: Draw) -> Case:
    a, h, k = d.rng.randint(3, 40), d.whole("h", 2, 9), d.whole("k", 2, 15)
    b = d.given("b", a * h)
    things = d.things()
    texts = (
        "A machine makes {b} {t} in {h} hours. How many {t} does it make in {k} hours?",
        "{n} packs {b} {t} in {h} hours. How many {t} can {n} pack in {k} hours at the same pace?",
    )
    d.person()
    return Case(
        texts, a * k, (f"In one hour: {b} / {h} = {a} {things}.", f"In {k} hours: {times(a, k)} {things}."), things
    )


@form("work")
def pages(d: Draw) -> Case:
    p, k = d.whole("p", 5, 40), d.rng.randint(3, 30)
    b = d.given("b", p * k)
    texts = (
        "{n} reads {p} pages a day. How many days does {n} need for a book of {b} pages?",
        "A book has {b} pages. If {n} reads {p} pages every day, after how many days is it finished?",
    )
    d.person()
    return Case(texts, k, (f"{b} / {p} = {k} days.",), "days")


@form("work")
def workers(d: Draw) -> Case:
    a, t, b = d.whole("a", 2, 12), d.whole("t", 2, 20), d.whole("b", 2, 15)
    d.need(a * t % b == 0 and a * t // b > 1)
    texts = (
        "{a} workers need {t} days for a job. How many days do {b} workers need for the same job?",
        "{a} painters finish a house in {t} hours. How many hours would {b} painters need at the same speed?",
    )
    return Case(texts, a * t // b, (f"The whole job is {times(a, t)}.", f"{a * t} / {b} = {a * t // b}."))


@form("work")
def two_taps(d: Draw) -> Case:
    a, b, t = d.whole("a", 3, 40), d.whole("b", 3, 40), d.rng.randint(3, 30)
    c = d.given("c", (a + b) * t)
    texts = (
        "One tap gives {a} liters a minute, another {b} liters a minute. How many minutes do both together need "
        "to fill a "
        "tank of {c} liters?",
    )
    return Case(
        texts, t, (f"Together: {a} + {b} = {a + b} liters a minute.", f"{c} / {a + b} = {t} minutes."), "minutes"
    )


@form("work")
def leaking(d: Draw) -> Case:
    a, b, t = d.whole("a", 60, 500), d.whole("b", 2, 15), d.whole("k", 2, 30)
    d.need(a > b * t)
    texts = (
        "A tank holds {a} liters of water and loses {b} liters every hour. How many liters are left after {k} hours?",
    )
    return Case(texts, a - b * t, (f"Lost: {times(b, t)} liters.", f"{a} - {b * t} = {a - b * t} liters."), "liters")


@form("proportion")
def recipe(d: Draw) -> Case:
    a, b, k = d.whole("a", 2, 8), d.rng.randint(20, 120), d.whole("k", 3, 20)
    g = d.given("g", a * b)
    texts = (
        "A recipe for {a} people needs {g} grams of flour. How many grams are needed for {k} people?",
        "{n} uses {g} g of sugar for {a} cakes. How many grams of sugar does {n} need for {k} cakes?",
    )
    d.person()
    return Case(texts, b * k, (f"For one: {g} / {a} = {b} grams.", f"For {k}: {times(b, k)} grams."), "grams")


@form("proportion")
def map_scale(d: Draw) -> Case:
    a, k = d.whole("a", 2, 25), d.whole("k", 3, 30)
    texts = (
        "On a map 1 cm stands for {a} km. Two towns are {k} cm apart on the map. How many km are they really apart?",
    )
    return Case(texts, a * k, (f"{times(a, k)} km.",), "km")


@form("proportion")
def fuel(d: Draw) -> Case:
    c, k = d.whole("c", 4, 12), d.whole("k", 2, 9)
    s = d.given("s", k * 100)
    del d.numbers["k"]
    texts = ("A car uses {c} liters of fuel for 100 km. How many liters does it use for {s} km?",)
    return Case(texts, c * k, (f"{s} / 100 = {k}.", f"{times(k, c)} liters."), "liters")


@form("proportion")
def miles_per_gallon(d: Draw) -> Case:
    c, k = d.whole("c", 15, 50), d.rng.randint(2, 15)
    s = d.given("s", c * k)
    texts = ("A car goes {c} miles on one gallon of gas. How many gallons does it need for {s} miles?",)
    return Case(texts, k, (f"{s} / {c} = {k} gallons.",), "gallons")


@form("growth")
def per_day(d: Draw) -> Case:
    a, b, k = d.whole("a", 5, 60), d.whole("b", 2, 9), d.whole("k", 3, 20)
    texts = (
        "A plant is {a} cm tall and grows {b} cm every week. How many cm tall is it after {k} weeks?",
        "A snowman is {a} inches tall and children add {b} inches each hour. How many inches tall is it after "
        "{k} hours?",
    )
    return Case(texts, a + b * k, (f"It grows {times(b, k)}.", f"{a} + {b * k} = {a + b * k}."))


@form("growth")
def doubling(d: Draw) -> Case:
    a, k = d.whole("a", 3, 50), d.whole("k", 3, 6)
    texts = ("There are {a} bacteria in a dish. Their number doubles every hour. How many are there after {k} hours?",)
    steps, n = [], a
    for i in range(1, k + 1):
        steps.append(f"After {i} h: {n} * 2 = {n * 2}.")
        n *= 2
    return Case(texts, n, tuple(steps), "bacteria")


@form("growth")
def candle(d: Draw) -> Case:
    b, k, rest = d.whole("b", 2, 5), d.rng.randint(2, 9), d.whole("c", 2, 12)
    a = d.given("a", b * k + rest)
    texts = ("A candle is {a} cm long and burns down {b} cm every hour. After how many hours is it {c} cm long?",)
    return Case(texts, k, (f"It must lose {a} - {rest} = {a - rest} cm.", f"{a - rest} / {b} = {k} hours."), "hours")
