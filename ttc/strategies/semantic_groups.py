"""Which candidates mean the same, where answers are open text: a model or an embedding decides instead of equality."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from ttc import prompts
from ttc.core.candidates import votable
from ttc.core.session import Session
from ttc.core.trace import Trace
from ttc.search.cluster import cluster_texts
from ttc.strategies.rewriting import prompted
from ttc.types import Candidate


class Meanings(Protocol):
    """Sorts candidates by meaning."""

    async def labels(self, session: Session, candidates: Sequence[Candidate]) -> list[int]:
        """The number of each candidate's meaning, by first appearance; -1 for those without an answer."""


async def labels_of(session: Session, candidates: Sequence[Candidate], meanings: Meanings | None) -> list[int]:
    """By `meanings`, or by equal answers where there is none."""
    if meanings is None:
        return session.labels(candidates)
    labels = await meanings.labels(session, candidates)
    session.sort(candidates, labels)
    return labels


@dataclass(frozen=True)
class Embedding:
    """Texts whose vectors lie within `threshold` in cosine distance mean the same.

    `embed` turns texts into vectors [number of texts, dimensions], for example the `encode` of a SentenceTransformer.
    """

    embed: Callable[[Sequence[str]], Any]
    threshold: float = 0.1

    async def labels(self, session: Session, candidates: Sequence[Candidate]) -> list[int]:
        """Average linkage over the answers."""
        answers = [(i, answer) for i, c in enumerate(candidates) if (answer := votable(c)) is not None]
        labels = [-1] * len(candidates)
        if answers:
            texts = [text for _, text in answers]
            found = cluster_texts(texts, self.embed, threshold=self.threshold, feature=lambda text: None)
            for (index, _), label in zip(answers, found.tolist(), strict=True):
                labels[index] = label
        return labels


WORDS = {"entailment", "contradiction", "neutral"}


@dataclass(frozen=True)
class Entailment:
    """Two answers mean the same if each entails the other, as the model judges (Farquhar et al. 2024).

    strict=False asks less: no contradiction, and not neutral both ways. A reply that is none of the three words is
    neutral. A candidate joins the first cluster whose first member it matches and is never moved again. That needs two
    short calls for each cluster so far; what was said of a pair in a run is not asked again.
    """

    strict: bool = True

    _said: WeakKeyDictionary[Trace, dict[tuple[str, str], str]] = field(
        default_factory=WeakKeyDictionary, init=False, repr=False, compare=False
    )

    async def labels(self, session: Session, candidates: Sequence[Candidate]) -> list[int]:
        """Greedy clusters in order of the candidates."""
        labels, founders = [-1] * len(candidates), list[Candidate]()
        for index, candidate in enumerate(candidates):
            if votable(candidate) is None:
                continue
            pairs = [pair for founder in founders for pair in ((founder, candidate), (candidate, founder))]
            said = await session.map(lambda pair: self._ask(session, *pair), pairs)
            matches = (i for i in range(len(founders)) if self._same(said[2 * i], said[2 * i + 1]))
            labels[index] = next(matches, len(founders))
            if labels[index] == len(founders):
                founders.append(candidate)
        words = set(self._said.get(session.trace, {}).values())
        if words and not words & WORDS:
            session.warn("entailment: no reply was one of its three words, so answers in other words differ in meaning")
        return labels

    async def _ask(self, session: Session, first: Candidate, second: Candidate) -> str:
        """The first word of the reply; equal texts are not asked about."""
        said = self._said.setdefault(session.trace, {})
        if (first.id, second.id) in said:
            return said[first.id, second.id]
        one, two = prompts.shown(first.answer or ""), prompts.shown(second.answer or "")
        if one == two:
            return "entailment"
        text = prompts.ENTAIL.format(problem=session.problem.text, first=one, second=two)
        key, asked = f"verify/entail/{first.id}>{second.id}", prompted(session, text, suffix="").messages
        reply = (await session.ask(key, asked, max_tokens=8, temperature=0.0))[0].text
        said[first.id, second.id] = next(iter(reply.lower().replace(".", " ").split()), "")
        return said[first.id, second.id]

    def _same(self, there: str | None, back: str | None) -> bool:
        """Whether the two directions make one meaning."""
        if self.strict:
            return there == back == "entailment"
        return "contradiction" not in (there, back) and "entailment" in (there, back)
