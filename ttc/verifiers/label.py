"""Labels: the answer to a closed question (Yes or No, 1 or 2 or tie, + or -) as a distribution over its labels."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ttc.backends.base import Completion

TOP = 20
"""How many alternatives of a token are asked for: the most that vLLM and OpenAI give by default."""

_MARKERS = "Ġ▁Ċ "  # how byte-level and sentencepiece vocabularies write a space or a line break


@dataclass(frozen=True)
class Labels:
    """The labels of a question, for example ("Yes", "No"). Tokens that differ in case or in white space are one label.

    Reading is three-way. A list of probabilities [number of labels] is a verdict, and 0.0 in it is a number like any
    other. None means that the reply has no label in it. A call that failed never gets here.
    """

    names: tuple[str, ...]

    def index(self, token: str) -> int | None:
        """The number of the label that a token spells, or None."""
        plain = token.strip(_MARKERS + "\n\t").casefold()
        return self._index.get(plain)

    def of_top(self, top: Sequence[tuple[str, float]]) -> list[float] | None:
        """P(label) from the (token, logprob) pairs at one place: spellings added up, renormalised over all labels.

        None where no label is among the pairs: the model was about to say something else.
        """
        mass = [0.0] * len(self.names)
        seen = False
        for token, logprob in dict(top).items():
            if (index := self.index(token)) is not None:
                mass[index] += math.exp(logprob)
                seen = True
        total = math.fsum(mass)
        if not seen or total == 0.0:
            return None
        return [m / total for m in mass]

    def of_text(self, text: str) -> list[float] | None:
        """All probability on the first label word of a short reply; None where it holds none."""
        found = self._word.search(text)
        return None if found is None else self.certain(found.group())

    def of_first(self, completion: Completion) -> list[float] | None:
        """P(label) at the first token of a reply where the server gave alternatives, else by the reply's text."""
        if completion.top and completion.top[0]:
            return self.of_top(completion.top[0])
        return self.of_text(completion.text)

    def certain(self, word: str) -> list[float]:
        """All probability on one label."""
        chosen = self.index(word)
        return [float(number == chosen) for number in range(len(self.names))]

    @cached_property
    def _index(self) -> dict[str, int]:
        return {name.casefold(): number for number, name in enumerate(self.names)}

    @cached_property
    def _word(self) -> re.Pattern[str]:
        words = "|".join(map(re.escape, self.names))
        return re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)


YES_NO = Labels(("Yes", "No"))


def token_at(completion: Completion, offset: int) -> int | None:
    """The place of the token that covers character `offset` of a reply, None where texts and tokens do not match.

    Completions do not carry the text of each token. It is found from the end backwards, where verdicts stand: the
    sampled token is the alternative with the sampled log-probability that the text ends with. Tokens behind the text
    (end of turn) are passed over.
    """
    if not completion.top or not completion.logprobs or len(completion.top) != len(completion.logprobs):
        return None
    end = len(completion.text)
    for place in range(len(completion.top) - 1, -1, -1):
        token = _sampled(completion, place, completion.text[:end])
        if token is None:
            if end < len(completion.text):
                return None
            continue
        end -= len(token)
        if end <= offset:
            return place
    return None


def _sampled(completion: Completion, place: int, text: str) -> str | None:
    """The longest alternative at `place` that has the sampled log-probability and ends the text."""
    assert completion.top is not None
    assert completion.logprobs is not None
    sampled = completion.logprobs[place]
    fitting = [t for t, lp in completion.top[place] if t and math.isclose(lp, sampled, abs_tol=1e-6)]
    return max((t for t in fitting if text.endswith(t)), key=len, default=None)
