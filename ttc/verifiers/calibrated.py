"""Calibrated: any verifier, its scores turned into P(correct) by a fitted map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from ttc.core.needs import needs_of_all
from ttc.core.verifier import Verifier, logprobs_for
from ttc.types import Candidate, Verdict
from ttc.verifiers.calibration import Calibrator, load
from ttc.verifiers.nested import nested

if TYPE_CHECKING:
    from ttc.core.session import Session


@dataclass(frozen=True)
class Calibrated:
    """A verifier whose scores pass through a calibrator.

    Isotonic regression or scaling never turns two candidates round. So best-of-N gains nothing (isotonic maps may tie
    them); weights, stopping rules and stated confidence do. Unknown scores stay unknown. Step scores stay as they are.

    Args:
        verifier: Whose scores.
        path: The file of a saved calibrator.
        calibrator: The calibrator itself, in the place of a file. Fit it on labelled candidates of other problems of
            the same kind: `ttc.verifiers.calibration.fit`.
    """

    verifier: str | Verifier = "self_verify"
    path: str | None = None
    calibrator: Calibrator | None = None

    paper: ClassVar[str] = "Platt 1999; Zadrozny and Elkan 2002; Guo et al. 2017, arXiv 1706.04599"

    def __post_init__(self) -> None:
        if (self.path is None) == (self.calibrator is None):
            raise ValueError(
                "calibrated needs either the file of a fitted calibrator (verifier calibrated:path=FILE), "
                "or calibrator=fit(...) from Python"
            )

    @cached_property
    def inner(self) -> Verifier:
        """The verifier whose scores are mapped."""
        return nested(self.verifier)

    @cached_property
    def map(self) -> Calibrator:
        """The fitted map."""
        return load(self.path or "") if self.calibrator is None else self.calibrator

    @property
    def needs(self) -> frozenset[str]:
        """What its verifier needs."""
        return needs_of_all(self.parts)

    @property
    def parts(self) -> tuple[Verifier]:
        """The verifier inside."""
        return (self.inner,)

    @property
    def logprobs(self) -> int | None:
        """What sessions must ask the server for: what the verifier needs."""
        return logprobs_for(self.inner)

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        """The verifier's verdicts with calibrated scores; the raw score is in the reason."""
        verdicts = await self.inner.verify(session, candidates)
        return [
            replace(v, score=float(self.map([v.score])[0]), reason=f"{v.reason} (raw {v.score:.3f})") if v.known else v
            for v in verdicts
        ]
