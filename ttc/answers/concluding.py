"""Read what the last line of a completion concludes with, as models write that were taught on GSM8K."""

import re
from typing import Final

from ttc.answers.closing import (
    AMOUNT,
    CURRENCY,
    EQUATIONS,
    HOPE,
    LONGEST,
    MATH,
    NUMBER,
    calm,
    complete,
    content_of,
    named_values,
    tidy,
    without_delimiters,
)
from ttc.answers.vocabulary import SHORT_WORDS

CONCLUSION = re.compile(
    r"\W*(?:so|thus|therefore|hence|in conclusion|in total|finally|consequently|overall|altogether|"
    r"we (?:get|have|find|obtain)|∴|\\therefore)\b",
    re.I,
)
VERBS: Final = (
    r"(?:total|profit|sum|amount|cost|price|balance|loss) of|"
    r"(?:would|will|should|needs? to|ha[sd] to|have to)(?: [A-Za-z']+){1,6}?(?= [$€£]?\d)|"
    r"is|are|equals?|be|been|was|were|[a-z]+'s|gets?|got|ha[sd]|have|obtains?|finds?|found|gives?|gave|yields?|makes?|"
    r"made|earn(?:s|ed)?|costs?|takes?|took|needs?|needed|pays?|paid|spends?|spent|sells?|sold|buys?|bought|"
    r"receive[sd]?|save[sd]?|totals?|leaves?|left|weigh(?:s|ed)?|travel(?:s|ed|led)?|dr[io]ves?|r[ua]ns?|"
    r"walk(?:s|ed)?|eats?|ate|contains?|holds?|requires?|produce[sd]?|use[sd]?|owe[sd]?|los[et]s?|gain(?:s|ed)?|"
    r"charge[sd]?|bec[ao]mes?|reach(?:es|ed)?|c[ao]mes? (?:out )?to|amount(?:s|ed)? to|adds? up to|remain(?:s|ing)?|"
    r"(?:in|de)creases? by|(?:in|de)creased by|"
    r"(?:rises?|falls?|rose|fell|grows?|grew|drops?|dropped|changed?) (?:by|to)|"
    r"drinks?|drank|end(?:s|ed)? up with|"
    r"will (?:have|be|get|need|take|cost|earn|pay)|can (?:make|buy|have)"
)
FILLERS: Final = (
    r"(?:a total of |about |only |exactly |approximately |just |now |still |also |therefore |thus |then |to )"
)
RESULT = re.compile(rf"(?:=|\\approx|≈|\b(?:{VERBS})\b)[\s:]*{FILLERS}{{0,2}}(?=(?P<answer>[^=≈]+)$)", re.I)
NUMERIC = re.compile(rf"(?<![\w.]){NUMBER}(?![\w/])")
MAGNITUDE: Final = r"(?: (?:hundred|thousand|million|billion|trillion))?"
UNIT: Final = r"(?: ?(?:[cmk]?m|in|ft|[mk]?g|s|h|hr|min|[mM]?[lL]|mph)(?:[²³]|\^\d)?)?"
LEADING = re.compile(rf"(?:{NUMBER})(?![\d/,.]*\d)(?:{MAGNITUDE}|{UNIT})(?![\w^*+/])")
FORMULA = re.compile(r"[-+\d\s.,()\[\]{}a-z^*/\\√π∞<>≤≥°%=_!|'−×·÷]{1,80}", re.I)
LABELLED = re.compile(r"(?P<label>[^\W\d][^:：=.!?]{0,40})[:：]\s*(?P<answer>\S.*)", re.S)
NO_RESULT: Final = re.compile(
    r"\b(?:step|case|part|note|check|example|hint|given|where|let|option|problem|question|exercise|equation|method|"
    r"page|chapter|table|figure|input|time)\b",
    re.I,
)
NAME = re.compile(
    r"[|(]?(?:m?\\?(?:angle|triangle|overline|hat|vec|text|mathrm|mathbf|alpha|beta|gamma|theta|lambda|phi|mu|sigma|Delta)"
    r"(?![a-zA-Z])|∠)?\s*\{?[A-Za-z][\w ',{}()|]*"
)
JOINED = re.compile(r"[\s$]*(?:[,;]|\\quad|\\qquad)*\s*(?:and|or|,)?[\s$]*", re.I)
ASSIGNED: Final = (
    r"(?<![A-Za-z\\])(?:\([a-z](?:, ?[a-z])+\)|\\?[A-Za-z]\w{0,2}(?:_\{?\w+\}?)?(?:\([a-z]\))?) ?= ?[^=,;]+?"
)
RUN = re.compile(rf"{ASSIGNED}(?:(?:[,;] ?(?:and |or )?| and | or ){ASSIGNED})+$")
ASIDE = re.compile(r"\b(?:because|such that|which|since|if|when|where)\b", re.I)
IMPLIES = re.compile(r"\\(?:implies|Rightarrow|Longrightarrow|rightarrow|iff)(?![a-zA-Z])|[⟹⇒→⇔]")
UNFINISHED = re.compile(
    r"(?:[,:;]|\b(?:so|then|must|is|are|the|of|and|or|to|into|that|equals?|by|with|if|because|since|we|for|from|as|be|"
    r"have|has|can|which|when|where))[\s*]*$",
    re.I,
)
CIRCUMSTANCE = re.compile(
    r"(?<=[\w%]) (?:at|on|for|from|left|by|with|to|after|before|during|altogether|more|each|every|today|now|"
    r"(?:in|of)(?= ))(?: .*)?$"
)
BECAUSE = re.compile(r"(?<=\d)[%A-Za-z ]{0,20},? (?:(?:because|since)\b.*|which\b\D*)$")
OVER = re.compile(r"(?: [A-Za-z]+){1,2} (?:in|for|per|after|every|from|at|with|over|by|on)\b")
ENGLISH: Final = SHORT_WORDS | {"a", "are"}
BETWEEN: Final = 60  # characters from a verb to the formula that is its result
IS_THE_ANSWER = re.compile(
    r",? (?:is|are) (?:the|our|my) (?:only |final |correct |required |desired )*(?:answers?|solutions?|result)\W*$",
    re.I,
)
OPTION = re.compile(r"\(?[A-J]\)?")
SENTENCES = re.compile(r"(?<=[^\d.][.!?])\s+(?=[A-Z])|(?<=\d[.!?])\s+(?=[A-Z][a-z])|(?<=[。！？])")
STARTS = re.compile(r"\s(?=(?:So|Thus|Therefore|Hence)\b)")
CALCULATION = re.compile(r"<<[^<>]*>>")  # how GSM8K marks what a calculator computed
BROKEN_OFF = re.compile(r"\\(?:b|bo|box|boxe|boxed)(?:\s*\{\s*\})?[\s.$]*$")
OPEN_AND_CLOSE: Final = ((r"\[", r"\]"), (r"\(", r"\)"), (r"\begin{", r"\end{"))


def last_line(text: str) -> str | None:
    """The answer in a last line that is one, or that concludes with one ("Therefore, x = 5.")."""
    line = next((line.strip() for line in reversed(text.splitlines()) if re.search(r"[^\W_]", line)), "")
    cut_off = any(text.count(start) > text.count(end) for start, end in OPEN_AND_CLOSE)
    line = HOPE.sub("", CALCULATION.sub("", line))
    if len(line) > LONGEST:
        line = SENTENCES.split(line[-2 * LONGEST :].strip())[-1]
        line = line if len(line) <= LONGEST else STARTS.split(line)[-1]
    if (
        not line
        or cut_off
        or len(line) > LONGEST
        or line.startswith("#")
        or BROKEN_OFF.search(line)
        or UNFINISHED.search(line)
    ):
        return None
    whole = tidy(re.sub(r"\*\*|__", "", line))
    if whole is None:
        return None
    if AMOUNT.fullmatch(whole) or MATH.fullmatch(line.rstrip(".")) or is_formula(whole):
        answer: str | None = right_side(whole)
    elif OPTION.fullmatch(whole):
        answer = whole
    else:
        answer = labelled(whole) or conclusion(SENTENCES.split(line.strip())[-1] or line)
    return answer if answer is not None and complete(answer) else None


def right_side(formula: str) -> str:
    """The right side of `x = 5` or `2 + 3 = 5`, else the formula: an equation of a curve needs both of its sides."""
    formula = IMPLIES.split(formula)[-1].strip() or formula
    if named_values(formula):
        return formula  # x = 5 or x = -5
    *lefts, right = re.split(r"(?<![<>\\!])=", formula)
    if not lefts or not lefts[0].strip() or not right.strip():
        return formula
    if len(lefts) > 1 and not all(re.search(r"[xyz]", side) for side in lefts):
        return right.strip()  # a computation
    return right.strip() if _names(lefts[0], right) else formula


def _names(left: str, right: str) -> bool:
    """Whether the left side of an equation merely names its right side, or is a computation of it."""
    if NAME.fullmatch(left.strip()):
        return True
    without_words = re.sub(r"\\(?:text|mathrm|mbox) ?\{[^{}]*\}|\\[a-zA-Z]+", "", left)
    return not re.search(r"[A-Za-z]", without_words) and not re.search(r"(?<![A-Za-z\\])[a-z](?![A-Za-z])", right)


def labelled(line: str) -> str | None:
    """The amount or formula behind a label: "Total: 42 apples", "Result: $x^2$"."""
    found = LABELLED.fullmatch(line)
    if not found or NO_RESULT.search(found["label"]) or len(found["label"].split()) > 6:
        return None
    formula = MATH.fullmatch(found["answer"])
    if formula:
        return tidy(right_side(content_of(formula).strip()))
    answer = tidy(calm(without_delimiters(found["answer"])))
    if answer is None or re.search(r"\d:\d", line[: found.end("label") + 3]):
        return None
    if AMOUNT.fullmatch(answer) or is_formula(answer):
        return right_side(answer)
    amount = LEADING.match(answer)
    alone = amount and len(answer[amount.end() :].split()) < 3 and not re.search(r"\d", answer[amount.end() :])
    return tidy(amount.group()) if amount and alone else None


def conclusion(sentence: str, *, stated: bool = False) -> str | None:
    """What a sentence concludes with: its last formulas, several named values, or the amount behind its verb.

    stated: "Answer:" or its like stands before the sentence, which concludes even if it does not say "so".
    """
    turned = IS_THE_ANSWER.search(sentence)
    sentence = sentence[: turned.start()] if turned else sentence
    plain = tidy(calm(tidy(without_delimiters(sentence)) or "")) or ""
    concludes = stated or turned is not None or CONCLUSION.match(plain) is not None
    formulas = _last_formulas(sentence)
    if formulas and len(sentence) - formulas[-1].end() <= 25:
        contents = [content_of(formula).strip() for formula in formulas]
        verb = RESULT.search(sentence[: formulas[0].start()][-BETWEEN:] + "x")
        told = verb is not None and not ASIDE.search(verb.group("answer"))
        if (concludes or told) and not all(re.fullmatch("[a-z]", content) for content in contents):
            return tidy(", ".join(contents) if len(contents) > 1 else right_side(contents[0]))
    run = RUN.search(plain)
    if run and all(is_formula(part) for part in EQUATIONS.split(run.group()) if part.strip()):
        return tidy(run.group())
    return _result(plain, concludes)


def _last_formulas(sentence: str) -> list[re.Match[str]]:
    """The last formula of a sentence, with those before it that "and", "or" or a comma join to it."""
    found = list(MATH.finditer(sentence))
    first = len(found) - 1
    while first > 0 and JOINED.fullmatch(sentence, found[first - 1].end(), found[first].start()):
        first -= 1
    return found[max(first, 0) :]


def _result(plain: str, concludes: bool) -> str | None:
    """The amount behind the verb or equals sign of a sentence, or the only number of one that concludes."""
    plain = BECAUSE.sub("", plain)
    equation = _last_equation(plain)
    if equation is not None:
        return equation
    found = list(RESULT.finditer(plain))
    results = [match["answer"].strip() for match in found]
    for answer in results:
        if AMOUNT.fullmatch(answer):
            return tidy(CIRCUMSTANCE.sub("", answer))
        if concludes and is_formula(re.sub(r"\b(?:and|or)\b", ",", answer)):
            return tidy(answer)
    computed = [match["answer"].strip() for match in found if match.group().startswith("=")]
    if computed and (amount := LEADING.match(computed[-1])) and OVER.match(computed[-1], amount.end()):
        return tidy(amount.group())
    for answer in results:
        amount = LEADING.match(answer)
        if amount and not re.search(r"\d|\b(?:is|are|was|were|into|back)\b", answer[amount.end() :]):
            return tidy(amount.group())
    numbers = NUMERIC.findall(plain)
    alone = len(numbers) == 1 and (concludes or re.match(CURRENCY, numbers[0]))
    return tidy(numbers[0]) if alone else None


def _last_equation(plain: str) -> str | None:
    """The equation that a sentence ends with, or what it computes: "... is (x-1)^2 + y^2 = 4", "... 48 + 24 = 72"."""
    words, start = plain.split(" "), 0
    for start in range(len(words), 0, -1):
        word = words[start - 1].strip(",:")
        if not FORMULA.fullmatch(word) or word.lower() in ENGLISH or re.search(r"[A-Za-z]{3}", word):
            break
    formula = " ".join(words[start:]).strip(" ,:")
    if formula.count("=") != 1 or not is_formula(formula) or "," in formula:
        return None
    return tidy(right_side(formula))


def is_formula(text: str) -> bool:
    """Say whether a text is mathematics with a number or command, without words."""
    bare = re.sub(r"\\[a-zA-Z]+|sqrt|pi|sin|cos|tan|log", "", text)
    if not FORMULA.fullmatch(text) or not re.search(r"[\d\\]", text) or re.search(r"[A-Za-z]{3}|[A-Za-z]'[a-z]", bare):
        return False
    return not any(word.lower() in SHORT_WORDS for word in re.findall(r"(?<![A-Za-z])[A-Za-z]{2}(?![A-Za-z])", bare))
