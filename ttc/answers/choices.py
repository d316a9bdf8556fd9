"""Options of multiple-choice questions: sentences that name one, and what an answer names."""

import re
from typing import Final

LETTER: Final = (
    r"(?:\*\*|[(\[\"'“‘{$]|\\(?:text|textbf|mathrm|mathbf|boxed)\{)*(?P<letter>[A-J])(?:\*\*|[)\]\"'”’}$.])*"
)
OPTION_WORD: Final = r"(?i:option|choice|answer|letter|alternative|statement)"
RIGHT: Final = r"(?:correct|right|best|true|most (?:appropriate|likely|accurate)|appropriate|valid|answer)\b"
IS_RIGHT: Final = (
    r"\s+(?:is|seems|must be|would be|looks|appears)\s+(?:to be )?(?:clearly |indeed |therefore |thus )?"
    rf"(?:the |our |my )?(?:only |single |one )?{RIGHT}"
)
CHOOSE: Final = (
    r"choos(?:e|ing)|chose|select(?:ed|ing)?|pick(?:ed|ing)?|go(?:ing)? with|went with|opt(?:ing)? for|settle on|"
    r"answer with|vote for"
)
NAMING: Final = (
    re.compile(
        rf"(?:^|[.!?:,;]\s+|\b(?i:so|thus|hence|therefore|that|think|believe|only|and|but)\b,?\s+)\W{{0,4}}"
        rf"(?:{OPTION_WORD}\s+)?(?:(?:[Tt]he|[Oo]nly)\s+)?{LETTER}(?:\s*[:–—-]\s*[^.\n]{{1,80}}?)?{IS_RIGHT}"
    ),
    re.compile(rf"\b{OPTION_WORD}\s+{LETTER}{IS_RIGHT}"),
    re.compile(rf"(?i:\b(?:{CHOOSE})\s+(?:the\s+)?)(?:{OPTION_WORD}\s*:?\s+)?\W{{0,4}}?{LETTER}(?![\w'])"),
    re.compile(
        r"(?i:(?:^|[.!?]\s+)\W{0,4}(?:so|thus|hence|therefore|in conclusion|it must be|it has to be|"
        rf"this (?:is|matches)|that (?:is|matches))\b,?\s*(?:it is\s+|it's\s+|it must be\s+|the\s+)?)"
        rf"(?:{OPTION_WORD}\s*)?(?:is\s+)?"
        rf"\W{{0,4}}?{LETTER}\W*$"
    ),
    re.compile(
        rf"(?i:\b(?:matches|corresponds to|leads to|points to|supports|gives(?: us)?|is)\s+){OPTION_WORD}\s+"
        rf"{LETTER}(?![\w'])"
    ),
    re.compile(
        rf"(?i:\b(?:my|the|correct|best|right|final)\s+(?:choice|option|selection|pick)\s*(?:is|:|=)\s*)"
        rf"(?:{OPTION_WORD}\s+)?\W{{0,4}}?{LETTER}(?![\w'])"
    ),
    re.compile(r"(?P<letter>[A-J])\*{0,2}\s*(?:项|項)?(?:是)?(?:正确|正確|正しい|符合题意)"),
)
NEGATED: Final = re.compile(
    r"\b(?:not|n't|never|neither|nor|wrong|incorrect|false)[^\w.;!?\n]+(?:\w+[^\w.;!?\n]+){0,2}$", re.I
)
ASIDE: Final = re.compile(r"\b(?:might|could|may|if|why|whether)\W+(?:\w+\W+){0,2}$", re.I)
ARTICLE: Final = (
    r"(?:(?i:option|choice|answer|letter|opción|opção|opzione|alternativa|letra|lettre|вариант|die|der|la|el|le|o)"
    r"[\s:]+)*"
)
LABEL: Final = re.compile(
    r"[\s*_$({\[]*+(?:\\(?:text|textbf|mathrm|mathbf|bf|mbox)\s*\{)?[\s(\[*]*+"
    rf"{ARTICLE}[\s(\[*]*+(?P<letter>[A-Za-z])"
    r"(?:[\s*_})\]$.:,!]*|(?:\*\*)?(?:[)\]:]|\.(?=[\s*_})\]\\])|\s*[–—:]|\s+-|-(?=\s))[\s*_})\]:.]*(?![)\].:])\S.*|"
    r",\s+(?!and\b|or\b)[a-z]{2,}.*|\)?\\?[\s}]*(?:\\[,;:! ]|\\q?quad|~|\\text)\s*\S.*)",
    re.DOTALL,
)
PARENTHESIS: Final = re.compile(r"\s*\(?(?P<letter>[A-J])\)?\s+\(.+\)\s*", re.DOTALL)
LINE = re.compile(r"\W*\(?(?P<letter>[A-Ja-j])[.):]\)?\*{0,2}\s+\S.*")
ALONE = re.compile(r"(?<![A-Za-z\\])[A-J](?![A-Za-z])")
MAX_LINES: Final = 40  # of a text, from its end
MAX_LINE: Final = 600  # characters of a line, from its end


def named_option(text: str, lines: int = MAX_LINES) -> tuple[int, str] | None:
    """Where a text last says in a sentence which option is right ("C is correct", "I choose option C"), and which.

    Only the last so many lines are looked at, from the end.
    """
    end = len(text)
    for _ in range(lines):
        start = text.rfind("\n", 0, end) + 1
        found = _in_line(re.sub(r"\s{2,}", " ", text[max(start, end - MAX_LINE) : end]))
        if found is not None:
            return start + found[0], found[1]
        if start == 0:
            break
        end = start - 1
    return None


def _in_line(line: str) -> tuple[int, str] | None:
    last = None
    if ALONE.search(line) is None:
        return None
    for pattern in NAMING:
        for found in pattern.finditer(line):
            before = line[max(0, found.start() - 40) : found.start("letter")]
            if NEGATED.search(before) or ASIDE.search(line[max(0, found.start() - 40) : found.start()]):
                continue
            if last is None or found.start("letter") > last[0]:
                last = found.start("letter"), found["letter"]
    return last


def option_of(answer: str) -> str | None:
    """The letter of the option that an answer names: C for "(C)", "c.", "C) 42", "C - text"; None if it names none."""
    answer = answer[:MAX_LINE]  # the letter stands at its beginning; what follows is the option's text
    found = LABEL.fullmatch(answer) or PARENTHESIS.fullmatch(answer)
    return found["letter"].upper() if found else None


def option_line(line: str) -> str | None:
    """The letter of a line that repeats an option with its text, such as "b. 4"; None if it is none."""
    found = LINE.fullmatch(line.strip())
    return found["letter"].upper() if found else None
