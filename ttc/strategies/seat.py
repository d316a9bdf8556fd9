"""SEAT: rounds of parallel reasoning that read each other's solutions, until their semantic entropy says stop."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from ttc import prompts
from ttc.core.elect import elect
from ttc.core.session import Session
from ttc.errors import check_choice, check_range
from ttc.forecast import ABSTAIN, Stage, Urn, Workload, simulated, solutions
from ttc.search.entropy import alone, normalised_entropy
from ttc.search.seat import best_look, chosen_round, secretary_stop
from ttc.search.voting import majority
from ttc.strategies.rewriting import fitting, prompted
from ttc.strategies.semantic_groups import Meanings, labels_of
from ttc.types import Candidate


@dataclass(frozen=True)
class Seat:
    """Draw `n` candidates a round; each next round is shown one solution for each answer of the round before.

    The vote of the round with least entropy answers. Entropies are divided by ln n and lie in [0, 1]; answers that
    could not be read count as one meaning each. A round has collapsed if it agrees completely on another answer than
    the first, which was undecided; the trace names such rounds. Quantile, look, guard and prompts are ours; the
    paper's were not available.

    Args:
        n: Candidates of a round.
        rounds: Rounds at most.
        stop: "secretary" looks at the first `look` rounds and stops at the first later one with less entropy than all
            of them. "threshold" stops at an entropy of `threshold` or less.
        look: None = the best number for `rounds`. Of 2 rounds that is none, and the first round answers: set 1.
        threshold: In [0, 1], to be taken from `ttc.search.seat.preset_threshold` on problems of the same kind.
        high: An entropy from which the first round counts as undecided, in [0, 1].
        guard: Leave out rounds that have collapsed, and all later ones. It is off, for it throws away what rounds that
            read each other put right. Of 500 runs on a simulated model .998 were right without it and .842 with it.
            (n = 8, five equal rivals; P(right) is .35 alone, and .9 after a right solution was shown.)
        meanings: What sorts open answers by meaning; None = equal answers mean the same.
    """

    n: int = 8
    rounds: int = 4
    stop: Literal["secretary", "threshold"] = "secretary"
    look: int | None = None
    threshold: float | None = None
    high: float = 0.6
    meanings: Meanings | None = None
    guard: bool = False

    paper: ClassVar[str] = "SEAT 2025, arXiv 2507.06829"
    needs: ClassVar[frozenset[str]] = frozenset({"long_context"})

    def __post_init__(self) -> None:
        check_range("[1, inf)", n=self.n, rounds=self.rounds)
        check_choice(("secretary", "threshold"), stop=self.stop)
        check_range(f"[0, {self.rounds}]", "0 to rounds", look=self.look)
        if self.stop == "threshold" and self.threshold is None:
            raise ValueError("threshold is None; stop='threshold' needs an entropy in [0, 1], for example 0.3")

    def forecast(self, workload: Workload) -> list[Stage]:
        """Rounds of n, each shown one solution for each answer of the last, until the entropy rule stops."""

        def run(urn: Urn) -> list[int]:
            entropies, shown = list[float](), list[int]()
            while len(entropies) < self.rounds:
                labels = urn.draw(self.n)
                entropies.append(float(normalised_entropy(alone(labels))))
                shown.append(max(1, len(set(labels) - {ABSTAIN})))
                if self._stops(entropies):
                    break
            return shown

        runs = simulated(workload, run)
        stages = [solutions(workload, self.n)]
        for number in range(1, self.rounds):
            shown = [run[number - 1] for run in runs if len(run) > number]
            if shown:
                prompt = workload.prompt + workload.mean * sum(shown) / len(shown) + workload.frame
                stages.append(solutions(workload, self.n, prompt=prompt, chance=len(shown) / len(runs)))
        return stages

    async def run(self, session: Session) -> Candidate:
        """Rounds until the rule stops, then the vote of the best round."""
        candidates: list[Candidate] = []
        labels: list[int] = []
        sizes: list[int] = []
        while not sizes or (session.refused is None and len(sizes) < self.rounds):
            with session.span(f"round {len(sizes) + 1}"):
                asking = session
                if sizes:
                    last = slice(-sizes[-1], None)
                    asking = prompted(session, await _question(session, candidates[last], labels[last]))
                new = await asking.sample(self.n)
            candidates += new
            sizes.append(len(new))
            labels = await labels_of(session, candidates, self.meanings)
            chosen, entropies = self._choose(session, candidates, labels, sizes)
            if self._stops(entropies):
                break
        return chosen

    def _choose(
        self, session: Session, candidates: Sequence[Candidate], labels: Sequence[int], sizes: Sequence[int]
    ) -> tuple[Candidate, list[float]]:
        """The answer by the rounds so far, proposed; and their entropies."""
        ends = [sum(sizes[: k + 1]) for k in range(len(sizes))]
        rounds = [slice(end - size, end) for end, size in zip(ends, sizes, strict=True)]
        if len(rounds) > 1 and sizes[-1] < sizes[0]:  # it was cut short: few candidates look too sure
            rounds = rounds[:-1]
        entropies = [float(normalised_entropy(alone(labels[part]))) for part in rounds]
        winners = [majority(labels[part]).winner for part in rounds]
        best = chosen_round(entropies, winners, self.high if self.guard else math.inf)
        collapsed = [t for t, h in enumerate(entropies) if h == 0 and winners[t] != winners[0]]
        session.note(
            "rounds", entropies=entropies, chosen=best, collapsed=bool(collapsed) and entropies[0] >= self.high
        )
        return elect(session, candidates[rounds[best]], labels[rounds[best]]), entropies

    def _stops(self, entropies: Sequence[float]) -> bool:
        """Whether the rounds so far suffice."""
        if self.stop == "threshold":
            return self.threshold is not None and entropies[-1] <= self.threshold
        look = best_look(self.rounds) if self.look is None else self.look
        return secretary_stop(entropies, look, self.rounds)


async def _question(session: Session, last: Sequence[Candidate], labels: Sequence[int]) -> str:
    """The problem with the last round's solutions: one for each answer, in random order, without their counts.

    Where not all fit into the model's context, those of the rarest answers are left out.
    """
    found = sorted(set(labels) - {-1}, key=lambda label: -list(labels).count(label))
    firsts = [last[labels.index(label)] for label in found] or list(last[:1])

    def question(shown: Sequence[Candidate]) -> str:
        return prompts.listing(prompts.REVISIT, session.problem.text, [c.text for c in shown])

    kept = sorted(await fitting(session, firsts, question), key=last.index)
    return question([kept[i] for i in session.rng.permutation(len(kept))])
