"""What is in the archives that are published: `python -m build && pytest -m slow tests/test_distribution.py`.

PyPI knows the distribution as ttc-llm; what is imported and typed is `ttc`.
"""

from __future__ import annotations

import re
import tarfile
import tomllib
import zipfile
from email.parser import HeaderParser
from fnmatch import fnmatch
from pathlib import Path

import pytest

import ttc

ROOT = Path(__file__).parent.parent
NAME = f"ttc_llm-{ttc.__version__}"


def built(ending: str) -> Path:
    path = ROOT / "dist" / f"{NAME}{ending}"
    assert path.is_file(), "first: python -m build"
    return path


def files_of(folder: str) -> set[str]:
    """The files of a folder of this tree without what Python writes there."""
    found = (path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(ROOT)) for path in found}


@pytest.mark.slow
def test_the_wheel_is_the_package_with_its_data_and_nothing_else() -> None:
    with zipfile.ZipFile(built("-py3-none-any.whl")) as wheel:
        names = set(wheel.namelist())
        about = HeaderParser().parsestr(wheel.read(f"{NAME}.dist-info/METADATA").decode())
    package = {name for name in names if not name.startswith(f"{NAME}.dist-info/")}
    assert package == files_of("ttc")
    assert {"ttc/py.typed", "ttc/belief/shipped.json", "ttc/lab/weights/ttc-lab.gguf"} <= package
    assert {Path(name).suffix for name in package} == {".py", ".json", ".gguf", ".md", ".toml", ".typed"}
    assert (about["Name"], about["Author"], about["Version"]) == ("ttc-llm", "ttc developers", ttc.__version__)


@pytest.mark.slow
def test_the_source_archive_has_what_its_tests_need() -> None:
    with tarfile.open(built(".tar.gz")) as archive:
        names = {name.removeprefix(f"{NAME}/") for name in archive.getnames()}
    options = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["sdist"]
    left_out = [pattern.lstrip("/") for pattern in options["exclude"]]
    for folder in ("ttc", "tests", "evals", "examples", "docs"):
        wanted = {
            name
            for name in files_of(folder)
            if not any(fnmatch(name, pattern) or name.startswith(f"{pattern}/") for pattern in left_out)
        }
        assert len(wanted) > 5
        assert wanted <= names
    assert not any("natural" in name for name in names)
    assert {"pyproject.toml", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", ".ci/run"} <= names


def test_texts_name_the_distribution_and_extras_that_it_has() -> None:
    extras = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"])
    pages = [path for path in ROOT.glob("*.md") if path.name != "CHANGELOG.md"]
    for folder, ending in (("ttc", "py"), ("examples", "py"), ("docs", "md")):
        pages += (ROOT / folder).rglob(f"*.{ending}")
    named: set[str] = set()
    for path in pages:
        for line in path.read_text(encoding="utf-8").splitlines():
            if "pip install" in line:
                asked = line.partition("pip install")[2].partition("&&")[0]
                assert "ttc" not in re.split(r"[\s'\"\[]+", asked), line
                named.update(*(some.split(",") for some in re.findall(r"ttc-llm\[(.*?)]", line)))
    assert {"serve", "local", "vllm", "eval"} <= named <= extras
