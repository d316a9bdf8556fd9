"""Judges by name: what compares two candidates. One file for each; a new one is one file and one line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ttc.core.verifier import Judge
from ttc.registry import Registry, listed, made

if TYPE_CHECKING:
    from ttc.verifiers.pairwise import Pairwise as Pairwise

JUDGES: Registry[type[Judge]] = Registry("judge", "ttc.judges", listed(__name__))
"""Name -> class, other packages' included; loaded when asked for."""


def make_judge(spec: str | Judge | None) -> Judge | None:
    """A judge by name with its knobs, or the object itself."""
    return None if spec is None else made("judge", spec, JUDGES, "prefer(session, first, second, vote)")
