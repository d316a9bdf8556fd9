"""Linear equations in one unknown with an integer root."""

import random

from ttc.lab.families.draft import Draft, Draw, grown, sized

Term = tuple[int, int, int]
"""(p, q, r) stands for p(q*x + r); p = 1 is written without brackets."""


def draw(difficulty: int, rng: random.Random) -> Draft:
    """An equation, or (when it is easy) a think-of-a-number riddle, whose root is asked for."""
    name = rng.choice("xxxyzntw")
    root = sized(rng, difficulty, 8, 60) * (-1 if difficulty > 4 and rng.random() < 0.3 else 1)
    if difficulty <= 8 and rng.random() < 0.3:
        return _riddle(difficulty, name, root, rng)
    left, right = _sides(difficulty, root, rng)
    equation = f"{_show(left, name)} = {_show(right, name)}"
    ask = rng.choice(
        (
            f"Solve for {name}: {equation}.",
            f"Find {name} if {equation}.",
            f"Solve the equation {equation}. What is {name}?",
            f"For which {name} is {equation}?",
            f"Given that {equation}, what is the value of {name}?",
        )
    )
    return Draft(ask, root, _steps(left, right, name, rng), (root,))


def _sides(difficulty: int, root: int, rng: random.Random) -> tuple[list[Term], list[Term]]:
    """Random terms on both sides and a constant on the right that makes `root` the root."""
    while True:
        left = _terms(grown(difficulty, 1, 4), difficulty, rng)
        right = _terms(grown(difficulty, 0, 3), difficulty, rng)
        a, b = _sum(left)
        c, d = _sum(right)
        if a > c:
            return left, [*right, (1, 0, a * root + b - c * root - d)]


def _terms(count: int, difficulty: int, rng: random.Random) -> list[Term]:
    terms: list[Term] = []
    for _ in range(count):
        sign = rng.choice((1, 1, -1)) if terms else 1
        inner = sized(rng, difficulty, 5, 40) * rng.choice((1, 1, -1))
        if difficulty > 3 and rng.random() < 0.6:
            terms.append((sign * sized(rng, difficulty, 3, 12), rng.randint(1, 1 + difficulty // 3), inner))
        else:
            terms.append((1, sign * sized(rng, difficulty, 6, 24), inner))
    return terms


def _sum(terms: list[Term]) -> tuple[int, int]:
    """Coefficient of the unknown and constant of a side."""
    return sum(p * q for p, q, _ in terms), sum(p * r for p, _, r in terms)


def _line(pairs: list[tuple[int, str]]) -> str:
    """Signed summands as people write them: 3x - 4 + 7; a zero is left out unless it stands alone."""
    text = ""
    for number, unit in pairs:
        if number == 0:
            continue
        size = unit if unit and abs(number) == 1 else f"{abs(number)}{unit}"
        if text:
            text += f" + {size}" if number > 0 else f" - {size}"
        else:
            text = size if number > 0 else f"-{size}"
    return text or "0"


def _show(terms: list[Term], name: str) -> str:
    text = ""
    for p, q, r in terms:
        if p == 1:
            part = _line([(q, name), (r, "")])
            text += part if not text else (f" - {part[1:]}" if part[0] == "-" else f" + {part}")
        else:
            part = f"{abs(p)}({_line([(q, name), (r, '')])})"
            text += (part if p > 0 else f"-{part}") if not text else (f" + {part}" if p > 0 else f" - {part}")
    return text


def _steps(left: list[Term], right: list[Term], name: str, rng: random.Random) -> tuple[str, ...]:
    """Expand the brackets side by side, collect, move the unknown, move the constant, divide."""
    steps = []
    for side in (left, right):
        if any(p != 1 for p, _, _ in side):
            side[:] = [(1, p * q, p * r) for p, q, r in side]
            word = rng.choice(("Expand", "Multiply out", "Remove the brackets"))
            steps.append(f"{word}: {_show(left, name)} = {_show(right, name)}.")
    (a, b), (c, d) = _sum(left), _sum(right)
    if len(left) > 1 or len(right) > 1:
        word = rng.choice(("Collect terms", "Put like terms together", "Simplify both sides"))
        steps.append(f"{word}: {_line([(a, name), (b, '')])} = {_line([(c, name), (d, '')])}.")
    if c:
        word = f"Subtract {_line([(c, name)])}" if c > 0 else f"Add {_line([(-c, name)])}"
        steps.append(f"{word} on both sides: {_line([(a - c, name), (b, '')])} = {d}.")
    if b:
        word = f"Subtract {b}" if b > 0 else f"Add {-b}"
        steps.append(f"{word} on both sides: {_line([(a - c, name)])} = {d - b}.")
    if a - c != 1:
        steps.append(f"Divide by {a - c}: {name} = {d - b} / {a - c} = {(d - b) // (a - c)}.")
    return tuple(steps)


def _riddle(difficulty: int, name: str, root: int, rng: random.Random) -> Draft:
    factor, add = sized(rng, difficulty, 5, 24), sized(rng, difficulty, 9, 99) * rng.choice((1, -1))
    change = f"add {add}" if add > 0 else f"subtract {-add}"
    text = rng.choice(
        (
            f"I think of a number, multiply it by {factor}, {change} and get {factor * root + add}. What is my number?",
            f"If you multiply a number by {factor}, then {change}, you get {factor * root + add}. Find the number.",
        )
    )
    equation = f"{_line([(factor, name), (add, '')])} = {factor * root + add}"
    first = rng.choice((f"Call the number {name}: {equation}.", f"As an equation: {equation}."))
    rest = _steps([(1, factor, add)], [(1, 0, factor * root + add)], name, rng)
    return Draft(text, root, (first, *rest), (root,))


KINDS: dict[str, Draw] = {"equation": draw}
