"""Into new namespaces: own users, network, processes, mounts and IPC, and a root that holds only what Python needs."""

from __future__ import annotations

import glob
import os
import secrets
import sys
from contextlib import suppress

from ttc.sandbox.inside import linux

PARTS = ("bin", "lib", "lib32", "lib64", "libexec")
SYSTEM = tuple(f"{top}/{part}" for top in ("/usr", "", "/usr/local") for part in PARTS)
SYSTEM += ("/usr/share", "/usr/include", "/etc/ld.so.cache", "/etc/alternatives")
"""Not all of /usr: programs of others and their settings lie there too (/usr/src/app, /usr/local/etc, pip.conf)."""
OF_PYTHON = ("bin/python", "bin/python*[0-9]", "lib", "lib32", "lib64", "share/zoneinfo", "pyvenv.cfg")
"""What Python needs of its prefix. Next to it lie pip.conf with tokens, `activate` with keys, whole projects."""
DEVICES = ("null", "zero", "full", "random", "urandom")
JAIL = "/jail"
"""The programs' root. It lies below the namespace's root since the kernel gives no new user namespace, and with it no
new capabilities, to a process whose root is not its namespace's root."""


def visible() -> list[str]:
    """The paths that programs may read: the system's libraries and commands, and this Python."""
    prefixes = [os.path.realpath(path) for path in (sys.prefix, sys.base_prefix)] + [sys.prefix, sys.base_prefix]
    patterns = [os.path.join(glob.escape(prefix), part) for prefix in dict.fromkeys(prefixes) for part in OF_PYTHON]
    python = [path for pattern in patterns for path in sorted(glob.glob(pattern))]
    shown: list[str] = []
    for path in (*SYSTEM, *python):
        if os.path.lexists(path) and not any(path == other or path.startswith(other + "/") for other in shown):
            shown.append(path)
    return shown


def leave_namespaces() -> None:
    """New namespaces for this process (of processes: from its next child on). OSError where that is not allowed."""
    with suppress(OSError):  # if memory runs out, here is what may go
        _write("/proc/self/oom_score_adj", "1000")
    _unshare()


def shorten_queues() -> bool:
    """At most two connections wait for a listener of this network namespace; False where that is not ours to say."""
    try:
        _write("/proc/sys/net/core/somaxconn", "1")
    except OSError:
        return False
    return True


def make_root(base: str) -> None:
    """A root that holds only the jail, mounted on `base`, an empty folder."""
    paths = visible()
    if hidden := [path for path in paths if path.startswith("/tmp/")]:
        raise OSError(f"{hidden[0]} lies under /tmp, of which programs have their own; install Python elsewhere")
    linux.mount("none", "/", None, linux.RECURSIVE | linux.PRIVATE)
    linux.mount("tmpfs", base, "tmpfs", linux.NO_SETUID | linux.NO_DEVICES, "size=1m,mode=755")
    jail = base + JAIL
    for path in paths:
        _show(path, jail + path)
    for device in DEVICES:
        _show(f"/dev/{device}", f"{jail}/dev/{device}", read_only=False)
    os.symlink("/tmp", f"{jail}/dev/shm")
    os.mkdir(f"{jail}/tmp")
    linux.mount("none", base, None, linux.REMOUNT | linux.BIND | linux.READ_ONLY | linux.NO_SETUID | linux.NO_DEVICES)
    linux.make_root(base)


def make_jail() -> None:
    """The jail inside a root that bubblewrap has made: the same tree once more, without /proc."""
    linux.unmount("/proc")
    linux.mount("/", JAIL, None, linux.BIND | linux.RECURSIVE)
    linux.mount("none", JAIL, None, linux.REMOUNT | linux.BIND | linux.READ_ONLY | linux.NO_SETUID | linux.NO_DEVICES)


def _unshare() -> None:
    """New namespaces by privilege where there is one, else inside an own user namespace."""
    kinds = linux.NEW_MOUNTS | linux.NEW_HOST_NAME | linux.NEW_IPC | linux.NEW_PROCESSES | linux.NEW_NETWORK
    try:
        return linux.unshare(kinds)
    except PermissionError:
        pass
    if os.geteuid() == 0:  # limits on processes do not bind user 0, wherever it is
        user = fresh_user()
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    user, group = os.geteuid(), os.getegid()
    linux.unshare(kinds | linux.NEW_USERS)
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{user} {user} 1")
    _write("/proc/self/gid_map", f"{group} {group} 1")


def fresh_user() -> int:
    """A user id that no account has."""
    return (1 << 30) + secrets.randbelow(1 << 29)


def _show(path: str, target: str, read_only: bool = True) -> None:
    """Make `path` visible as `target`, with its links as links."""
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.islink(path):
        os.symlink(os.readlink(path), target)
        return
    if os.path.isdir(path):
        os.makedirs(target, exist_ok=True)
    else:
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    linux.mount(path, target, None, linux.BIND | linux.RECURSIVE)
    for mounted in _mounts_under(target) if read_only else ():
        # Flags that the outer namespace set are locked: leaving one out would be refused.
        locked = os.statvfs(mounted).f_flag & (2 | 4 | 8 | 1024 | 2048 | 4096)
        atime = {1024: 1024, 2048: 2048, 4096: 1 << 21}
        flags = (locked & 14) | sum(flag for bit, flag in atime.items() if locked & bit)
        linux.mount("none", mounted, None, linux.REMOUNT | linux.BIND | linux.READ_ONLY | linux.NO_SETUID | flags)


def _mounts_under(target: str) -> list[str]:
    """`target` and the mounts below it."""
    with open("/proc/self/mountinfo", encoding="utf-8") as table:
        points = [line.split()[4].encode().decode("unicode_escape") for line in table]
    return [point for point in points if point == target or point.startswith(target + "/")]


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
