"""Whole numbers: digits, primes, divisors, remainders, sequences."""

import math
from fractions import Fraction

from evals.lab_model.natural.draw import Case, Draw, form, show, times


@form("digits")
def digit_sum(d: Draw) -> Case:
    a = d.scaled("a", 111, 99999)
    digits = [int(c) for c in str(a)]
    line = " + ".join(map(str, digits))
    texts = ("What is the sum of the digits of {a}?", "Add up all digits of the number {a}.")
    return Case(texts, sum(digits), (f"The digits are {', '.join(map(str, digits))}.", f"{line} = {sum(digits)}."))


@form("digits")
def digit_product(d: Draw) -> Case:
    a = d.whole("a", 112, 999)
    x, y, z = (int(c) for c in str(a))
    d.need(min(x, y, z) > 1)
    texts = ("What is the product of the digits of {a}?", "Multiply all digits of {a} with each other.")
    return Case(texts, x * y * z, (f"{x} * {y} = {x * y}.", f"{times(x * y, z)}."))


@form("digits")
def tens_digit(d: Draw) -> Case:
    a = d.scaled("a", 1000, 99999)
    texts = ("Which digit stands in the tens place of {a}?", "What is the tens digit of {a}?")
    return Case(
        texts, a // 10 % 10, (f"The last two digits of {a} are {a % 100:02d}, so the tens digit is {a // 10 % 10}.",)
    )


def is_prime(n: int) -> bool:
    return n > 1 and all(n % p for p in range(2, math.isqrt(n) + 1))


@form("primes")
def next_prime(d: Draw) -> Case:
    a = d.whole("a", 8, 150)
    steps, n = [], a + 1
    while not is_prime(n):
        p = next(p for p in range(2, n) if n % p == 0)
        steps.append(f"{n} = {p} * {n // p} is not prime.")
        n += 1
    texts = ("What is the smallest prime number greater than {a}?", "Which prime number comes next after {a}?")
    return Case(texts, n, (*steps, f"{n} has no divisor except 1 and {n}, so it is prime."))


@form("primes")
def count_primes(d: Draw) -> Case:
    a, b = d.whole("a", 2, 60), d.whole("b", 10, 80)
    d.need(a + 8 <= b <= a + 30)
    found = [n for n in range(a, b + 1) if is_prime(n)]
    d.need(len(found) > 1)
    texts = ("How many prime numbers are there between {a} and {b} (both included)?",)
    return Case(
        texts, len(found), (f"The primes are {', '.join(map(str, found))}.", f"These are {len(found)} numbers.")
    )


@form("primes")
def largest_factor(d: Draw) -> Case:
    a = d.whole("a", 12, 200)
    steps, n, last = [], a, 1
    while n > 1:
        last = next(p for p in range(2, n + 1) if n % p == 0)
        steps.append(f"{n} / {last} = {n // last}.")
        n //= last
    d.need(len(steps) > 1)
    texts = ("What is the largest prime factor of {a}?", "Find the greatest prime that divides {a}.")
    return Case(texts, last, (*steps, f"The largest prime factor is {last}."))


@form("divisors")
def count_divisors(d: Draw) -> Case:
    a = d.whole("a", 8, 100)
    found = [n for n in range(1, a + 1) if a % n == 0]
    d.need(len(found) > 2)
    texts = ("How many positive divisors does {a} have?", "How many whole numbers divide {a} without remainder?")
    return Case(
        texts, len(found), (f"The divisors are {', '.join(map(str, found))}.", f"These are {len(found)} numbers.")
    )


@form("divisors")
def gcd(d: Draw) -> Case:
    g = d.rng.randint(2, 15)
    a, b = d.given("a", g * d.rng.randint(2, 12)), d.given("b", g * d.rng.randint(2, 12))
    d.need(a != b)
    steps, high, low = [], max(a, b), min(a, b)
    while low:
        steps.append(f"{high} = {low} * {high // low} + {high % low}.")
        high, low = low, high % low
    texts = (
        "What is the greatest common divisor of {a} and {b}?",
        "Find the largest number that divides both {a} and {b}.",
        "Two ribbons are {a} cm and {b} cm long. They are cut into equal pieces with nothing left over. How many cm "
        "long can a piece be at most?",
    )
    return Case(texts, high, (*steps, f"The last divisor is {high}."))


@form("divisors")
def lcm(d: Draw) -> Case:
    a, b = d.whole("a", 3, 20), d.whole("b", 3, 20)
    m, high = math.lcm(a, b), max(a, b)
    d.need(a != b and m > high)
    low, listed = min(a, b), [high * i for i in range(1, m // high + 1)]
    texts = (
        "What is the least common multiple of {a} and {b}?",
        "What is the smallest number that both {a} and {b} divide?",
        "One bus leaves every {a} minutes and another one every {b} minutes. They have just left together. After how "
        "many minutes do they leave together again?",
    )
    d.need(len(listed) <= 12)
    many = ", ".join(map(str, listed))
    return Case(
        texts, m, (f"Multiples of {high}: {many}.", f"The first one that {low} divides is {m} = {low} * {m // low}.")
    )


@form("divisors")
def count_multiples(d: Draw) -> Case:
    b, a = d.whole("b", 2, 15), d.scaled("a", 20, 500)
    d.need(a > 2 * b)
    texts = (
        "How many multiples of {b} are there from 1 to {a}?",
        "How many of the whole numbers from 1 up to {a} can be divided by {b}?",
    )
    return Case(texts, a // b, (f"{a} = {b} * {a // b} + {a % b}.", f"So there are {a // b} multiples."))


@form("divisors")
def multiple_above(d: Draw) -> Case:
    b, a = d.whole("b", 3, 25), d.scaled("a", 20, 500)
    d.need(a > b and a % b > 0)
    q = a // b
    texts = ("What is the smallest multiple of {b} that is greater than {a}?",)
    return Case(texts, b * (q + 1), (f"{a} = {b} * {q} + {a % b}.", f"The next multiple is {times(b, q + 1)}."))


@form("remainder")
def modulo(d: Draw) -> Case:
    a, b = d.scaled("a", 10, 999), d.whole("b", 3, 25)
    d.need(a > b and a % b > 0)
    texts = (
        "What is the remainder when {a} is divided by {b}?",
        "Divide {a} by {b}. What is left over?",
        "What is {a} mod {b}?",
    )
    return Case(texts, a % b, (f"{a} = {b} * {a // b} + {a % b}.", f"The remainder is {a % b}."))


@form("remainder")
def left_over(d: Draw) -> Case:
    a, b = d.scaled("a", 15, 300), d.whole("b", 3, 16)
    who, things = d.person(), d.things()
    d.need(a > 2 * b and a % b > 0)
    texts = (
        "{n} packs {a} {t} into boxes of {b}. How many {t} are left over?",
        "{n} has {a} {t} and puts them into bags with {b} {t} each. How many {t} do not fit into a full bag?",
    )
    return Case(texts, a % b, (f"{a} = {b} * {a // b} + {a % b}.", f"{who} has {a % b} {things} left over."), things)


@form("remainder")
def boxes_needed(d: Draw) -> Case:
    a, b = d.scaled("a", 15, 300), d.whole("b", 3, 16)
    things = d.things()
    d.need(a > 2 * b and a % b > 0)
    q = a // b
    texts = (
        "A box holds {b} {t}. How many boxes are needed for {a} {t}?",
        "{a} {t} have to be packed into boxes that hold {b} {t} each. How many boxes do you need at least?",
    )
    lines = (
        f"{a} = {b} * {q} + {a % b}.",
        f"{q} boxes are full and {a % b} {things} remain, so {q} + 1 = {q + 1} boxes.",
    )
    return Case(texts, q + 1, lines, "boxes")


@form("remainder")
def full_teams(d: Draw) -> Case:
    a, b = d.scaled("a", 15, 200), d.whole("b", 3, 12)
    d.need(a > 2 * b and a % b > 0)
    texts = (
        "{a} children want to form teams of {b}. How many full teams can they form?",
        "There are {a} students in a hall. Each group must have exactly {b} students. How many groups are possible?",
    )
    return Case(texts, a // b, (f"{a} = {b} * {a // b} + {a % b}.", f"So {a // b} teams are full."), "teams")


@form("sequence")
def next_even_step(d: Draw) -> Case:
    a, s = d.whole("a", 2, 60), d.rng.randint(2, 25)
    b, _c, e = (d.given(k, a + s * i) for i, k in enumerate("bcd", 1))
    texts = (
        "What is the next number: {a}, {b}, {c}, {d}, ...?",
        "The sequence {a}, {b}, {c}, {d} goes on in the same way. Which number comes next?",
    )
    return Case(texts, e + s, (f"The step is {b} - {a} = {s}.", f"{e} + {s} = {e + s}."))


@form("sequence")
def next_falling(d: Draw) -> Case:
    a, s = d.whole("a", 40, 200), d.rng.randint(2, 9)
    b, _c, e = (d.given(k, a - s * i) for i, k in enumerate("bcd", 1))
    texts = ("Which number comes next: {a}, {b}, {c}, {d}?", "Continue the sequence: {a}, {b}, {c}, {d}, ___.")
    return Case(texts, e - s, (f"The step is {a} - {b} = {s} down.", f"{e} - {s} = {e - s}."))


@form("sequence")
def next_geometric(d: Draw) -> Case:
    a, q = d.whole("a", 2, 9), d.rng.randint(2, 4)
    b, _c, e = (d.given(k, a * q**i) for i, k in enumerate("bcd", 1))
    texts = ("What comes next: {a}, {b}, {c}, {d}, ...?", "Find the next term of the sequence {a}, {b}, {c}, {d}.")
    return Case(texts, e * q, (f"Each term is {b} / {a} = {q} times the one before.", f"{times(e, q)}."))


@form("sequence")
def nth_term(d: Draw) -> Case:
    a, s, n = d.whole("a", 2, 30), d.whole("s", 2, 12), d.whole("k", 5, 30)
    texts = (
        "A sequence starts with {a} and grows by {s} each time. What is its term number {k}?",
        "The first term of a sequence is {a} and each next term is {s} larger. What is the {k}th term?",
    )
    d.need(n % 10 not in (1, 2, 3) or n in (11, 12, 13))
    grown = (n - 1) * s
    return Case(
        texts, a + grown, (f"There are {n} - 1 = {n - 1} steps: {times(n - 1, s)}.", f"{a} + {grown} = {a + grown}.")
    )


@form("sequence")
def sum_to(d: Draw) -> Case:
    n = d.whole("a", 5, 100)
    texts = ("What is the sum of all whole numbers from 1 to {a}?", "Add all the numbers from 1 up to {a}.")
    whole = Fraction(n * (n + 1), 2)
    return Case(texts, whole, (f"{times(n, n + 1)}.", f"The sum is half of it: {n * (n + 1)} / 2 = {show(whole)}."))
