"""Simulated continuations of the votes of one stream, side by side, from which gains are counted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from ttc.belief.belief import Belief, Votes, belief_of
from ttc.belief.law import Counts, Floats
from ttc.belief.worth import Worth

MOST_ANSWERS = 24
"""Answers that may still win; of the others only the votes count."""


@dataclass(frozen=True, slots=True)
class Scoring:
    """A verifier whose worth is known, and how many candidates of each answer it has scored [answers], () = none."""

    worth: Worth
    scored: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Ordered:
    """A state in an order that does not depend on how answers and streams are listed, so that its noise does not.

    columns: the old place of each answer; streams: the old place of each stream; scored: candidates of each answer
    that have a score.
    """

    belief: Belief
    votes: Votes
    scored: tuple[int, ...]
    columns: tuple[int, ...]
    streams: tuple[int, ...]

    @classmethod
    def of(cls, belief: Belief, votes: Votes, scored: Sequence[int] = ()) -> Ordered:
        """Streams by their keys, answers by their votes, extra odds and scores."""
        streams = sorted(range(len(belief.streams)), key=lambda s: belief.streams[s].key)
        counts = [votes.counts[s] for s in streams]
        extra, known = votes.extra or (0.0,) * votes.answers, tuple(scored) or (0,) * votes.answers
        rows = sorted(zip(*counts, extra, known, range(votes.answers), strict=True), reverse=True)
        columns = tuple(int(row[-1]) for row in rows)
        ordered = Votes(
            tuple(tuple(row[j] for j in columns) for row in counts),
            tuple(votes.silent[s] for s in streams),
            tuple(extra[j] for j in columns),
            tuple(votes.residuals[s] for s in streams) if votes.residuals else (),
        )
        same = belief_of(tuple(belief.streams[s] for s in streams), belief.agreement)
        return cls(same, ordered, tuple(known[j] for j in columns), columns, tuple(streams))

    def generator(self, key: str) -> np.random.Generator:
        """Random numbers of this state for actions on the stream `key`: others for another state, always the same."""
        votes = self.votes
        lengths = [None if math.isnan(residual) else round(residual, 2) + 0.0 for residual in votes.residuals]
        extra = [round(value, 2) + 0.0 for value in votes.extra]
        name = repr((key, votes.counts, votes.silent, lengths, extra, self.scored))
        return np.random.default_rng(int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big"))


class Futures:
    """Continuations of a state in which one stream draws further candidates, or answers so far are scored.

    Columns of `counts` [futures, columns] are: the answers so far, one for a right answer not seen yet, and one for
    each new wrong answer. Wrong answers of different streams never coincide here.
    """

    def __init__(self, state: Ordered, stream: int, most: int, futures: int, rng: np.random.Generator):
        belief, votes = state.belief, state.votes
        self.rng, self.rows = rng, np.arange(futures)
        self.noise = rng.spawn(1)[0]  # of scores alone, so that with and without them the same votes come
        joint = belief.log_joint(votes)
        joint = np.exp(joint - joint.max())
        self.kept = np.sort(np.argsort(-joint.sum(0)[:-1], kind="stable")[:MOST_ANSWERS])
        joint = joint[:, [*self.kept, votes.answers]]
        self.answers = len(self.kept)
        self.leader = int(joint[:, :-1].sum(0).argmax()) if self.answers else None
        self.truth, node, self.weight = self._truths(joint / joint.sum())
        self.tables = belief.tables[stream].reach(votes.candidates(stream) + most + 1)
        law = self.tables
        self.alpha, self.mute, self.spread = law.alpha[node], law.mute[node], law.spread[node]
        self.strength, self.firm = (law.alpha + law.beta)[node], (law.mute + law.speak)[node]
        self._columns(state, stream, most)
        self._other_streams(state, stream)

    def _truths(self, joint: Floats) -> tuple[Counts, Counts, Floats]:
        """Which answer is right, at which node, and an importance weight, for each future.

        Gains come from futures in which the leader is wrong, so half of the futures are drawn from those alone. They
        lie evenly over the chances, which leaves less noise than lots would.
        """
        wrong = joint.copy()
        if self.leader is not None:
            wrong[:, self.leader] = 0.0
        total = wrong.sum()
        proposal = (joint + wrong / total) / 2 if total > 0 else joint  # else so sure that all others underflow
        flat, chances = proposal.T.ravel(), joint.T.ravel()  # by answers, and the nodes of each
        edges = np.cumsum(flat)
        points = (self.rows + 0.5) / len(self.rows) * edges[-1]
        place = np.minimum(np.searchsorted(edges, points, side="right"), flat.size - 1)
        truth, node = np.divmod(place, joint.shape[0])
        return truth, node, chances[place] / flat[place] * edges[-1]

    def _columns(self, state: Ordered, stream: int, most: int) -> None:
        """Votes, extra odds and scores of each column, as they are now; what is not kept is only counted."""
        counts, futures = np.array(state.votes.counts[stream], dtype=np.int64), len(self.rows)
        self.counts = np.zeros((futures, self.answers + 1 + most), dtype=np.int64)
        self.counts[:, : self.answers] = counts[self.kept]
        dropped = np.delete(counts, self.kept)
        self.more_votes, self.more_groups = np.full(futures, dropped.sum()), int((dropped > 0).sum())
        self.votes, self.silent = np.full(futures, counts.sum()), np.full(futures, state.votes.silent[stream])
        self.own = self.counts[self.rows, self.truth]
        self.new = np.zeros(futures, dtype=np.int64)  # wrong answers that no stream had given
        self.wrong_groups = (counts > 0).sum() - (self.own > 0)
        self.again = self.counts - self.tables.discount * (self.counts > 0)  # weights of being wrong once more
        self.again[self.rows, self.truth] = 0.0
        self.extra = np.zeros(self.counts.shape)
        self.scored = np.zeros(self.counts.shape, dtype=np.int64)
        self.drawn = np.zeros(self.counts.shape, dtype=np.int64)  # candidates drawn here
        if self.answers:
            self.extra[:, : self.answers] = np.array(state.votes.extra)[self.kept]
            self.scored[:, : self.answers] = np.array(state.scored)[self.kept]

    def _other_streams(self, state: Ordered, stream: int) -> None:
        """What the other streams and the lengths say, which stays: [nodes, answers + 1], the last for new answers."""
        belief, votes = state.belief, state.votes
        fixed = np.zeros((1, votes.answers + 1)) + belief.log_nodes(votes)[:, None]
        others = [s for s in range(len(belief.streams)) if s != stream]
        for s in others:
            counts = np.array(votes.counts[s], dtype=np.int64)
            fixed += belief.tables[s].reach(votes.candidates(s) + 1).log_joint(counts, np.array(votes.silent[s]))
        self.fixed = fixed[:, [*self.kept, votes.answers]]
        counts = np.array(votes.counts, dtype=np.int64).reshape(len(belief.streams), -1)[:, self.kept]
        self.belief, self.other_counts = belief, counts[others]

    # ---- what happens ---------------------------------------------------------------------------------------------

    def draw(self) -> None:
        """One more candidate in each future: silent, right, an old wrong answer of this stream, or a new one."""
        spoken, chance, place = self.rng.random((3, len(self.rows)))
        speaks = spoken * (self.firm + self.votes + self.silent) >= self.mute + self.silent
        right = chance * (self.strength + self.votes) < self.alpha + self.own
        fresh = self.answers + 1 + self.new
        column = np.where(right, self.truth, self._wrong(place, fresh))
        named = speaks & (column < self.counts.shape[1])
        rows, column = self.rows[named], column[named]
        first = column == fresh[named]
        self.counts[rows, column] += 1
        self.drawn[rows, column] += 1
        self.again[rows, column] += np.where(right[named], 0.0, np.where(first, 1 - self.tables.discount, 1.0))
        self.new[rows] += first
        self.own += speaks & right
        self.more_votes += speaks & ~named
        self.votes += speaks
        self.silent += ~speaks

    def _wrong(self, place: Floats, fresh: Counts) -> Counts:
        """The column of a wrong answer in each future, one beyond all columns for an answer that is only counted."""
        width = self.answers + 1 + int(self.new.max(initial=0))
        new = self.spread + self.tables.discount * (self.wrong_groups + self.new)  # weight of a new answer
        point = place * (self.spread + self.votes - self.own) - new
        column = (np.cumsum(self.again[:, :width], axis=1) <= point[:, None]).sum(1)
        beyond = self.counts.shape[1] if self.more_groups else fresh  # the latter by a rounding error alone
        result: Counts = np.where(point < 0, fresh, np.where(column == width, beyond, column))
        return result

    def hear(self, worth: Worth, more: Counts) -> None:
        """`more` candidates of each column are scored [futures or 1, columns]: its odds move by what that tells."""
        signals = np.array([worth.signal(m) for m in range(int((self.scored + more).max()) + 1)])
        told = np.maximum(0.0, signals[self.scored + more] ** 2 - signals[self.scored] ** 2)
        truth = np.arange(self.counts.shape[1]) == self.truth[:, None]
        self.extra += np.where(truth, told, -told) / 2 + np.sqrt(told) * self.noise.standard_normal(told.shape)
        self.scored = self.scored + more

    # ---- what it is worth -----------------------------------------------------------------------------------------

    def posterior(self) -> Floats:
        """P(right) of each column in each future, the last that the right answer was not seen [futures, columns]."""
        width = self.answers + 1 + int(self.new.max(initial=0))
        counts = self.counts[:, :width]
        joint = self.tables.log_joint(counts, self.silent, self.more_votes, self.more_groups)
        joint += self.fixed[:, None, np.minimum(np.arange(width + 1), self.answers)]
        odds = self.extra[:, :width].copy()
        if len(self.other_counts) and self.answers:
            others = np.broadcast_to(self.other_counts, (len(self.rows), *self.other_counts.shape))
            odds[:, : self.answers] += self.belief.agree(
                np.concatenate([others, counts[:, None, : self.answers]], axis=1)
            )
        odds[:, self.answers :][counts[:, self.answers :] == 0] = -np.inf
        joint[..., :-1] += odds
        joint -= joint.max(0).max(1)[:, None]
        right: Floats = np.exp(joint, out=joint).sum(0)
        right /= right.sum(1, keepdims=True)
        return right

    def gain(self) -> float:
        """Weighted mean over the futures of P(the answer that leads then) − P(the one that leads now)."""
        right = self.posterior()[:, :-1]
        rise = right.max(1)
        if self.leader is not None:
            rise = rise - right[:, self.leader]
        return float((self.weight * rise).mean())
