"""What the runs of step search say: accuracy, memory, width for equal accuracy, truncation; paired by problem."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from evals.tables.equal_tokens import DRAWS, Line, gain_of
from evals.tables.workers import Row
from ttc.evaluation.report import plots

POINT = 0.01 + 1e-9
FIELDS = ("right", "held_mean")


class Columns:
    """Values [problems] of a field for each setting; what is compared is compared on the problems that both have."""

    def __init__(self, rows: Sequence[Row], seed: int = 0):
        self.by_key = {(row["setting"], row["problem"]): row for row in rows}
        self.settings = list(dict.fromkeys(row["setting"] for row in rows))
        self.problems = sorted({row["problem"] for row in rows})
        self.seed = seed

    def common(self, *settings: str) -> list[str]:
        """The problems that all of these settings have."""
        return [name for name in self.problems if all((s, name) in self.by_key for s in settings)]

    def of(self, setting: str, field: str, names: Sequence[str] | None = None) -> Any:
        names = self.common(setting) if names is None else names
        return np.array([float(self.by_key[setting, name][field]) for name in names])

    def draws(self, names: Sequence[str]) -> Any:
        return np.random.default_rng(self.seed).integers(len(names), size=(DRAWS, len(names)))


def table(found: list[Line], columns: Columns) -> str:
    """Markdown, in order of the generated tokens."""
    out = [
        "| setting | problems | accuracy (95 %) | output tokens | held, mean | held, peak | kept | prompt | of it "
        "cached | calls | against weighted votes at equal tokens | |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for line in sorted(found, key=lambda line: line.tokens):
        low, high = line.interval
        mean, peak, kept, prompt, cached = (
            columns.of(line.setting, field).mean()
            for field in ("held_mean", "held_peak", "kept_mean", "solve_prompt", "solve_cached")
        )
        out.append(
            f"| {line.setting} | {line.problems} | {100 * line.accuracy:.1f} ({100 * low:.1f} to {100 * high:.1f}) | "
            f"{line.tokens:.0f} | {mean:.0f} | {peak:.0f} | {kept:.0f} | {prompt:.0f} | {cached / max(1, prompt):.0%} "
            f"| {line.calls:.0f} | {gain_of(line)} | {line.verdict} |"
        )
    return "\n".join(out) + "\n"


def ratio(columns: Columns, first: str, second: str, field: str, names: Sequence[str]) -> str:
    """Mean of the first over mean of the second, with its paired interval."""
    a, b = (columns.of(name, field, names) for name in (first, second))
    drawn = [a[d].mean() / max(b[d].mean(), 1e-9) for d in columns.draws(names)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return f"{a.mean() / max(b.mean(), 1e-9):.2f} ({low:.2f} to {high:.2f})"


def points(columns: Columns, first: str, second: str, names: Sequence[str]) -> str:
    """Accuracy of the second less that of the first, with its paired interval."""
    gain = columns.of(second, "right", names) - columns.of(first, "right", names)
    low, high = np.percentile(gain[columns.draws(names)].mean(axis=1), [2.5, 97.5])
    return f"{100 * gain.mean():+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"


def memory_ratio(columns: Columns, first: str, second: str) -> str:
    """How much less the second holds and keeps on average, and what it costs in accuracy, with paired intervals."""
    names = columns.common(first, second)
    held, kept = (ratio(columns, first, second, field, names) for field in ("held_mean", "kept_mean"))
    gain = points(columns, first, second, names)
    return f"- {second} holds {held} and keeps {kept} times less than {first}, at {gain} points of accuracy\n"


def truncation(columns: Columns, n: int, name: str) -> str:
    """Truncated best-of-n between one sample and a vote, and its share of what best-of-n writes and holds."""
    own, whole, one, vote = f"{name} n={n}", f"best_of_n n={n}", "self_consistency n=1", f"self_consistency n={n}"
    names = columns.common(own, whole, one, vote)
    if not names:
        return ""
    tokens, peak = (ratio(columns, own, whole, field, names) for field in ("solve_tokens", "held_peak"))
    right = [f"{100 * columns.of(s, 'right', names).mean():.1f}" for s in (one, own, vote)]
    gains = [points(columns, s, own, names) for s in (one, vote)]
    return f"| {name} | {n} | {' | '.join([*right, *gains, tokens, peak])} |\n"


def fewer(columns: Columns, better: str, other: str, widths: list[int]) -> str:
    """How many times the width `other` needs to be as accurate as `better`, by its own curve over log width."""
    settings = [f"{name} n={n}" for name in (better, other) for n in widths]
    names = columns.common(*settings)
    if not names:
        return ""
    out, x = "", np.log(widths)
    right = np.maximum.accumulate([columns.of(f"{other} n={n}", "right", names).mean() for n in widths])
    for n in widths:
        goal = columns.of(f"{better} n={n}", "right", names).mean()
        above = [i for i, value in enumerate(right) if value >= goal]
        if not above:
            out += f"- {other} does not reach {better} n={n} ({100 * goal:.1f} %) at any width up to {widths[-1]}\n"
            continue
        at, sign = x[above[0]], "<=" if above[0] == 0 else "="
        for (x0, y0), (x1, y1) in pairwise(zip(x, right, strict=True)):
            if y0 < goal <= y1:
                at = x0 + (goal - y0) / (y1 - y0) * (x1 - x0)
        times = f"{np.exp(at) / n:.1f} times the width"
        out += (
            f"- {other} is as accurate as {better} n={n} ({100 * goal:.1f} %) at n {sign} {np.exp(at):.1f}: {times}\n"
        )
    return out


def frugal(columns: Columns) -> tuple[float, float] | None:
    """(lambda_b, lambda_d) that hold least tokens, of those at most a point of accuracy below REBASE; None if none is.

    From the widest width that was run; where several settings are as good, the smaller prices.
    """
    found = []
    for setting in columns.settings:
        if match := re.fullmatch(r"ets b=(\S+) d=(\S+) n=(\d+)", setting):
            b, d, n = float(match[1]), float(match[2]), int(match[3])
            names = columns.common(setting, f"rebase n={n}")
            right, held = ((columns.of(setting, f, names), columns.of(f"rebase n={n}", f, names)) for f in FIELDS)
            if names and right[0].mean() >= right[1].mean() - POINT:
                found.append((-n, held[0].mean() / held[1].mean(), b, d))
    return min(found)[2:] if found else None


def picture(found: Sequence[Line], columns: Columns, curve: Sequence[str]) -> str:
    """Accuracy against the memory that is held."""
    held = {line.setting: float(columns.of(line.setting, "held_mean").mean()) for line in found}
    shown = sorted((line for line in found if held[line.setting] > 0), key=lambda line: held[line.setting])
    marks = [
        plots.Point(x.setting, held[x.setting], x.accuracy, *x.interval, kind=x.setting.rpartition(" ")[0])
        for x in shown
        if x.setting not in curve
    ]
    return plots.pareto(marks, "held tokens", [(held[x.setting], x.accuracy) for x in shown if x.setting in curve])
