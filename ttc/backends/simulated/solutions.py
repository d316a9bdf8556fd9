"""Solutions of the simulated model: written step by step, and read back for what they are worth.

A step begins with "Hence" while the solution is right and with "Thus" once it has gone wrong. Nothing but this room
reads these words: verifiers see ordinary text, and the simulated judges know how far a text is right.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from random import Random

from ttc.backends.simulated.laws import Facts, Laws
from ttc.backends.simulated.tokens import encode

RIGHT, WRONG = "Hence", "Thus"
_MARK = re.compile(rf"\b(?:{RIGHT}|{WRONG})\b")
_WORDS = "we take two sides and sum them so that each term has a factor of this form where it is less than any row"
_SPAN = 2048
_order = Random(20250607)
_PASSAGE = [f" {_order.choice(_WORDS.split())}" for _ in range(2 * _SPAN)]
_TEXT = "".join(_PASSAGE)
_IDS = tuple(encode(_TEXT))
_AT = [0]
for _word in _PASSAGE:
    _AT.append(_AT[-1] + len(_word))
_OPENING = {True: (RIGHT, encode(RIGHT)), False: (WRONG, encode(WRONG))}
_STEP_END = (".\n\n", encode(".\n\n"))
_BLANK_LINE = ("\n\n", encode("\n\n"))


class Draft:
    """A text that grows by parts whose tokens are known; `spans` are (tokens, right) in order.

    `last` gives the (token, logprob) pairs of the last token where it was a choice, the one that was written first.
    """

    __slots__ = ("_marked", "ids", "last", "spans", "texts")

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.ids: list[int] = []
        self.spans: list[tuple[int, bool]] = []
        self._marked = 0
        self.last: tuple[tuple[str, float], ...] | None = None

    def add(self, part: tuple[str, tuple[int, ...]]) -> None:
        """Append a text with its token ids."""
        self.texts.append(part[0])
        self.ids += part[1]

    def words(self, count: int, rng: Random) -> None:
        """Append `count` words of one token each."""
        while count > 0:
            start, here = int(rng.random() * _SPAN), min(count, _SPAN)
            self.texts.append(_TEXT[_AT[start] : _AT[start + here]])
            self.ids += _IDS[start : start + here]
            count -= here

    def mark(self, right: bool) -> None:
        """Say whether what was added since the last mark was right."""
        self.spans.append((len(self.ids) - self._marked, right))
        self._marked = len(self.ids)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a text has come: steps begun, whether the last is right, whether it is unfinished, its answer.

    `answer` is the last complete one, `after` what follows it; `partial` is an answer that was begun, not closed.
    """

    steps: int
    right: bool
    open: bool
    answer: str | None = None
    after: str = ""
    partial: str | None = None


def read(text: str, form: str) -> Progress:
    """Read a solution; a text without the hidden words counts as right so far."""
    marks = [word == RIGHT for word in _MARK.findall(text)]
    tail = text.rpartition("\n\n")[2].lstrip()
    unfinished = tail.startswith((RIGHT, WRONG)) and not tail.rstrip().endswith(".")
    progress = Progress(len(marks), not marks or marks[-1], unfinished)
    opening, closing = form.split("%s")
    _, found, rest = text.rpartition(opening)
    if not found:
        return progress
    end = _closing(rest, closing)
    if end < 0:
        return replace(progress, partial=rest)
    return replace(progress, answer=rest[:end], after=rest[end + len(closing) :])


def _closing(rest: str, closing: str) -> int:
    """Where the answer at the start of `rest` is closed (braces inside it are balanced), or -1."""
    end = rest.find(closing)
    while end >= 0 and rest.count("{", 0, end) != rest.count("}", 0, end):
        end = rest.find(closing, end + 1)
    return end


def is_right(text: str, facts: Facts, form: str) -> bool:
    """Whether a solution is right: by its answer if it has one, else by how far it has come."""
    progress = read(text, form)
    return progress.right if progress.answer is None else progress.answer.strip() == facts.gold


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes solutions of one problem; `p_correct` is that of a solution from the start."""

    laws: Laws
    facts: Facts
    p_correct: float

    def start(self, prefix: str) -> Callable[[Random], Draft]:
        """What continues the prefix (the writing is a function of the random numbers given to it)."""
        if not prefix.strip():
            return lambda rng: self._steps(rng, 0, True)
        done = read(prefix, self.laws.answer_form)
        if done.partial is not None:
            return lambda rng: self._forced(rng, done)
        if done.answer is None:
            gap = not done.open and not prefix.endswith("\n\n")
            return lambda rng: self._steps(rng, done.steps, done.right, done.open, gap)
        if not done.after.strip(" .\n"):
            return lambda rng: Draft()
        return lambda rng: self._second_thought(rng, done)

    def _steps(self, rng: Random, begun: int, right: bool, unfinished: bool = False, gap: bool = False) -> Draft:
        """The rest of the unfinished step, then the remaining ones; `gap` puts a blank line first."""
        draft, steps = Draft(), self.facts.steps
        if gap:
            draft.add(_BLANK_LINE)
        keep = self.p_correct ** (1.0 / steps)
        length = self._length(rng) / steps
        if unfinished:
            self._end(draft, rng, round(length * rng.random()), right, begun >= steps)
        else:
            begun = min(begun, steps - 1)
        for number in range(begun + 1, steps + 1):
            right = right and rng.random() < keep
            draft.add(_OPENING[right])
            self._end(draft, rng, round(length), right, number == steps)
        return draft

    def _second_thought(self, rng: Random, done: Progress) -> Draft:
        """One more last step after an answer that was not accepted ("Wait")."""
        was_right = (done.answer or "").strip() == self.facts.gold
        right = rng.random() < (1.0 - self.laws.p_degrade if was_right else self.laws.p_improve)
        draft = Draft()
        draft.add(_BLANK_LINE)
        draft.add(_OPENING[right])
        self._end(draft, rng, round(self._length(rng) / self.facts.steps), right, True)
        return draft

    def _forced(self, rng: Random, done: Progress) -> Draft:
        """Finish an answer that was begun: right with the probability that the steps still to come would be."""
        missing = max(0, self.facts.steps - done.steps)
        right = done.right and rng.random() < self.p_correct ** (missing / self.facts.steps)
        partial, draft = done.partial or "", Draft()
        answer = self._answer(rng, right)
        rest = answer.removeprefix(partial) if answer.startswith(partial) else ""
        text = rest + self.laws.answer_form.split("%s")[1] + "."
        draft.add((text, encode(text)))
        draft.mark(right)
        return draft

    def _end(self, draft: Draft, rng: Random, tokens: int, right: bool, last: bool) -> None:
        """The words of a step and its end: a blank line, or the answer in the last step."""
        tokens = max(4, tokens if right else round(tokens * self.laws.wrong_length))
        if last:
            ending = _ending(self.laws.answer_form % self._answer(rng, right))
            draft.words(max(1, tokens - 1 - len(ending[1])), rng)
            draft.add(ending)
        else:
            draft.words(tokens - 3, rng)
            draft.add(_STEP_END)
        draft.mark(right)

    def _answer(self, rng: Random, right: bool) -> str:
        chance = rng.random()
        if right or not self.facts.distractors:
            return self.facts.gold
        return next(d for d, b in zip(self.facts.distractors, self.facts.bounds, strict=True) if chance <= b)

    def _length(self, rng: Random) -> float:
        """A lognormal length in tokens (Box-Muller)."""
        normal = math.sqrt(-2.0 * math.log(1.0 - rng.random())) * math.cos(2.0 * math.pi * rng.random())
        return self.laws.tokens * math.exp(self.laws.tokens_sigma * normal)


@lru_cache(maxsize=4096)
def _ending(answer: str) -> tuple[str, tuple[int, ...]]:
    text = f" so the answer is {answer}."
    return text, encode(text)
