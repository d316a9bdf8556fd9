"""Sequences: arithmetic progressions, and recurrences followed term by term, bare or in a story."""

import random

from ttc.lab.families.draft import Draft, Draw, grown, sized
from ttc.lab.words import NAMES


def progression(difficulty: int, rng: random.Random) -> Draft:
    """A term of an arithmetic progression, and from difficulty 6 on the sum of several terms of two progressions."""
    start, step, index = (
        sized(rng, difficulty, 12, 300),
        sized(rng, difficulty, 6, 60),
        sized(rng, difficulty, 9, 90) + 2,
    )
    shown = ", ".join(str(start + i * step) for i in range(4))
    steps = [
        f"The difference is {start + step} - {start} = {step}.",
        f"There are {index} - 1 = {index - 1} differences: {index - 1} * {step} = {(index - 1) * step}.",
        f"Term {index} is {start} + {(index - 1) * step} = {start + (index - 1) * step}.",
    ]
    last = start + (index - 1) * step
    if difficulty < 6 or rng.random() < 0.2:
        ask = rng.choice(("What is term {i}?", "Find term number {i}.", "Which number stands at position {i}?"))
        return Draft(f"A sequence begins {shown}, ... and grows evenly. " + ask.format(i=index), last, tuple(steps))
    both = start + last
    doubled = both * index
    steps.append(f"First plus last: {start} + {last} = {both}.")
    steps.append(f"Times the number of terms: {both} * {index} = {doubled}.")
    steps.append(f"Half of it: {doubled} / 2 = {doubled // 2}.")
    ask = rng.choice(("What is the sum of its first {i} terms?", "Add up the first {i} terms. What do you get?"))
    return Draft(f"A sequence begins {shown}, ... and grows evenly. " + ask.format(i=index), doubled // 2, tuple(steps))


def first_order(difficulty: int, rng: random.Random) -> Draft:
    """a(n) = p * a(n-1) + q."""
    factor = rng.randint(2, 2 + difficulty // 3)
    shift = sized(rng, difficulty, 6, 60) * rng.choice((1, -1))
    value = sized(rng, difficulty, 6, 30) + (abs(shift) if shift < 0 else 0)
    terms = grown(difficulty, 2, 7)
    rule = f"a(n) = {factor} * a(n-1) {'+' if shift > 0 else '-'} {abs(shift)}"
    text = rng.choice(
        (
            f"A sequence is defined by a(1) = {value} and {rule}. What is a({terms + 1})?",
            f"Let a(1) = {value} and {rule} for n > 1. Find a({terms + 1}).",
        )
    )
    steps = []
    for i in range(2, terms + 2):
        new = factor * value + shift
        tail = f"{'+' if shift > 0 else '-'} {abs(shift)}"
        steps.append(f"a({i}) = {factor} * {value} {tail} = {factor * value} {tail} = {new}.")
        value = new
    return Draft(text, value, tuple(steps))


def second_order(difficulty: int, rng: random.Random) -> Draft:
    """a(n) = p * a(n-1) + q * a(n-2)."""
    p, q = rng.randint(1, 1 + difficulty // 4), rng.randint(1, 1 + difficulty // 4)
    older, old = sized(rng, difficulty, 6, 40), sized(rng, difficulty, 6, 40)
    terms = grown(difficulty, 2, 8)
    rule = f"a(n) = {'' if p == 1 else f'{p} * '}a(n-1) + {'' if q == 1 else f'{q} * '}a(n-2)"
    text = rng.choice(
        (
            f"A sequence has a(1) = {older}, a(2) = {old} and {rule}. What is a({terms + 2})?",
            f"Let a(1) = {older}, a(2) = {old} and {rule} for n > 2. Find a({terms + 2}).",
        )
    )
    steps = []
    for i in range(3, terms + 3):
        new = p * old + q * older
        plain = f"{p * old} + {q * older} = {new}"
        full = f"{'' if p == 1 else f'{p} * '}{old} + {'' if q == 1 else f'{q} * '}{older}"
        steps.append(f"a({i}) = {full} = {new}." if p == q == 1 else f"a({i}) = {full} = {plain}.")
        older, old = old, new
    return Draft(text, old, tuple(steps))


def savings(difficulty: int, rng: random.Random) -> Draft:
    """A stock that is multiplied and changed every day: a recurrence in a story."""
    name, factor, days = rng.choice(NAMES), rng.randint(2, 2 + difficulty // 5), grown(difficulty, 2, 6)
    word = {2: "doubles", 3: "triples"}.get(factor, f"grows to {factor} times its size")
    value = sized(rng, difficulty, 8, 60)
    taken = sized(rng, difficulty, 3, 50)
    taken = min(taken, value * (factor - 1))
    start, steps = value, list[str]()
    label = rng.choice(("Day", "Round"))
    for day in range(1, days + 1):
        grown_value = value * factor
        steps.append(
            f"{label} {day}: {value} * {factor} = {grown_value}, then {grown_value} - {taken} = {grown_value - taken}."
        )
        value = grown_value - taken
    if label == "Round":
        text = f"{name} plays with {start} points. In each round the score {word}, and then {taken} points are paid."
        return Draft(f"{text} How many points are there after {days} rounds?", value, tuple(steps))
    text = rng.choice(
        (
            f"{name} keeps {start} fish. Every day the number {word}, and in the evening {taken} fish are taken out.",
            f"A colony has {start} cells. Each day it {word} and then loses {taken} cells.",
        )
    )
    return Draft(f"{text} How many are there after {days} days?", value, tuple(steps))


KINDS: dict[str, Draw] = {
    "progression": progression,
    "first_order": first_order,
    "second_order": second_order,
    "savings": savings,
}
