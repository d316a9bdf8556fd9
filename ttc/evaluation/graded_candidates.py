"""A pool, graded, in the form that the laws of `ttc.belief` are fitted to."""

from __future__ import annotations

from collections import defaultdict

from ttc.belief.fit_judge import JudgedPair
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
        answers, labels = reader.votes(samples)
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


def judged_pairs(pool: Pool, grader: Grader = equivalence) -> dict[str, list[JudgedPair]]:
    """The recorded pairs of each judge, graded: one right and one wrong answer, or two wrong ones that differ.

    Of two right answers, and of a sample without an answer, judgements say nothing about the judge.
    """
    recorded = defaultdict(list)
    for pair in pool.pairs:
        recorded[pair.problem].append(pair)
    found: dict[str, list[JudgedPair]] = defaultdict(list)
    for example in pool.examples:
        reader, samples = Reader(example, grader), pool.problems[example.problem.id].samples
        answers, labels = reader.votes(samples)
        for pair in recorded[example.problem.id]:
            first, second = pair.first, pair.second
            if labels[first] == labels[second] or min(labels[first], labels[second]) < 0:
                continue
            right = reader.right(answers[first]), reader.right(answers[second])
            if not all(right):
                ahead, behind = (pair.lost, pair.won) if right[1] else (pair.won, pair.lost)
                found[pair.judge].append(JudgedPair(ahead, behind, any(right)))
    return dict(found)
