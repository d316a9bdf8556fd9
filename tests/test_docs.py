"""The documentation site: generated pages are complete, the example backend keeps the rules, the build is strict."""

import importlib.util
import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from tests.pages import ROOT, blocks, text_of
from ttc.backends.base import Backend
from ttc.registry import knobs_of
from ttc.testing.backends import BackendConformance


def load(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATE = load(ROOT / "docs" / "generate.py")
KINDS = ("strategies", "verifiers")


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_measured_says_when_it_pays(kind: str) -> None:
    """A new class needs no entry in docs/pays.toml: its page says that it was not measured yet."""
    told, names = set(GENERATE.pays()[kind]), set(GENERATE.classes(kind))
    assert told <= names
    assert {name for name in names if GENERATE.measured(name)} <= told


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind in KINDS for name in GENERATE.classes(kind)])
def test_pages_tell_everything_of_a_class(kind: str, name: str) -> None:
    cls = GENERATE.classes(kind)[name]
    page = GENERATE.page(kind, name)
    for knob, (_, default) in knobs_of(cls).items():
        row = next(line for line in page.splitlines() if line.startswith(f"| `{knob}` |"))
        assert f"`{default!r}`" in row
        assert not row.endswith("|  |"), f"nothing says what {name}.{knob} means"
    assert "**When it pays.**" in page
    assert cls.paper.split(",")[0] in page


def test_a_section_args_tells_the_meaning_of_knobs() -> None:
    doc = "What it is.\n\nArgs:\n    n: How many\n        there are.\n    stop: A rule: one.\n\nRaises:\n    X: y"
    assert GENERATE.in_args(doc) == {"n": "How many there are.", "stop": "A rule: one."}


def test_the_measured_rows_are_those_of_the_table() -> None:
    assert "| auto one-by-one 0.1 | 79.7 % | 2,980 | +6.1 (+1.3 to +11.9) |" in GENERATE.page("strategies", "auto")


def test_every_room_has_its_paragraph() -> None:
    rooms = {path.stem for path in (ROOT / "ttc").iterdir() if path.suffix == ".py" or path.is_dir()}
    told = re.findall(r"^\*\*`(\w+)`\*\*", text_of(ROOT / "docs" / "architecture.md"), re.MULTILINE)
    assert sorted(told) == sorted(room for room in rooms if not room.startswith("_"))


class TestBackendOfThePage(BackendConformance):
    """The class that docs/own_backend.md shows, around a model that never ends by itself."""

    @pytest.fixture
    def backend(self) -> Backend:
        shown = blocks(text_of(ROOT / "docs" / "own_backend.md"), "python")[0].code
        names: dict[str, Any] = {"__name__": "page"}
        exec(shown, names)

        def endless(prompt: str, seed: int) -> Iterator[str]:
            return cycle(["one ", "two ", "three "])

        made: Backend = names["WriterBackend"](endless)
        return made


def test_the_site_builds_and_loads_nothing_from_the_network(tmp_path: Path) -> None:
    for package in ("mkdocs", "material", "mkdocstrings"):
        if importlib.util.find_spec(package) is None:
            pytest.skip(f"the site needs the package {package} (extra docs), which is not installed")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode == 0, done.stderr
    pages = list(tmp_path.rglob("*.html"))
    assert tmp_path / "strategies" / "auto.html" in pages
    foreign = re.compile(r"<(?:script|link|img|iframe)\b[^>]*(?:src|href)=.?(?:https?:)?//[^>]*>")
    for page in pages:
        assert foreign.findall(page.read_text(encoding="utf-8")) == [], page.name
