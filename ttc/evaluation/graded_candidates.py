"""A pool, graded, in the form that the laws of `ttc.belief` are fitted to."""

from __future__ import annotations

from ttc.belief.graded import Graded
from ttc.evaluation.grade import Grader, Reader, equivalence
from ttc.evaluation.pool import Pool


def graded(pool: Pool, grader: Grader = equivalence) -> list[Graded]:
    """One entry for each problem of the pool, in its order.

    Texts that were cut off count as silent. If several groups of answers are right, they count as one answer.
    """
    found = []
    for example in pool.examples:
        samples, reader = pool.problems[example.problem.id].samples, Reader(example, grader)
        answers = [reader.texts.answer_of(s.text) if s.finish == "stop" else None for s in samples]
        labels = reader.texts.labels(answers)
        right = {label for label, answer in zip(labels, answers, strict=True) if label >= 0 and reader.right(answer)}
        one = max(right, key=labels.count, default=None)
        names = sorted({name for sample in samples for name in sample.scores})
        found.append(
            Graded(
                labels=[one if label in right and one is not None else label for label in labels],
                right=one,
                tokens=[s.tokens for s in samples],
                scores={name: [s.scores.get(name, float("nan")) for s in samples] for name in names},
            )
        )
    return found
