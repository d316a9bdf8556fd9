"""What laws are fitted to: all candidates of one problem, graded."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ttc.belief.belief import Belief, Votes


@dataclass(frozen=True, slots=True)
class Graded:
    """All candidates of one problem in the order in which they were drawn, graded.

    labels [n]: the number of each candidate's answer, -1 = none (cut off, or no answer); all right answers share one
    number. right: that number, None if no candidate gave a right answer. tokens [n]: output tokens, () = unknown.
    streams [n]: the stream of each candidate, () = all of the first. ways [n]: its way, () = the stream's first.
    scores: [n] for each verifier by name, nan where it did not judge.
    """

    labels: Sequence[int]
    right: int | None
    tokens: Sequence[int] = ()
    streams: Sequence[int] = ()
    ways: Sequence[str] = ()
    scores: Mapping[str, Sequence[float]] = field(default_factory=dict)

    def of_stream(self, stream: int) -> list[int]:
        """The places of the candidates of one stream."""
        if not self.streams:
            return list(range(len(self.labels))) if stream == 0 else []
        return [i for i, s in enumerate(self.streams) if s == stream]


@dataclass(frozen=True, slots=True)
class Drawn:
    """Some candidates of a graded problem, as the belief sees them.

    truth: the place of the right answer among `votes`' answers, or their number if no candidate gave it. scores: the
    known scores of one verifier, for each answer.
    """

    votes: Votes
    truth: int
    scores: tuple[tuple[float, ...], ...] = ()


def drawn(belief: Belief, problem: Graded, places: Sequence[int], verifier: str | None = None) -> Drawn:
    """The candidates at these places, in the form that `Belief` reads."""
    labels = [problem.labels[i] for i in places]
    answers = list(dict.fromkeys(label for label in labels if label >= 0))
    number = {label: j for j, label in enumerate(answers)}
    streams = [problem.streams[i] if problem.streams else 0 for i in places]
    counts = np.zeros((len(belief.streams), len(answers)), dtype=int)
    silent, members = [0] * len(belief.streams), [list[int]() for _ in belief.streams]
    for i, label, stream in zip(places, labels, streams, strict=True):
        members[stream].append(i)
        if label < 0:
            silent[stream] += 1
        else:
            counts[stream, number[label]] += 1
    votes = Votes(tuple(map(tuple, counts.tolist())), tuple(silent), (), _residuals(belief, problem, members))
    truth = len(answers) if problem.right is None else number.get(problem.right, len(answers))
    return Drawn(votes, truth, _scores(problem, places, answers, verifier))


def _residuals(belief: Belief, problem: Graded, members: Sequence[Sequence[int]]) -> tuple[float, ...]:
    """Mean length of each stream's candidates, less what is usual."""
    if not problem.tokens or all(stream.lengths is None for stream in belief.streams):
        return ()
    rest = []
    for stream, places in zip(belief.streams, members, strict=True):
        ways = [problem.ways[i] for i in places] if problem.ways else ()
        tokens = [problem.tokens[i] for i in places]
        rest.append(math.nan if stream.lengths is None else stream.lengths.residual(tokens, ways))
    return tuple(rest)


def _scores(
    problem: Graded, places: Sequence[int], answers: Sequence[int], verifier: str | None
) -> tuple[tuple[float, ...], ...]:
    """The known scores of each answer's candidates."""
    scores = problem.scores.get(verifier, ()) if verifier is not None else ()
    if not scores:
        return ()
    known = [(problem.labels[i], scores[i]) for i in places if not math.isnan(scores[i])]
    return tuple(tuple(score for label, score in known if label == answer) for answer in answers)


def subsamples(
    problem: Graded, sizes: Sequence[int], rng: np.random.Generator, streams: int = 1
) -> Iterator[tuple[int, list[int]]]:
    """(n, places of n candidates of each stream) for the sizes that the problem reaches, one order for all sizes."""
    orders = [rng.permutation(problem.of_stream(stream)) for stream in range(streams)]
    for n in sizes:
        if n <= min(map(len, orders)):
            yield n, [int(i) for order in orders for i in order[:n]]


def halves(problems: Sequence[Graded], rng: np.random.Generator) -> tuple[list[Graded], list[Graded]]:
    """The problems in two halves, by lot."""
    order = rng.permutation(len(problems))
    first, second = order[::2], order[1::2]
    return [problems[i] for i in first], [problems[i] for i in second]


def group_sizes(problem: Graded, stream: int) -> tuple[int, Counter[int], int]:
    """Right votes, sizes of the wrong groups with how many there are of each, and silent candidates of a stream."""
    labels = [problem.labels[i] for i in problem.of_stream(stream)]
    votes = Counter(label for label in labels if label >= 0)
    right = votes.pop(problem.right, 0) if problem.right is not None else 0
    return right, Counter(votes.values()), labels.count(-1)
