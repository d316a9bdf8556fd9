"""What a hostile program might harm, and whether it did."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.sandbox.hostile import RIGHT, TESTS, Hostile
from ttc.sandbox import Check, Limits, Run, Sandbox

SECRET_TEXT = "the-secret-that-nobody-may-read"
KEY = "TTC_TEST_API_KEY"
LIMITS = Limits(seconds=1.5, cpu_seconds=1, memory_bytes=256 << 20, processes=8, disk_bytes=8 << 20, file_bytes=4 << 20)


@dataclass
class Bystanders:
    """A file, a process, a server and a key of ours."""

    folder: Path
    process: subprocess.Popen[bytes]
    server: socket.socket
    datagrams: socket.socket
    harm: list[str] = field(default_factory=list)

    def armed(self, program: Hostile) -> str:
        """The program with what it needs to find us."""
        secret, port = str(self.folder / "secret"), self.server.getsockname()[1]
        return f"SECRET, PORT, PID = {secret!r}, {port}, {self.process.pid}\n{program.code}"

    def look(self, isolated: bool) -> list[str]:
        """What has been harmed; where nothing is isolated, reading and the network are not counted."""
        found = []
        if (self.folder / "secret").read_text() != SECRET_TEXT or len(os.listdir(self.folder)) != 1:
            found.append("a file was changed")
        if self.process.poll() is not None:
            found.append("a process was ended")
        for listener, what in ((self.server, "a connection"), (self.datagrams, "a datagram")):
            with suppress(BlockingIOError):
                listener.accept()[0].close() if listener is self.server else listener.recv(100)
                found.append(f"{what} came") if isolated else None
        return found

    def judge(self, program: Hostile, result: Check | Run) -> list[str]:
        """What is wrong with a result: it passed, or it shows what must not be seen."""
        found = ["passed the tests"] if isinstance(result, Check) and result.right else []
        shown = result.reason if isinstance(result, Check) else result.stdout + result.stderr
        isolated = result.isolation != "limits"
        found += [f"shows {what!r}" for what in (SECRET_TEXT, KEY) if what in shown and (isolated or what == KEY)]
        found += ["came out"] if "ESCAPED" in shown and isolated else []
        return found + self.look(isolated)


@contextmanager
def bystanders() -> Iterator[Bystanders]:
    """Set them up and take them down."""
    os.environ[KEY] = SECRET_TEXT + KEY
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
    server, datagrams = socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind(server.getsockname())
    for listener in (server, datagrams):
        listener.setblocking(False)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "secret").write_text(SECRET_TEXT)
        try:
            yield Bystanders(Path(folder), process, server, datagrams)
        finally:
            del os.environ[KEY]
            process.kill()
            process.wait()
            server.close()
            datagrams.close()


async def attempt(sandbox: Sandbox, around: Bystanders, program: Hostile, limits: Limits = LIMITS) -> list[str]:
    """Run one hostile program: what it harmed."""
    code = around.armed(program)
    result: Check | Run
    if program.mode == "check":
        result = await sandbox.check(code, TESTS, limits=limits)
    else:
        result = await sandbox.run(code, limits=limits)
    return around.judge(program, result)


async def still_right(sandbox: Sandbox) -> bool:
    """Whether an honest program still passes."""
    return (await sandbox.check(RIGHT, TESTS)).right


def left_over(patience: float = 5.0) -> list[str]:
    """Processes of the users that programs run as which do not end (those of another test run on this machine do)."""
    found, deadline = _of_programs(), time.monotonic() + patience
    while found and time.monotonic() < deadline:
        time.sleep(0.02)
        found &= _of_programs()
    return sorted(found)


def _of_programs() -> set[str]:
    found = set()
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and entry.stat().st_uid >= 1 << 30:
                found.add(entry.name)
    return found
