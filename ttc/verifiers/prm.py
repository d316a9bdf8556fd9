"""Process reward by a causal language model: after each step, the probability of the label "good" at one token."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, ClassVar, Literal
from weakref import WeakKeyDictionary

from ttc.backends.base import Backend
from ttc.core.trace import Trace
from ttc.search.aggregate import aggregate
from ttc.types import Candidate, Verdict
from ttc.verifiers.asking import ready
from ttc.verifiers.formats import FORMATS, DialogueFormat, ScoreFormat, TagFormat
from ttc.verifiers.label import TOP

if TYPE_CHECKING:
    from ttc.core.session import Session


@dataclass(frozen=True)
class Process:
    """Step scores r_t = P(good) / (P(good) + P(bad)) after each step, joined to one score by `aggregate`.

    Each prefix is one request of one token; all prefixes of all candidates go out together. A prefix that was scored
    before in the same run is not asked again: a candidate grew from it, or shares it with its siblings.

    Args:
        format: How the model is asked; one of your own is a `TagFormat` or `DialogueFormat`. Tags need a backend that
            can continue a prefix.
        aggregate: How the scores of the steps become one score; "model" asks once, about the whole text as one step.
    """

    format: Literal["lab", "math-shepherd", "rlhflow"] | TagFormat | DialogueFormat = "lab"
    aggregate: Literal["last", "min", "prod", "mean", "model"] = "last"
    backend: Backend | None = None
    """The process reward model; None = the generating model itself."""

    paper: ClassVar[str] = "Lightman et al. 2023, arXiv 2305.20050; Wang et al. 2023, arXiv 2312.08935"

    _scores: WeakKeyDictionary[Trace, dict[bytes, float]] = field(
        default_factory=WeakKeyDictionary, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        if isinstance(self.format, str) and self.format not in FORMATS:
            raise ValueError(f"format is {self.format!r}; it must be one of {', '.join(FORMATS)}, or a TagFormat")

    @property
    def needs(self) -> frozenset[str]:
        """Log-probabilities of the label; tags stand behind a text that the server must continue."""
        form = FORMATS[self.format] if isinstance(self.format, str) else self.format
        return frozenset({"logprobs", "prefill"} if isinstance(form, TagFormat) else {"logprobs"})

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        """One verdict each, with the score of every step in `steps`."""
        await ready(session, self.backend)
        form = FORMATS[self.format] if isinstance(self.format, str) else self.format
        paths = [self._path(form, candidate) for candidate in candidates]
        await self._score(session, form, [(c.id, path) for c, path in zip(candidates, paths, strict=True)])
        known = self._scores.get(session.trace, {})
        return [self._verdict([known.get(name, math.nan) for name in _names(path)]) for path in paths]

    def _path(self, form: ScoreFormat, candidate: Candidate) -> list[str]:
        steps = form.cut.of(candidate)
        return ["".join(steps)] if steps and self.aggregate == "model" else steps

    async def _score(self, session: Session, form: ScoreFormat, paths: Sequence[tuple[str, Sequence[str]]]) -> None:
        """Ask for the prefixes that are not known yet, each once."""
        known = self._scores.setdefault(session.trace, {})
        wanted: dict[bytes, tuple[str, Sequence[str]]] = {}
        for identity, path in paths:
            for number, name in enumerate(_names(path), 1):
                if name not in known:
                    wanted.setdefault(name, (f"verify/prm/{identity}#{number}", path[:number]))

        async def ask(asked: tuple[str, Sequence[str]]) -> float:
            key, steps = asked
            messages, prefix = form.ask(session, steps)
            fields: dict[str, Any] = {"prefix": prefix, "max_tokens": 1, "temperature": 0.0, "top_p": 1.0}
            reply = (await session.ask(key, messages, backend=self.backend, logprobs=TOP, **fields))[0]
            chances = form.labels.of_first(reply)
            return math.nan if chances is None else chances[0]

        for name, score in zip(wanted, await session.map(ask, list(wanted.values())), strict=True):
            if score is not None:
                known[name] = score

    def _verdict(self, scores: list[float]) -> Verdict:
        missing = sum(map(math.isnan, scores))
        reason = f"{self.aggregate} of {len(scores)} steps" + (f"; {missing} not scored" if missing else "")
        return Verdict(joined(scores, self.aggregate), reason, tuple(scores))


def joined(scores: Sequence[float], how: str) -> float:
    """Step scores as one score by `ttc.search.aggregate`, and nan where there is none: unknown is not 0."""
    how = "last" if how == "model" else how
    needed = scores[-1:] if how == "last" else scores
    return math.nan if all(map(math.isnan, needed)) else aggregate(scores, how)


def _names(path: Sequence[str]) -> Iterator[bytes]:
    """A short name for every prefix of a path: equal prefixes have equal names."""
    digest = blake2b(digest_size=16)
    for step in path:
        digest.update(step.encode("utf-8", "surrogatepass") + b"\x1e")
        yield digest.digest()
