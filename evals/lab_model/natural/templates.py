"""Find a problem's numbers and words again in another wording, and fill the wording anew."""

import re
from collections.abc import Callable, Mapping
from functools import partial

from evals.lab_model.natural.wording import NUMERAL, spelled, written

Mark = Callable[[str, str], str]
"""Keeps a slot with its style and returns what stands for it in the text."""
SLOT = re.compile(r"\{(\w+?)(?::(\w))?\}")
_MARK = re.compile("\x00(\\d+)\x00")
_ARTICLE = re.compile(r"\b([Aa])(n?) (?=\{(\w+?)(?::(\w))?\})")


def slots_of(template: str) -> set[str]:
    """The slots that a template names."""
    return {name for name, _ in SLOT.findall(template)}


def fill(template: str, slots: Mapping[str, str]) -> str:
    """The text of a template: numbers and words put in, a and an as the word behind them needs."""

    def value(match: re.Match[str]) -> str:
        return written(slots[match[1]], match[2] or "")

    def article(match: re.Match[str]) -> str:
        word = written(slots[match[3]], match[4] or "")
        return f"{match[1]}{'n' if takes_an(word) else ''} "

    return SLOT.sub(value, _ARTICLE.sub(article, template))


def takes_an(word: str) -> bool:
    """Whether `an` stands before a word or a number in digits."""
    if word[:1].isdigit():
        return bool(re.match(r"8|1[18](?!\d)|1[18]\d{3}(?!\d)", word))
    return word[:1].lower() in "aeiou" and not word.lower().startswith(("one", "uni"))


def extract(text: str, numbers: Mapping[str, str], words: Mapping[str, str], kinds: Mapping[str, str]) -> str:
    """The text with every number and word of the problem that it has replaced by its slot."""
    marks: list[str] = []

    def mark(slot: str, style: str = "") -> str:
        marks.append(f"{{{slot}:{style}}}" if style else f"{{{slot}}}")
        return f"\x00{len(marks) - 1}\x00"

    of_number = {value: slot for slot, value in numbers.items()}

    def numeral(match: re.Match[str]) -> str:
        token = match[0]
        if token in of_number:
            return mark(of_number[token])
        if "," in token and token.replace(",", "") in of_number:
            return mark(of_number[token.replace(",", "")], "t")
        parts = re.split(r"([,/:])", token)
        return "".join(mark(of_number[p]) if p in of_number else p for p in parts)

    text = NUMERAL.sub(numeral, text)
    for slot, value in sorted(numbers.items(), key=lambda item: -len(item[1])):
        pattern = spelled(value)
        if pattern is not None:
            text = pattern.sub(partial(_in_words, slot, mark), text)
    for slot, word in sorted(words.items(), key=lambda item: -len(item[1])):
        text = _mark_word(text, slot, word, kinds.get(slot, ""), mark)
    return _MARK.sub(lambda m: marks[int(m[1])], text)


def _in_words(slot: str, mark: Mark, match: re.Match[str]) -> str:
    return mark(slot, "W" if match[0][0].isupper() else "w")


def _mark_word(text: str, slot: str, word: str, kind: str, mark: Mark) -> str:
    """A name is found with its capital, or in small letters where the text has none at all; a thing in any case."""
    if kind in ("she", "he"):
        small = not re.search(r"[A-Z]", text)
        found = word.lower() if small else word
        return re.sub(rf"\b{found}\b", lambda _: mark(slot, "l" if small else ""), text)
    return re.sub(rf"\b{word}\b", lambda m: mark(slot, "C" if m[0][0].isupper() else ""), text, flags=re.I)
