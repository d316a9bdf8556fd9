"""The table of `ttc plan`: of each strategy the largest setting that the budget buys, its cost and its worth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from ttc.belief.lookup import Known
from ttc.budget.budget import Budget
from ttc.plan import Costing, Costs, Prediction, Unit, Workload, costs_of, predict
from ttc.plan.accuracy import predicted_accuracy
from ttc.plan.trial_run import NoForecast

SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
"""Values of the knob n that are tried."""
EXTRA: Mapping[str, Mapping[str, Any]] = {"tournament": {"votes": 4}}
"""Knobs without which a strategy would decide by the budget itself."""
LIMITS = tuple(field.name for field in fields(Budget))


@dataclass(frozen=True)
class Row:
    """One strategy at one setting.

    `lacks` are the currencies of which the budget has too little, or whose price is unknown. `needs` says what was not
    given and must be, to run it.
    """

    strategy: str
    knobs: Mapping[str, Any]
    prediction: Prediction
    costs: Costs
    accuracy: float | None
    lacks: tuple[str, ...] = ()
    needs: str | None = None

    @property
    def fits(self) -> bool:
        """Whether the budget is known to buy it, on average."""
        return not self.lacks

    @property
    def unknown(self) -> tuple[str, ...]:
        """The currencies of `lacks` in which it is not known what the strategy costs."""
        return tuple(currency for currency in self.lacks if getattr(self.costs, currency) is None)

    @property
    def verdict(self) -> str:
        """Whether it fits, for people: yes, no and why, or unknown and why."""
        short = [currency for currency in self.lacks if currency not in self.unknown]
        if not self.lacks:
            return "yes"
        return f"no: {', '.join(short)}" if short else f"unknown: {', '.join(self.unknown)}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        p = self.prediction
        costs = {name: getattr(self.costs, name) for name in LIMITS}
        return {
            "strategy": self.strategy,
            "knobs": dict(self.knobs),
            **costs,
            "prompt_tokens": p.prompt_tokens,
            "cached_tokens": p.cached_tokens,
            "waves": p.waves,
            "accuracy": self.accuracy,
            "fits": self.fits,
            "lacks": list(self.lacks),
            "unknown": list(self.unknown),
            "needs": self.needs,
        }


@dataclass(frozen=True)
class Situation:
    """What all rows share: the problem, the prices, the budget, and what is known of the model's answers."""

    workload: Workload
    costing: Costing
    budget: Budget
    values: Known | None = None
    verifier: str | None = None
    judge: str | None = None
    notes: list[str] = field(default_factory=list)
    """What `rows_of` has to say of strategies without a forecast of their own."""


Maker = Callable[[str, Mapping[str, Any]], Any]
"""(name, knobs) -> the strategy; ValueError where the knobs cannot be."""


def rows_of(names: Iterable[str], needs: Mapping[str, frozenset[str]], make: Maker, situation: Situation) -> list[Row]:
    """One row for each strategy: the largest n that fits, or the smallest where none does; n by default without limit.

    `needs` is what each strategy says that it needs. A strategy that `make` refuses, or whose run on the simulated
    model fails, has no row; the notes of the situation say why.
    """
    rows: list[Row] = []
    for name in names:
        try:
            row = _largest(name, needs.get(name, frozenset()), make, situation)
        except NoForecast as error:
            situation.notes.append(f"{name}: {error}")
            continue
        if row is not None:
            rows.append(row)
            situation.notes.extend(f"{name}: {note}" for note in row.prediction.notes)
    return rows


def _largest(name: str, needs: frozenset[str], make: Maker, situation: Situation) -> Row | None:
    """The row of the largest n that fits, by bisection: costs rise with n."""
    settings = list(_settings(name, make, SIZES if situation.budget != Budget() else (None,)))
    if not settings:  # it has no knob n
        settings = list(_settings(name, make, (None,)))
    if not settings:
        return None
    best = _row(name, needs, *settings[0], situation)
    low, high = 0, len(settings) - 1 if best.fits else 0
    while low < high:
        middle = (low + high + 1) // 2
        row = _row(name, needs, *settings[middle], situation)
        if row.fits:
            low, best = middle, row
        else:
            high = middle - 1
    return _with_accuracy(best, situation)


def best_row(rows: Iterable[Row]) -> Row | None:
    """The row of highest predicted accuracy among those that fit and can run; the cheapest of equals, None without."""
    able = [row for row in rows if row.fits and row.needs is None and row.accuracy is not None]
    return max(able, key=lambda row: (round(row.accuracy or 0.0, 3), -row.costs.tokens), default=None)


def _settings(name: str, make: Maker, sizes: Iterable[int | None]) -> Iterable[tuple[dict[str, Any], Any]]:
    """The knobs that differ from the default, with the strategy; in order of n."""
    extra = dict(EXTRA.get(name, {}))
    for n in sizes:
        knobs = {**extra, "n": n} if n is not None else extra
        try:
            yield knobs, make(name, knobs)
        except ValueError:  # too few for this strategy
            continue


def _row(name: str, needs: frozenset[str], knobs: Mapping[str, Any], strategy: Any, situation: Situation) -> Row:
    missing = _missing(needs, situation)
    workload = _with_checks(situation, missing)
    prediction = predict(strategy, workload)
    costs = costs_of(prediction, situation.costing)
    lacks = tuple(c for c in LIMITS if _lacking(getattr(costs, c), situation.budget.limit(c)))
    return Row(name, dict(knobs), prediction, costs, None, lacks, missing)


def _with_accuracy(row: Row, situation: Situation) -> Row:
    """The row with what the value profile expects of it."""
    if situation.values is None:
        return row
    w = _with_checks(situation, row.needs)
    accuracy = predicted_accuracy(row.strategy, row.prediction, w, situation.values, situation.verifier)
    return replace(row, accuracy=accuracy)


def _lacking(cost: float | None, limit: float) -> bool:
    """Whether the limit is too small; a limit in a currency without a price can promise nothing."""
    return limit < float("inf") if cost is None else cost > limit


def _missing(needs: frozenset[str], situation: Situation) -> str | None:
    """What a strategy needs and was not given."""
    if "hidden_states" in needs:
        return "hidden states"
    if "judge" in needs and situation.judge is None:
        return "--judge pairwise"
    if "process verifier" in needs and situation.verifier is None:
        return "--verifier prm"
    return "--verifier" if "verifier" in needs and situation.verifier is None else None


def _with_checks(situation: Situation, needs: str | None) -> Workload:
    """Where a verifier is missing it is taken to be one token for each step, or for each candidate."""
    judged = situation.judge is not None or needs == "--judge pairwise"
    w = replace(situation.workload, has_judge=judged)
    if needs == "--verifier prm":
        whole = w.steps * (w.prompt + w.mean / 2)
        return replace(w, check=Unit(w.steps, whole, w.steps, by_step=True), has_verifier=True)
    if needs == "--verifier":
        return replace(w, check=Unit(1, w.prompt + w.mean, 1), has_verifier=True)
    return w
