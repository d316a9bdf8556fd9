"""Read what a sentence or the last line of a completion concludes with."""

import re
from typing import Final

HOPE = re.compile(r"\s*I hope (?:it|this) is correct.*", re.I | re.S)
SENTENCE_END = re.compile(r"(?<=[^\s.])(?<![ap]\.m)\.(?=\s|$)|\n|。|[!?](?=\s+[A-Z])")
REASON = re.compile(
    r",? (?:because|since|as (?!follows)|which|so that|where|when|given)\b|, (?:so|and (?!-?\d|\$|\\)|but|I|we)\b"
)
NO_ANSWER = re.compile(
    r"(?:not|unclear|unknown|found|given|obtained|as follows|that|to|in|because|wrong|incorrect|correct|now|below|also|"
    r"this|derived|still|being|going|likely|probably not|yet)\b",
    re.I,
)
CONCLUSION = re.compile(
    r"\W*(?:so|thus|therefore|hence|in conclusion|finally|consequently|we (?:get|have|find|obtain)|∴|\\therefore)\b",
    re.I,
)
RESULT = re.compile(
    r"(?:=|\\approx|≈"
    r"|\b(?:is|are|equals?|get|have|has|obtain|find|gives?|be|was|were|total of|costs?|makes?|earns?|takes?)\b)"
    r"[\s:]*(?P<answer>[^=≈]+)$",
    re.I,
)
NUMBER: Final = r"-?[$€£]?\d[\d,]*(?:\.\d+)?(?:/\d+)?(?:\s?%)?"
NUMERIC = re.compile(rf"(?<![\w.]){NUMBER}(?![\w/])")
AMOUNT = re.compile(rf"{NUMBER}(?:\s[A-Za-z²³]+){{0,3}}")
MATH = re.compile(r"\$\$(.+?)\$\$|(?<![\\$])\$([^$]+)(?<!\\)\$|\\\((.+?)\\\)|\\\[(.+?)\\\]", re.S)
FORMULA = re.compile(r"[-+\d\s.,()\[\]{}a-z^*/\\√π∞<>≤≥°%$=_!|'−×]{1,80}", re.I)
ALTERNATIVES = re.compile(r",|\bor\b|\band\b")
LABEL = re.compile(r"\W*[A-Z]\)")
DANGLING = re.compile(r"(?:[-+*/^_=<>(\[{&]|\\(?:frac|sqrt|cdot|times|left|pm|text|le|ge|implies|to)|\\)\s*$")
LAST_LINE: Final = 400  # characters of a last line that may still be an answer
OPEN_AND_CLOSE: Final = ((r"\[", r"\]"), (r"\(", r"\)"), (r"\begin{", r"\end{"))


def tidy(answer: str) -> str | None:
    """Take off what merely surrounds an answer: blanks, bold marks, dollars, the full stop; None if nothing is left."""
    before = None
    while answer != before:
        before = answer
        answer = answer.strip().strip("*`").strip()
        answer = answer.removeprefix("__").removesuffix("__")
        found = MATH.fullmatch(answer)
        if found:
            answer = next(group for group in found.groups() if group is not None)
        if answer.endswith((".", ",", ";", ":")) and not answer.endswith(("...", "\\,", "\\;", "\\:", "a.m.", "p.m.")):
            answer = answer[:-1]
        answer = answer.removeprefix("=")
        if answer.endswith("\\\\"):
            answer = answer[:-2]
    return answer if re.search(r"[^\W_]|∞|∅|\{\}|\\\{\\\}", answer) else None


def complete(answer: str) -> bool:
    """Say whether a formula was not cut off: brackets close, no sign waits for its right side."""
    braces = answer.replace("\\{", "").replace("\\}", "")
    if braces.count("{") != braces.count("}") or DANGLING.search(answer):
        return False
    answer = LABEL.sub("", answer, count=1) if LABEL.match(answer) and "(" not in answer[:3] else answer
    opened = answer.count("(") + answer.count("[")
    return opened == answer.count(")") + answer.count("]") and answer.count("$") % 2 <= ("$" in answer)


def without_delimiters(text: str) -> str:
    """Drop the dollars around formulas inside a sentence; a single one is a currency."""
    text = re.sub(r"\\[()\[\]]|\*\*", "", text)
    return re.sub(r"(?<!\\)\$", "", text) if len(re.findall(r"(?<!\\)\$", text)) % 2 == 0 else text


def shorten(text: str) -> str | None:
    """The answer at the start of a text: up to the end of its sentence, but never cut inside a formula."""
    text = HOPE.sub("", text).strip().lstrip("*_: ").strip()
    if not text or NO_ANSWER.match(text):
        return None
    formula = MATH.match(text)
    for ending in (SENTENCE_END, REASON):
        end = ending.search(text, formula.end() if formula else 0)
        text = text[: end.start()] if end else text
    answer = tidy(without_delimiters(text))
    if answer is None or len(answer) > LAST_LINE:
        return None
    result = RESULT.search(answer)
    if result and len(answer.split()) > 3 and AMOUNT.fullmatch(result["answer"].strip()):
        return tidy(result["answer"])
    return answer


def last_line(text: str) -> str | None:
    """The answer in a last line that is one, or that concludes with one ("Therefore, x = 5.")."""
    line = next((line.strip() for line in reversed(text.splitlines()) if re.search(r"[^\W_]", line)), "")
    cut_off = any(text.count(start) > text.count(end) for start, end in OPEN_AND_CLOSE)
    if not line or cut_off or len(line) > LAST_LINE or line.startswith("#"):
        return None
    whole = tidy(re.sub(r"\*\*|__", "", line))
    if whole is None:
        return None
    if AMOUNT.fullmatch(whole) or MATH.fullmatch(line.rstrip(".")) or _is_formula(whole):
        answer: str | None = right_side(whole)
    elif re.fullmatch(r"\(?[A-J]\)?", whole):
        answer = whole
    else:
        answer = _conclusion(re.split(r"(?<=[^\d.][.!?])\s+(?=[A-Z])", line)[-1])
    return answer if answer is not None and complete(answer) else None


def right_side(formula: str) -> str:
    """The right side of `x = 5`, else the formula itself."""
    if all("=" in part for part in ALTERNATIVES.split(formula)[:2]) and ALTERNATIVES.search(formula):
        return formula  # x = 5 or x = -5
    left, sign, right = formula.rpartition("=")
    named = sign and left.strip() and right.strip() and not re.search(r"[<>\\!]$", left)
    return right.strip() if named else formula


def _conclusion(sentence: str) -> str | None:
    formulas = list(MATH.finditer(sentence))
    plain = tidy(without_delimiters(sentence)) or ""
    concludes = CONCLUSION.match(plain) is not None
    if formulas and len(sentence) - formulas[-1].end() <= 25:
        content = next(group for group in formulas[-1].groups() if group is not None)
        if concludes or RESULT.search(sentence[: formulas[-1].start()] + "x"):
            return tidy(right_side(content))
    found = RESULT.search(plain)
    if found and (AMOUNT.fullmatch(found["answer"].strip()) or (concludes and _is_formula(found["answer"]))):
        return tidy(found["answer"])
    numbers = NUMERIC.findall(plain)
    return tidy(numbers[0]) if concludes and len(numbers) == 1 else None


def _is_formula(text: str) -> bool:
    """Say whether a text is mathematics with a number or command, without words."""
    bare = re.sub(r"\\[a-zA-Z]+|sqrt|pi|sin|cos|tan|log", "", text)
    return bool(FORMULA.fullmatch(text) and re.search(r"[\d\\]", text) and not re.search(r"[A-Za-z]{3}", bare))
