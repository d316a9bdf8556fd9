"""Units of length, mass, volume, time and temperature."""

from fractions import Fraction

from evals.lab_model.natural.draw import FORMS, Case, Draw, Form, form, show, times

# (kind, large unit, small unit, how many small ones make a large one)
PAIRS = (
    ("length", "meters", "centimeters", 100), ("length", "kilometers", "meters", 1000),
    ("length", "centimeters", "millimeters", 10), ("length", "feet", "inches", 12),
    ("mass", "kilograms", "grams", 1000), ("mass", "tons", "kilograms", 1000), ("mass", "pounds", "ounces", 16),
    ("volume", "liters", "milliliters", 1000), ("volume", "gallons", "quarts", 4),
    ("duration", "hours", "minutes", 60), ("duration", "minutes", "seconds", 60), ("duration", "days", "hours", 24),
    ("duration", "weeks", "days", 7), ("duration", "years", "months", 12),
)  # fmt: skip


def one_of(units: str) -> str:
    """The singular of a unit."""
    return "foot" if units == "feet" else units[:-1]


def to_small(large: str, small: str, k: int) -> Form:
    def convert(d: Draw) -> Case:
        a = d.whole("a", 2, 40)
        texts = (f"How many {small} are {{a}} {large}?", f"Convert {{a}} {large} to {small}.")
        return Case(texts, a * k, (f"{k} {small} make 1 {one_of(large)}.", f"{times(a, k)} {small}."), small)

    return convert


def to_large(large: str, small: str, k: int) -> Form:
    def convert(d: Draw) -> Case:
        q = Fraction(d.rng.randint(2, 30), d.rng.choice((1, 1, 2)) if k % 2 == 0 else 1)
        a = d.given("a", int(q * k))
        texts = (f"How many {large} are {{a}} {small}?", f"Convert {{a}} {small} to {large}.")
        return Case(texts, q, (f"{k} {small} make 1 {one_of(large)}.", f"{a} / {k} = {show(q)} {large}."), large)

    return convert


# the units of a wording are no slots, so that each pair and direction is a form of its own
for _kind, _large, _small, _k in PAIRS:
    FORMS[f"{_kind}/{_large}_to_{_small}"] = to_small(_large, _small, _k)
    FORMS[f"{_kind}/{_small}_to_{_large}"] = to_large(_large, _small, _k)


@form("length")
def metres_and_centimetres(d: Draw) -> Case:
    a, b = d.whole("a", 2, 9), d.whole("b", 5, 95)
    texts = (
        "How many centimeters are {a} meters and {b} centimeters?",
        "A board is {a} m {b} cm long. How long is it in cm?",
    )
    return Case(texts, a * 100 + b, (f"{a} * 100 = {a * 100}.", f"{a * 100} + {b} = {a * 100 + b} cm."), "cm")


@form("length")
def pieces(d: Draw) -> Case:
    b, q = d.pick("b", (5, 8, 10, 20, 25, 40, 50)), d.rng.randint(4, 60)
    a = Fraction(b * q, 100)
    d.need(a.denominator == 1 and a > 1)
    whole = d.given("a", int(a))
    texts = (
        "A rope of {a} meters is cut into pieces of {b} centimeters. How many pieces are there?",
        "How many {b} cm pieces can be cut from a {a} m pipe?",
    )
    return Case(
        texts, q, (f"{whole} * 100 = {whole * 100} centimeters.", f"{whole * 100} / {b} = {q} pieces."), "pieces"
    )


@form("mass")
def packets(d: Draw) -> Case:
    a, b = d.whole("a", 3, 20), d.pick("b", (125, 150, 200, 250, 300, 400, 450, 500, 750))
    total = Fraction(a * b, 1000)
    texts = (
        "A packet of rice weighs {b} grams. How many kilograms do {a} packets weigh?",
        "{a} bags weigh {b} g each. What do they weigh together in kg?",
    )
    return Case(texts, total, (f"{times(a, b)} grams.", f"{a * b} / 1000 = {show(total)} kilograms."), "kilograms")


@form("volume")
def glasses(d: Draw) -> Case:
    b, q = d.pick("b", (100, 125, 200, 250, 300, 500)), d.rng.randint(4, 30)
    d.need(b * q % 1000 == 0)
    a = d.given("a", b * q // 1000)
    texts = (
        "How many glasses of {b} milliliters can be filled from {a} liters of juice?",
        "A jug holds {a} liters. A cup holds {b} ml. How many cups fill the jug?",
    )
    return Case(texts, q, (f"{a} * 1000 = {a * 1000} milliliters.", f"{a * 1000} / {b} = {q}."), "glasses")


@form("duration")
def hours_and_minutes(d: Draw) -> Case:
    a, b = d.whole("a", 2, 9), d.whole("b", 5, 55, 5)
    texts = (
        "How many minutes are {a} hours and {b} minutes?",
        "A film lasts {a} hours {b} minutes. How long is that in minutes?",
    )
    return Case(texts, a * 60 + b, (f"{a} * 60 = {a * 60}.", f"{a * 60} + {b} = {a * 60 + b} minutes."), "minutes")


@form("duration")
def daily_minutes(d: Draw) -> Case:
    a, b = d.whole("a", 10, 90, 5), d.pick("b", (2, 4, 6, 8, 12, 14, 20, 24, 30))
    total = Fraction(a * b, 60)
    d.need(total.denominator <= 2)
    texts = ("{n} reads {a} minutes every day. How many hours does {n} read in {b} days?",)
    d.person()
    return Case(texts, total, (f"{times(a, b)} minutes.", f"{a * b} / 60 = {show(total)} hours."), "hours")


@form("temperature")
def to_fahrenheit(d: Draw) -> Case:
    c = d.whole("a", 5, 100, 5)
    f = c * 9 // 5 + 32
    texts = ("What is {a} degrees Celsius in degrees Fahrenheit?", "Convert {a} °C to °F.")
    return Case(
        texts,
        f,
        (f"{c} * 9 = {c * 9}.", f"{c * 9} / 5 = {c * 9 // 5}.", f"{c * 9 // 5} + 32 = {f}."),
        "degrees Fahrenheit",
    )


@form("temperature")
def to_celsius(d: Draw) -> Case:
    c = d.rng.randrange(5, 100, 5)
    f = d.given("a", c * 9 // 5 + 32)
    texts = ("What is {a} degrees Fahrenheit in degrees Celsius?", "Convert {a} °F to °C.")
    return Case(
        texts,
        c,
        (f"{f} - 32 = {f - 32}.", f"{f - 32} * 5 = {(f - 32) * 5}.", f"{(f - 32) * 5} / 9 = {c}."),
        "degrees Celsius",
    )
