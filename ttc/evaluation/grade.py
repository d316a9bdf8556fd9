"""Grading: whether an answer is right, by the conventions of evaluation.

A text that was cut off counts as wrong, whatever it says, and abstains in votes. So does a text without a readable
answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from importlib import import_module

from ttc.core import domains
from ttc.evaluation.examples import Example
from ttc.evaluation.pool import Pool, Sample
from ttc.evaluation.sampled import Sampled
from ttc.registry import nearest
from ttc.types import Candidate, Domain

Grader = Callable[[Domain, str, str], bool]
"""(domain, gold, answer) -> right or wrong."""


def equivalence(domain: Domain, gold: str, answer: str) -> bool:
    """Equal by the domain's own rule: mathematics, letters, code or text."""
    return domains.same(domain, gold, answer)


def identical(domain: Domain, gold: str, answer: str) -> bool:
    """Equal letter by letter, after trimming: the strictest reading."""
    return gold.strip() == answer.strip()


def math_verify(domain: Domain, gold: str, answer: str) -> bool:
    """What the package math-verify says of the two in a box, to compare with evaluations that grade by it."""
    from math_verify import parse, verify

    return bool(verify(parse(f"\\boxed{{{gold}}}"), parse(f"\\boxed{{{answer}}}")))


GRADERS: dict[str, Grader] = {"equivalence": equivalence, "identical": identical, "math_verify": math_verify}


def grader_named(name: str) -> Grader:
    """The grader of that name, or a function of your own: MODULE:FUNCTION, called with domain, gold and answer."""
    if name in GRADERS:
        return GRADERS[name]
    module, colon, function = name.partition(":")
    if not colon:
        raise ValueError(f"unknown grader {name!r}; {nearest(name, GRADERS)} (or name a function as MODULE:FUNCTION)")
    try:
        grader: Grader = getattr(import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"grader {name!r} cannot be imported: {error}") from None
    return grader


class Texts:
    """Reads the texts of one problem, answers and their groups, and remembers what it has read. It knows no gold.

    Strings keep their hash, and runs on a pool meet the same texts again and again, so a second look costs nothing.
    """

    def __init__(self, domain: Domain):
        self.domain = domain
        self.answer_of: Callable[[str], str | None] = cache(partial(domains.answer_of, domain))
        """The final answer in a text."""
        self._groups = cache(partial(domains.group, domain))
        self._numbers = cache(self._numbered)

    def group(self, answers: Sequence[str | None]) -> list[list[int]]:
        """Indices of equal answers, largest group first; None is in no group."""
        return self._groups(tuple(answers))

    def labels(self, answers: Sequence[str | None]) -> list[int]:
        """The number of each answer's group, largest first; -1 abstains."""
        return list(self._numbers(tuple(answers)))

    def _numbered(self, answers: tuple[str | None, ...]) -> list[int]:
        labels = [-1] * len(answers)
        for number, members in enumerate(self.group(answers)):
            for index in members:
                labels[index] = number
        return labels


class Reader:
    """Grades the answers of one problem and remembers the grades; `texts` is the part that a run may see."""

    def __init__(self, example: Example, grader: Grader = equivalence):
        self.texts = Texts(example.problem.domain)
        self._gold, self._grader = example.gold, grader
        self._right: dict[str, bool] = {}

    def votes(self, samples: Sequence[Sample]) -> tuple[list[str | None], list[int]]:
        """Answers and labels of recorded samples; a text that was cut off has no answer."""
        answers = [self.texts.answer_of(sample.text) if sample.finish == "stop" else None for sample in samples]
        return answers, self.texts.labels(answers)

    def right(self, answer: str | None) -> bool:
        """Whether an answer is right; none is wrong."""
        if answer is None:
            return False
        if answer not in self._right:
            self._right[answer] = self._grader(self.texts.domain, self._gold, answer)
        return self._right[answer]

    def grade(self, candidate: Candidate | None) -> bool:
        """Whether a candidate is right: not cut off, and with the right answer."""
        return candidate is not None and candidate.finish == "stop" and self.right(candidate.answer)


def pool_samples(pool: Pool, examples: Sequence[Example], grade: Grader) -> dict[str, Sampled]:
    """All samples of the pool's problems, graded."""
    found = {}
    for example in examples:
        reader, samples = Reader(example, grade), pool.problems[example.problem.id].samples
        answers, labels = reader.votes(samples)
        found[example.problem.id] = Sampled(
            tuple(labels),
            tuple(map(reader.right, answers)),
            tuple(sample.tokens for sample in samples),
            tuple(sample.mean_logprob for sample in samples),
        )
    return found
