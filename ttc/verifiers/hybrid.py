"""Hybrid: judgement and execution in lexicographic order, so that neither can be fooled alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from ttc.core.needs import needs_of_all
from ttc.core.verifier import Verifier, logprobs_for, name_of
from ttc.errors import check_range
from ttc.search.hybrid import TopFraction
from ttc.types import Candidate, Verdict
from ttc.verifiers.nested import nested

if TYPE_CHECKING:
    from ttc.core.session import Session


@dataclass(frozen=True)
class Hybrid:
    """R2E-Gym's hybrid verifier (Jain et al. 2025, arXiv 2504.07164): top half by `judged`, then `checked` in order.

    Candidates are ranked in three steps: whether they are among the best by `judged`, then by each of `checked`, then
    by `judged`. So a candidate that passes the tests but does not convince loses. Score = the share of candidates that
    it is no worse than: an order within the batch, not P(correct). It is nan only where no verifier could judge.

    Args:
        judged: The verifier that judges.
        checked: The verifiers that check, such as execution and tests, in order.
        fraction: The share of candidates that counts as the best, in (0, 1].
        least: At least so many count as the best.
    """

    judged: str | Verifier = "self_verify"
    checked: tuple[str | Verifier, ...] = ()
    fraction: float = 0.5
    least: int = 3

    paper: ClassVar[str] = "Jain et al. 2025, arXiv 2504.07164"

    def __post_init__(self) -> None:
        check_range("(0, 1]", fraction=self.fraction)
        check_range("[1, inf)", least=self.least)

    @cached_property
    def parts(self) -> tuple[Verifier, ...]:
        """The verifier of `judged`, then those of `checked`."""
        return nested(self.judged), *map(nested, self.checked)

    @property
    def needs(self) -> frozenset[str]:
        """What its verifiers need."""
        return needs_of_all(self.parts)

    @property
    def logprobs(self) -> int | None:
        """What sessions must ask the server for: the most that a part needs."""
        return logprobs_for(*self.parts)

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        """The rank of each candidate among them."""
        columns = [[v.score for v in await part.verify(session, candidates)] for part in self.parts]
        for part, column in zip(self.parts, columns, strict=True):
            if column and all(map(math.isnan, column)):
                session.warn(f"hybrid: none of {len(column)} verdicts of {name_of(part)} could be read")
        rows = list(zip(*columns, strict=True))
        known = [place for place, row in enumerate(rows) if not all(map(math.isnan, row))]
        verdicts = [Verdict(math.nan, "no part could judge")] * len(candidates)
        if not known:
            return verdicts
        judged, *checked = [[column[place] for place in known] for column in columns]
        for place, rank in zip(known, ranks(judged, checked, self.fraction, self.least), strict=True):
            reason = "judged, checked: " + ", ".join(f"{score:.3f}" for score in rows[place])
            verdicts[place] = Verdict(rank, reason)
        return verdicts


def ranks(
    judged: Sequence[float], checked: Sequence[Sequence[float]], fraction: float = 0.5, least: int = 3
) -> list[float]:
    """The share of candidates that each is no worse than, in (0, 1]; 1 for those that R2E-Gym would choose.

    Args:
        judged: [n] scores of the verifier that judges.
        checked: For each verifier that checks, its scores [n].
        fraction: As for `Hybrid`.
        least: As for `Hybrid`.
    """
    top = set(TopFraction(judged, fraction, least).keep(range(len(judged))))
    keys = [
        (place in top, *(-math.inf if math.isnan(score) else score for score in (*row, judged[place])))
        for place, row in enumerate(zip(*checked, strict=True) if checked else [()] * len(judged))
    ]
    return [sum(other <= key for other in keys) / len(keys) for key in keys]
