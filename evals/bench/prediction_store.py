"""The points of `evals.bench.predictions`: kept as JSON from one run to the next, and written as a table."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean, median
from typing import Any

from ttc.prices.calibration import ServerCalibration

HEAD = (
    "| strategy | setting | budget | tokens predicted | metered | error | seconds predicted | measured | error | "
    "of them without a call |\n|---|---|---|---|---|---|---|---|---|---|"
)


@dataclass(frozen=True)
class Point:
    """One strategy at one budget; the columns hold a number for each problem."""

    strategy: str
    budget: int
    knobs: dict
    predicted_tokens: Sequence[float]
    metered_tokens: Sequence[float]
    predicted_seconds: Sequence[float]
    metered_seconds: Sequence[float]
    own_seconds: Sequence[float]  # of the metered ones: when no call was under way

    @property
    def token_error(self) -> float:
        """Of the means over the problems."""
        return fmean(self.predicted_tokens) / fmean(self.metered_tokens) - 1

    @property
    def second_error(self) -> float:
        """Of the means over the problems."""
        return fmean(self.predicted_seconds) / fmean(self.metered_seconds) - 1

    @property
    def server_error(self) -> float:
        """Of the means over the problems, of the seconds in which a call was under way."""
        return fmean(self.predicted_seconds) / (fmean(self.metered_seconds) - fmean(self.own_seconds)) - 1

    @property
    def row(self) -> str:
        """Its line in the table."""
        knobs = ", ".join(f"{knob}={value}" for knob, value in self.knobs.items())
        means = [fmean(getattr(self, field.name)) for field in fields(self)[3:]]
        tokens = f"{means[0]:.0f} | {means[1]:.0f} | {100 * self.token_error:+.1f} %"
        seconds = f"{means[2]:.2f} | {means[3]:.2f} | {100 * self.second_error:+.1f} % | {means[4]:.2f}"
        return f"| {self.strategy} | {knobs} | {self.budget} | {tokens} | {seconds} |"


class Store:
    """`NAME.json` and `NAME.md` in a folder. What is there is kept if it was measured with the same settings."""

    def __init__(self, folder: Path, name: str, settings: Mapping[str, str], fresh: bool = False):
        self.path = folder / f"{name}.json"
        self.settings = dict(settings)
        self.points: list[Point] = []
        self.calibration: ServerCalibration | None = None
        found = json.loads(self.path.read_text(encoding="utf-8")) if self.path.exists() and not fresh else {}
        if found.get("settings") == self.settings:
            self.calibration = ServerCalibration.model_validate(found["profile"])
            self.points = [Point(**point) for point in found["points"]]

    def has(self, strategy: str, knobs: Mapping[str, Any]) -> bool:
        """Whether this point was measured."""
        return any(point.strategy == strategy and point.knobs == knobs for point in self.points)

    def add(self, point: Point) -> None:
        """Keep one more point."""
        self.points.append(point)
        self.write()

    def write(self) -> None:
        """Write both files."""
        assert self.calibration is not None, "the server is calibrated before anything is kept"
        about = {
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "cores and load": f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} from all processes",
        }
        found = {"settings": self.settings, "about": about, "medians": self.medians(), "points": None, "profile": None}
        found["points"] = [asdict(one) for one in self.points]
        found["profile"] = self.calibration.model_dump()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(".part")
        part.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        part.replace(self.path)
        text = markdown(self.points, self.calibration, {**self.settings, **about}, self.medians())
        self.path.with_suffix(".md").write_text(text, encoding="utf-8")

    def medians(self) -> dict[str, float]:
        """Median absolute errors; nothing without points."""
        if not self.points:
            return {}
        single = [
            abs(p / m - 1) for x in self.points for p, m in zip(x.predicted_tokens, x.metered_tokens, strict=True)
        ]
        return {
            "median error of tokens, points": median(abs(point.token_error) for point in self.points),
            "median error of tokens, single problems": median(single),
            "median error of seconds, points": median(abs(point.second_error) for point in self.points),
            "median error of seconds with a call under way": median(abs(point.server_error) for point in self.points),
        }


def markdown(
    points: Sequence[Point], calibration: ServerCalibration, about: Mapping[str, str], medians: Mapping[str, float]
) -> str:
    """The table, and the medians of what it shows."""
    decode, prefill = calibration.laws.decode, calibration.laws.prefill
    a, b, c = decode.coefficients
    e, f, _, h = prefill.coefficients
    laws = (
        f"Calibration: step = {a:.3g} + {b:.3g}·batch + {c:.3g}·context s, error on held-out points "
        f"{100 * decode.mape:.1f} % ({len(calibration.decode_points)} points); "
        f"prefill = {e:.3g} + calls·({f:.3g}·tokens + {h:.3g}) s, "
        f"{100 * prefill.mape:.1f} % ({len(calibration.prefill_points)} points). "
        f"The prefix cache serves {100 * calibration.cached:.0f} % of a prompt that comes again and "
        f"{100 * calibration.shared:.0f} % of a start that calls sent together share."
    )
    lines = ["# Predicted against metered costs", "", *(f"{key}: {value}  " for key, value in about.items()), "", laws]
    lines += ["", HEAD, *(point.row for point in points), ""]
    lines += [*(f"{what}: {100 * value:.1f} %  " for what, value in medians.items()), ""]
    return "\n".join(lines)
