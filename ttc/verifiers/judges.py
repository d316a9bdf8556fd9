"""Judges by name: what compares two candidates. One file for each; a new one is one file and one line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ttc.core.verifier import Judge
from ttc.registry import Registry, listed, make, split

if TYPE_CHECKING:
    from ttc.verifiers.pairwise import Pairwise as Pairwise

JUDGES: Registry[type[Judge]] = Registry("judge", "ttc.judges", listed(__name__))
"""Name -> class, other packages' included; loaded when asked for."""


def make_judge(spec: str | Judge | None) -> Judge | None:
    """A judge by name with its knobs, or the object itself."""
    if spec is None or not isinstance(spec, str):
        if spec is not None and not hasattr(spec, "prefer"):
            raise ValueError(f"judge is {spec!r}; it needs a method prefer(session, first, second, vote), or be a name")
        return spec
    name, knobs = split(spec)
    return make("judge", name, JUDGES, knobs)
