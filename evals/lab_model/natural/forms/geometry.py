"""Lengths, areas, volumes and angles of simple figures."""

from fractions import Fraction

from evals.lab_model.natural.draw import Case, Draw, form, show, times


@form("rectangle")
def area(d: Draw) -> Case:
    a, b = d.whole("a", 3, 40), d.whole("b", 2, 30)
    texts = (
        "A rectangle is {a} cm long and {b} cm wide. What is its area in square centimeters?",
        "A garden measures {a} m by {b} m. How many square meters is its area?",
        "What is the area of a room that is {a} feet long and {b} feet wide (in square feet)?",
    )
    return Case(texts, a * b, (f"Area = length * width: {times(a, b)}.",))


@form("rectangle")
def perimeter(d: Draw) -> Case:
    a, b = d.whole("a", 3, 80), d.whole("b", 2, 60)
    texts = (
        "A rectangle is {a} cm long and {b} cm wide. What is its perimeter in cm?",
        "{n} walks once around a field of {a} m by {b} m. How many meters is that?",
    )
    d.person()
    return Case(texts, 2 * (a + b), (f"{a} + {b} = {a + b}.", f"Perimeter: 2 * {a + b} = {2 * (a + b)}."))


@form("rectangle")
def width_from_area(d: Draw) -> Case:
    a, b = d.whole("a", 3, 30), d.rng.randint(2, 25)
    s = d.given("s", a * b)
    texts = (
        "A rectangle has an area of {s} square meters and is {a} m long. How many meters wide is it?",
        "The area of a rectangular carpet is {s} square feet and its length is {a} feet. What is its width in feet?",
    )
    return Case(texts, b, (f"Width = area / length: {s} / {a} = {b}.",))


@form("rectangle")
def width_from_perimeter(d: Draw) -> Case:
    a, b = d.whole("a", 3, 60), d.rng.randint(2, 50)
    s = d.given("s", 2 * (a + b))
    texts = ("The perimeter of a rectangle is {s} cm. It is {a} cm long. How many cm wide is it?",)
    return Case(texts, b, (f"Half of the perimeter: {s} / 2 = {a + b}.", f"{a + b} - {a} = {b} cm."), "cm")


@form("rectangle")
def path_around(d: Draw) -> Case:
    a, b, k = d.whole("a", 6, 30), d.whole("b", 4, 20), d.whole("k", 2, 15)
    s = 2 * (a + b)
    texts = (
        "A garden is {a} m long and {b} m wide. A fence around it costs ${k} per meter. How many dollars does "
        "the fence cost?",
    )
    lines = (f"{a} + {b} = {a + b}.", f"Length of the fence: 2 * {a + b} = {s} m.", f"{times(s, k)} dollars.")
    return Case(texts, s * k, lines, "dollars")


@form("square")
def square_area(d: Draw) -> Case:
    a = d.whole("a", 3, 30)
    texts = (
        "A square has sides of {a} cm. What is its area in square centimeters?",
        "What is the area of a square with a side of {a} meters, in square meters?",
    )
    return Case(texts, a * a, (f"{times(a, a)}.",))


@form("square")
def square_perimeter(d: Draw) -> Case:
    a = d.whole("a", 3, 90)
    texts = (
        "A square has sides of {a} cm. What is its perimeter in cm?",
        "How many meters of fence go around a square of {a} m?",
    )
    return Case(texts, 4 * a, (f"A square has 4 equal sides: {times(4, a)}.",))


@form("square")
def side_from_perimeter(d: Draw) -> Case:
    a = d.rng.randint(3, 60)
    s = d.given("s", 4 * a)
    texts = ("The perimeter of a square is {s} cm. How long is one side in cm?",)
    return Case(texts, a, (f"{s} / 4 = {a} cm.",), "cm")


@form("square")
def area_from_perimeter(d: Draw) -> Case:
    a = d.rng.randint(3, 25)
    s = d.given("s", 4 * a)
    texts = ("The perimeter of a square is {s} cm. What is its area in square centimeters?",)
    return Case(texts, a * a, (f"One side is {s} / 4 = {a} cm.", f"{times(a, a)}."))


@form("triangle")
def triangle_area(d: Draw) -> Case:
    a, b = d.whole("a", 3, 30), d.whole("b", 2, 24)
    s = Fraction(a * b, 2)
    texts = (
        "A triangle has a base of {a} cm and a height of {b} cm. What is its area in square centimeters?",
        "What is the area of a triangle with base {a} and height {b}?",
    )
    return Case(texts, s, (f"{times(a, b)}.", f"{a * b} / 2 = {show(s)}."))


@form("triangle")
def third_angle(d: Draw) -> Case:
    a, b = d.whole("a", 20, 110), d.whole("b", 20, 110)
    d.need(a + b < 170)
    texts = (
        "Two angles of a triangle are {a} and {b} degrees. How many degrees is the third angle?",
        "In a triangle one angle measures {a}° and another {b}°. What is the third one in degrees?",
    )
    c = 180 - a - b
    return Case(texts, c, (f"{a} + {b} = {a + b}.", f"180 - {a + b} = {c} degrees."), "degrees")


@form("triangle")
def triangle_perimeter(d: Draw) -> Case:
    a, b, c = d.whole("a", 5, 40), d.whole("b", 5, 40), d.whole("c", 5, 40)
    d.need(a + b > c and a + c > b and b + c > a)
    texts = ("The sides of a triangle are {a} cm, {b} cm and {c} cm. What is its perimeter in cm?",)
    return Case(texts, a + b + c, (f"{a} + {b} = {a + b}.", f"{a + b} + {c} = {a + b + c} cm."), "cm")


@form("triangle")
def hypotenuse(d: Draw) -> Case:
    x, y, z = d.rng.choice(((3, 4, 5), (5, 12, 13), (8, 15, 17), (7, 24, 25)))
    k = d.rng.randint(1, 4)
    a, b, c = d.given("a", x * k), d.given("b", y * k), z * k
    texts = (
        "A right triangle has legs of {a} cm and {b} cm. How long is the hypotenuse in cm?",
        "{n} walks {a} km east and then {b} km north. How many km is {n} from the start in a straight line?",
    )
    d.person()
    lines = (
        f"{times(a, a)}.",
        f"{times(b, b)}.",
        f"{a * a} + {b * b} = {c * c}.",
        f"{c} * {c} = {c * c}, so it is {c}.",
    )
    return Case(texts, c, lines)


@form("solid")
def box_volume(d: Draw) -> Case:
    a, b, c = d.whole("a", 2, 20), d.whole("b", 2, 15), d.whole("c", 2, 12)
    texts = (
        "A box is {a} cm long, {b} cm wide and {c} cm high. What is its volume in cubic centimeters?",
        "How many cubic meters of water fit into a pool of {a} m by {b} m that is {c} m deep?",
    )
    return Case(texts, a * b * c, (f"{times(a, b)}.", f"{times(a * b, c)}."))


@form("solid")
def cube_volume(d: Draw) -> Case:
    a = d.whole("a", 2, 12)
    texts = ("A cube has edges of {a} cm. What is its volume in cubic centimeters?",)
    return Case(texts, a**3, (f"{a} * {a} = {a * a}.", f"{times(a * a, a)}."))


@form("solid")
def cube_surface(d: Draw) -> Case:
    a = d.whole("a", 2, 15)
    texts = ("A cube has edges of {a} cm. What is its surface area in square centimeters?",)
    return Case(texts, 6 * a * a, (f"One face: {times(a, a)}.", f"6 faces: {times(6, a * a)}."))


@form("tiles")
def tiles(d: Draw) -> Case:
    k, x, y = d.whole("k", 2, 5), d.rng.randint(2, 12), d.rng.randint(2, 12)
    a, b = d.given("a", k * x), d.given("b", k * y)
    texts = (
        "A floor of {a} m by {b} m is covered with square tiles of {k} m by {k} m. How many tiles are needed?",
        "How many squares with a side of {k} inches cover a board of {a} by {b} inches?",
    )
    return Case(texts, x * y, (f"{a} / {k} = {x}.", f"{b} / {k} = {y}.", f"{times(x, y)} tiles."), "tiles")
