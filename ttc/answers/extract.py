"""Find the final answer in the text of a completion."""

import re
from collections.abc import Callable
from itertools import islice
from typing import Final

from ttc.answers.boxes import boxed_answer, boxes
from ttc.answers.choices import named_option, option_line, option_of
from ttc.answers.closing import AMOUNT, LONGEST, complete, named_values, shorten, tidy
from ttc.answers.concluding import conclusion, is_formula, last_line, right_side
from ttc.answers.markers import own_text, tagged
from ttc.answers.scan import squeezed
from ttc.answers.statements import announced

FENCE = re.compile(r"```[^\n`]*\n(.*?)```", re.DOTALL)
LONGEST_BESIDE: Final = 12  # characters of a last line that counts more than a sentence which names an option
MAX_STATEMENTS: Final = 100  # tried from the end of a text
PROSE: Final = 4  # words of a stated answer that is rather a sentence
Search = Callable[[str, bool], str | None]


def stated(text: str) -> str | None:
    """The last answer announced by `Answer:`, "the answer is" or `####`, in English or another language."""
    found = _stated(text)
    return found[1] if found else None


def _stated(text: str) -> tuple[int, str] | None:
    for place, following in islice(announced(text), MAX_STATEMENTS):
        answer = shorten(following)
        if answer is not None and complete(answer):
            concluded = conclusion(answer, stated=True) if len(re.findall(r"[A-Za-z]{2,}", answer)) >= PROSE else None
            return place, concluded or (_value_of(answer) if len(answer.split()) > 3 else answer)
    return None


def _value_of(answer: str) -> str:
    """What a stated equation amounts to: 72 of "48 + 24 = 72"; a line or circle keeps both of its sides."""
    if is_formula(answer) or named_values(answer):
        return right_side(answer)
    value = answer.rpartition("=")[2].strip()
    return value if "=" in answer and AMOUNT.fullmatch(value) else answer


def extract_answer(text: str) -> str | None:
    r"""Return the final answer of a completion with its LaTeX, or None if it states none.

    It looks in this order:

    - in <answer> or [ANSWER];
    - in the last balanced \boxed{} or \fbox{}, with those beside it that make up one answer;
    - in the last "Answer: ...", "the answer is ..." or "#### ...", or its like in other languages;
    - in the last line, if it is an answer or concludes with one.

    What follows `</think>` is searched first, text outside code fences before text inside. A box that is cut off gives
    no answer, and then only statements before it count.

    Two choices could be made otherwise. Where a base model goes on with another question after its answer, the first
    answer counts. And "42!" at the end of a sentence is 42, while `5!` in a formula or a box is a factorial.

    >>> extract_answer("6 times 7 makes \\boxed{42}.")
    '42'
    """
    return _extract(text, _search)


def extract_choice(text: str) -> str | None:
    """Return the option that a completion names last, else what `extract_answer` finds.

    A box with anything but an option in it does not beat a line "Answer: D" or a sentence "C is correct".
    """
    return _extract(text, _search_option) or extract_answer(text)


def _extract(text: str, search: Search) -> str | None:
    text = own_text(squeezed(text))
    thought, mark, after = text.rpartition("</think>")
    answer = search(after, True)
    if answer is None and mark:
        answer = search(thought, False)
    return answer


def plain_box(text: str) -> str | None:
    """What is in the last box if it is the usual one, \\boxed{...} around a number or a word; else None, and look well.

    Most solutions end so; this spares them the search for fences, other boxes and nested braces.
    """
    start = text.rfind("\\boxed{")
    end = text.find("}", start)
    if (
        start < 0
        or end < 0
        or "```" in text
        or "box" in text[end:]
        or "nswer" in text[end:]
        or "box" in text[max(0, start - 250) : start]
    ):
        return None
    content = text[start + 7 : end]
    return content if content.isalnum() and content.casefold() not in ("answer", "result") else None


def _search(text: str, last: bool) -> str | None:
    tag = tagged(text)
    if tag is None and (plain := plain_box(text)) is not None:
        return plain
    if tag is not None and "box" not in text[tag[0] :]:
        answer = _in_tag(tag[1])
        if answer is not None:
            return answer
    outside = FENCE.sub("\n", text)
    inside = FENCE.sub(lambda fence: "\n" + fence[1], text)
    for part in (outside, inside):
        found = boxes(part)
        answer = boxed_answer(part, found)
        if answer is not None:
            return _final(part[found[-1].end :]) or answer
        cut_off = next((box.start for box in found if box.content is None), None)
        if cut_off is not None:
            return stated(part[: part.rfind("\n", 0, cut_off) + 1])
        answer = stated(part)
        if answer is not None:
            return answer
    return _closing(outside, inside) if last else None


def _final(after: str) -> str | None:
    """What is called the final answer after the last box, if it is an amount or a formula."""
    answer = stated(after) if "final answer" in after.casefold() else None
    return answer if answer is not None and (AMOUNT.fullmatch(answer) or is_formula(answer)) else None


def _in_tag(content: str) -> str | None:
    """The answer between answer tags: found as in any text, or all of it if it is one line."""
    found = _search(content, True)
    if found is not None:
        return found
    line = tidy(content)
    return line if line is not None and len(line) <= LONGEST and "\n" not in line and complete(line) else None


def _closing(outside: str, inside: str) -> str | None:
    found = last_line(outside) or last_line(inside)
    if found is not None and len(found) <= LONGEST_BESIDE:
        return found
    option = named_option(outside, lines=2)
    return option[1] if option else found


def _search_option(text: str, last: bool) -> str | None:
    """The letter of the option that is named last: in a tag, a box, a statement, a sentence or the last line."""
    tag = tagged(text)
    if tag is not None and (option := option_of(tag[1].strip())):
        return option
    part = FENCE.sub("\n", text)
    found = [(box.start, option) for box in boxes(part) if (option := option_of(box.content or ""))]
    for place, following in islice(announced(part), MAX_STATEMENTS):
        answer = shorten(following)
        if answer is not None and (option := option_of(answer)):
            found.append((place, option))
            break
    if (sentence := named_option(part)) is not None:
        found.append(sentence)
    if found:
        return max(found)[1]
    lines = [line for line in part.splitlines() if line.strip()]
    return (option_of(lines[-1]) or option_line(lines[-1])) if last and lines else None
