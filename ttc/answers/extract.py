"""Find the final answer in the text of a completion."""

import re
from collections.abc import Iterator
from typing import Final

from ttc.answers.closing import complete, last_line, shorten, tidy

BOX = re.compile(r"\\(?:boxed|fbox|framebox)\s*(?:\{|(?P<bare>\\?[A-Za-z0-9]+))")
BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
FENCE = re.compile(r"```[^\n`]*\n(.*?)```", re.DOTALL)
FOLLOWING: Final = r"(?=(?P<answer>.{1,500}))"  # looked at, not consumed: a later statement may begin in it
STATED: Final = (
    re.compile(rf"^[^\w\n]*(?:(?:the|my) )?(?:final |correct )?answer\b[\s*_]*[:：]{FOLLOWING}", re.I | re.M | re.S),
    re.compile(
        r"\b(?:answers?|correct (?:option|choice))\b[^.\n:]{0,80}?\b(?:is|are|equals|would be|must be)\b"
        rf"(?: therefore| thus| then| simply| indeed)?[:：]?{FOLLOWING}",
        re.I | re.S,
    ),
    re.compile(rf"答案(?:应该|应)?(?:是|为|[:：])[:：]?{FOLLOWING}", re.S),
    re.compile(r"^[ \t]*####[ \t]+(?=(?P<answer>(?!step|final|answer|part|solution|\d+[.)] )[^\n]+))", re.I | re.M),
)

ANNOUNCING: Final = (
    "answer",
    "correct option",
    "correct choice",
    "####",
    "答案",
)  # no statement without one: a quick look


def boxes(text: str) -> Iterator[tuple[int, str | None]]:
    """Yield where each box starts and its content, None if it never closes."""
    starts = list(BOX.finditer(text))
    ends = closing_braces(text, starts[0].start()) if starts else {}  # most texts have their box near the end
    for found in starts:
        if found["bare"] is not None:
            yield found.start(), found["bare"]
            continue
        end = ends.get(found.end() - 1)
        yield found.start(), None if end is None else text[found.end() : end]


def closing_braces(text: str, start: int = 0) -> dict[int, int]:
    """Where each brace from `start` on closes, in one pass; escaped braces do not count."""
    opened: list[int] = []
    ends: dict[int, int] = {}
    for found in BRACE.finditer(text, start):
        if found.group() == "{":
            opened.append(found.start())
        elif found.group() == "}" and opened:
            ends[opened.pop()] = found.start()
    return ends


def stated(text: str) -> str | None:
    """The last answer announced by `Answer:`, "the answer is" or `####`."""
    folded = text.casefold()
    if not any(word in folded for word in ANNOUNCING):
        return None
    found = [match for pattern in STATED for match in pattern.finditer(text)]
    for match in sorted(found, key=lambda match: match.start("answer"), reverse=True):
        answer = shorten(match["answer"])
        if answer is not None and complete(answer):
            return answer
    return None


def extract_answer(text: str) -> str | None:
    """Return the final answer of a completion with its LaTeX, or None if it states none.

    In this order: the last balanced \\boxed{} or \\fbox{}; the last "Answer: ...", "the answer is ..." or "#### ..."; a
    last line that is an answer or concludes with one. What follows `</think>` is searched first, text outside code
    fences before text inside. A box that is cut off gives no answer, and then only statements before it count.
    """
    thought, mark, after = text.rpartition("</think>")
    answer = _search(after, last=True)
    if answer is None and mark:
        answer = _search(thought, last=False)
    return answer


def plain_box(text: str) -> str | None:
    """What is in the last box if it is the usual one, \\boxed{...} around a number or a word; else None, and look well.

    Most solutions end so; this spares them the search for fences, other boxes and nested braces.
    """
    start = text.rfind("\\boxed{")
    end = text.find("}", start)
    if start < 0 or end < 0 or "```" in text or "box" in text[end:]:
        return None
    content = text[start + 7 : end]
    return content if content.isalnum() else None


def _search(text: str, last: bool) -> str | None:
    if (plain := plain_box(text)) is not None:
        return plain
    outside = FENCE.sub("\n", text)
    inside = FENCE.sub(lambda fence: "\n" + fence[1], text)
    for part in (outside, inside):
        found = list(boxes(part))
        for _, content in reversed(found):
            answer = tidy(content) if content is not None else None
            if answer is not None:
                return answer
        cut_off = next((start for start, _ in found), None)
        if cut_off is not None:
            return stated(part[: part.rfind("\n", 0, cut_off) + 1])
        answer = stated(part)
        if answer is not None:
            return answer
    return (last_line(outside) or last_line(inside)) if last else None
