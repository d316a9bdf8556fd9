"""Amounts of things that change, are grouped, shared and compared."""

from evals.lab_model.natural.draw import Case, Draw, form, times


@form("gain_loss")
def left(d: Draw) -> Case:
    a, b = d.scaled("a", 8, 400), d.scaled("b", 2, 300)
    who, things = d.person(), d.things()
    d.need(a > b + 1)
    texts = (
        "{n} has {a} {t} and gives {b} of them away. How many {t} does {n} have left?",
        "There are {a} {t} on a table. {n} takes {b} of them. How many {t} are still on the table?",
    )
    return Case(texts, a - b, (f"{who} takes away {b}: {a} - {b} = {a - b} {things}.",), things)


@form("gain_loss")
def more(d: Draw) -> Case:
    a, b = d.scaled("a", 3, 400), d.scaled("b", 2, 300)
    who, things = d.person(), d.things()
    texts = (
        "{n} has {a} {t} and finds {b} more. How many {t} does {n} have now?",
        "{n} collected {a} {t} on Monday and {b} on Tuesday. How many {t} did {n} collect in all?",
    )
    return Case(texts, a + b, (f"{who} has {a} + {b} = {a + b} {things}.",), things)


@form("gain_loss")
def two_losses(d: Draw) -> Case:
    a, b, c = d.scaled("a", 15, 400), d.scaled("b", 2, 150), d.scaled("c", 2, 150)
    things = d.things()
    d.need(a > b + c + 1)
    texts = (
        "A shop has {a} {t}. It sells {b} in the morning and {c} in the afternoon. How many {t} are left?",
        "{n} has {a} {t}, gives {b} to a friend and {c} to a neighbour. How many {t} does {n} keep?",
    )
    d.person()
    x = a - b
    return Case(
        texts, x - c, (f"After the first time: {a} - {b} = {x} {things}.", f"{x} - {c} = {x - c} {things}."), things
    )


@form("gain_loss")
def up_and_down(d: Draw) -> Case:
    a, b, c = d.scaled("a", 10, 300), d.scaled("b", 2, 150), d.scaled("c", 2, 150)
    who, things = d.person(), d.things()
    d.need(a > b + 1)
    x = a - b
    texts = (
        "{n} has {a} {t}, loses {b} of them and then buys {c} new ones. How many {t} does {n} have at the end?",
        "{n} starts the day with {a} {t}, sells {b} and then gets {c} more. How many {t} are there now?",
    )
    return Case(texts, x + c, (f"{a} - {b} = {x}.", f"{who} now has {x} + {c} = {x + c} {things}."), things)


@form("gain_loss")
def passengers(d: Draw) -> Case:
    a, b, c = d.whole("a", 8, 60), d.whole("b", 2, 30), d.whole("c", 2, 30)
    d.need(a > b + 1)
    texts = (
        "There are {a} people on a bus. At a stop {b} get off and {c} get on. How many people are on the bus now?",
        "A train carriage has {a} passengers. {b} of them leave and {c} others enter. How many passengers are in "
        "it then?",
    )
    return Case(texts, a - b + c, (f"{a} - {b} = {a - b}.", f"{a - b} + {c} = {a - b + c} people."), "people")


@form("start_unknown")
def before_giving(d: Draw) -> Case:
    a, b = d.scaled("a", 2, 200), d.scaled("b", 2, 300)
    who, things = d.person(), d.things()
    texts = (
        "{n} gives away {a} {t} and has {b} {t} left. How many {t} did {n} have at first?",
        "After selling {a} {t}, {n} still has {b}. How many {t} were there in the beginning?",
    )
    return Case(texts, a + b, (f"{who} had {b} + {a} = {a + b} {things}.",), things)


@form("start_unknown")
def change_unknown(d: Draw) -> Case:
    a, b = d.scaled("a", 5, 300), d.scaled("b", 8, 500)
    who, things = d.person(), d.things()
    d.need(b > a)
    texts = (
        "{n} had {a} {t}. After a visit to the market there are {b}. How many {t} did {n} buy?",
        "{n} has {a} {t} and wants to have {b}. How many more {t} does {n} need?",
    )
    return Case(texts, b - a, (f"{who} gets {b} - {a} = {b - a} {things}.",), things)


@form("groups")
def boxes(d: Draw) -> Case:
    a, b = d.scaled("a", 2, 40), d.scaled("b", 2, 40)
    things = d.things()
    texts = (
        "There are {a} boxes with {b} {t} in each. How many {t} are there in all?",
        "{n} fills {a} bags and puts {b} {t} into each bag. How many {t} is that altogether?",
    )
    d.person()
    return Case(texts, a * b, (f"{times(a, b)} {things}.",), things)


@form("groups")
def boxes_and_more(d: Draw) -> Case:
    a, b, c = d.scaled("a", 2, 25), d.scaled("b", 3, 25), d.scaled("c", 2, 60)
    who, things = d.person(), d.things()
    texts = (
        "{n} has {a} boxes with {b} {t} each and {c} loose {t}. How many {t} does {n} have altogether?",
        "{n} buys {a} packs of {b} {t} and already has {c} at home. How many {t} does {n} have now?",
    )
    lines = (f"In the packs: {times(a, b)} {things}.", f"{who} has {a * b} + {c} = {a * b + c} {things}.")
    return Case(texts, a * b + c, lines, things)


@form("groups")
def boxes_less(d: Draw) -> Case:
    a, b, c = d.scaled("a", 2, 25), d.scaled("b", 3, 25), d.scaled("c", 2, 90)
    things = d.things()
    d.need(a * b > c + 1)
    texts = (
        "A shop gets {a} crates of {b} {t}. {c} of the {t} are broken. How many {t} are fine?",
        "{n} buys {a} packs of {b} {t} and uses {c} of them. How many {t} are left?",
    )
    d.person()
    return Case(texts, a * b - c, (f"{times(a, b)} {things}.", f"{a * b} - {c} = {a * b - c} {things}."), things)


@form("groups")
def rows(d: Draw) -> Case:
    a, b, c = d.whole("a", 4, 25), d.whole("b", 5, 30), d.whole("c", 5, 120)
    d.need(a * b > c)
    texts = (
        "A hall has {a} rows of {b} seats. {c} seats are taken. How many seats are free?",
        "There are {a} rows with {b} chairs in each row, and {c} people sit down. How many chairs stay empty?",
    )
    return Case(texts, a * b - c, (f"{times(a, b)} seats.", f"{a * b} - {c} = {a * b - c} seats."), "seats")


@form("groups")
def twice_grouped(d: Draw) -> Case:
    a, b, c = d.whole("a", 2, 12), d.whole("b", 2, 12), d.whole("c", 2, 12)
    things = d.things()
    texts = (
        "There are {a} shelves. On each shelf are {b} boxes, and in each box are {c} {t}. How many {t} are there?",
        "{a} trucks carry {b} crates each. Every crate holds {c} {t}. How many {t} do the trucks carry in total?",
    )
    return Case(texts, a * b * c, (f"Boxes: {a} * {b} = {a * b}.", f"{times(a * b, c)} {things}."), things)


@form("share")
def equally(d: Draw) -> Case:
    k, q = d.whole("k", 2, 15), d.rng.randint(2, 40)
    a = d.given("a", k * q)
    things = d.things()
    texts = (
        "{a} {t} are shared equally among {k} children. How many {t} does each child get?",
        "{n} puts {a} {t} into {k} bags so that all bags hold the same number. How many {t} are in one bag?",
    )
    d.person()
    return Case(texts, q, (f"{a} / {k} = {q} {things}.",), things)


@form("share")
def keeps_some(d: Draw) -> Case:
    k, q, c = d.whole("k", 2, 12), d.rng.randint(2, 20), d.whole("c", 2, 30)
    a = d.given("a", k * q + c)
    who, things = d.person(), d.things()
    texts = (
        "{n} has {a} {t}, keeps {c} and shares the rest equally among {k} friends. How many {t} does each friend get?",
    )
    return Case(texts, q, (f"{who} shares {a} - {c} = {a - c} {things}.", f"{a - c} / {k} = {q} {things}."), things)


@form("share")
def packs_shared(d: Draw) -> Case:
    b, k = d.whole("b", 4, 24), d.whole("k", 2, 12)
    a = d.whole("a", 2, 12)
    things = d.things()
    d.need(a * b % k == 0 and a * b // k > 1)
    texts = ("{k} people share {a} packs of {b} {t} equally. How many {t} does each person get?",)
    return Case(texts, a * b // k, (f"{times(a, b)} {things}.", f"{a * b} / {k} = {a * b // k} {things}."), things)


@form("comparison")
def how_many_more(d: Draw) -> Case:
    a, b = d.scaled("a", 5, 400), d.scaled("b", 2, 300)
    first, second = d.person("n"), d.person("m")
    things = d.things()
    d.need(a > b)
    texts = ("{n} has {a} {t} and {m} has {b}. How many more {t} does {n} have than {m}?",)
    return Case(texts, a - b, (f"{first} has {a} - {b} = {a - b} {things} more than {second}.",), things)


@form("comparison")
def total_of_both(d: Draw) -> Case:
    a, b = d.scaled("a", 5, 300), d.scaled("b", 2, 200)
    _, second = d.person("n"), d.person("m")
    things = d.things()
    texts = (
        "{n} has {a} {t}. {m} has {b} more than {n}. How many {t} do they have together?",
        "{n} collected {a} {t}, and {m} collected {b} more {t} than {n} did. How many did they collect in total?",
    )
    c = a + b
    return Case(
        texts, a + c, (f"{second} has {a} + {b} = {c} {things}.", f"Together: {a} + {c} = {a + c} {things}."), things
    )


@form("comparison")
def fewer(d: Draw) -> Case:
    a, b = d.scaled("a", 8, 300), d.scaled("b", 2, 200)
    _, second = d.person("n"), d.person("m")
    things = d.things()
    d.need(a > b + 1)
    c = a - b
    texts = ("{n} has {a} {t}, and {m} has {b} fewer. How many {t} do the two of them have together?",)
    return Case(
        texts, a + c, (f"{second} has {a} - {b} = {c} {things}.", f"Together: {a} + {c} = {a + c} {things}."), things
    )


@form("comparison")
def times_as_many(d: Draw) -> Case:
    a, k = d.scaled("a", 3, 90), d.whole("k", 3, 9)
    _, second = d.person("n"), d.person("m")
    things = d.things()
    texts = (
        "{n} has {a} {t}. {m} has {k} times as many. How many {t} does {m} have?",
        "{m} read {k} times as many pages as {n}, who read {a} pages. How many pages did {m} read?",
    )
    return Case(texts, a * k, (f"{second} has {times(a, k)}.",), things)


@form("comparison")
def times_together(d: Draw) -> Case:
    a, k = d.scaled("a", 3, 60), d.whole("k", 3, 9)
    _, second = d.person("n"), d.person("m")
    things = d.things()
    texts = ("{n} has {a} {t}, and {m} has {k} times as many as {n}. How many {t} do they have altogether?",)
    b = a * k
    return Case(texts, a + b, (f"{second} has {times(a, k)} {things}.", f"{a} + {b} = {a + b} {things}."), things)


@form("heads_legs")
def legs(d: Draw) -> Case:
    a, b = d.whole("a", 3, 30), d.whole("b", 3, 30)
    texts = (
        "A farm has {a} cows and {b} chickens. How many legs do the animals have in total?",
        "How many legs do {a} dogs and {b} birds have altogether?",
    )
    x, y = a * 4, b * 2
    return Case(texts, x + y, (f"{times(a, 4)}.", f"{times(b, 2)}.", f"{x} + {y} = {x + y} legs."), "legs")


@form("heads_legs")
def cows(d: Draw) -> Case:
    a, b = d.rng.randint(2, 20), d.rng.randint(2, 20)
    heads, feet = d.given("h", a + b), d.given("l", 4 * a + 2 * b)
    texts = (
        "A farmer has cows and chickens. Together they have {h} heads and {l} legs. How many cows are there?",
        "In a yard are rabbits and ducks with {h} heads and {l} legs in all. How many rabbits are there?",
    )
    lines = (f"If all had two legs: {heads} * 2 = {heads * 2} legs.", f"{feet} - {heads * 2} = {2 * a} legs more.")
    return Case(texts, a, (*lines, f"{2 * a} / 2 = {a}."))
