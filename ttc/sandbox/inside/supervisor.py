"""Between the zygote and the program: it makes the box, starts the program below itself, and reports."""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import socket
import sys
import time
from dataclasses import dataclass
from typing import Any, NoReturn

from ttc.sandbox.inside import confine, program, wire
from ttc.sandbox.inside.confine import Place
from ttc.sandbox.inside.tests import judge

Request = dict[str, Any]


@dataclass(frozen=True)
class Files:
    """What came with a request: `task` holds the program, `sheet` the tests or input, and then the result.

    The program's process reads the first and this one the second, both after they have parted. So a program's memory
    holds no copy of its tests, nor of anything that the zygote was asked before. `done` is a pipe to the zygote.
    """

    task: int
    sheet: int
    done: int


def supervise(place: Place, request: Request, users: tuple[int, int], files: Files) -> NoReturn:
    """Do the request; `users` are the ids that this process and the program take."""
    try:
        confine.isolate(place, request["limits"])
        work = _check if request["do"] == "check" else _run
        result = work(place, request, users, files)
    except Exception as error:
        result = {"broken": f"{type(error).__name__}: {error}"}
    os.ftruncate(files.sheet, 0)
    os.lseek(files.sheet, 0, os.SEEK_SET)
    wire.write_frame(files.sheet, result)
    os.write(files.done, b"done")
    os._exit(0)


def _check(place: Place, request: Request, users: tuple[int, int], files: Files) -> dict[str, Any]:
    ours, theirs = socket.socketpair()
    if confine.fork(place) == 0:
        try:
            null = os.open("/dev/null", os.O_RDWR)
            _own_session()
            confine.pin_streams(null, null, null)
            confine.confine(place, request["limits"], users[1], [theirs.fileno(), files.task])
            program.serve(program.read(files.task), theirs.fileno())
        finally:
            os._exit(1)
    theirs.close()
    confine.confine(place, _own_limits(request), users[0], [files.sheet, files.done, ours.fileno()])
    sheet = wire.read_frame(files.sheet)
    return judge(sheet, ours.fileno())


def _run(place: Place, request: Request, users: tuple[int, int], files: Files) -> dict[str, Any]:
    pipes = [os.pipe() for _ in range(3)]
    (stdin, feed), (out, stdout), (err, stderr) = pipes
    started, start = os.pipe()
    child = confine.fork(place)
    if child == 0:
        try:
            _own_session()
            confine.pin_streams(stdin, stdout, stderr)
            confine.confine(place, request["limits"], users[1], [start, files.task])
            code = program.read(files.task)
            os.write(start, b"up")
            os.close(start)
            if request["do"] == "command":
                program.command(json.loads(code))
            program.script(code)
        finally:
            os._exit(1)
    for fd in (stdin, stdout, stderr, start):
        os.close(fd)
    confine.confine(place, _own_limits(request), users[0], [files.sheet, files.done, feed, out, err, started])
    if os.read(started, 2) != b"up":
        return {"broken": "the program could not be started"}
    stdin = wire.read_frame(files.sheet)["stdin"]
    return Streams(child, feed, out, err, request["limits"]).result(stdin.encode())


def _own_limits(request: Request) -> dict[str, Any]:
    """As the program's, but for the size of a file: the result must fit."""
    return {**request["limits"], "file_bytes": 1 << 30}


def _own_session() -> None:
    """Out of the supervisor's process group, which a program may signal. Elsewhere the group is all that ends it."""
    if sys.platform == "linux":
        os.setsid()


class Streams:
    """Feeds the program and reads what it says, up to output_bytes of each stream, until it ends."""

    def __init__(self, child: int, feed: int, out: int, err: int, limits: dict[str, Any]):
        self.child, self.feed = child, feed
        self.most, self.cpu_seconds = limits["output_bytes"], limits["cpu_seconds"]
        self.read = {out: bytearray(), err: bytearray()}

    def result(self, stdin: bytes) -> dict[str, Any]:
        """Exit status (negative: the signal that ended it), both streams, and what stopped it."""
        os.set_blocking(self.feed, False)
        rest, stopped, status = stdin, "", None
        opened = list(self.read)
        while status is None and not stopped:
            ended, state = os.waitpid(self.child, os.WNOHANG)
            status = os.waitstatus_to_exitcode(state) if ended else None
            rest = self._fed(rest)
            # What the program wrote before it ended is still in the pipes; a pass with no wait takes it out.
            wait = 0.0 if status is not None else 0.02
            ready, _, _ = select.select(opened, [self.feed] if rest else [], [], wait)
            while ready and not stopped:
                for fd in ready:
                    part = os.read(fd, 1 << 16)
                    self.read[fd] += part
                    if not part:
                        opened.remove(fd)
                    if len(self.read[fd]) > self.most:
                        stopped = "output"
                ready, _, _ = select.select(opened, [], [], 0)
                if status is None:
                    break
            if not opened and status is None:
                time.sleep(0.001)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        if status == -signal.SIGKILL and used.ru_utime + used.ru_stime > self.cpu_seconds - 0.2:
            stopped = "time"
        out, err = (bytes(part[: self.most]).decode("utf-8", "replace") for part in self.read.values())
        return {"status": status, "stdout": out, "stderr": err, "stopped": stopped}

    def _fed(self, rest: bytes) -> bytes:
        """Write what fits; what is left to write."""
        if self.feed < 0:
            return b""
        try:
            rest = rest[os.write(self.feed, rest[: 1 << 16]) :] if rest else rest
        except BlockingIOError:
            return rest
        except BrokenPipeError:
            rest = b""
        if not rest:
            os.close(self.feed)
            self.feed = -1
        return rest
