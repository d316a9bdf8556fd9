"""Calibration and reliability: fitted maps, tables, error rates and the ceiling they set."""

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tests.verifiers.statistics import auc, pool
from ttc.backends.simulated import SimulatedBackend
from ttc.testing.verifiers import VerifierConformance
from ttc.verifiers import make_verifier
from ttc.verifiers.calibrated import Calibrated
from ttc.verifiers.calibration import Isotonic, Platt, Temperature, fit, load, save
from ttc.verifiers.reliability import calibration_error, error_rates, reliability
from ttc.verifiers.self_verify import SelfVerify

KINDS = ["isotonic", "platt", "temperature"]


class TestConformance(VerifierConformance):
    def make(self) -> Calibrated:
        return Calibrated(SelfVerify(), calibrator=Platt(0.5, -1.0))


def overconfident(n: int, seed: int = 0, temperature: float = 3.0) -> tuple[np.ndarray, np.ndarray]:
    """True P = sigmoid(z); the score claims sigmoid(temperature * z)."""
    rng = np.random.default_rng(seed)
    z = rng.normal(0, 1.0, n)
    return 1 / (1 + np.exp(-temperature * z)), rng.random(n) < 1 / (1 + np.exp(-z))


@pytest.mark.parametrize("kind", KINDS)
def test_held_out_errors_fall_and_the_order_stays(kind: str) -> None:
    scores, right = overconfident(4000)
    new, labels = overconfident(4000, seed=1)
    mapped = fit(scores, right, kind)(new)  # type: ignore[arg-type]
    assert calibration_error(new, labels) > 0.12
    assert calibration_error(mapped, labels) < 0.04
    assert np.mean((mapped - labels) ** 2) < np.mean((new - labels) ** 2) - 0.02
    ordered = mapped[np.argsort(new)]
    assert np.all(np.diff(ordered) >= -1e-12)
    assert abs(auc(labels, mapped) - auc(labels, new)) < 0.01


def test_the_planted_temperature_is_found() -> None:
    scores, right = overconfident(20_000)
    found = fit(scores, right, "temperature")
    assert isinstance(found, Temperature)
    assert found.temperature == pytest.approx(3.0, rel=0.08)
    platt = fit(scores, right, "platt")
    assert isinstance(platt, Platt)
    assert (platt.slope, platt.offset) == pytest.approx((1 / 3, 0.0), abs=0.04)


def test_isotonic_golden() -> None:
    """Pool adjacent violators by hand: .2 -> 1 and .4 -> 0 are pooled to 1/2; equal scores are averaged first."""
    found = fit([0.1, 0.2, 0.4, 0.6, 0.6, 0.9], [False, True, False, True, True, True], "isotonic")
    assert found([0.0, 0.1, 0.2, 0.3, 0.4, 0.6, 1.0]) == pytest.approx([0, 0, 0.5, 0.5, 0.5, 1, 1])
    assert found([0.5])[0] == pytest.approx(0.75)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=2, max_size=40))
def test_isotonic_rises_and_keeps_the_mean(rows: list[tuple[float, bool]]) -> None:
    scores, right = [s for s, _ in rows], [r for _, r in rows]
    if len(set(right)) < 2:
        return
    found = fit(scores, right, "isotonic")
    assert isinstance(found, Isotonic)
    assert all(a <= b + 1e-12 for a, b in pairwise(found.chances))
    assert np.mean(found(scores)) == pytest.approx(np.mean(right), abs=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_saved_and_loaded(kind: str, tmp_path: Path) -> None:
    scores, right = overconfident(300)
    fitted = fit(scores, right, kind)  # type: ignore[arg-type]
    save(fitted, tmp_path / "map.json")  # type: ignore[arg-type]
    assert load(tmp_path / "map.json") == fitted
    assert math.isnan(load(tmp_path / "map.json")([math.nan])[0])
    verifier = make_verifier(f"calibrated:verifier=self_verify:path={tmp_path / 'map.json'}")
    assert isinstance(verifier, Calibrated)
    assert verifier.map == fitted


def test_nan_is_left_out_and_nothing_is_refused() -> None:
    assert fit([0.2, math.nan, 0.8], [False, True, True], "isotonic") == fit([0.2, 0.8], [False, True], "isotonic")
    with pytest.raises(ValueError, match="both kinds"):
        fit([0.2, 0.8], [True, True])
    with pytest.raises(ValueError, match="kind is 'sigmoid'"):
        fit([0.2], [True], "sigmoid")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="must lie in"):
        fit([0.2, 1.2], [True, False])
    with pytest.raises(ValueError, match="both must be"):
        fit([0.2, 0.3], [True])
    with pytest.raises(ValueError, match="either the file"):
        Calibrated("self_verify")


def test_reliability_by_hand() -> None:
    scores, right = [0.05, 0.05, 0.95, 0.95, 1.0, math.nan], [False, True, True, True, False, True]
    table = reliability(scores, right)
    assert [(b.low, b.count) for b in table] == [(0.0, 2), (0.9, 3)]
    assert table[1].score == pytest.approx(2.9 / 3)
    assert table[1].right == pytest.approx(2 / 3)
    assert calibration_error(scores, right) == pytest.approx((2 * 0.45 + 3 * 0.3) / 5)


def test_error_rates_by_hand() -> None:
    scores = [0.9, 0.9, 0.2, 0.7, 0.1, 0.1, 0.1, math.nan]
    right = [True, True, True, False, False, False, False, True]
    rates = error_rates(scores, right)
    assert rates.completeness == pytest.approx(2 / 3)
    assert rates.false_positive == pytest.approx(1 / 4)
    assert rates.interval == pytest.approx((0.0456, 0.6994), abs=1e-3)  # Wilson, 1 of 4
    assert rates.rate == pytest.approx(3 / 7)
    assert rates.abstained == pytest.approx(1 / 8)
    assert rates.ceiling == pytest.approx(2 / 3)  # of three accepted, two are right
    nothing = error_rates([0.9], [True])
    assert math.isnan(nothing.false_positive)
    assert nothing.interval == (0.0, 1.0)


def test_when_more_tries_hurt() -> None:
    """The demonstration of the fLaws paper: a verifier with no misses and 25 % false positives."""
    right = np.r_[np.ones(100), np.zeros(100)] > 0
    scores = np.r_[np.ones(100), np.ones(25), np.zeros(75)]
    rates = error_rates(scores, right)
    kinds = {"shares": (0.58, 0.42), "rates": (0.87, 0.13)}
    assert rates.model(wrong_value=-0.7, **kinds).best_tries() == 3
    assert rates.model(wrong_value=-2.0, **kinds).best_tries() == 1
    assert rates.model(**kinds).best_tries() == math.inf


async def test_the_estimates_come_to_the_planted_rates() -> None:
    backend = SimulatedBackend(p_correct=0.5, verify_tpr=0.8, verify_fpr=0.3, verify_concentration=0.2)
    right, scores = await pool(backend, SelfVerify(), problems=40, n=12)
    rates = error_rates(scores, right)
    tpr, fpr = (stats.beta(0.2 * mean, 0.2 * (1 - mean)).sf(0.5) for mean in (0.8, 0.3))
    assert abs(rates.completeness - tpr) < 4 * math.sqrt(tpr * (1 - tpr) / right.sum())
    assert rates.interval[0] < fpr < rates.interval[1]
    assert abs(rates.ceiling - tpr / (tpr + fpr)) < 0.08
