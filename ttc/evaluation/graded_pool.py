"""A pool, graded, in the form that value profiles are fitted to."""

from __future__ import annotations

from ttc.auto.prior import Observed
from ttc.evaluation.grade import Grader, Reader, equivalence
from ttc.evaluation.pool import Pool


def graded_problems(pool: Pool, grader: Grader = equivalence) -> list[Observed]:
    """One entry for each problem of the pool, in its order. Answers of texts that were cut off are not counted."""
    found = []
    for example in pool.examples:
        samples, reader = pool.problems[example.problem.id].samples, Reader(example, grader)
        answers, labels = reader.votes(samples)
        right = {label for label, answer in zip(labels, answers, strict=True) if label >= 0 and reader.right(answer)}
        names = {name for sample in samples for name in sample.scores}
        found.append(
            Observed(
                labels=labels,
                right=max(right, key=labels.count, default=None),
                tokens=[s.tokens for s in samples],
                cut=[s.finish == "length" for s in samples],
                scores={name: [s.scores.get(name, float("nan")) for s in samples] for name in sorted(names)},
            )
        )
    return found
