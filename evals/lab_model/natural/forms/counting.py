"""Combinations, orders, handshakes, and objects counted with ends."""

import math

from evals.lab_model.natural.draw import Case, Draw, form, times


@form("choices")
def outfits(d: Draw) -> Case:
    a, b = d.whole("a", 2, 15), d.whole("b", 2, 12)
    texts = (
        "{n} has {a} shirts and {b} pairs of pants. How many different outfits of one shirt and one pair of "
        "pants are there?",
        "A cafe offers {a} drinks and {b} cakes. In how many ways can you choose one drink and one cake?",
    )
    d.person()
    return Case(texts, a * b, (f"{times(a, b)}.",))


@form("choices")
def menu(d: Draw) -> Case:
    a, b, c = d.whole("a", 2, 9), d.whole("b", 2, 9), d.whole("c", 2, 9)
    texts = (
        "A menu has {a} starters, {b} main dishes and {c} desserts. How many different three-course meals are "
        "possible?",
    )
    return Case(texts, a * b * c, (f"{a} * {b} = {a * b}.", f"{times(a * b, c)}."))


@form("choices")
def codes(d: Draw) -> Case:
    a, k = d.whole("a", 3, 12), d.whole("k", 2, 4)
    texts = (
        "A code has {k} places, and each place is one of {a} letters, which may repeat. How many codes are there?",
    )
    steps, n = [], a
    for _ in range(k - 1):
        steps.append(f"{times(n, a)}.")
        n *= a
    return Case(texts, n, tuple(steps))


@form("orders")
def in_a_row(d: Draw) -> Case:
    k = d.whole("k", 3, 7)
    texts = (
        "In how many different orders can {k} people stand in a row?",
        "In how many ways can {k} different books be put on a shelf?",
        "What is {k} factorial?",
    )
    steps, n = [], k
    for i in range(k - 1, 1, -1):
        steps.append(f"{times(n, i)}.")
        n *= i
    return Case(texts, n, tuple(steps))


@form("orders")
def first_and_second(d: Draw) -> Case:
    k = d.whole("k", 4, 30)
    texts = (
        "{k} runners take part in a race. In how many ways can first and second place be filled?",
        "A club of {k} members elects a president and a treasurer, who must be different people. How many results are "
        "possible?",
    )
    return Case(texts, k * (k - 1), (f"There are {k} for the first and {k - 1} for the second: {times(k, k - 1)}.",))


@form("pairs")
def handshakes(d: Draw) -> Case:
    k = d.whole("k", 4, 25)
    texts = (
        "{k} people meet, and each of them shakes hands once with every other. How many handshakes are there?",
        "In a league of {k} teams every team plays once against every other team. How many games are played?",
        "In how many ways can 2 of {k} children be chosen?",
    )
    n = k * (k - 1)
    return Case(texts, math.comb(k, 2), (f"{times(k, k - 1)}.", f"Each pair is counted twice: {n} / 2 = {n // 2}."))


@form("pairs")
def choose_three(d: Draw) -> Case:
    k = d.whole("k", 4, 12)
    texts = (
        "In how many ways can a group of 3 be chosen from {k} students?",
        "How many different sets of 3 cards can you take from {k} different cards?",
    )
    n = k * (k - 1) * (k - 2)
    lines = (
        f"{times(k, k - 1)}.",
        f"{times(k * (k - 1), k - 2)}.",
        f"Each group is counted 6 times: {n} / 6 = {n // 6}.",
    )
    return Case(texts, math.comb(k, 3), lines)


@form("ends")
def trees(d: Draw) -> Case:
    s, q = d.whole("s", 2, 15), d.rng.randint(3, 40)
    a = d.given("a", s * q)
    texts = (
        "Trees are planted along a road of {a} meters, one every {s} meters, with a tree at both ends. How many "
        "trees are "
        "there?",
        "A fence of {a} m has a post every {s} m, also at both ends. How many posts does it have?",
    )
    return Case(texts, q + 1, (f"{a} / {s} = {q} gaps.", f"With both ends: {q} + 1 = {q + 1}."))


@form("ends")
def cuts(d: Draw) -> Case:
    k, m = d.whole("k", 3, 20), d.whole("m", 2, 9)
    texts = ("A log is sawn into {k} pieces. Each cut takes {m} minutes. How many minutes does the sawing take?",)
    return Case(
        texts, (k - 1) * m, (f"{k} pieces need {k} - 1 = {k - 1} cuts.", f"{times(k - 1, m)} minutes."), "minutes"
    )


@form("ends")
def whole_numbers_between(d: Draw) -> Case:
    a, b = d.scaled("a", 2, 300), d.scaled("b", 10, 600)
    d.need(b > a + 2)
    texts = (
        "How many whole numbers are there from {a} to {b}, both included?",
        "{n} reads from page {a} to page {b}, both included. How many pages is that?",
    )
    d.person()
    return Case(texts, b - a + 1, (f"{b} - {a} = {b - a}.", f"With both ends: {b - a} + 1 = {b - a + 1}."))


@form("sets")
def both(d: Draw) -> Case:
    a, b, c = d.rng.randint(3, 20), d.rng.randint(3, 20), d.rng.randint(2, 10)
    x, y, total = d.given("a", a + c), d.given("b", b + c), d.given("s", a + b + c)
    texts = (
        "In a class of {s} students everyone plays soccer or chess. {a} play soccer and {b} play chess. How many "
        "play both?",
    )
    return Case(texts, c, (f"{x} + {y} = {x + y}.", f"{x + y} - {total} = {c} are counted twice."))


@form("sets")
def neither(d: Draw) -> Case:
    a, b, c, e = d.rng.randint(3, 20), d.rng.randint(3, 20), d.whole("c", 2, 10), d.rng.randint(2, 12)
    x, y, total = d.given("a", a + c), d.given("b", b + c), d.given("s", a + b + c + e)
    texts = ("Of {s} students {a} have a dog, {b} have a cat and {c} have both. How many students have neither?",)
    lines = (
        f"{x} + {y} = {x + y}.",
        f"{x + y} - {c} = {x + y - c} have at least one.",
        f"{total} - {x + y - c} = {e}.",
    )
    return Case(texts, e, lines)
