"""Semantic entropy: draw until it is clear how widely the candidates disagree; answer, or abstain."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from ttc.core.elect import elect
from ttc.core.session import Session
from ttc.errors import check_choice, check_range
from ttc.forecast import Stage, Urn, Workload, simulated, waves_of
from ttc.search.entropy import alone, semantic_entropy
from ttc.strategies.semantic_groups import Meanings, labels_of
from ttc.types import Candidate


@dataclass(frozen=True)
class SemanticEntropy:
    """Draw candidates in waves until their entropy over meanings is low or has settled, and answer by the vote.

    The entropy (nats) has the Miller-Madow correction (meanings - 1)/(2m), without which few candidates always look
    sure. Answers that could not be read are a meaning each. The paper draws 10 candidates at temperature 1.

    Args:
        n: Candidates at most.
        wave: Candidates of a wave.
        low: The entropy counts as low up to this.
        tolerance: The entropy has settled when a wave moves it by at most this.
        form: "weighted" weighs each candidate by the mean log-probability of its tokens, normalised over the candidates
            drawn (the Rao form of the published code).
        abstain: The entropy above which the run gives no answer; None = always answer.
        meanings: What sorts open text, `Entailment()` or `Embedding(...)` of `ttc.strategies.semantic_groups`; None =
            equal answers mean the same.
    """

    n: int = 16
    wave: int = 4
    low: float = 0.2
    tolerance: float = 0.05
    form: Literal["discrete", "weighted"] = "discrete"
    abstain: float | None = None
    meanings: Meanings | None = None

    paper: ClassVar[str] = "Farquhar et al. 2024, doi 10.1038/s41586-024-07421-0; Kuhn et al. 2023, arXiv 2302.09664"

    def __post_init__(self) -> None:
        check_range("[1, inf)", n=self.n, wave=self.wave)
        check_range("[0, inf]", low=self.low, tolerance=self.tolerance)
        check_choice(("discrete", "weighted"), form=self.form)

    @property
    def needs(self) -> frozenset[str]:
        """Log-probabilities for the weighted form, else nothing."""
        return frozenset({"logprobs"} if self.form == "weighted" else ())

    def forecast(self, workload: Workload) -> list[Stage]:
        """Waves until the entropy over answers is low or has settled; what sorts the answers is not counted."""

        def run(urn: Urn) -> list[int]:
            labels, sizes, before = list[int](), list[int](), math.inf
            while len(labels) < self.n:
                sizes.append(min(self.wave, self.n - len(labels)))
                labels += urn.draw(sizes[-1])
                entropy = corrected(labels)
                if self._settled(len(labels), entropy, before):
                    break
                before = entropy
            return sizes

        return waves_of(workload, simulated(workload, run))

    async def run(self, session: Session) -> Candidate:
        """Waves, entropy, vote."""
        weighted = self.form == "weighted"
        candidates: list[Candidate] = []
        before = math.inf
        while len(candidates) < self.n:
            wave = min(self.wave, self.n - len(candidates))
            candidates += await session.sample(wave, logprobs=0 if weighted else None)
            labels = await labels_of(session, candidates, self.meanings)
            entropy = self.entropy(candidates, labels)
            chosen = self._elect(session, candidates, labels, entropy)
            if self._settled(len(candidates), entropy, before):
                break
            before = entropy
        if self.abstain is not None and entropy > self.abstain:
            session.note("abstained", entropy=entropy, answer=chosen.answer)
            chosen = replace(chosen, answer=None)
            session.propose(chosen)
        return chosen

    def entropy(self, candidates: Sequence[Candidate], labels: Sequence[int]) -> float:
        """The corrected semantic entropy of the candidates, in nats."""
        means = None
        if self.form == "weighted" and all(c.logprobs for c in candidates):
            means = [sum(c.logprobs or ()) / len(c.logprobs or ()) for c in candidates]
        return corrected(labels, means)

    def _settled(self, drawn: int, entropy: float, before: float) -> bool:
        """Whether more candidates would tell little; one alone cannot disagree."""
        return drawn > 1 and (entropy <= self.low or abs(entropy - before) <= self.tolerance)

    @staticmethod
    def _elect(session: Session, candidates: Sequence[Candidate], labels: Sequence[int], entropy: float) -> Candidate:
        """The most frequent meaning, proposed; the first candidate if none could be read."""
        session.note("entropy", candidates=len(labels), entropy=entropy, meanings=len({x for x in labels if x >= 0}))
        return elect(session, candidates, labels)


def corrected(labels: Sequence[int], means: Sequence[float] | None = None) -> float:
    """The entropy over meanings with the Miller-Madow correction, in nats; `means` are those of the weighted form."""
    own = alone(labels)
    return semantic_entropy(own, means) + (len(set(own)) - 1) / (2 * len(own))
