"""A Python that has started already: it answers requests one by one, each in a fresh fork with nothing left over."""

from __future__ import annotations

import gc
import importlib
import os
import select
import signal
import socket
import sys
import tempfile
import time
from dataclasses import replace
from typing import Any

from ttc.sandbox.inside import confine, enter, folders, linux, seccomp, wire
from ttc.sandbox.inside.confine import Place
from ttc.sandbox.inside.processes import kill_children, readable_for, threads_of
from ttc.sandbox.inside.supervisor import Files, supervise

WARM = (
    "abc array base64 bisect cmath collections contextlib copy dataclasses datetime decimal enum fractions "
    "functools hashlib heapq io itertools json math operator os random re statistics string struct sys textwrap "
    "threading time traceback typing"
)
"""Modules that programs often import; a fork finds them loaded."""


def main(level: str, control: int, base: str) -> None:
    """Isolate as `level` says, report what there is, and answer requests until the other side closes."""
    for name in WARM.split():
        importlib.import_module(name)
    try:
        zygote = Zygote(control, base, *_place(level, base))
        _refuse_calls(zygote.place)
    except OSError as error:
        return wire.write_frame(control, {"refused": str(error)})
    if sys.platform == "linux":
        linux.drop_bounds()
    gc.collect()
    gc.freeze()  # the collector of a child does not touch, and so copy, what it shares with us
    wire.write_frame(control, {"ready": level})
    zygote.serve()


def _place(level: str, base: str) -> tuple[Place, int]:
    """Where checks run, and this process namespace (-1: there is none of our own)."""
    if level == "limits":
        return _unisolated(base), -1
    if level == "namespaces":
        enter.leave_namespaces()
        if (child := os.fork()) > 0:
            confine.close_all_but(())
            os.waitpid(child, 0)
            os._exit(0)
        linux.prctl(linux.DEATH_SIGNAL, signal.SIGKILL)
    listen = enter.shorten_queues()
    own = os.open("/proc/self/ns/pid", os.O_RDONLY)
    switch = os.geteuid() == 0 and _maps_everyone()
    enter.make_root(base) if level == "namespaces" else enter.make_jail()
    return Place(namespaces=True, switch=switch, listen=listen), own


def _refuse_calls(place: Place) -> None:
    """Set the filter of system calls. Without it a program is not isolated; where none is, it is set if it can be."""
    try:
        if sys.platform == "linux":
            seccomp.refuse(seccomp.Sockets(network=not place.namespaces, listen=place.listen))
    except OSError as error:
        if place.namespaces:
            raise OSError(f"system calls cannot be filtered: {error}") from None


def _maps_everyone() -> bool:
    """Whether other users than our own exist in this user namespace."""
    with open("/proc/self/uid_map", encoding="utf-8") as table:
        return any(int(line.split()[2]) > enter.fresh_user() for line in table)


def _unisolated(base: str) -> Place:
    """No namespaces: another user where we may choose one, limits everywhere."""
    switch = os.geteuid() == 0
    if switch and not readable_for(enter.fresh_user(), os.__file__):
        raise OSError(f"Python's library {os.__file__} cannot be read by an unprivileged user; set python=")
    if sys.platform == "linux":
        linux.prctl(linux.SUBREAPER, 1)
        linux.prctl(linux.DUMPABLE, 0)
    return Place(namespaces=False, switch=switch, listen=True, box=base)


class Zygote:
    """The loop."""

    def __init__(self, control: int, base: str, place: Place, own_namespace: int):
        self.control = control
        self.socket = socket.socket(fileno=control)
        self.base = base
        self.place = place
        self.own_namespace = own_namespace

    def serve(self) -> None:
        """One request, one result, until there are no more."""
        while True:
            _, files, _, _ = socket.recv_fds(self.socket, 1, 2)
            if len(files) != 2:
                return
            request = wire.read_frame(self.control)
            wire.write_frame(self.control, self.answer(request, *files))

    def answer(self, request: dict[str, Any], task: int, sheet: int) -> dict[str, Any]:
        """Do one request in a child and end everything that it started.

        Programs, tests and results are in the two files, which are not read here: what this process remembers, every
        later program inherits.
        """
        place, users = self.place, (enter.fresh_user(), enter.fresh_user())
        if not place.namespaces:
            place = replace(place, box=tempfile.mkdtemp(dir=self.base))
            if place.switch:
                os.chown(place.box, users[1], users[1])
            else:
                request["limits"]["others"] = threads_of(os.getuid())
        reading, writing = os.pipe()
        started = time.monotonic()
        child = self._fork(place, request, users, Files(task, sheet, writing))
        for fd in (task, sheet, writing):
            os.close(fd)
        try:
            result = self._wait(reading, started + request["limits"]["seconds"])
        finally:
            self._end(child, place)
            os.close(reading)
        return {**result, "seconds": time.monotonic() - started}

    def _fork(self, place: Place, request: dict[str, Any], users: tuple[int, int], files: Files) -> int:
        child = confine.fork(place)
        if child == 0:
            try:
                os.setsid()
                confine.close_all_but((0, 1, 2, files.task, files.sheet, files.done))
                supervise(place, request, users, files)
            finally:
                os._exit(1)
        if place.namespaces:  # or the next child would be one more in the namespace that ends with this one
            linux.setns(self.own_namespace, linux.NEW_PROCESSES)
        return child

    def _wait(self, reading: int, deadline: float) -> dict[str, Any]:
        """Whether the child says that the result is written, or what came instead."""
        ready, _, _ = select.select([reading, self.control], [], [], max(0.0, deadline - time.monotonic()))
        if self.control in ready:  # the caller no longer waits
            os._exit(0) if self.place.namespaces else sys.exit()
        if not ready:
            return {"stopped": "time"}
        return {} if os.read(reading, 4) == b"done" else {"stopped": "crash"}

    def _end(self, child: int, place: Place) -> None:
        if place.namespaces:
            os.kill(child, signal.SIGKILL)  # the first process of a namespace takes all others with it
            os.waitpid(child, 0)
        else:
            kill_children(child)
            folders.remove(place.box)
