"""Read numbers written in words: "half", "twenty-one", "two thirds", "one hundred and five", "three and a half"."""

import re
from fractions import Fraction
from typing import Final

from ttc.answers.vocabulary import NUMBER_WORDS

SCALES: Final = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
PARTS: Final = {
    "half": 2, "halves": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8,
    "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "twentieth": 20, "hundredth": 100, "thousandth": 1000,
}  # fmt: skip
NEGATIVE: Final = ("minus", "negative")
KNOWN: Final = frozenset((*NUMBER_WORDS, *SCALES, *PARTS, *NEGATIVE, "hundred", "dozen", "point"))
STARTING: Final = KNOWN - {"point", "halves"} | {"a", "an"}
MAX_WORDS: Final = 24


def number_of_words(text: str) -> tuple[Fraction, str] | None:
    """The number at the start of a text and what follows it; None if it starts with none."""
    words = re.findall(r"[A-Za-z]+|-(?=[A-Za-z])|\S", text)
    first = words[0].lower() if words else ""
    if first not in STARTING or not KNOWN & {word.lower() for word in words[:2]}:
        return None
    for end in range(min(len(words), MAX_WORDS), 0, -1):
        if end < len(words) and (words[end] == "-" or words[end - 1] == "-"):
            continue
        value = _value([word.lower() for word in words[:end] if word != "-"])
        if value is not None:
            return value, " ".join(words[end:])
    return None


def _value(words: list[str]) -> Fraction | None:
    """The number that all of the words make up, None if they make up none."""
    if words and words[0] in NEGATIVE:
        value = _value(words[1:])
        return None if value is None else -value
    if "point" in words:
        return _decimal(words)
    if len(words) > 2 and "and" in words and (part := _fraction(words[len(words) - words[::-1].index("and") :])):
        whole = _whole(words[: len(words) - words[::-1].index("and") - 1])
        return whole + part if whole is not None and part < 1 else None
    whole = _whole(words)
    return whole if whole is not None else _fraction(words)


def _decimal(words: list[str]) -> Fraction | None:
    place = words.index("point")
    whole = _whole(words[:place]) if place else Fraction(0)
    digits = [NUMBER_WORDS.get(word, 10) for word in words[place + 1 :]]
    if whole is None or not digits or max(digits) > 9:
        return None
    return whole + Fraction(int("".join(map(str, digits))), 10 ** len(digits))


def _fraction(words: list[str]) -> Fraction | None:
    """Read "half", "a half", "one third", "three quarters", "half a"; a lone "third" is an ordinal."""
    name = words[-1] if words else ""
    size = PARTS.get(name) or (PARTS.get(name[:-1]) if name.endswith("s") else None)
    if size is None:
        return None
    if len(words) == 1:
        return Fraction(1, 2) if name == "half" else Fraction(1, 4) if name == "quarter" else None
    top = Fraction(1) if words[:-1] in (["a"], ["an"]) else _whole(words[:-1])
    return None if top is None else top / size


def _whole(words: list[str]) -> Fraction | None:
    """Read "twenty one", "one hundred and five", "two thousand", "a dozen"."""
    total, group, last = 0, 0, 0  # `last` = size of the last word within its group; 0 = none yet
    for index, word in enumerate(words):
        if word in ("a", "an") and index == 0 and len(words) > 1 and words[1] in {"hundred", "dozen", *SCALES}:
            group, last = 1, 1
        elif word == "and" and index and words[index - 1] in {"hundred", *SCALES} and index + 1 < len(words):
            continue
        elif word in NUMBER_WORDS:
            value = NUMBER_WORDS[word]
            if last not in (0, 100) and not (last == 10 and 0 < value < 10):
                return None
            group, last = group + value, 10 if value >= 20 else 1
        elif word in ("hundred", "dozen") and last in (1, 10):
            group, last = group * (100 if word == "hundred" else 12), 100
        elif word in SCALES and group:
            total, group, last = total + group * SCALES[word], 0, 0
        else:
            return None
    return Fraction(total + group) if words else None
