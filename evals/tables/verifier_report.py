"""Judgements of many candidates become one line for each verifier, in Markdown, JSON and a picture."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evals.tables.verifier_votes import SIZES, Curves, Rescore, curves_of
from ttc.evaluation.metrics import difference, estimate, proportion
from ttc.evaluation.report.plots import Line, curves
from ttc.verifiers.cross_fit import cross_fitted
from ttc.verifiers.discrimination import auc, aucs_by_problem
from ttc.verifiers.reliability import calibration_error, error_rates

DRAWS = 400
"""Bootstrap resamples of the problems."""


@dataclass
class Scored:
    """What one verifier said of the candidates of each problem: all lists [problems], each entry [candidates].

    `rescore` says how the scores of a part of the candidates come about where they depend on the others; None = they
    do not.  `costs` are sums over all candidates; empty = it asks no model.
    """

    rescore: Rescore | None = None
    names: list[str] = field(default_factory=list)
    scores: list[NDArray[np.float64]] = field(default_factory=list)
    right: list[NDArray[np.bool_]] = field(default_factory=list)
    labels: list[NDArray[np.int_]] = field(default_factory=list)
    costs: dict[str, float] = field(default_factory=dict)

    def add(
        self, name: str, scores: Sequence[float | None], right: Sequence[bool], labels: Sequence[int], row: Any = ()
    ) -> None:
        """Take in one problem; `row` may hold what its judgement cost."""
        self.names.append(name)
        self.scores.append(np.array([math.nan if score is None else score for score in scores], dtype=float))
        self.right.append(np.array(right, dtype=bool))
        self.labels.append(np.array(labels, dtype=int))
        for currency in ("calls", "prompt_tokens", "cached_tokens", "output_tokens", "seconds"):
            if currency in row:
                self.costs[currency] = self.costs.get(currency, 0.0) + row[currency]


def line_of(name: str, scored: Scored) -> dict[str, Any]:
    """All that the table says of a verifier, as plain values; None where it cannot be said."""
    scores, right = np.concatenate(scored.scores), np.concatenate(scored.right)
    problems = [name for name, row in zip(scored.names, scored.scores, strict=True) for _ in row]
    found = curves_of(scored.scores, scored.right, scored.labels, scored.rescore)
    line: dict[str, Any] = {
        "verifier": name, "problems": len(scored.names), "candidates": len(scores),
        "right": float(right.mean()), "judged": float(np.mean(~np.isnan(scores))),
        "auc": _area(scored), "within_auc": _within(scores, right, problems),
        "curves": {how: _intervals(values) for how, values in vars(found).items()},
        "cost": {key: value / len(scores) for key, value in scored.costs.items()},
        "minus_majority": _gains(found),
    }  # fmt: skip
    if not np.isnan(scores).all():
        fitted = {kind: cross_fitted(scores, right, problems, kind) for kind in ("isotonic", "platt")}
        line["ece"] = {"before": calibration_error(scores, right)} | {
            kind: calibration_error(values, right) for kind, values in fitted.items()
        }
        rates = error_rates(fitted["isotonic"], right)
        line["accepted"] = {
            "false_positive": rates.false_positive, "low": rates.interval[0], "high": rates.interval[1],
            "completeness": rates.completeness, "ceiling": rates.ceiling,
        }  # fmt: skip
    return line


def _area(scored: Scored, seed: int = 0) -> tuple[float, float, float]:
    """AUC over all candidates, with the interval from resampled problems."""
    rng, problems = np.random.default_rng(seed), len(scored.names)

    def area(which: Sequence[int]) -> float:
        return auc(np.concatenate([scored.scores[i] for i in which]), np.concatenate([scored.right[i] for i in which]))

    draws = [area(rng.integers(problems, size=problems).tolist()) for _ in range(DRAWS)]
    if all(map(math.isnan, draws)):
        return math.nan, math.nan, math.nan
    low, high = np.nanpercentile(draws, [2.5, 97.5])
    return area(range(problems)), float(low), float(high)


def _within(scores: NDArray[np.float64], right: NDArray[np.bool_], problems: list[str]) -> tuple[float, ...]:
    """Mean AUC within problems, its interval, and over how many problems."""
    areas = [area for area in aucs_by_problem(scores, right, problems).values() if not math.isnan(area)]
    mean = estimate(areas)
    return mean.value, mean.low, mean.high, mean.n


def _intervals(values: NDArray[np.float64]) -> list[tuple[float, float, float]]:
    """Accuracy and interval for each size, from values [problems, sizes]."""
    means = [proportion(column, SIZES[-1]) for column in values.T]
    return [(mean.value, mean.low, mean.high) for mean in means]


def _gains(found: Curves) -> dict[str, tuple[float, float, float, float]]:
    """Best-of-n minus majority at the largest n, paired by problem: value, interval, p."""
    gaps = {how: difference(getattr(found, how)[:, -1], found.majority[:, -1]) for how in ("plain", "weighted")}
    return {how: (gap.value, gap.low, gap.high, gap.p) for how, gap in gaps.items()}


def markdown(title: str, lines: Sequence[dict[str, Any]], notes: str) -> str:
    """Two tables: what the scores are worth as scores, and what best-of-n makes of them."""
    out = [f"## {title}", "", notes, ""]
    out += [
        "| verifier | problems | judged | AUC (95 %) | AUC within problems (95 %; problems) | ECE | after isotonic | "
        "after Platt | false positives (95 %) | ceiling | calls | prompt tokens (cached) | output tokens | ms |",
        "|---|" + "---|" * 13,
    ]
    out += [_quality(line) for line in lines]
    sizes = " | ".join(f"n={n}" for n in SIZES)
    out += [
        "",
        f"| accuracy (95 %) of | {sizes} | minus majority at n={SIZES[-1]} |",
        "|---|" + "---|" * (len(SIZES) + 1),
    ]
    for of in {line["problems"]: line for line in lines}.values():
        cells = " | ".join(_with(v, 100, 1) for v in of["curves"]["majority"])
        out.append(f"| majority, {of['problems']} problems | {cells} | |")
    for line in lines:
        for how, told in (("plain", ""), ("weighted", ", weighted")):
            gain, low, high, p = line["minus_majority"][how]
            cells = " | ".join(_with(v, 100, 1) for v in line["curves"][how])
            end = f"{100 * gain:+.1f} ({100 * low:+.1f} to {100 * high:+.1f}), p {p:.4f}"
            out.append(f"| {line['verifier']}{told} | {cells} | {end} |")
    return "\n".join([*out, ""])


def _quality(line: dict[str, Any]) -> str:
    cost, ece, accepted = line["cost"], line.get("ece"), line.get("accepted")
    within = f"{_with(line['within_auc'][:3])[:-1]}; {line['within_auc'][3]})" if line["within_auc"][3] else ""
    cells = [line["verifier"], str(line["problems"]), f"{line['judged']:.0%}", _with(line["auc"]), within]
    cells += ["", "", ""] if ece is None else [f"{ece[key]:.3f}" for key in ("before", "isotonic", "platt")]
    cells += ["", ""] if accepted is None else [
        _with((accepted["false_positive"], accepted["low"], accepted["high"])),
        f"{accepted['ceiling']:.3f}".replace("nan", ""),
    ]  # fmt: skip
    if cost.get("calls"):
        prompt = f"{cost['prompt_tokens']:.0f} ({cost['cached_tokens']:.0f})"
        cells += [f"{cost['calls']:.1f}", prompt, f"{cost['output_tokens']:.0f}", f"{1000 * cost['seconds']:.0f}"]
    else:
        cells += ["0", "", "", ""]
    return "| " + " | ".join(cells) + " |"


def _with(value: Sequence[float], scale: float = 1.0, digits: int = 3) -> str:
    """A value and its interval; empty where there is none."""
    if math.isnan(value[0]):
        return ""
    mean, low, high = (f"{scale * number:.{digits}f}" for number in value)
    return f"{mean} ({low} to {high})"


def picture(lines: Sequence[dict[str, Any]], title: str) -> str:
    """Best-of-n against n for every verifier, and the majority."""
    most = max(line["problems"] for line in lines)
    whole = [line for line in lines if line["problems"] == most]
    drawn = [Line("majority", [v[0] for v in whole[0]["curves"]["majority"]], True)]
    drawn += [Line(line["verifier"], [v[0] for v in line["curves"]["plain"]]) for line in whole]
    return curves(list(SIZES), drawn, f"candidates, {title}")


def write(tables: dict[str, dict[str, Scored]], notes: dict[str, str], head: str, out: Path) -> str:
    """Write verifiers.md, .json and one picture for each table; the Markdown."""
    lines = {title: [line_of(name, scored) for name, scored in table.items()] for title, table in tables.items()}
    text = head + "\n" + "\n".join(markdown(title, rows, notes.get(title, "")) for title, rows in lines.items())
    (out / "verifiers.md").write_text(text, encoding="utf-8")
    found = json.dumps(_finite(lines), indent=1)
    (out / "verifiers.json").write_text(found + "\n", encoding="utf-8")
    for number, (title, rows) in enumerate(lines.items()):
        name = "verifiers.svg" if not number else f"verifiers_{title}.svg"
        (out / name).write_text(picture(rows, title) + "\n", encoding="utf-8")
    return text


def _finite(value: Any) -> Any:
    """Plain values for JSON: nan is null, numbers with six digits."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 6)
    return value
