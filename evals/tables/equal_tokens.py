"""From rows of single runs to accuracies with intervals, and the comparison with plain votes at equal tokens."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DRAWS = 1000
"""Bootstrap resamples of the problems."""


@dataclass(frozen=True)
class Line:
    """One line of the table. `accuracy` and `gain` come with their 95 % bootstrap intervals over problems.

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
    """One line for each setting, over the problems that all settings have finished."""
    settings = list(dict.fromkeys(row["setting"] for row in rows))
    by_key = {(row["setting"], row["problem"]): row for row in rows}
    names = sorted({row["problem"] for row in rows})
    names = [name for name in names if all((setting, name) in by_key for setting in settings)]

    def column(field: str) -> NDArray[np.float64]:  # [settings, problems]
        return np.array([[float(by_key[setting, name][field]) for name in names] for setting in settings])

    right, tokens, prompts, calls = (column(f) for f in ("right", "output_tokens", "prompt_tokens", "calls"))
    draws = np.random.default_rng(seed).integers(len(names), size=(DRAWS, len(names)))
    of_curve = [settings.index(name) for name in curve if name in settings]
    found = []
    for index, setting in enumerate(settings):
        gain = float("nan") if setting in curve else _gain(right, tokens, index, of_curve)
        gains = [_gain(right[:, d], tokens[:, d], index, of_curve) for d in (() if np.isnan(gain) else draws)]
        found.append(
            Line(
                setting,
                len(names),
                float(right[index].mean()),
                _interval(right[index][draws].mean(axis=1)),
                float(tokens[index].mean()),
                float(prompts[index].mean()),
                float(calls[index].mean()),
                gain,
                _interval(np.array(gains)) if gains else (np.nan, np.nan),
            )
        )
    return found


def _gain(right: NDArray[np.float64], tokens: NDArray[np.float64], index: int, curve: Sequence[int]) -> float:
    """Accuracy of a setting minus the curve's, which is linear in the log of the mean tokens between its points."""
    if not curve:
        return float("nan")
    at = np.log(tokens[curve].mean(axis=1))
    here = np.log(tokens[index].mean())
    if not at.min() - 1e-9 <= here <= at.max() + 1e-9:
        return float("nan")
    order = np.argsort(at)
    return float(right[index].mean() - np.interp(here, at[order], right[curve].mean(axis=1)[order]))


def _interval(values: NDArray[np.float64]) -> tuple[float, float]:
    """The middle 95 %."""
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)


def markdown(found: Sequence[Line]) -> str:
    """The table, least tokens first."""
    head = (
        "| setting | accuracy (95 %) | output tokens | prompt tokens | calls | against votes at equal output tokens | |"
    )
    out = [head, "|---|---|---|---|---|---|---|"]
    for line in sorted(found, key=lambda line: line.tokens):
        gain = "" if np.isnan(line.gain) else f"{100 * line.gain:+.1f} ({_pair(line.gain_interval, '+.1f')})"
        accuracy = f"{100 * line.accuracy:.1f} ({_pair(line.interval, '.1f')})"
        costs = f"{line.tokens:.0f} | {line.prompt_tokens:.0f} | {line.calls:.1f}"
        out.append(f"| {line.setting} | {accuracy} | {costs} | {gain} | {line.verdict} |")
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
    """Accuracy against tokens as an SVG picture; False where matplotlib is missing."""
    try:
        import matplotlib as mpl
    except ImportError:
        return False
    mpl.use("svg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(9, 6))
    votes = sorted((line for line in found if line.setting in curve), key=lambda line: line.tokens)
    axes.plot([x.tokens for x in votes], [x.accuracy for x in votes], "k.-", label="self-consistency")
    for line in found:
        if line.setting not in curve:
            error = [[max(0.0, line.accuracy - line.interval[0])], [max(0.0, line.interval[1] - line.accuracy)]]
            axes.errorbar(line.tokens, line.accuracy, error, fmt="o", markersize=4, alpha=0.5)
            axes.annotate(
                line.setting, (line.tokens, line.accuracy), fontsize=6, xytext=(3, 3), textcoords="offset points"
            )
    axes.set(xscale="log", xlabel="mean output tokens per problem", ylabel="accuracy")
    axes.legend()
    figure.tight_layout()
    figure.savefig(path, format="svg")
    plt.close(figure)
    return True
