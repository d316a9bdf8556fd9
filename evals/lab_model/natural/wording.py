"""Numbers in words, and all the ways in which a text may write the number of a slot."""

import re
from functools import lru_cache

ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
PARTS = {
    2: "half",
    3: "third",
    4: "quarter",
    5: "fifth",
    6: "sixth",
    7: "seventh",
    8: "eighth",
    9: "ninth",
    10: "tenth",
}
WORD = re.compile(rf"\b(?:{'|'.join([*ONES[2:], *TENS, 'hundred', 'thousand', 'million', 'dozen', 'fourty'])})\b", re.I)
"""Any word that writes a number from two on."""
LOOSE = re.compile(
    r"\b(?:half|halves|twice|thrice|doubled?|triple|quarters?|fourths?|thirds?|couple|percent|%)(?=\W|$)", re.I
)
"""Words of quantity that change a problem where its plain wording does not have them."""
NUMERAL = re.compile(r"\d+(?:,\d{3})+(?:\.\d+)?|\d+:\d\d(?!\d)|\d+/\d+|\d+(?:\.\d+)?")


def in_words(n: int) -> str:
    """A whole number below a million in English words."""
    if n < 20:
        return ONES[n]
    if n < 100:
        return TENS[n // 10 - 2] + (f"-{ONES[n % 10]}" if n % 10 else "")
    if n < 1000:
        return f"{ONES[n // 100]} hundred" + (f" {in_words(n % 100)}" if n % 100 else "")
    return f"{in_words(n // 1000)} thousand" + (f" {in_words(n % 1000)}" if n % 1000 else "")


def fraction_in_words(text: str) -> str | None:
    """3/4 as three quarters; None where the denominator has no common word."""
    top, bottom = map(int, text.split("/"))
    if bottom not in PARTS:
        return None
    part = PARTS[bottom]
    return f"{in_words(top)} {part}" + ("s" if top > 1 and bottom > 2 else "")


def words_of(text: str) -> str | None:
    """A slot's number in words; None where it is no whole number or common fraction."""
    if re.fullmatch(r"\d+/\d+", text):
        return fraction_in_words(text)
    return in_words(int(text)) if text.isdigit() and int(text) < 1_000_000 else None


@lru_cache(maxsize=16384)
def spelled(text: str) -> re.Pattern[str] | None:
    """What finds a slot's number written in words; None where the number is no whole number or fraction."""
    words = words_of(text)
    if words is None:
        return None
    pattern = re.escape(words).replace("\\ ", "[ -](?:and )?").replace("\\-", "[ -]")
    pattern = pattern.replace("quarter", "(?:quarter|fourth)")
    return re.compile(rf"(?<![\w-]){pattern}(?![\w]|-(?:{'|'.join(ONES[1:10])}))", re.I)


def written(value: str, style: str) -> str:
    """A slot's value in a style: as it is, in words (w, W with a capital), with thousands separators (t), C or l."""
    if style in ("w", "W"):
        text = words_of(value) or value
        return text[0].upper() + text[1:] if style == "W" else text
    if style == "t" and value.isdigit():
        return f"{int(value):,}"
    return {"C": value[:1].upper() + value[1:], "l": value.lower()}.get(style, value)
