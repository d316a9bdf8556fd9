"""The few system calls that Python 3.11 has no function for; each raises OSError with its name."""

from __future__ import annotations

import ctypes
import os

NEW_MOUNTS, NEW_HOST_NAME, NEW_IPC = 0x00020000, 0x04000000, 0x08000000
NEW_USERS, NEW_PROCESSES, NEW_NETWORK = 0x10000000, 0x20000000, 0x40000000
READ_ONLY, NO_SETUID, NO_DEVICES, REMOUNT, BIND, RECURSIVE, PRIVATE = 1, 2, 4, 32, 4096, 16384, 1 << 18
DETACH = 2
DEATH_SIGNAL, DUMPABLE, SECCOMP, DROP_BOUND, SUBREAPER, NO_NEW_PRIVILEGES = 1, 4, 22, 24, 36, 38
SECCOMP_FILTER = 2
CAPABILITIES_V3 = 0x20080522


_LIBC = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None


def _call(name: str, *arguments: object) -> None:
    if getattr(_LIBC, name)(*arguments) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")


def unshare(flags: int) -> None:
    """Leave the namespaces named by `flags` for new ones."""
    _call("unshare", flags)


def setns(namespace: int, kind: int) -> None:
    """Join the namespace of that file descriptor."""
    _call("setns", namespace, kind)


def prctl(option: int, value: int, further: int = 0) -> None:
    """Set one property of this process."""
    _call("prctl", option, ctypes.c_ulong(value), ctypes.c_ulong(further), ctypes.c_ulong(0), ctypes.c_ulong(0))


def system_call(number: int, *arguments: int) -> int:
    """A call that the C library has no function for; -1 where it fails."""
    assert _LIBC is not None
    return int(_LIBC.syscall(ctypes.c_long(number), *map(ctypes.c_long, arguments)))


def mount(source: str, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    """Mount a file system, or bind or change one that is mounted."""

    def text(value: str | None) -> bytes | None:
        return None if value is None else os.fsencode(value)

    _call("mount", text(source), text(target), text(kind), ctypes.c_ulong(flags), text(options))


def unmount(target: str) -> None:
    """Take a mount away, at once for new users and for the others when they are done."""
    _call("umount2", os.fsencode(target), DETACH)


def make_root(folder: str) -> None:
    """`folder` (a mount) becomes the root of this mount namespace; the old root is gone."""
    os.chdir(folder)
    _call("pivot_root", b".", b".")
    unmount(".")
    os.chdir("/")


def drop_bounds() -> None:
    """No program that this process or a child becomes will have capabilities; those held now stay."""
    for capability in range(64):
        try:
            prctl(DROP_BOUND, capability)
        except OSError:
            break  # the kernel knows no further ones, or we may not; then there are none to give up


def drop_capabilities() -> None:
    """Give up every capability for good, and with it whatever a set-user-id program could give back."""
    prctl(NO_NEW_PRIVILEGES, 1)
    header = (ctypes.c_uint32 * 2)(CAPABILITIES_V3, 0)
    _call("capset", header, (ctypes.c_uint32 * 6)())
