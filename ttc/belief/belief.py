"""The belief about one problem: which of its answers is right, from votes, silence, lengths and further evidence.

For the guess that answer j is right, and for each difficulty z, the votes of every stream have a likelihood
(`ttc.belief.law`). Lengths multiply it, since long answers mean hard problems. Two streams that agree on an answer say
more than one stream that repeats it. Scores and comparisons come in as log-odds (`ttc.belief.worth`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ttc.belief.law import LOG_WEIGHTS, NODES, Counts, Floats, Tables, tables_of


@dataclass(frozen=True, slots=True)
class Way:
    """Lengths of one way of writing a candidate: mean of ln tokens, and its standard deviation inside a problem."""

    name: str
    log_mean: float
    within: float


@dataclass(frozen=True, slots=True)
class Lengths:
    """Lengths of a stream in ln tokens: over problems the mean residual is Normal(slope · z, between²).

    `slope` None: lengths say nothing of the difficulty.
    """

    ways: tuple[Way, ...]
    between: float
    slope: float | None = None

    @property
    def noise(self) -> float:
        """Variance of ln tokens inside a problem, the mean over the ways."""
        return math.fsum(way.within**2 for way in self.ways) / len(self.ways)

    @property
    def spread(self) -> float:
        """Standard deviation over problems of their mean ln tokens, before anything is drawn."""
        return math.hypot(self.between, self.slope or 0.0)

    def residual(self, tokens: Sequence[int], ways: Sequence[str] = ()) -> float:
        """Mean of ln tokens less the mean of their ways, nan without candidates; no `ways`: all are of the first."""
        means = {way.name: way.log_mean for way in self.ways}
        names = ways or (self.ways[0].name,) * len(tokens)
        rest = [math.log(max(t, 1)) - means[name] for t, name in zip(tokens, names, strict=True) if name in means]
        return math.fsum(rest) / len(rest) if rest else math.nan

    def log_likelihood(self, residual: float, candidates: int) -> Floats:
        """ln P(residual | z), up to a constant [nodes]; 0 where nothing is known."""
        if self.slope is None or candidates == 0 or math.isnan(residual):
            return np.zeros(len(NODES))
        variance = self.between**2 + self.noise / candidates
        result: Floats = -((residual - self.slope * NODES) ** 2) / (2 * variance)
        return result


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream of a problem: its key ("program:1,prose:1"), its law and its lengths."""

    key: str
    theta: tuple[float, ...]
    lengths: Lengths | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """What it says that several streams gave one answer: `b` a further stream, `kappa` takes back their votes."""

    b: float = 3.0
    kappa: float = 0.8


@dataclass(frozen=True, slots=True)
class Votes:
    """What is known of one problem; no result depends on the order of the answers.

    counts [streams][answers]: votes. silent [streams]: candidates without an answer. extra: further ln-odds of each
    answer, () = none. residuals [streams]: mean of ln tokens less their mean; nan = unknown, () = none is known. heard:
    False where some candidates were ended before their end, so that it is not known how many are silent.
    """

    counts: tuple[tuple[int, ...], ...]
    silent: tuple[int, ...]
    extra: tuple[float, ...] = ()
    residuals: tuple[float, ...] = ()
    heard: bool = True

    def __post_init__(self) -> None:
        widths = {len(row) for row in self.counts}
        if len(widths) != 1 or len(self.silent) != len(self.counts):
            raise ValueError(f"counts {self.counts}, silent {self.silent}: one row of all answers, one number a stream")
        if len(self.extra) not in (0, *widths) or len(self.residuals) not in (0, len(self.counts)):
            raise ValueError(f"extra has {len(self.extra)} entries and residuals {len(self.residuals)}, or none at all")

    @classmethod
    def of(cls, counts: Sequence[int] = (), silent: int = 0, extra: Sequence[float] = ()) -> Votes:
        """Of a single stream."""
        return cls((tuple(counts),), (silent,), tuple(extra))

    @property
    def answers(self) -> int:
        """Different answers."""
        return len(self.counts[0])

    def candidates(self, stream: int) -> int:
        """Candidates of a stream, with the silent ones."""
        return sum(self.counts[stream]) + self.silent[stream]

    @property
    def drawn(self) -> int:
        """Candidates of all streams."""
        return sum(map(sum, self.counts)) + sum(self.silent)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Votes of each answer over all streams."""
        return tuple(map(sum, zip(*self.counts, strict=True)))


@dataclass(frozen=True, slots=True)
class Posterior:
    """right [answers + 1]: P(answer j is right), the last that it was not seen; difficulty [nodes]: P(z | votes).

    `log_evidence` is ln P(votes) under the law, up to the constants that the order of draws would add.
    """

    right: Floats
    difficulty: Floats
    log_evidence: float

    @property
    def unseen(self) -> float:
        """P(no answer so far is right)."""
        return float(self.right[-1])

    @property
    def lead(self) -> float:
        """P(the most believed answer is right), 0 without answers."""
        return float(self.right[:-1].max(initial=0.0))


class Belief:
    """The laws of all streams of a run, and what follows from votes. Made by `belief_of`."""

    def __init__(self, streams: Sequence[Stream], agreement: Agreement):
        if not streams:
            raise ValueError("a belief needs at least one stream")
        self.streams, self.agreement = tuple(streams), agreement
        self.tables: list[Tables] = [tables_of(stream.theta) for stream in streams]

    def log_nodes(self, votes: Votes) -> Floats:
        """ln of the weight of each difficulty, by the lengths too [nodes]."""
        logs: Floats = LOG_WEIGHTS
        for s, (stream, residual) in enumerate(zip(self.streams, votes.residuals, strict=False)):
            if stream.lengths is not None:
                logs = logs + stream.lengths.log_likelihood(residual, votes.candidates(s))
        return logs

    def agree(self, counts: Counts) -> Floats:
        """The agreement term of each answer [answers], from counts [streams, answers]; 0 below two streams."""
        given = (counts > 0).sum(-2)
        several = given >= 2
        logs = np.log(np.maximum(counts, 1)).sum(-2)
        factorial = np.array([math.lgamma(max(m, 1)) for m in range(len(self.streams) + 1)])
        term = (given - 1) * self.agreement.b - factorial[given] - self.agreement.kappa * logs
        result: Floats = np.where(several, term, 0.0)
        return result

    def log_joint(self, votes: Votes) -> Floats:
        """ln P(votes, answer j right, z) [nodes, answers + 1], the last column: the right one was not seen."""
        counts = np.array(votes.counts, dtype=np.int64).reshape(len(self.streams), -1)
        silent = np.array(votes.silent, dtype=np.int64)
        result = np.zeros((len(NODES), counts.shape[1] + 1))
        for s, tables in enumerate(self.tables):
            result += tables.reach(votes.candidates(s) + 1).log_joint(counts[s], silent[s])
            if not votes.heard:
                result -= tables.log_silence(int(counts[s].sum()), votes.silent[s])[:, None]
        result += self.log_nodes(votes)[:, None]
        if len(self.streams) > 1:
            result[:, :-1] += self.agree(counts)
        if votes.extra:
            result[:, :-1] += np.array(votes.extra)
        return result

    def posterior(self, votes: Votes) -> Posterior:
        """P(right) of each answer and of none of them, and P(z | votes)."""
        joint = self.log_joint(votes)
        top = joint.max()
        joint = np.exp(joint - top)
        total = joint.sum()
        joint /= total
        return Posterior(joint.sum(0), joint.sum(1), float(top + math.log(total)))

    def right(self, votes: Votes) -> Floats:
        """P(answer j is right) [answers + 1], the last that the right one was not seen."""
        return self.posterior(votes).right

    def leaders(self, votes: Votes, most: int = 2) -> list[int]:
        """The answers by falling P(right); of equals the one with more votes, then the one named first."""
        right, sizes = np.round(self.right(votes), 12), votes.sizes
        return sorted(range(votes.answers), key=lambda j: (-right[j], -sizes[j], j))[:most]

    def graded(self, counts: Sequence[int], silent: int, right: int | None, stream: int = 0) -> Floats:
        """P(z | the graded votes of one stream) [nodes]; `right` None: no candidate was right."""
        votes = np.array(counts, dtype=np.int64)
        tables = self.tables[stream].reach(int(votes.sum()) + silent + 1)
        column = tables.log_joint(votes, np.array(silent))[:, -1 if right is None else right] + LOG_WEIGHTS
        weights = np.exp(column - column.max())
        result: Floats = weights / weights.sum()
        return result


@lru_cache(maxsize=256)
def belief_of(streams: tuple[Stream, ...], agreement: Agreement = Agreement()) -> Belief:
    """The belief under these laws, made once."""
    return Belief(streams, agreement)
