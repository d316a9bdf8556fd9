"""From rows of single runs to accuracies with intervals, and the comparison with plain votes at equal tokens."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ttc.evaluation.metrics import proportion
from ttc.evaluation.report import plots

DRAWS = 1000
"""Bootstrap resamples of the problems."""


@dataclass(frozen=True)
class Line:
    """One line of the table, with 95 % intervals over problems: Wilson's of `accuracy`, the bootstrap's of `gain`.

    `gain` is the accuracy minus that of plain votes at the same mean tokens; nan for the curve itself and
    outside its tokens.
    """

    setting: str
    problems: int
    accuracy: float
    interval: tuple[float, float]
    tokens: float
    prompt_tokens: float
    calls: float
    gain: float
    gain_interval: tuple[float, float]

    @property
    def verdict(self) -> str:
        """What the paired interval of the gain says."""
        if np.isnan(self.gain):
            return "not compared"
        low, high = self.gain_interval
        return "better" if low > 0 else "worse" if high < 0 else "no difference shown"


def lines(rows: Sequence[dict], curve: Sequence[str], seed: int = 0) -> list[Line]:
    """One line for each setting, over the problems that it and the whole curve have finished."""
    by_key = {(row["setting"], row["problem"]): row for row in rows}
    settings = list(dict.fromkeys(row["setting"] for row in rows))
    present = [setting for setting in curve if setting in settings]
    names = sorted({row["problem"] for row in rows})
    names = [name for name in names if all((setting, name) in by_key for setting in present)]
    found = []
    for setting in settings:
        own = [name for name in names if (setting, name) in by_key]
        if own:
            found.append(_line(by_key, setting, own, present, setting in present, seed))
    return found


def _line(by_key: dict, setting: str, names: list[str], curve: Sequence[str], on_curve: bool, seed: int) -> Line:
    """The line of a setting over these problems."""

    def column(which: str, field: str) -> NDArray[np.float64]:  # [problems]
        return np.array([float(by_key[which, name][field]) for name in names])

    right, tokens = ([column(s, field) for s in (setting, *curve)] for field in ("right", "output_tokens"))
    own, spent = np.array(right), np.array(tokens)
    draws = np.random.default_rng(seed).integers(len(names), size=(DRAWS, len(names)))
    accuracy = proportion(own[0])
    gain = float("nan") if on_curve else _gain(own, spent)
    gains = [_gain(own[:, d], spent[:, d]) for d in (() if np.isnan(gain) else draws)]
    return Line(
        setting,
        len(names),
        accuracy.value,
        (accuracy.low, accuracy.high),
        float(spent[0].mean()),
        float(column(setting, "prompt_tokens").mean()),
        float(column(setting, "calls").mean()),
        gain,
        _interval(np.array(gains)) if gains else (np.nan, np.nan),
    )


def _gain(right: NDArray[np.float64], tokens: NDArray[np.float64]) -> float:
    """Accuracy of the first row less that of the others, a curve linear in the log of the mean tokens."""
    if len(right) < 2:
        return float("nan")
    here, *at = np.log(tokens.mean(axis=1))
    if not min(at) - 1e-9 <= here <= max(at) + 1e-9:
        return float("nan")
    order = np.argsort(at)
    return float(right[0].mean() - np.interp(here, np.array(at)[order], right[1:].mean(axis=1)[order]))


def _interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """The middle 95 %."""
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)


def markdown(found: Sequence[Line]) -> str:
    """The table, least tokens first; settings that were run on fewer problems than others stand in one of their own."""
    most = max((line.problems for line in found), default=0)
    out = _table([line for line in found if line.problems == most])
    for count in sorted({line.problems for line in found} - {most}, reverse=True):
        out += f"\nOn {count} of the problems alone, where the votes that they are compared with are others too:\n\n"
        out += _table([line for line in found if line.problems == count])
    return out


def _table(found: Sequence[Line]) -> str:
    head = (
        "| setting | accuracy (95 %) | output tokens | prompt tokens | calls | against votes at equal output tokens | |"
    )
    out = [head, "|---|---|---|---|---|---|---|"]
    for line in sorted(found, key=lambda line: line.tokens):
        accuracy = f"{100 * line.accuracy:.1f} ({_pair(line.interval, '.1f')})"
        costs = f"{line.tokens:.0f} | {line.prompt_tokens:.0f} | {line.calls:.1f}"
        out.append(f"| {line.setting} | {accuracy} | {costs} | {gain_of(line)} | {line.verdict} |")
    return "\n".join(out) + "\n"


def gain_of(line: Line) -> str:
    """Points over votes at equal tokens, with the paired interval; empty where it cannot be told."""
    return "" if np.isnan(line.gain) else f"{100 * line.gain:+.1f} ({_pair(line.gain_interval, '+.1f')})"


def words(found: Sequence[Line]) -> str:
    """For each strategy, which is the first word of its settings: does it beat votes at equal tokens?"""
    by_name: dict[str, list[Line]] = {}
    for line in found:
        if not np.isnan(line.gain):
            by_name.setdefault(line.setting.split(" ")[0], []).append(line)
    out = []
    for name, own in by_name.items():
        better, worse = ([line for line in own if line.verdict == told] for told in ("better", "worse"))
        best = max(own, key=lambda line: line.gain)
        if better:
            told = f"beats votes at equal tokens in {len(better)} of {len(own)} settings"
        else:
            told = f"does not beat votes at equal tokens in any of {len(own)} settings"
        told += f" and is worse in {len(worse)}" if worse else ""
        out.append(f"- **{name}** {told}; its best is {best.setting}: {gain_of(best)}")
    return "\n".join(out) + "\n"


def _pair(interval: tuple[float, float], form: str) -> str:
    return " to ".join(format(100 * value, form) for value in interval)


def csv(found: Sequence[Line]) -> str:
    """The same numbers for machines."""
    out = ["setting,problems,accuracy,low,high,output_tokens,prompt_tokens,calls,gain,gain_low,gain_high"]
    for x in found:
        costs = (x.tokens, x.prompt_tokens, x.calls)
        values = (x.setting, x.problems, x.accuracy, *x.interval, *costs, x.gain, *x.gain_interval)
        out.append(",".join(map(str, values)))
    return "\n".join(out) + "\n"


def plot(found: Sequence[Line], curve: Sequence[str], path: str) -> bool:
    """Accuracy against tokens as an SVG picture of the settings that were run on all problems; False without any."""
    most = max((line.problems for line in found), default=0)
    whole = sorted((line for line in found if line.problems == most and line.tokens > 0), key=lambda line: line.tokens)
    if not whole:
        return False
    points = [
        plots.Point(x.setting, x.tokens, x.accuracy, *x.interval, kind=x.setting.split(" ")[0])
        for x in whole
        if x.setting not in curve
    ]
    votes = [(x.tokens, x.accuracy) for x in whole if x.setting in curve]
    Path(path).write_text(plots.pareto(points, "output tokens", votes) + "\n", encoding="utf-8")
    return True
