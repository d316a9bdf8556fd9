"""Find brackets, commas and joining words at the top level of an answer."""

import re

OPENING = {"(": 1, "[": 1, "{": 1, "⟨": 1}
CLOSING = {")": 1, "]": 1, "}": 1, "⟩": 1}
JOIN = re.compile(
    r" (?:and|or) |, ?(?:and|or) |(?<=[)\]}]) ?(?:and|or) ?(?=[(\[{]|\\\{)|(?<=\d)(?:and|or)(?= ?[A-Za-z\d(])|[,;]"
)
SEMICOLON = re.compile(";")
THOUSANDS = re.compile(r"(?<![\d.,])(?:[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d?(?:,\d{2})+,\d{3})(?![\d,])")
THOUSANDS_IN_LIST = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:,\d{3})+(?!\d)")
DOTTED = re.compile(r"(?<![\d.,])[1-9]\d{0,2}(?:\.\d{3}){2,}(?![\d.])")

LONGEST_BLANK = 40  # more blanks in a row say nothing, and patterns take time quadratic in them
BLANKS = re.compile(r"[^\S\n]{41,}|(?:[^\S\n]{0,40}\n){41,}")


def squeezed(text: str) -> str:
    """The text with its long runs of blanks or of empty lines made short: models that go astray write thousands."""
    return BLANKS.sub(lambda run: ("\n" if "\n" in run[0] else " ") * LONGEST_BLANK, text)


def depths(text: str) -> list[int]:
    """The bracket depth before each character; round and square brackets may close each other, as in (0,1]."""
    found, depth = [], 0
    for sign in text:
        depth -= sign in CLOSING
        found.append(depth)
        depth += sign in OPENING
    return found


def enclosed(text: str) -> bool:
    """Say whether the bracket that opens the text closes at its end."""
    if len(text) < 2 or text[0] not in OPENING or text[-1] not in CLOSING:
        return False
    return all(depth > 0 for depth in depths(text)[1:-1])


def split(text: str, separator: re.Pattern[str] = JOIN) -> list[str]:
    """Split at the separators outside brackets; empty parts are dropped."""
    if not separator.search(text):
        return [text]
    levels = depths(text)
    parts, start = [], 0
    for found in separator.finditer(text):
        if levels[found.start()] == 0:
            parts.append(text[start : found.start()])
            start = found.end()
    return [part.strip() for part in (*parts, text[start:]) if part.strip()]


def join_thousands(text: str) -> str:
    """Drop the separators of 1,000 and 1.000.000; inside brackets only where ", " separates the items."""
    if "," not in text:
        return DOTTED.sub(lambda found: found.group().replace(".", ""), text) if text.count(".") > 1 else text
    if ", " in text:
        return THOUSANDS_IN_LIST.sub(lambda found: found.group().replace(",", ""), text)
    levels = depths(text.replace("\\{", "((").replace("\\}", "))"))
    brackets = "(" in text or "[" in text or "\\{" in text

    def join(found: re.Match[str]) -> str:
        return found.group() if brackets and levels[found.start()] else found.group().replace(",", "")

    return THOUSANDS.sub(join, text)
