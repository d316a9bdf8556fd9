"""Remove what a program left in its folder, however deep it is nested."""

from __future__ import annotations

import os
from contextlib import suppress

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def remove(path: str) -> None:
    """Remove a folder and all in it; what cannot be removed stays.

    Neither recursion nor paths: a folder can be nested deeper than Python's stack and than the longest path. Going up,
    it makes sure that it is where it came from, since a program that still ran could have moved a folder elsewhere.
    """
    with suppress(OSError):
        _empty(os.open(path, FOLDER))
        os.rmdir(path)


def _empty(folder: int) -> None:
    """Empty the open folder, one folder at a time; it is closed. OSError where something cannot be removed."""
    above: list[tuple[str, tuple[int, int]]] = []
    try:
        while True:
            if (name := _first_folder(folder)) is not None:
                above.append((name, _identity(folder)))
                folder = _moved(folder, name)
            elif above:
                name, identity = above.pop()
                folder = _moved(folder, "..")
                if _identity(folder) != identity:
                    raise OSError("a folder was moved while it was removed")
                os.rmdir(name, dir_fd=folder)
            else:
                return
    finally:
        os.close(folder)


def _first_folder(folder: int) -> str | None:
    """Remove the files of an open folder up to its first folder; that one's name, or None once it is empty."""
    found = True
    while found:  # a listing may skip names while others are being removed
        found = False
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    return entry.name
                os.unlink(entry.name, dir_fd=folder)
                found = True
    return None


def _moved(folder: int, name: str) -> int:
    """The folder `name` of an open folder, opened in its place."""
    try:
        opened = os.open(name, FOLDER, dir_fd=folder)
    except PermissionError:
        os.chmod(name, 0o700, dir_fd=folder)
        opened = os.open(name, FOLDER, dir_fd=folder)
    os.close(folder)
    return opened


def _identity(folder: int) -> tuple[int, int]:
    found = os.fstat(folder)
    return found.st_dev, found.st_ino
