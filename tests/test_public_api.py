"""Nothing that users of version 0.1.0 rely on is gone: names, parameters, knobs, defaults, options, modules.

tests/golden/public_api.json was written by evals/api_snapshot.py for version 0.1.0. What is new may be added freely;
what is given up stands in `GONE` with its reason, and in CHANGELOG.md.
"""

from __future__ import annotations

import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from evals import api_snapshot

KEPT: dict[str, Any] = json.loads((Path(__file__).parent / "golden" / "public_api.json").read_text(encoding="utf-8"))
GONE: dict[str, str] = {
    "strategies/auto/probes": "auto starts with one candidate and decides after each purchase",
    "strategies/self_consistency/waves": "no limit on waves: a limit draws samples that the stop rule does not need",
    "strategies/deepconf/waves": "the same",
    "strategies/deepconf/window": "2,048 tokens could never end a stream of at most 1,024",
    **{
        f"strategies/{name}/max_steps": "only Sampling.max_tokens ends a solution"
        for name in ("beam", "dvts", "ets", "mur", "parallel_tempering", "particle_filter", "particle_gibbs", "rebase")
    },
}
"""Path of names in the snapshot, joined by "/" -> why it is gone or different."""


@pytest.fixture(scope="module")
def now() -> dict[str, Any]:
    return api_snapshot.snapshot()


def lost(kept: Any, now: Any, path: str = "") -> list[str]:
    """The paths at which something that was there is missing or another."""
    if isinstance(kept, dict) and isinstance(now, dict):
        below = ((f"{path}/{name}".removeprefix("/"), name, value) for name, value in kept.items())
        return [
            worse for deeper, name, value in below
            for worse in (lost(value, now[name], deeper) if name in now else [deeper])
        ]  # fmt: skip
    if isinstance(kept, list) and isinstance(now, list):
        return [f"{path}/{name}" for name in kept if name not in now]
    return [] if kept == now else [f"{path} was {kept!r}, is {now!r}"]


@pytest.mark.parametrize("part", [part for part in KEPT if part not in ("version", "modules")])
def test_nothing_is_lost(part: str, now: dict[str, Any]) -> None:
    assert [one for one in lost(KEPT[part], now[part], part) if one.partition(" was ")[0] not in GONE] == []


def test_parameters_keep_their_places(now: dict[str, Any]) -> None:
    """What may be given by position is given at the same place."""
    for name, kept in KEPT["names"].items():
        before = list(kept.get("parameters", ()))
        assert [one for one in now["names"][name].get("parameters", ()) if one in before] == before, name
    for kind in ("strategies", "verifiers", "judges"):
        for name, knobs in KEPT[kind].items():
            kept = [one for one in knobs if f"{kind}/{name}/{one}" not in GONE]
            assert [one for one in now[kind][name] if one in kept] == kept, name


@pytest.mark.parametrize("module", KEPT["modules"])
def test_modules_that_pages_named_have_what_was_imported(module: str) -> None:
    assert [name for name in KEPT["modules"][module] if not api_snapshot.has(module, name)] == []


def test_the_comparison_sees_what_is_missing_or_another() -> None:
    kept = {"a": {"n": "8", "m": "2"}, "b": ["-s", "--json"]}
    assert lost(kept, {"a": {"n": "8", "m": "2", "new": ""}, "b": ["--json", "--new", "-s"]}) == []
    assert lost(kept, {"a": {"n": "9"}, "b": ["--json"]}) == ["a/n was '8', is '9'", "a/m", "b/-s"]


def test_what_is_given_up_is_given_up(now: dict[str, Any]) -> None:
    found = {one.partition(" was ")[0] for part in KEPT if part not in ("version", "modules")
             for one in lost(KEPT[part], now[part], part)}  # fmt: skip
    assert set(GONE) <= found


def test_the_table_of_moved_modules_is_true() -> None:
    text = (Path(__file__).parent.parent / "CHANGELOG.md").read_text(encoding="utf-8")
    moved = dict(re.findall(r"^\| `(ttc[\w.]*)` \| `(ttc[\w.]*)` \|$", text, re.MULTILINE))
    assert len(moved) > 70
    assert [new for new in moved.values() if find_spec(new) is None] == []
    for old in moved:
        folder = old.rpartition(".")[0]
        assert find_spec(folder) is None or find_spec(old) is None, f"{old} is still there"
