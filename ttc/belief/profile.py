"""The value profile: what is believed of a model before it is asked, a small file that `ttc fit` makes from pools."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from ttc.belief.classes import Model, ModelClass
from ttc.belief.worth import BY_NATURE, BinaryWorth, Chance, Finite, JudgeWorth, Part, Positive, VerifierWorth

Theta = Annotated[tuple[Finite, ...], Field(min_length=10, max_length=10)]


class WayLengths(Part):
    """Lengths of one way: mean of ln tokens, and its standard deviation inside a problem."""

    log_mean: Finite
    within: Positive


class CheckRow(Part):
    """How true the stated chances were at n candidates, on problems left out of the fit."""

    n: int
    ece: Finite
    floor: Finite
    brier: Finite
    bias: Finite


class StreamLaw(Part):
    """The law of one stream. `theta`: the ten numbers of `ttc.belief.law`; `slope` None: lengths say nothing."""

    theta: Theta
    problems: int = 0
    lengths: Mapping[str, WayLengths] = Field(default_factory=dict)
    between: Positive = 1.0
    slope: Finite | None = None
    check: tuple[CheckRow, ...] = ()


class AgreementLaw(Part):
    """What the agreement of streams says; `problems` 0: not fitted."""

    b: Finite = 3.0
    kappa: Finite = 0.8
    problems: int = 0


class Setting(Part):
    """A strategy with its knobs, recorded: one entry of `right` and `use` for each problem, None = that run is missing.

    use: calls, prompt, cached and output tokens, Σ of squared outputs, output tokens on the longest chain of waits,
    mean number of sequences at once.
    """

    strategy: str
    knobs: Mapping[str, Any] = Field(default_factory=dict)
    ways: str = "prose:1"
    needs: tuple[str, ...] = ()
    verifier: str | None = None
    right: tuple[Chance | None, ...] = ()
    use: tuple[tuple[Finite, Finite, Finite, Finite, Finite, Finite, Finite] | None, ...] = ()


class ValueProfile(Part):
    """Laws, and the worth of verifiers and judges, of one model on one domain; `name` says on which problems."""

    version: Literal[2] = 2
    name: str
    model: Model = Model()
    domain: str = "math"
    problems: int = 0
    streams: Annotated[Mapping[str, StreamLaw], Field(min_length=1)]
    agreement: AgreementLaw = AgreementLaw()
    verifiers: Mapping[str, VerifierWorth | BinaryWorth] = Field(default_factory=dict)
    judges: Mapping[str, JudgeWorth] = Field(default_factory=dict)
    settings: tuple[Setting, ...] = ()
    difficulty: tuple[tuple[Chance, Chance, Chance], ...] = ()
    by_difficulty: bool = False

    @model_validator(mode="before")
    @classmethod
    def _version(cls, data: Any) -> Any:
        if isinstance(data, Mapping) and data.get("version") == 1:
            raise ValueError("this value profile is of version 1, which can no longer be read; fit it again: ttc fit")
        return data

    @model_validator(mode="after")
    def _lengths_of_columns(self) -> Self:
        for setting in self.settings:
            if {len(setting.right), len(setting.use)} != {self.problems}:
                raise ValueError(f"setting {setting.strategy}: right and use need one entry for each problem")
        if len(self.difficulty) not in (0, self.problems):
            raise ValueError(f"difficulty has {len(self.difficulty)} rows for {self.problems} problems")
        return self

    @property
    def model_class(self) -> ModelClass:
        """The class of models and problems for which this was fitted."""
        return ModelClass.of(self.model, self.domain)

    def verifier(self, name: str | None) -> VerifierWorth | BinaryWorth | None:
        """The worth of a verifier, None where it was not measured; upper case and underscores do not matter."""
        worths: Mapping[str, VerifierWorth | BinaryWorth] = {**BY_NATURE, **self.verifiers}
        return None if name is None else {_plain(key): worth for key, worth in worths.items()}.get(_plain(name))

    def judge(self, name: str | None) -> JudgeWorth | None:
        """The worth of a judge, None where it was not measured."""
        return None if name is None else {_plain(key): worth for key, worth in self.judges.items()}.get(_plain(name))

    def save(self, path: str | Path) -> None:
        """Write it as JSON."""
        Path(path).write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> ValueProfile:
        """Read what `save` wrote; pydantic's ValidationError, a ValueError, names any wrong field."""
        return cls.model_validate_json(Path(path).read_text(encoding="utf-8"))


def _plain(name: str) -> str:
    return name.replace("_", "").lower()


@cache
def shipped_profiles() -> tuple[ValueProfile, ...]:
    """The profiles that come with ttc; the first is for models that were not measured."""
    rows = json.loads(Path(__file__).with_name("shipped.json").read_text(encoding="utf-8"))
    return tuple(map(ValueProfile.model_validate, rows["profiles"]))


def shipped_profile(name: str | None = None) -> ValueProfile:
    """The shipped profile of that name, without a name the default one."""
    profiles = shipped_profiles()
    if name is None:
        return profiles[0]
    for profile in profiles:
        if profile.name == name:
            return profile
    raise ValueError(f"no shipped profile is named {name!r}; there are {', '.join(repr(p.name) for p in profiles)}")


def nearest_profile(model: Model, domain: str, profiles: Sequence[ValueProfile] | None = None) -> ValueProfile:
    """Of the shipped profiles the one whose class is nearest, of equals the first: from there a fit begins."""
    wanted = ModelClass.of(model, domain)
    return min(profiles or shipped_profiles(), key=lambda profile: wanted.distance(profile.model_class))
