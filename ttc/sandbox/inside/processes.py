"""Where there are no process namespaces: find and end what a program has left behind."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress


def kill_children(child: int, patience: float = 2.0) -> None:
    """End `child`, its group and all below it, again until there is none (orphans have become our children).

    All are stopped first, so that none can start another while the others are being ended.
    """
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        found = descendants(os.getpid()) if sys.platform == "linux" else []
        for number in (signal.SIGSTOP, signal.SIGKILL):
            with suppress(OSError):
                os.killpg(child, number)
            for process in found:
                with suppress(OSError):
                    os.kill(process, number)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        try:
            os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        time.sleep(0.001)


def descendants(root: int) -> list[int]:
    """The processes below `root`, nearest first."""
    children: dict[int, list[int]] = {}
    for process in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError), open(f"/proc/{process}/stat", encoding="utf-8", errors="replace") as file:
            parent = int(file.read().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(process))
    found = list(children.get(root, ()))
    for below in found:
        found.extend(children.get(below, ()))
    return found


def threads_of(user: int) -> int:
    """How many threads a user has: the limit on processes counts them all."""
    count = 0
    for process in filter(str.isdigit, os.listdir("/proc")) if sys.platform == "linux" else ():
        with suppress(OSError):
            if os.stat(f"/proc/{process}").st_uid == user:
                count += len(os.listdir(f"/proc/{process}/task"))
    return count


def readable_for(user: int, path: str) -> bool:
    """Whether that user may read that file."""
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)
            os.close(os.open(path, os.O_RDONLY))
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0
