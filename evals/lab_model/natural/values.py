"""The value of an answer that a model wrote, and the most frequent one of several."""

import re
from collections import Counter
from collections.abc import Iterable
from fractions import Fraction

_CLOCK = re.compile(r"\b(\d{1,2}):(\d\d)\b")
_MIXED = re.compile(r"(-?\d+)?\s*\\?d?frac\{(-?\d+)\}\{(\d+)\}")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:\s*/\s*\d+)?")
_SAYS = re.compile(r"answer(?: is|:)?\s*([^\n]*)", re.I)


def boxed(text: str) -> str | None:
    r"""The content of the last \boxed{}, braces inside it included."""
    start = text.rfind("\\boxed{")
    if start < 0:
        return None
    depth, begin = 0, start + len("\\boxed{")
    for i in range(begin - 1, len(text)):
        depth += (text[i] == "{") - (text[i] == "}")
        if depth == 0:
            return text[begin:i]
    return None


def value_of(answer: str) -> str | None:
    """One number as a fraction in lowest terms, or a time of day as 9:05; None where there is no single value."""
    text = answer.replace("\\!", "").replace("\\,", "").replace("−", "-")
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    clock = _CLOCK.search(text)
    if clock:
        return f"{int(clock[1])}:{clock[2]}"
    text = re.sub(r"\\(?:text|mathrm|mbox)\{[^{}]*\}", " ", text)
    mixed = _MIXED.search(text)
    if mixed and int(mixed[3]):
        whole = int(mixed[1] or 0)
        part = Fraction(int(mixed[2]), int(mixed[3]))
        return str(whole - part if whole < 0 else whole + part)
    found = _NUMBER.findall(re.sub(r"\^\{?[23]\}?", "", text))
    if len(found) != 1:
        return None
    top, _, bottom = found[0].replace(" ", "").partition("/")
    return None if bottom and not int(bottom) else str(Fraction(top) / (int(bottom) if bottom else 1))


def answer_of(text: str) -> str | None:
    """The value that a solution boxes; without a box what stands behind its last `answer is`."""
    inside = boxed(text)
    if inside is not None:
        return value_of(inside)
    said = _SAYS.findall(text)
    return value_of(said[-1]) if said else None


def majority(values: Iterable[str | None]) -> tuple[str | None, int]:
    """The value that most texts have, and how many; None where no text has one or two lead together."""
    counts = Counter(value for value in values if value is not None).most_common(2)
    if not counts or (len(counts) == 2 and counts[0][1] == counts[1][1]):
        return None, 0
    return counts[0]
