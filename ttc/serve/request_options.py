"""What a request asks for beyond a plain completion: a strategy, a budget, how answers compare.

It can be said in three places:

- in the model's name, `ttc/STRATEGY[@BUDGET][:MODEL]`, with a budget such as `20k` (tokens), `30s`, `$0.02` or
  `20k,30s`;
- in the body's field `ttc`, as a JSON object with the fields of `RequestOptions`;
- in the header `x-ttc`, as the same object.

Where they differ, the body's field counts before the name, and the name before the header.
"""

from __future__ import annotations

import json
import re
import types
import typing
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from ttc.api import Solver
from ttc.backends.base import Backend
from ttc.budget.budget import Budget
from ttc.registry import knobs_of, nearest, read, split
from ttc.serve.refusals import Refusal
from ttc.serve.settings import Limits, explained
from ttc.strategies import STRATEGIES
from ttc.types import Domain, Sampling
from ttc.verifiers import JUDGES, VERIFIERS
from ttc.verifiers.formats import FORMATS

PREFIX = "ttc/"
_NAME = re.compile(r"ttc/(?P<strategy>[\w-]+)(?:@(?P<budget>[^:]+))?(?::(?P<model>.+))?", re.DOTALL)
_AMOUNT = re.compile(r"(?P<usd>\$)?(?P<number>\d+(?:\.\d+)?)(?P<unit>k|m|s|calls)?")
_MANY = {"k": 1_000, "m": 1_000_000}

VERIFIERS_OF_CLIENTS = frozenset(("agreement", "confidence", "genrm", "graded", "prm", "scrutinize", "self_verify"))
"""Verifiers that a request may name: those that run no code, read no files and call no server but the model's.

With `prm`, the model scores the steps of its own solutions: step searches need it.
"""
NAMES = {"format": frozenset(FORMATS)}
"""Knobs that hold objects from Python, but from a request only one of these names."""
MOST_OF_A_KNOB = 4096
LONGEST_KNOB = 1000
"""Characters of a knob's value."""

Scalar = bool | int | float | str | None


class RequestOptions(BaseModel):
    """The fields of `ttc` in a body. `strategy` and its `knobs` are those of `ttc strategies`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    strategy: str = "auto"
    knobs: dict[str, Scalar] = {}
    budget: dict[Literal["tokens", "calls", "seconds", "usd"], float] = {}
    verifier: str | None = None
    judge: str = "pairwise"
    domain: Domain | None = None
    """How answers compare; None = the gateway's own, "json" with a response_format, "open" with tools."""
    temperature: Annotated[float, Field(ge=0, le=5)] | None = None
    """Of the candidates; None = the body's, or 0.8 where that is 0: candidates without difference cannot vote."""
    seed: int | None = None
    progress: bool | None = None
    """Whether a stream shows what is being tried, as reasoning; None = as the gateway was started."""

    @field_validator("budget", mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return read_budget(value) if isinstance(value, str) else value

    def within(self, limits: Limits) -> Budget:
        """The budget that was asked for, calls within the gateway's limit. That limit itself, and the seconds of the
        gateway, are kept elsewhere: what was not asked for is no budget to plan by.
        """
        whole = {k for k, v in self.budget.items() if k in ("tokens", "calls") and v.is_integer()}
        amounts = {k: int(v) if k in whole else v for k, v in self.budget.items()}
        if "calls" in amounts:
            amounts["calls"] = min(amounts["calls"], limits.calls)
        return Budget(**amounts)  # type: ignore[arg-type]

    def solver(self, backend: Backend, budget: Budget, sampling: Sampling, seed: int = 0, **fields: Any) -> Solver:
        """What answers the request; `fields` of `Solver` go before those of the request."""
        mine: dict[str, Any] = {"strategy": self.strategy, "knobs": self.texts()}
        mine |= {"verifier": self.verifier, "judge": self.judge, **fields}
        return Solver(**mine, backend=backend, budget=budget, sampling=sampling, seed=seed)

    def texts(self) -> dict[str, str]:
        """The knobs as texts, which `ttc.registry` reads by their types."""
        return {knob: _text(value) for knob, value in self.knobs.items()}


def _text(value: Scalar) -> str:
    """A knob's value as a text; some clients write whole numbers as 8.0."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value if isinstance(value, str) else str(value).lower()


def options_of(
    body: Mapping[str, Any], header: bytes | None, limits: Limits
) -> tuple[RequestOptions | None, str | None]:
    """What a request asks for (None = to be passed through) and the model that it names (None = the only one).

    Raises Refusal where it cannot be read or goes beyond the limits.
    """
    name = body.get("model")
    if not isinstance(name, str) or not name:
        raise Refusal(400, "model must be a non-empty text", param="model")
    asked = name.startswith(PREFIX) or name == "ttc"
    if not asked and header is None and "ttc" not in body:
        return None, name
    said: dict[str, Any] = {} if header is None else _object(header, "the header x-ttc")
    model: str | None = name
    if asked:
        more, model = read_name(name)
        said |= more
    if "ttc" in body:
        if not isinstance(body["ttc"], Mapping):
            raise Refusal(400, "ttc must be an object, for example {'strategy': 'tournament'}", param="ttc")
        said |= body["ttc"]
    try:
        options = RequestOptions.model_validate(said)
        _check(options, limits)
    except ValidationError as error:
        raise Refusal(400, f"ttc: {explained(error)}", param="ttc") from None
    except ValueError as error:
        raise Refusal(400, str(error), param="ttc") from None
    return options, model


def read_name(name: str) -> tuple[dict[str, Any], str | None]:
    """`ttc/STRATEGY[@BUDGET][:MODEL]` as fields of `RequestOptions` and the model."""
    found = _NAME.fullmatch(name if name != "ttc" else "ttc/auto")
    if found is None:
        raise Refusal(400, "the model's name must look like ttc/STRATEGY@BUDGET:MODEL, for example ttc/auto@20k:MODEL")
    strategy = found["strategy"].replace("-", "_")
    try:
        return {"strategy": strategy} | ({"budget": read_budget(found["budget"])} if found["budget"] else {}), found[
            "model"
        ]
    except ValueError as error:
        raise Refusal(400, str(error), param="model") from None


def read_budget(text: str) -> dict[str, float]:
    """`20k`, `30s`, `$0.02`, `64calls`, or several with commas between: amounts by currency."""
    amounts: dict[str, float] = {}
    for part in text.split(","):
        found = _AMOUNT.fullmatch(part.strip().lower())
        unit = found["unit"] if found else None
        if found is None or (found["usd"] and unit):
            raise ValueError(
                f"budget {part.strip()[:40]!r} is not an amount; write 20k (tokens), 30s, $0.02 or 64calls"
            )
        currency = "usd" if found["usd"] else {"s": "seconds", "calls": "calls"}.get(unit or "", "tokens")
        if currency in amounts:
            raise ValueError(f"budget {text[:40]!r} names {currency} twice")
        amounts[currency] = float(found["number"]) * _MANY.get(unit or "", 1)
    return amounts


def _object(text: bytes, where: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Refusal(400, f'{where} must be a JSON object, for example {{"strategy": "tournament"}}', param="ttc")
    return found


def _check(options: RequestOptions, limits: Limits) -> None:
    """Raise ValueError for what a client may not ask for: names that are unknown, knobs that reach beyond numbers."""
    if options.strategy not in STRATEGIES:
        raise ValueError(f"unknown strategy {options.strategy!r}; {nearest(options.strategy, STRATEGIES)}")
    _check_knobs(f"strategy {options.strategy}", STRATEGIES[options.strategy], options.texts(), limits)
    if options.verifier is not None:
        name, knobs = split(options.verifier)
        if name not in VERIFIERS_OF_CLIENTS:
            raise ValueError(f"verifier {name!r} is not offered; {nearest(name, VERIFIERS_OF_CLIENTS)}")
        _check_knobs(f"verifier {name}", VERIFIERS[name], knobs, limits)
    name, knobs = split(options.judge)
    if name not in JUDGES:
        raise ValueError(f"unknown judge {name!r}; {nearest(name, JUDGES)}")
    _check_knobs(f"judge {name}", JUDGES[name], knobs, limits)
    options.within(limits)


def _check_knobs(what: str, cls: type, knobs: Mapping[str, str], limits: Limits) -> None:
    kinds = _kinds(cls)
    for knob, text in knobs.items():
        if knob not in kinds:
            raise ValueError(f"{what} has no knob {knob!r}; {nearest(knob, kinds) if kinds else 'it has none'}")
        if text in NAMES.get(knob, ()):
            continue
        if not _harmless(kinds[knob][0]):
            raise ValueError(f"the knob {knob!r} of {what} is not offered")
        if len(text) > LONGEST_KNOB:
            raise ValueError(f"{knob} has {len(text)} characters; the gateway allows at most {LONGEST_KNOB}")
        most, value = limits.n if knob == "n" else MOST_OF_A_KNOB, read(knob, text, kinds[knob][0])
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, int | float) and not part <= most:  # nan is not, either
                raise ValueError(f"{knob} is {text[:12]}; the gateway allows at most {most}")


_kinds = cache(knobs_of)  # reading type hints takes longer than all else here


def _harmless(kind: Any) -> bool:
    """Whether a knob is a number, a switch or a choice: not a name of something to load, not an object."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return all(map(_harmless, arguments))
    return origin in (Literal, tuple) or kind in (int, float, bool, type(None))
