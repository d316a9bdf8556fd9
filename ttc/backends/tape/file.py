"""The file of a tape while it is written: one writer at a time, readable by its owner alone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TextIO

from ttc.errors import TTCError

OWNER_ONLY = 0o600
"""A tape holds all that a model wrote."""


class TapeLost(TTCError, OSError):
    """A tape cannot be written any more: the disk is full or gone. What was written before is whole."""


def begin(path: Path) -> TextIO:
    """An empty file; what was there is overwritten. ValueError where another run is writing it."""
    return _opened(path, 0)


def go_on(path: Path, length: int) -> TextIO:
    """The file, to be appended to after `length` bytes, which were read; a torn line behind them is cut off.

    ValueError where another run is writing it, or has written to it since it was read.
    """
    return _opened(path, length)


def _opened(path: Path, length: int) -> TextIO:
    number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, OWNER_ONLY)
    try:
        _lock(number, path)
        if length and b"\n" in os.pread(number, os.fstat(number).st_size, length):
            raise ValueError(f"{path} was written by another run since it was read; give the same command again")
        os.ftruncate(number, length)
        return os.fdopen(number, "a", encoding="utf-8")
    except BaseException:
        os.close(number)
        raise


def _lock(number: int, path: Path) -> None:
    """Take an advisory lock, which the kernel gives back when the process ends, however it ends."""
    try:
        import fcntl  # Windows has none, and locks no tapes
    except ImportError:
        return
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ValueError(f"{path} is being written by another run; wait until it ends, or name another file") from None
    except OSError:  # a file system without locks
        return
