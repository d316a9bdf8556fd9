"""Names: one line is one entry, loaded when asked for; other packages register with entry points."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import ttc
from ttc.backends import BACKENDS
from ttc.registry import Registry, knobs_of, listed, make
from ttc.strategies import STRATEGIES
from ttc.verifiers import JUDGES, VERIFIERS

OTHER = {
    "fine": "fractions:Fraction",
    "gone": "nowhere.at_all:Thing",
    "best_of_n": "fractions:Fraction",
}


def package(folder: Path, name: str, points: dict[str, str], group: str = "ttc.test") -> None:
    """An installed package that registers these."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = [f"{key} = {target}" for key, target in points.items()]
    (info / "entry_points.txt").write_text("\n".join([f"[{group}]", *lines, ""]))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def registry(**own: str) -> Registry[Any]:
    return Registry("strategy", "ttc.test", own)


def test_every_file_of_a_registry_has_one_line_and_the_names_are_the_old_ones() -> None:
    assert list(STRATEGIES) == sorted(STRATEGIES)
    assert len(STRATEGIES) == 26
    assert {"prm", "self_verify", "agreement"} <= set(VERIFIERS)
    assert list(JUDGES) == ["pairwise"]
    assert list(BACKENDS) == ["openai", "vllm"]
    assert ttc.STRATEGIES is STRATEGIES
    text = Path(str(sys.modules["ttc.strategies"].__file__)).read_text()
    for name, target in listed("ttc.strategies").items():
        module, _, attribute = target.partition(":")
        assert len(re.findall(rf"\b{attribute}\b", text)) == 2, "a name stands on its own line only, as `C as C`"
        assert module == f"ttc.strategies.{name}"


def test_nothing_is_imported_before_it_is_asked_for() -> None:
    code = (
        "import sys, ttc; ttc.STRATEGIES['best_of_n'], 'prm' in ttc.VERIFIERS;"
        "print(*[m for m in sys.modules if m.startswith(('ttc.strategies.', 'ttc.verifiers.'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["ttc.strategies.best_of_n", "ttc.verifiers.judges"]


def test_classes_come_from_the_package_too() -> None:
    from ttc.strategies import BestOfN

    assert BestOfN is STRATEGIES["best_of_n"]
    with pytest.raises(ImportError, match="Nope"):
        from ttc.strategies import Nope  # type: ignore[attr-defined]  # noqa: F401


def test_another_package_is_found_and_loaded_late(folder: Path) -> None:
    package(folder, "theirs", {"fine": OTHER["fine"]})
    found = registry(mine="decimal:Decimal")
    assert "fine" in found
    assert [*found] == ["mine", "fine"]
    assert found["fine"].__name__ == "Fraction"
    assert found.get("absent") is None


def test_one_that_cannot_be_imported_is_an_error_when_asked_for_and_a_warning_in_listings(folder: Path) -> None:
    package(folder, "theirs", {"fine": OTHER["fine"], "gone": OTHER["gone"]})
    found = registry()
    assert "gone" in found
    with pytest.raises(ValueError, match="strategy 'gone' of the package theirs cannot be imported: ModuleNotFound"):
        make("strategy", "gone", found)
    with pytest.warns(RuntimeWarning, match="package theirs"):
        assert list(found.items()) == [("fine", found["fine"])]


def test_a_clash_names_both(folder: Path) -> None:
    package(folder, "theirs", {"best_of_n": OTHER["best_of_n"]})
    found = registry(best_of_n="decimal:Decimal")
    for ask in (lambda: found["best_of_n"], lambda: list(found)):
        with pytest.raises(ValueError, match="'best_of_n' is registered by ttc and by the package theirs"):
            ask()
    package(folder, "others", {"best_of_n": OTHER["best_of_n"]})
    with pytest.raises(ValueError, match=r"the package (theirs|others) and by the package (theirs|others)"):
        registry()["best_of_n"]


def test_a_class_that_is_no_dataclass_has_no_knobs() -> None:
    class Plain:
        """Nothing to set."""

    assert knobs_of(Plain) == {}
    with pytest.raises(ValueError, match="it has none"):
        make("strategy", "plain", {"plain": Plain}, {"n": 3})
