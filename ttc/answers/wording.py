"""Tell words from mathematics."""

import re

from ttc.answers.clean import ROW_END
from ttc.answers.forms import Choice, Group, Opaque, Readings, Words
from ttc.answers.vocabulary import SHORT_WORDS

MATHEMATICAL = re.compile(r"\\[a-zA-Z]+|[=^_<>]|\d ?[-+*/] ?\d")


def product_of_letters(text: str) -> bool:
    """Say whether bare letters are a product such as pq or xyz rather than a word."""
    if not text.islower() or len(text) > 3 or text in SHORT_WORDS:
        return False
    return len(text) == 2 or ord(max(text)) - ord(min(text)) == 2


def words(text: str) -> Readings:
    """Read what no other reader knows: as text, or as mathematics for symbolic algebra."""
    plain = re.sub(r"^(?:the|a|an) ", "", re.sub(r"[\s]+", " ", text).strip(" .,;:!?'").lower())
    if MATHEMATICAL.search(text) and len(re.findall(r"(?<![\\a-zA-Z])[a-zA-Z]{3,}", text)) < 4:
        return Readings(Opaque(text.replace(ROW_END, r"\\"), hopeless=re.search(r"\d ?_", text) is not None))
    if re.fullmatch(r"[A-Z]{2,6}", text):  # ACF for A, C, F
        letters = Group(tuple(Readings(Choice(letter)) for letter in text), "list")
        return Readings(Words(text), (letters,))
    return Readings(Words(plain or text.strip()))
