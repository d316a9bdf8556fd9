"""The program's side: run the code, and answer calls of what it defined."""

from __future__ import annotations

import io
import os
import sys
import traceback
import types
from contextlib import suppress
from typing import NoReturn

from ttc.sandbox.inside import wire
from ttc.sandbox.inside.peer import OPERATIONS, Gone, Peer, _described

SERVED = (*OPERATIONS, "lookup")


def read(task: int) -> str:
    """The program's text; the file is closed."""
    with open(task, encoding="utf-8", errors="surrogatepass") as file:
        return file.read()


def serve(code: str, fd: int) -> NoReturn:
    """Load the code as a module, say whether that worked, then answer calls until the tests end."""
    wire.write_frame(fd, ["up"])
    module = _fresh("program")
    try:
        exec(compile(code, "program.py", "exec"), module.__dict__)
    except BaseException as error:
        kind, text, _ = _described(error)
        wire.write_frame(fd, ["raised", f"{kind}: {text}"])
        os._exit(1)
    wire.write_frame(fd, ["loaded", ""])
    with suppress(Gone):
        Peer(fd, SERVED, module.__dict__).serve()
    os._exit(0)


def script(code: str) -> NoReturn:
    """Run the code as Python runs a script, then leave with its exit status."""
    _open_streams()
    status = 0
    try:
        exec(compile(code, "program.py", "exec"), _fresh("__main__").__dict__)
    except SystemExit as leaving:
        status = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    except BaseException:
        traceback.print_exc()
        status = 1
    _leave(status)


def command(argv: list[str]) -> NoReturn:
    """Become another program."""
    try:
        os.execvp(argv[0], argv)
    except OSError as error:
        os.write(2, f"{argv[0]}: {error.strerror}\n".encode())
        os._exit(127)


def _fresh(name: str) -> types.ModuleType:
    """An empty module in the place of the zygote's own."""
    for known in [known for known in sys.modules if known == "ttc" or known.startswith("ttc.")]:
        del sys.modules[known]
    module = types.ModuleType(name)
    sys.modules[name] = module
    return module


def _open_streams() -> None:
    def stream(fd: int, mode: str, errors: str) -> io.TextIOWrapper:
        return io.TextIOWrapper(io.FileIO(fd, mode, closefd=False), "utf-8", errors, write_through=fd == 2)

    sys.stdin = stream(0, "r", "replace")
    sys.stdout = stream(1, "w", "surrogateescape")
    sys.stderr = stream(2, "w", "backslashreplace")


def _leave(status: int) -> NoReturn:
    """Wait for threads, write out what is buffered, and go without the zygote's clean-up."""
    try:
        sys.modules["threading"]._shutdown() if "threading" in sys.modules else None
        sys.stdout.flush()
    except BaseException:
        status = status or 120
    os._exit(status & 255)
