"""The report's section on verifiers: scores against labels, before and after calibration, and the ceiling."""

import re
from pathlib import Path

import numpy as np
import pytest

from tests.evaluation.test_report import evaluated
from ttc.evaluation.report import verifiers, write_report
from ttc.evaluation.report.contents import Gathered
from ttc.evaluation.report.plots import Line, curves
from ttc.evaluation.report.tables import as_markdown

TPR, FPR, RATE = 0.9, 0.3, 0.5


def gathered(problems: int = 120, n: int = 16) -> Gathered:
    """A verifier that says .99 when it accepts and .9 when not, with TPR .9 and FPR .3; another cell has none."""
    rng = np.random.default_rng(0)
    rows: dict[str, list[dict[str, object]]] = {}
    for number in range(problems):
        right = rng.random(n) < RATE
        accepted = rng.random(n) < np.where(right, TPR, FPR)
        samples = [
            {"score": 0.99 if yes else 0.9, "correct": bool(good)} for yes, good in zip(accepted, right, strict=True)
        ]
        samples.append({"score": None, "correct": False})
        plain = [{"correct": bool(good)} for good in right]
        rows[f"p{number}"] = [{"cell": "judged", "samples": samples}, {"cell": "vote", "samples": plain}]
    return Gathered("t", [], {"cells": [{"cell": "vote"}, {"cell": "judged"}]}, rows)


def test_calibration_rates_and_ceiling() -> None:
    (own,) = verifiers.judged(gathered())
    assert own.cell == "judged"
    (row,) = verifiers.table([own]).rows
    values = {name: cell[0] for name, cell in zip(verifiers.table([own]).headers, row, strict=True)}
    assert values["samples"] == 17 * 120
    assert values["judged"] == pytest.approx(16 / 17)
    assert values["ECE"] > 0.4  # it says .9 and more of everything
    assert values["ECE calibrated"] < 0.03
    assert values["false positives"] == pytest.approx(FPR, abs=0.05)
    assert values["low"] < FPR < values["high"]
    assert values["ceiling"] == pytest.approx(TPR * RATE / (TPR * RATE + FPR * (1 - RATE)), abs=0.03)
    assert values["AUC within problems"] == pytest.approx(TPR * (1 - FPR) + (TPR * FPR + 0.1 * 0.7) / 2, abs=0.03)


def test_two_diagrams_with_counts() -> None:
    cells = verifiers.judged(gathered())
    drawn = verifiers.diagrams(cells)
    assert drawn.count("<svg") == 2
    before, after = re.findall(r"ECE (\d\.\d+)<", drawn)
    assert float(before) > 0.4 > 0.03 > float(after)
    counts = [int(count) for count in re.findall(r"<title>(\d+) samples, score", drawn.split("</svg>")[0])]
    assert sum(counts) == 16 * 120
    assert "judged, calibrated" in drawn
    assert "nan" not in as_markdown(verifiers.table(cells))


def test_labels_of_one_kind_say_nothing() -> None:
    found = gathered(problems=2)
    for rows in found.rows.values():
        for sample in rows[0]["samples"]:
            sample["correct"] = True
    assert verifiers.judged(found) == []


async def test_it_stands_in_the_report_where_a_verifier_was(tmp_path: Path) -> None:
    html, markdown, _ = (path.read_text() for path in write_report([await evaluated(tmp_path / "run")]))
    assert "<h2>Verifiers</h2>" in html
    assert "## Verifiers" in markdown
    assert "ceiling" in markdown


def test_curves_leave_out_what_is_not_known() -> None:
    drawn = curves([1, 2, 4], [Line("a & b", [0.5, 0.6, 0.7], True), Line("c", [0.4, float("nan"), 0.6])], "candidates")
    first, second = re.findall(r'<polyline points="([^"]*)"', drawn)
    assert (len(first.split()), len(second.split())) == (3, 2)
    assert "nan" not in drawn
    assert "a &amp; b" in drawn
    assert "candidates" in drawn
