"""What the report says of verifiers: are their scores P(correct), how often do they accept what is wrong, and what
follows from it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ttc.evaluation.append_only import Row
from ttc.evaluation.report import plots
from ttc.evaluation.report.contents import Gathered
from ttc.evaluation.report.tables import Table
from ttc.verifiers.cross_fit import cross_fitted
from ttc.verifiers.discrimination import auc, within_auc
from ttc.verifiers.reliability import ErrorRates, calibration_error, error_rates, reliability

TOLD = (
    "Scores of the samples that were drawn, against the gold answers. Calibrated: isotonic regression, cross-fitted on "
    "five folds of whole problems. A calibrated score of at least 1/2 counts as accepted; of wrong samples the share "
    "that is accepted is the false-positive rate (Wilson's 95 % interval over samples). The ceiling is P(right | "
    "accepted): on problems as hard as these, drawing until one is accepted gets no further, however many are drawn "
    "(fLaws, arXiv 2411.17501)."
)


@dataclass(frozen=True)
class Judged:
    """The scores that the verifier of one cell gave: `scores` (nan = abstained), `right`, `problems` [samples]."""

    cell: str
    scores: list[float]
    right: list[bool]
    problems: list[str]

    @property
    def calibrated(self) -> list[float]:
        """The scores by a calibrator that never saw their problem; [samples]."""
        found: list[float] = cross_fitted(self.scores, self.right, self.problems).tolist()
        return found


def judged(gathered: Gathered) -> list[Judged]:
    """The cells whose samples were scored, with labels of both kinds; in order of the table of cells."""
    found: dict[str, Judged] = {cell["cell"]: Judged(cell["cell"], [], [], []) for cell in gathered.summary["cells"]}
    for name, rows in gathered.rows.items():
        for row in rows:
            for sample in row["samples"]:
                if "score" in sample and row["cell"] in found:
                    own, score = found[row["cell"]], sample["score"]
                    own.scores.append(math.nan if score is None else float(score))
                    own.right.append(bool(sample["correct"]))
                    own.problems.append(name)
    return [own for own in found.values() if _both_kinds(own)]


def _both_kinds(own: Judged) -> bool:
    labels = {right for score, right in zip(own.scores, own.right, strict=True) if not math.isnan(score)}
    return len(labels) == 2


def table(cells: Sequence[Judged]) -> Table:
    """One row for each verifier."""
    headers = ["cell", "samples", "judged", "AUC", "AUC within problems", "ECE", "ECE calibrated", "false positives"]
    return Table([*headers, "low", "high", "accepted of right", "ceiling"], [_row(own) for own in cells])


def _row(own: Judged) -> list[str | tuple[float | None, int]]:
    calibrated = own.calibrated
    rates: ErrorRates = error_rates(calibrated, own.right)
    known = sum(not math.isnan(score) for score in own.scores)
    values = [
        auc(own.scores, own.right), within_auc(own.scores, own.right, own.problems),
        calibration_error(own.scores, own.right), calibration_error(calibrated, own.right),
        rates.false_positive, *rates.interval, rates.completeness, rates.ceiling,
    ]  # fmt: skip
    shown: list[str | tuple[float | None, int]] = [(None if math.isnan(value) else value, 3) for value in values]
    return [own.cell, (float(len(own.scores)), 0), (known / len(own.scores), 3), *shown]


def diagrams(cells: Sequence[Judged]) -> str:
    """Two reliability diagrams for each verifier: its scores as they are, and calibrated."""
    drawn = []
    for own in cells:
        for scores, told in ((own.scores, ""), (own.calibrated, ", calibrated")):
            error = calibration_error(scores, own.right)
            drawn.append(plots.reliability(_bins(scores, own.right), f"{own.cell}{told}", "score", f"ECE {error:.3f}"))
    return f'<div class="diagrams">{"".join(drawn)}</div>'


def _bins(scores: Sequence[float], right: Sequence[bool]) -> list[Row]:
    return [{"n": b.count, "confidence": b.score, "accuracy": b.right} for b in reliability(scores, list(right))]
