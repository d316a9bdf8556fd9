"""What a child does before foreign code runs in it: limits, another user, no capabilities, no open files."""

from __future__ import annotations

import os
import resource
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from ttc.sandbox.inside import enter, linux


@dataclass(frozen=True)
class Place:
    """Where a check runs. `namespaces`: new processes and mounts can be had; `switch`: users can be switched.

    `listen` = a program may listen on local sockets. `box` is the temporary folder of the check.
    """

    namespaces: bool
    switch: bool
    listen: bool
    box: str = "/tmp"


def isolate(place: Place, limits: dict[str, Any]) -> None:
    """A private /tmp of limited size, under a root from which there is no way out. It goes with its last process."""
    if not place.namespaces:
        return
    linux.unshare(linux.NEW_MOUNTS)
    size = f"size={limits['disk_bytes']},nr_inodes={limits['files']},mode=1777"
    linux.mount("tmpfs", enter.JAIL + "/tmp", "tmpfs", linux.NO_SETUID | linux.NO_DEVICES, size)
    os.chroot(enter.JAIL)


def fork(place: Place) -> int:
    """Fork; where there are namespaces the child is the first process of a new one, which ends with it."""
    if place.namespaces:
        linux.unshare(linux.NEW_PROCESSES)
    return os.fork()


def confine(place: Place, limits: dict[str, Any], user: int, keep: Sequence[int]) -> None:
    """Give up everything but the standard streams and the files in `keep`. Called last before foreign code."""
    os.umask(0o077)
    close_all_but((0, 1, 2, *keep))
    with suppress(OSError):
        os.chdir(place.box)
    environment = {"HOME": place.box, "TMPDIR": place.box, "PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"}
    os.environ.clear()
    os.environ.update(environment, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", PYTHONHASHSEED="0")
    limit(limits)
    if place.switch:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    if sys.platform == "linux":
        linux.drop_capabilities()
        linux.prctl(linux.DUMPABLE, 0)
        linux.prctl(linux.DEATH_SIGNAL, signal.SIGKILL)


def limit(limits: dict[str, Any]) -> None:
    """Set the limits that the kernel keeps for each process (`processes`: for each user)."""
    processes = limits["processes"] + limits.get("others", 0)
    table = {
        "CORE": 0,
        "CPU": limits["cpu_seconds"],
        "AS": limits["memory_bytes"],
        "FSIZE": limits["file_bytes"],
        "NOFILE": limits["open_files"],
        "NPROC": processes,
        "MEMLOCK": 0,
        "MSGQUEUE": 0,
        "SIGPENDING": 64,
    }
    for name, value in table.items():
        kind = getattr(resource, f"RLIMIT_{name}", None)
        if kind is not None:
            hard = resource.getrlimit(kind)[1]
            own = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (own, own))


def close_all_but(keep: Sequence[int]) -> None:
    """Close every other file descriptor."""
    start = 0
    for fd in [*sorted(set(keep)), 1 << 16]:
        if start < fd:  # an empty range from 0 would close everything
            os.closerange(start, fd)
        start = fd + 1


def pin_streams(stdin: int, stdout: int, stderr: int) -> None:
    """Make these the standard streams."""
    for fd, place in ((stdin, 0), (stdout, 1), (stderr, 2)):
        os.dup2(fd, place)


def default_signals() -> None:
    """Foreign code starts with the usual answers to signals."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
