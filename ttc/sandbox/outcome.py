"""What comes back from the sandbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from ttc.errors import TTCError

Isolation: TypeAlias = Literal["bubblewrap", "namespaces", "limits"]
"""How far a program is kept apart.

bubblewrap, namespaces: no network, own processes, users and IPC, a file system with nothing but system libraries and
Python (read only) and a private folder in memory; bubblewrap or we ourselves make it. A filter of system calls keeps
keys, vsock and uncounted memory away; where it cannot be set, these levels are refused.
limits: only the limits on its use, a temporary folder and, where we are root, another user. It can read what that user
can read, and it has the network; keys, vsock and tracing are refused where calls can be filtered.
"""
Stopped: TypeAlias = Literal["", "time", "output", "crash"]
"""What ended a check early: its time (clock or CPU), the size of its output, or a crash of the checking process."""


class SandboxError(TTCError):
    """The sandbox itself cannot be had or failed; it says nothing about the program."""


@dataclass(frozen=True, slots=True)
class Run:
    """A program that ran. `status` is its exit status, -n if signal n ended it, None if it was stopped."""

    status: int | None
    stdout: str
    stderr: str
    stopped: Stopped
    seconds: float
    isolation: Isolation


@dataclass(frozen=True, slots=True)
class Check:
    """A program that was tested: `passed` of `total` asserts (0 of 0: none was there), and the first failure."""

    passed: int
    total: int
    reason: str
    stopped: Stopped
    seconds: float
    isolation: Isolation

    @property
    def right(self) -> bool:
        """Whether there were tests and all passed."""
        return self.passed == self.total > 0
