"""What programs leave behind in their folder is removed, however it is nested."""

import asyncio
import os
from pathlib import Path

import pytest

from tests.sandbox.conftest import python_for
from ttc.sandbox import Limits, Sandbox
from ttc.sandbox.inside import folders

NEST = "import os\nfor _ in range({depth}):\n    os.mkdir('d')\n    os.chdir('d')\nopen('leaf', 'w').close()\n"
DEPTH = 3_000
"""Deeper than Python's stack (1,000) and than the longest path (4,096 bytes)."""


async def test_a_check_after_nested_folders(sandbox: Sandbox) -> None:
    limits = Limits(files=2 * DEPTH)
    run = await sandbox.run(NEST.format(depth=DEPTH) + "print('made')", limits=limits)
    assert (run.stdout, run.stderr) == ("made\n", "")
    assert (await sandbox.run("import os\nprint(os.listdir('.'))")).stdout == "[]\n"


def test_no_folder_is_left() -> None:
    sandbox = Sandbox(isolated=False, isolation="limits", workers=1, python=python_for("limits"))
    try:
        asyncio.run(sandbox.run(NEST.format(depth=DEPTH) + "os.chmod('..', 0)"))
        (worker,) = sandbox._all
        assert os.listdir(worker.base) == []
    finally:
        sandbox.close()
    assert not Path(worker.base).exists()


def test_links_are_removed_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").write_text("kept")
    left = tmp_path / "left"
    (left / "a" / "b").mkdir(parents=True)
    (left / "a" / "out").symlink_to(tmp_path / "kept", target_is_directory=True)
    for name in range(50):
        (left / "a" / "b" / str(name)).write_text("x")
        (left / f"f{name}").mkdir()
    folders.remove(str(left))
    assert not left.exists()
    assert (tmp_path / "kept" / "file").read_text() == "kept"


def test_a_folder_that_moves_takes_nothing_else_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Going up from a folder that was moved leads to where it is now; there nothing may be removed."""
    inner = tmp_path / "left" / "inner"
    inner.mkdir(parents=True)
    (tmp_path / "precious").write_text("kept")
    first = folders._first_folder

    def moving(folder: int) -> str | None:
        found = first(folder)
        if found is None and inner.exists():
            inner.rename(tmp_path / "moved")
        return found

    monkeypatch.setattr(folders, "_first_folder", moving)
    folders.remove(str(tmp_path / "left"))
    assert (tmp_path / "precious").read_text() == "kept"
