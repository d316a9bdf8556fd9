"""Cells: what is compared in an evaluation. A cell is a strategy with its knobs under one budget."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any

from ttc.budget.budget import Budget
from ttc.evaluation.pool import verifier_of
from ttc.registry import knobs_of, nearest, read
from ttc.strategies import STRATEGIES, Strategy, make_strategy
from ttc.verifiers import Judge, Verifier, make_judge

Knobs = Mapping[str, Any]


@dataclass(frozen=True)
class Cell:
    """A strategy by name or as an object, its knobs, its verifier and judge, and the budget of each problem.

    `name` is what tables and records call it; by default it is put together from all that is not left at its default.
    """

    strategy: str | Strategy
    knobs: Knobs = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)
    verifier: str | Verifier | None = None
    judge: str | Judge | None = None
    name: str = ""

    def __post_init__(self) -> None:
        make_strategy(self.strategy, self.knobs)  # bad names and knobs surface before anything is spent
        verifier_of(self.verifier)
        make_judge(self.judge)
        object.__setattr__(self, "name", self.name or self._name())

    @property
    def strategy_name(self) -> str:
        """The strategy's name, or that of its class."""
        return self.strategy if isinstance(self.strategy, str) else type(self.strategy).__name__

    @cached_property
    def about(self) -> dict[str, Any]:
        """Plain values for records."""
        return {
            "strategy": self.strategy_name,
            "knobs": {knob: str(value) for knob, value in self.knobs.items()},
            "budget": _set(self.budget),
            "verifier": _spec(self.verifier),
            "judge": _spec(self.judge),
        }

    def _name(self) -> str:
        words = [_spec(self.strategy) or ""]
        words += [f"{knob}={value}" for knob, value in self.knobs.items()]
        words += [f"{what}:{_spec(which)}" for what, which in (("by", self.verifier), ("judge", self.judge)) if which]
        words += [f"{currency}≤{limit:g}" for currency, limit in _set(self.budget).items()]
        return " ".join(words)


def grid(
    strategies: Sequence[str | Strategy],
    *,
    budgets: Sequence[Budget] = (),
    n: Sequence[int] = (),
    knobs: Knobs | None = None,
    verifier: str | Verifier | None = None,
    judge: str | Judge | None = None,
) -> list[Cell]:
    """All combinations: strategies x values of their knob n x budgets.

    `knobs` are "strategy.knob" for one strategy, or "knob" for every strategy that has it; a list of values makes a
    cell of each. Strategies without a knob n, or given as objects, come once.
    """
    extra = dict(knobs or {})
    known = {name: knobs_of(STRATEGIES[name]) for name in strategies if isinstance(name, str) and name in STRATEGIES}
    _check_knobs(extra, known)
    cells = []
    for strategy in strategies:
        for chosen in _combinations(strategy, known.get(strategy, {}) if isinstance(strategy, str) else {}, n, extra):
            cells += [Cell(strategy, chosen, budget, verifier, judge) for budget in budgets or [Budget()]]
    names = [cell.name for cell in cells]
    if len(set(names)) < len(names):
        raise ValueError(f"{next(n for n in names if names.count(n) > 1)!r} is there twice; every cell needs its own")
    return cells


def read_budgets(texts: Iterable[str]) -> list[Budget]:
    """Budgets from texts: `tokens=2000,4000` makes two, `tokens=2000+seconds=5` is one with both limits."""
    currencies = {f.name: f.type for f in fields(Budget)}
    budgets = []
    for text in texts:
        *others, last = text.split("+")
        currency, _, values = last.partition("=")
        for value in values.split(","):
            limits = {}
            for part in (*others, f"{currency}={value}"):
                name, equals, amount = (piece.strip() for piece in part.partition("="))
                if name not in currencies or not equals:
                    raise ValueError(
                        f"budget {part!r} is not CURRENCY=VALUE,VALUE; {nearest(name, currencies)} Example: tokens=2000"
                    )
                limits[name] = read(f"budget {name}", amount, int if name in ("tokens", "calls") else float)
            budgets.append(Budget(**limits))
    return budgets


def _check_knobs(extra: Knobs, known: Mapping[str, Mapping[str, Any]]) -> None:
    """Every knob must be one that some strategy of this evaluation has."""
    for name in extra:
        strategy, dot, knob = name.rpartition(".")
        if dot and strategy not in known:
            raise ValueError(f"--set {name}: {strategy!r} is not evaluated here; {nearest(strategy, known)}")
        among = known[strategy] if dot else {knob for knobs in known.values() for knob in knobs}
        if knob not in among:
            raise ValueError(f"--set {name}: there is no knob {knob!r}; {nearest(knob, among)}")


def _combinations(strategy: object, known: Mapping[str, Any], n: Sequence[int], extra: Knobs) -> Sequence[Knobs]:
    """The knob settings of one strategy."""
    chosen: list[dict[str, Any]] = [{"n": value} for value in n] if n and "n" in known else [{}]
    for name, value in extra.items():
        owner, dot, knob = name.rpartition(".")
        if knob not in known or (dot and owner != strategy):
            continue
        values = value if isinstance(value, list) else [value]
        chosen = [{**knobs, knob: one} for knobs in chosen for one in values]
    return chosen


def _set(budget: Budget) -> dict[str, float]:
    return {f.name: value for f in fields(budget) if (value := getattr(budget, f.name)) is not None}


def _spec(what: object) -> str | None:
    """A name for records, the same in every process: that of the class where an object shows only its address."""
    if what is None or isinstance(what, str):
        return what
    return type(what).__name__ if type(what).__repr__ is object.__repr__ else repr(what)
