"""Classes of models: a law that was fitted in one class is a guess in another."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from ttc.belief.worth import Part

BORDERS = (1.0, 4.0, 10.0, 40.0)
"""Of the sizes of a class, in 10⁹ parameters."""


class Model(Part):
    """A model: its name, its parameters (the active ones of a mixture of experts; None = not told), if it thinks."""

    name: str = ""
    parameters: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    thinks: bool = False

    def is_same(self, other: Model) -> bool:
        """Whether two names mean one model: the last parts of their paths are equal."""
        return bool(self.name) and _base(self.name) == _base(other.name)


def _base(name: str) -> str:
    return name.rstrip("/").rpartition("/")[2].lower()


@dataclass(frozen=True, slots=True)
class ModelClass:
    """Size (0 up to 1, 1 up to 4, 2 up to 10, 3 up to 40 · 10⁹ parameters, 4 above, None unknown), thinking, domain."""

    size: int | None
    thinks: bool
    domain: str

    @classmethod
    def of(cls, model: Model, domain: str) -> ModelClass:
        """The class of a model on problems of a domain."""
        size = None if model.parameters is None else bisect_left(BORDERS, model.parameters / 1e9)
        return cls(size, model.thinks, domain)

    def matches(self, other: ModelClass) -> bool:
        """Whether laws of the one hold for the other; an unknown size is like no other."""
        return self.size is not None and self == other

    def distance(self, other: ModelClass) -> tuple[bool, bool, int]:
        """How different they are: the domain first, then thinking, then the size."""
        sizes = len(BORDERS) + 1 if self.size is None or other.size is None else abs(self.size - other.size)
        return self.domain != other.domain, self.thinks != other.thinks, sizes

    def __str__(self) -> str:
        names = [f"up to {border:g}B" for border in BORDERS] + [f"above {BORDERS[-1]:g}B"]
        size = "of unknown size" if self.size is None else names[self.size]
        return f"{'thinking' if self.thinks else 'plain'} model {size}, {self.domain}"
