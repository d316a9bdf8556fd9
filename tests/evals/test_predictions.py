"""The bench of predictions: which points come first, what is kept from run to run, what counts as waiting for calls."""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path

import pytest

from evals.bench.prediction_store import Point, Store
from evals.bench.predictions import POINTS, busy, planned, run
from ttc.backends.simulated import SimulatedBackend
from ttc.prices.calibration import ServerCalibration
from ttc.types import Event

SETTINGS = {"model": "simulated", "problems": "2"}


def calibration() -> ServerCalibration:
    decode = [(b, b * c, 1e-3 + 1e-4 * b + 1e-8 * b * c) for b in (1, 2, 4, 8) for c in (128, 512, 2048)]
    prefill = [(r, n, 0, 1e-3 + r * (1e-6 * n + 1e-4)) for r in (1, 4, 16) for n in (64, 256, 512, 1024)]
    return ServerCalibration.fitted("http://host", "simulated", "2026-01-01", decode, prefill)


def options(folder: Path, **changed: object) -> argparse.Namespace:
    path = folder / "server.json"
    calibration().save(path)
    settings = {
        "base_url": None, "calibration": path, "set": "lab:test", "data": None, "problems": 2, "probe": 4,
        "max_tokens": 256, "budgets": [300, 600], "seconds": 1e6, "minutes": 1.0,
    }  # fmt: skip
    return argparse.Namespace(**settings | changed)


def measured(folder: Path, **changed: object) -> Store:
    store = Store(folder, "points", SETTINGS)
    backend = SimulatedBackend(p_correct=0.5, tokens=60.0)
    asyncio.run(run(options(folder, **changed), backend, store))
    return store


def point(**changed: object) -> Point:
    fields: dict[str, object] = {
        "strategy": "best_of_n", "budget": 500, "knobs": {"n": 4}, "predicted_tokens": (100.0, 120.0),
        "metered_tokens": (110, 90), "predicted_seconds": (1.0, 1.2), "metered_seconds": (2.0, 1.0),
        "own_seconds": (1.0, 0.0),
    }  # fmt: skip
    return Point(**fields | changed)  # type: ignore[arg-type]


def test_the_first_pass_takes_every_strategy_once_and_both_budgets() -> None:
    points = list(planned([1, 2]))
    first = points[: len(POINTS)]
    assert {name for name, *_ in first} == {name for name, *_ in POINTS}
    assert {budget for *_, budget in first[:2]} == {1, 2}
    assert len(set(points)) == 2 * len(POINTS)


def test_points_are_measured_and_a_second_run_adds_none(tmp_path: Path) -> None:
    store = measured(tmp_path)
    assert len({one.strategy for one in store.points}) == len(POINTS)
    assert len(store.points) > len(POINTS)
    assert all(len(one.metered_tokens) == 2 for one in store.points)
    assert store.medians()["median error of tokens, points"] < 0.5
    again = measured(tmp_path)
    assert again.points == [Point(**one) for one in json.loads((tmp_path / "points.json").read_text())["points"]]
    assert len(again.points) == len(store.points)
    assert "best_of_n" in (tmp_path / "points.md").read_text()


def test_what_takes_too_long_is_left_out(tmp_path: Path) -> None:
    assert not measured(tmp_path, seconds=1e-6).points


def test_other_settings_start_again(tmp_path: Path) -> None:
    store = Store(tmp_path, "points", SETTINGS)
    store.calibration = calibration()
    store.add(point())
    assert len(Store(tmp_path, "points", SETTINGS).points) == 1
    assert not Store(tmp_path, "points", {**SETTINGS, "problems": "3"}).points
    assert not Store(tmp_path, "points", SETTINGS, fresh=True).points


def test_errors_are_of_the_means_and_with_and_without_own_work() -> None:
    one = point()
    assert one.token_error == pytest.approx(220 / 200 - 1)
    assert one.second_error == pytest.approx(2.2 / 3 - 1)
    assert one.server_error == pytest.approx(2.2 / 2 - 1)


def test_calls_that_overlap_count_once() -> None:
    asks = [Event(at, "ask", {"seconds": seconds}) for at, seconds in ((2.0, 2.0), (3.0, 2.5), (2.5, 0.2), (6.0, 1.0))]
    assert busy([*asks, Event(4.0, "note", {})]) == pytest.approx(3.0 + 1.0)
