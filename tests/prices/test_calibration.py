"""The calibration of a server: fitted laws, the file, and what it says of the prefix cache."""

from __future__ import annotations

from pathlib import Path

import pytest

from ttc.prices.calibration import PrefixCache, ServerCalibration
from ttc.prices.latency import LatencyLaws


def decode_points() -> list[tuple[float, float, float]]:
    grid = [(b, b * ctx) for b in (1, 2, 4, 8, 16) for ctx in (128, 512, 2048)]
    return [(b, k, 0.005 + 0.0004 * b + 2e-7 * k) for b, k in grid]


def prefill_points() -> list[tuple[float, float, float, float]]:
    grid = [(1, n, c) for n in (64, 256, 512, 1024, 4096) for c in (0, 512)] + [(8, 64, 0), (32, 256, 0)]
    return [(r, n, c, 0.003 + r * (5e-5 * n + 1e-9 * (n * n / 2 + c * n) + 0.001)) for r, n, c in grid]


def calibration(**fields: object) -> ServerCalibration:
    args = {"decode": decode_points(), "prefill": prefill_points(), **fields}
    return ServerCalibration.fitted("http://host/v1", "model", "2026-02-01T00:00:00+00:00", **args)  # type: ignore[arg-type]


def test_laws_are_fitted() -> None:
    found = calibration()
    assert found.decode_step(4, 4000) == pytest.approx(0.005 + 0.0016 + 0.0008)
    assert found.prefill_seconds(100, 50) == pytest.approx(0.004 + 0.005 + 1e-9 * (5000 + 5000), rel=1e-3)
    assert found.prefill_seconds(100, 0, 16) == pytest.approx(0.003 + 16 * (0.006 + 5e-6), rel=1e-3)
    assert found.trusted


def test_file_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "server.json"
    found = calibration(kv_capacity=360_000, slots=16)
    found.save(path)
    assert ServerCalibration.load(path) == found
    assert found.limits == (16, 360_000)


def test_the_allocator_reads_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "server.json"
    calibration().save(path)
    laws = LatencyLaws.from_json(path.read_bytes())
    assert laws.decode_step(4, 4000) == calibration().decode_step(4, 4000)


def test_a_file_of_another_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "server.json"
    path.write_text(calibration().model_dump_json().replace('"version":2', '"version":1'))
    with pytest.raises(ValueError, match="version"):
        ServerCalibration.load(path)


def test_few_points_are_kept_but_not_fitted() -> None:
    found = calibration(decode=decode_points()[:9])
    assert found.decode is None
    assert len(found.decode_points) == 9
    assert not found.trusted
    with pytest.raises(ValueError, match="9 decode and 12 prefill points"):
        found.decode_step(1, 100)


def test_scattered_points_are_not_trusted() -> None:
    noisy = [(b, k, s * (3 if i % 2 else 0.5)) for i, (b, k, s) in enumerate(decode_points())]
    assert not calibration(decode=noisy).trusted


@pytest.mark.parametrize(("cached", "warm", "share"), [(960, 0.01, 0.96), (0, 0.01, 1.0), (0, 0.09, 0.0)])
def test_prefix_cache_by_report_or_by_time(cached: int, warm: float, share: float) -> None:
    cache = PrefixCache(prompt_tokens=1000, cold_seconds=0.1, warm_seconds=warm, cached_tokens=cached)
    assert calibration(prefix_cache=cache).cached == pytest.approx(share)
    assert calibration().cached == 0.0


def test_what_calls_share_is_a_share_of_its_own() -> None:
    cache = PrefixCache(prompt_tokens=1000, cold_seconds=0.1, warm_seconds=0.01, cached_tokens=960)
    assert calibration(prefix_cache=cache).shared == pytest.approx(0.96)
    assert calibration(prefix_cache=cache.model_copy(update={"together": 0.25})).shared == 0.25
