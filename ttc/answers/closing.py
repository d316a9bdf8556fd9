"""Trim a stated answer: what surrounds it, where its sentence ends, whether it was cut off."""

import re
from typing import Final

HOPE = re.compile(r"\s*I hope (?:it|this) is correct.*", re.I | re.S)
SENTENCE_END = re.compile(r"(?<=[^\s.])(?<![ap]\.m)(?<!\bapprox)\.(?=[\s*]|$)|\n|[。！？]|．(?=\s|$)|[!?]+(?=\s+[A-Z])")
REASON = re.compile(
    r",? (?:because|since|as (?!follows)|which|so that|where|when|given)\b"
    r"|, (?:so|but|I|we)\b|, and (?=[A-Za-z']{2,} [A-Za-z']+\b(?! ?=))"
)
NO_ANSWER = re.compile(
    r"(?:not|unclear|unknown|found|given|obtained|as follows|that|to|in|because|wrong|incorrect|correct|now|below|also|"
    r"this|derived|still|being|going|likely|probably not|yet|which|based on)\b",
    re.I,
)
CURRENCY: Final = r"[$€£¥₹]"
NUMBER: Final = rf"-?{CURRENCY}? ?-?(?:\d+(?:,\d+)*(?:\.\d+)?|\.\d+)(?:/\d+)?(?:\s?%| ?{CURRENCY})?"
AMOUNT = re.compile(rf"{NUMBER}(?:\s[A-Za-z²³]+){{0,3}}|\d+(?:\s?:\s?\d+)+(?:\s?[AaPp]\.?[Mm]\.?)?")
MATH = re.compile(
    r"\$\$(.+?)\$\$|(?<![\\$])\$(?! )([^$]*?(?<![\s\\]))\$(?!\d)|(?<![\\$])\$ ([^$]+) \$(?!\d)"
    r"|\\\((.+?)\\\)|\\\[(.+?)\\\]",
    re.S,
)  # a dollar before a digit and after a blank is a currency, as in "$5 - $3"
RESULT = re.compile(r"(?:\\approx|≈|\b(?:is|are|equals?|be|was|were|total of|costs?)\b)[\s:]*(?P<answer>[^=≈]+)$", re.I)
EQUATIONS = re.compile(r",|;|\bor\b|\band\b")
LABEL = re.compile(r"\W*[A-Z]\)")
DANGLING = re.compile(
    r"(?:[-+*/^_=<>(\[{&]|\\(?:frac|sqrt|cdot|times|left|pm|text|le|ge|implies|to)|\\)\s*$|\s(?:is|are|the|of|and|to|into|that|equals|with)$"
)
CHECKED = re.compile(r"\s*(?:\\(?:checkmark|blacksquare|square|qed|Box)(?![a-zA-Z])|[✓✔✅∎■□🎉]\ufe0f?)[\s$.!]*$")
EXCLAIMED = re.compile(r"(?:(?<=[\dA-Z%°])|(?<=[a-z]{2})|(?<=\([A-Z]\))|(?<=[\dA-Za-z]\*\*))!+(?=\**$)")
OPERATION = re.compile(r"\d!|[\w)]\s*(?:\\cdot|\\times|[-+*/×·÷])\s*[\w(]")
EMPTY_BOX = re.compile(r"\\(?:[bB]oxed|fbox)\s*\{\s*\}")
ENDING: Final = re.compile(
    r"(?<=[\dA-Z)\]）}%])\s*(?:です|である|だ|となります|になります|입니다|이다|이에요|예요|है|।)[\s.。]*$"
)
LONGEST_TIDIED: Final = 2_000  # characters of an answer that is looked at sign by sign; a longer one is no formula
LONGEST: Final = 400  # characters of a line that may still be an answer


def tidy(answer: str) -> str | None:
    """Take off what merely surrounds an answer: blanks, bold marks, dollars, the full stop; None if nothing is left."""
    before = None
    while len(answer) <= LONGEST_TIDIED and answer != before:
        before = answer
        answer = answer.strip().strip("*`").strip()
        answer = answer.removeprefix("__").removesuffix("__").removeprefix("> ")
        found = MATH.fullmatch(answer)
        if found:
            answer = content_of(found)
        if answer.endswith((".", ",", ";", ":", "．")) and not answer.endswith(
            ("...", "\\,", "\\;", "\\:", "a.m.", "p.m.", "approx.")
        ):
            answer = answer[:-1]
        answer = ENDING.sub("", CHECKED.sub("", answer.removeprefix("=")))
        if answer.endswith("\\\\"):
            answer = answer[:-2]
    answer = answer.strip()
    bare = EMPTY_BOX.sub("", answer)
    return answer if re.search(r"[^\W_]|∞|∅|\{\}|\\\{\\\}", bare) else None


def content_of(formula: re.Match[str]) -> str:
    """What is between the delimiters of a formula that MATH has found."""
    return next(group for group in formula.groups() if group is not None)


def complete(answer: str) -> bool:
    """Say whether a formula was not cut off: brackets close, no sign waits for its right side."""
    braces = answer.replace("\\{", "").replace("\\}", "")
    if braces.count("{") != braces.count("}") or DANGLING.search(answer):
        return False
    answer = LABEL.sub("", answer, count=1) if LABEL.match(answer) and "(" not in answer[:3] else answer
    opened = answer.count("(") + answer.count("[")
    return opened == answer.count(")") + answer.count("]") and answer.count("$") % 2 <= ("$" in answer)


def without_delimiters(text: str) -> str:
    """Drop the delimiters of formulas inside a sentence; a dollar that is a currency stays."""
    text = re.sub(r"\*\*", "", text)
    return re.sub(r"\\[()\[\]]", "", MATH.sub(content_of, text))


def calm(answer: str) -> str:
    """Take the exclamation mark off the end of a sentence: "42!" is 42. `5!` in a formula or a product stays."""
    found = EXCLAIMED.search(answer)
    if found is None or OPERATION.search(answer[: found.start()].rpartition("=")[2]):
        return answer
    return answer[: found.start()] + answer[found.end() :]


def named_values(answer: str) -> bool:
    """Say whether an answer is several equations, such as "x = 5, y = 3" or "x = 2 or x = 3"."""
    parts = [part for part in EQUATIONS.split(answer) if part.strip()]
    return len(parts) > 1 and sum("=" in part for part in parts) > 1


def shorten(text: str) -> str | None:
    """The answer at the start of a text: up to the end of its sentence, but never cut inside a formula."""
    text = re.sub(r"^(?:[*_:\s]|> )+", "", HOPE.sub("", text)).strip()
    if not text or NO_ANSWER.match(text):
        return None
    formula = MATH.match(text)
    for ending in (SENTENCE_END, REASON):
        end = ending.search(text, formula.end() if formula else 0)
        if end:
            text = text[: end.start()] + ("!" if end.group().startswith("!") else "")
    whole = CHECKED.sub("", text.strip().strip("*`").strip())
    if whole.endswith((")", "]")) and sum(map(whole.count, ")]")) > sum(map(whole.count, "([")):
        whole = whole[:-1]  # (Final answer: 42)
    answer = tidy(whole if MATH.fullmatch(whole) else calm(without_delimiters(whole)))
    if answer is None or len(answer) > LONGEST:
        return None
    result = RESULT.search(answer)
    if result and len(answer.split()) > 3 and not named_values(answer) and AMOUNT.fullmatch(result["answer"].strip()):
        return tidy(result["answer"])
    return answer
