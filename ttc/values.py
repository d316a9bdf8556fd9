"""Which value profile a run has, and by which names it knows verifiers and judges."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from ttc.belief.classes import Model
from ttc.belief.lookup import Known, known_of
from ttc.belief.profile import ValueProfile, shipped_profile, shipped_profiles
from ttc.prices.models import find_shape
from ttc.verifiers import JUDGES, VERIFIERS


def read_values(values: str | Path | ValueProfile | None) -> ValueProfile | None:
    """The value profile that a user names: an object, the file of `ttc fit`, or the name of a shipped one."""
    if values is None or isinstance(values, ValueProfile):
        return values
    if Path(values).is_file():
        return ValueProfile.load(values)
    names = [profile.name for profile in shipped_profiles()]
    if str(values) in names:
        return shipped_profile(str(values))
    raise ValueError(f"values is {str(values)!r}; it is no file of `ttc fit`, and shipped are {', '.join(names)}")


def known_values(values: ValueProfile | None, model: str, domain: str) -> Known:
    """The laws of a profile for a model by its name; a well-known name tells its size."""
    return known_of(values or shipped_profile(), model=_model_named(model), domain=domain)


@lru_cache(maxsize=256)
def _model_named(model: str) -> Model:
    shape = find_shape(model)
    return Model(name=model, parameters=None if shape is None else float(shape.params_gemm))


def role_names(verifier: object, judge: object) -> tuple[str | None, str | None]:
    """How value profiles call a verifier and a judge: by the text that names them, knobs included, or by their class.

    None for one that is not registered; it has a name of its own.
    """
    pairs = ((verifier, VERIFIERS.name_of(verifier)), (judge, JUDGES.name_of(judge)))
    first, second = (role if isinstance(role, str) else name for role, name in pairs)
    return first, second
