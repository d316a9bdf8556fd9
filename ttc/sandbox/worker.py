"""One zygote process and the socket to it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from ttc.sandbox.inside import enter, folders
from ttc.sandbox.outcome import Isolation, SandboxError

ROOT = Path(__file__).parent.parent
START = (
    "import sys, types\n"
    "for name, folder in (('ttc', ''), ('ttc.sandbox', '/sandbox')):\n"
    "    module = sys.modules[name] = types.ModuleType(name)\n"
    "    module.__path__ = [sys.argv[1] + folder]\n"
    "from ttc.sandbox.inside.zygote import main\n"
    "main(sys.argv[2], int(sys.argv[3]), sys.argv[4])\n"
)
"""Starts the zygote with empty packages in the place of ttc's: a fork of it is small and fast."""
GRACE = 5.0
"""Seconds beyond a check's own time after which its zygote is given up."""


class Worker:
    """Answers one request at a time. It serves any event loop, and ends when this process does."""

    def __init__(self, level: Isolation, python: str):
        wrapper = bubblewrap() if level == "bubblewrap" else []
        self.base = tempfile.mkdtemp(prefix="ttc-sandbox-")
        os.chmod(self.base, 0o711)
        ours, theirs = socket.socketpair()
        self.socket = ours
        self.socket.setblocking(False)
        arguments = [python, "-s", "-P", "-c", START, str(ROOT), level, str(theirs.fileno()), self.base]
        # Started without our environment: no keys, no paths of ours. The hash seed makes equal runs equal.
        self.process = subprocess.Popen(
            [*wrapper, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(theirs.fileno(),),
            env={"PYTHONHASHSEED": "0", "LANG": "C.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin"},
            cwd="/",
            start_new_session=True,
        )
        theirs.close()

    async def ready(self) -> None:
        """Wait until it can work; SandboxError says why it cannot."""
        said = await self._receive(30.0)
        if "ready" not in said:
            raise SandboxError(str(said.get("refused", said)))
        if said["ready"] != "limits":
            os.rmdir(self.base)  # by now its own root; should we be killed, no folder is left behind

    async def ask(self, do: str, limits: dict[str, float], task: str, sheet: dict[str, Any]) -> dict[str, Any]:
        """The result of one request; program and tests travel in files that the zygote passes on unread."""
        with tempfile.TemporaryFile() as program, tempfile.TemporaryFile() as paper:
            program.write(task.encode("utf-8", "surrogatepass"))
            paper.write(_frame(sheet))
            for file in (program, paper):
                file.seek(0)
            try:
                socket.send_fds(self.socket, [b"?"], [program.fileno(), paper.fileno()])
                await asyncio.get_running_loop().sock_sendall(self.socket, _frame({"do": do, "limits": limits}))
            except OSError as error:
                raise SandboxError(f"the sandbox has gone: {error}") from None
            said = await self._receive(limits["seconds"] + GRACE)
            if "stopped" in said:
                return said
            paper.seek(0)
            return {**json.loads(paper.read()[4:]), **said}

    async def _receive(self, seconds: float) -> dict[str, Any]:
        try:
            async with asyncio.timeout(seconds):
                size = struct.unpack("!I", await self._exactly(4))[0]
                result = json.loads(await self._exactly(size))
        except TimeoutError:
            raise SandboxError("the sandbox does not answer") from None
        if not isinstance(result, dict):
            raise SandboxError("the sandbox gave no result")
        return result

    async def _exactly(self, size: int) -> bytes:
        loop, data = asyncio.get_running_loop(), bytearray()
        while len(data) < size:
            try:
                part = await loop.sock_recv(self.socket, min(size - len(data), 1 << 16))
            except OSError:
                part = b""
            if not part:
                raise SandboxError("the sandbox ended")
            data += part
        return bytes(data)

    def close(self) -> None:
        """End the process and all that it started."""
        self.socket.close()  # it ends its children and leaves; where it is first of a namespace the kernel does that
        try:
            self.process.wait(1.0)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        folders.remove(self.base)


def _frame(message: Any) -> bytes:
    data = json.dumps(message).encode()
    return struct.pack("!I", len(data)) + data


def bubblewrap() -> list[str]:
    """The command that starts the rest of the line inside bubblewrap."""
    program = shutil.which("bwrap")
    if program is None:
        raise SandboxError("bubblewrap (bwrap) is not installed")
    command = ["/bin/sh", "-c", 'echo 1000 2>/dev/null >/proc/self/oom_score_adj; exec "$0" "$@"', program]
    command += ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--die-with-parent"]
    command += ["--cap-add", "ALL"]  # the zygote's, to make namespaces; a program has none
    if os.geteuid() != 0:
        command += ["--unshare-user", "--uid", "0", "--gid", "0"]
    paths = [*enter.visible(), str(ROOT / "sandbox")]
    for folder in sorted({str(parent) for path in paths for parent in Path(path).parents if str(parent) != "/"}):
        command += ["--perms", "0755", "--dir", folder]  # bubblewrap's own choice shuts other users out
    for path in paths:
        command += ["--symlink", os.readlink(path), path] if os.path.islink(path) else ["--ro-bind", path, path]
    command += ["--perms", "0755", "--dir", "/dev"]
    for device in enter.DEVICES:
        command += ["--dev-bind", f"/dev/{device}", f"/dev/{device}"]
    return [*command, "--symlink", "/tmp", "/dev/shm", "--proc", "/proc", "--dir", "/tmp", "--dir", enter.JAIL]


def levels() -> list[Isolation]:
    """The levels to try here, best first."""
    if sys.platform == "win32":
        raise SandboxError("there is no sandbox on Windows; use WSL")
    if sys.platform != "linux":
        return ["limits"]
    return [*(("bubblewrap",) if shutil.which("bwrap") else ()), "namespaces", "limits"]
