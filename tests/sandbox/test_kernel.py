"""What of the kernel no namespace covers: keys, vsock, memory that no limit counts, and files beside Python's."""

import asyncio
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.conftest import opened, python_for
from ttc.sandbox import Limits, Sandbox, SandboxError
from ttc.sandbox.inside import seccomp

MB = 1 << 20
COLUMN = ["x86_64", "aarch64"].index(platform.machine()) if platform.machine() in seccomp.MACHINES else 0
NUMBERS = {name: numbers[COLUMN] for name, numbers in (seccomp.REFUSED | seccomp.CHECKED).items()}
CALL = f"""
import ctypes, os, socket
libc = ctypes.CDLL(None, use_errno=True)
NUMBERS = {NUMBERS!r}
def call(name, *arguments):
    result = libc.syscall(NUMBERS[name], *arguments)
    return result if result >= 0 else os.strerror(ctypes.get_errno())
"""

HOST = """
import asyncio, ctypes, sys
sys.path.insert(0, {root!r})
from ttc.sandbox import Sandbox
libc = ctypes.CDLL(None)
libc.syscall({keyctl}, 1, b"ttc-test")
assert libc.syscall({add_key}, b"user", b"hostkey", b"swordfish", 9, -3) > 0
async def main():
    sandbox = Sandbox(isolated=False, isolation={level!r}, workers=1, python={python!r})
    for _ in range(2):
        run = await sandbox.run({code!r})
        print(run.stdout + run.stderr)
    sandbox.close()
asyncio.run(main())
"""
KEYS = """
found = [call("keyctl", 10, at, b"user", b"hostkey", 0) for at in (-1, -2, -3, -4, -5)]
found.append(call("request_key", b"user", b"hostkey", None, -3))
text = ctypes.create_string_buffer(100)
for key in found:
    if isinstance(key, int) and call("keyctl", 11, key, text, 100): print("reads", text.value)
    if isinstance(key, int) and call("keyctl", 2, key, b"other", 5) == 0: print("writes")
print("leaves", call("add_key", b"user", b"left", b"x", 1, -3), call("keyctl", 10, -3, b"user", b"left", 0))
"""


def test_keys_of_the_host_are_out_of_reach(sandbox: Sandbox) -> None:
    """A login's session keyring (Kerberos, fscrypt, CIFS) is inherited by whatever is started: not by programs."""
    host = HOST.format(
        root=str(Path(__file__).parents[2]), keyctl=NUMBERS["keyctl"], add_key=NUMBERS["add_key"], code=CALL + KEYS,
        level=sandbox.level, python=sandbox.python,
    )  # fmt: skip
    done = subprocess.run([sys.executable, "-c", host], capture_output=True, text=True, check=False)
    if "assert" in done.stderr:
        pytest.skip("keys cannot be made here")
    refused = "leaves Function not implemented Function not implemented"
    assert done.stdout.split("\n") == [refused, "", refused, "", ""], done


async def test_no_socket_leads_out(isolated: Sandbox) -> None:
    code = """
import socket
for family in range(64):
    for kind in (1, 2, 3, 4, 5, 10):
        for protocol in (0, 4, 15, 16):
            try: socket.socket(family, kind, protocol)
            except OSError: continue
            print(family, kind, protocol)
"""
    run = await isolated.run(code)
    # 1: local streams; 16, 0: the list of this machine's interfaces, of which there is one
    assert set(run.stdout.splitlines()) == {"1 1 0", "16 2 0", "16 3 0"}, run


async def test_not_even_without_isolation_do_programs_speak_to_a_hypervisor(sandbox: Sandbox) -> None:
    code = """
import socket
for family in (17, 38, 40, 44):
    try: socket.socket(family, 1)
    except OSError as error: print(error)
"""
    run = await sandbox.run(code)
    assert run.stdout == 4 * "[Errno 97] Address family not supported by protocol\n", run


MEMORY = """
held = 0
def fill(file):
    global held
    file.setblocking(False)
    try:
        while True: held += file.send(bytes(1 << 16))
    except OSError: pass
kept = []
def memory_files():
    global held
    while isinstance(fd := call("memfd_create", b"x", 0), int): held += os.write(fd, bytes(1 << 20))
def pairs(kind):
    while True:
        pair = socket.socketpair(socket.AF_UNIX, kind)
        for end in pair:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 << 20)
            fill(end)
        kept.extend(pair)
def unaccepted():
    for number in range(8):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(f"\\0{os.getpid()} {number}")
        listener.listen(4096)
        kept.append(listener)
        for _ in range(64):
            client = socket.socket(socket.AF_UNIX)
            client.setblocking(False)
            try: client.connect(listener.getsockname())
            except BlockingIOError: break
            fill(client)
            client.close()
def datagrams():
    for number in range(8):
        receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        receiver.bind(f"\\0{os.getpid()} {number}")
        kept.append(receiver)
        for _ in range(64):
            sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            sender.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 << 20)
            sender.connect(receiver.getsockname())
            fill(sender)
def shared():
    global held
    for _ in range(64):
        if isinstance(call("shmget", 0, 16 << 20, 0o1600), int): held += 16 << 20
for way in (memory_files, lambda: pairs(1), lambda: pairs(2), lambda: pairs(5), unaccepted, datagrams, shared):
    try: way()
    except OSError: pass
    kept.clear()
    print(held)
    held = 0
"""


async def test_memory_that_no_limit_counts_is_small(isolated: Sandbox) -> None:
    """By files in memory, buffers of sockets, connections that wait, datagrams in flight, System V segments."""
    run = await isolated.run(CALL + MEMORY, limits=Limits(seconds=60, cpu_seconds=60, processes=2))
    ways = [int(line) for line in run.stdout.split()]
    assert len(ways) == 7, run
    assert ways[0] == ways[2] == ways[3] == ways[5] == ways[6] == 0
    assert ways[1] <= Limits().open_files * MB // 2
    assert ways[4] <= 8 * MB


async def test_programs_with_loops_pools_and_servers_still_run(isolated: Sandbox) -> None:
    code = """
import asyncio, concurrent.futures, multiprocessing, os, subprocess, sys, threading
from multiprocessing.connection import Client, Listener
async def main():
    done = await asyncio.create_subprocess_exec(sys.executable, "-c", "print(1)", stdout=-1)
    return (await done.communicate())[0], await asyncio.to_thread(os.getpid) > 0
if __name__ == "__main__":
    print(asyncio.run(main()))
    with multiprocessing.get_context("fork").Pool(2) as pool: print(pool.map(abs, [-1, -2]))
    with Listener("/tmp/s") as server:
        thread = threading.Thread(target=lambda: server.accept().send("hello"))
        thread.start()
        print(Client("/tmp/s").recv())
        thread.join()
"""
    run = await isolated.run(code, limits=Limits(seconds=60, cpu_seconds=60))
    assert run.stdout == "(b'1\\n', True)\n[1, 2]\nhello\n", run


async def test_other_numbers_for_the_same_calls(isolated: Sandbox) -> None:
    if platform.machine() != "x86_64":
        pytest.skip("amd64 alone has other numbers for its calls")
    x32 = f"print(libc.syscall({0x40000000 + 39}), os.strerror(ctypes.get_errno()))"
    assert (await isolated.run(CALL + x32)).stdout == "-1 Function not implemented\n"
    # mov eax, 20 (getpid of 32-bit programs); int 0x80; ret
    i386 = (
        "import mmap\npage = mmap.mmap(-1, 4096, prot=7)\npage.write(bytes.fromhex('b814000000cd80c3'))\n"
        "print(ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))())"
    )
    run = await isolated.run(CALL + i386)
    assert (run.stdout, run.status) == ("", -31), "SIGSYS"


@pytest.mark.parametrize("name", sorted(seccomp.REFUSED))
def test_numbers_of_calls(name: str) -> None:
    """As in the kernel's headers, where this machine has them."""
    header = next(Path("/usr/include").glob(f"{platform.machine()}-linux-gnu/asm/unistd_64.h"), None)
    header = header or next(Path("/usr/include").glob("asm-generic/unistd.h"), None)
    if header is None or platform.machine() != "x86_64":
        pytest.skip("no headers of the kernel")
    known = {
        line.split()[1]: int(line.split()[2]) for line in header.read_text().splitlines() if "define __NR_" in line
    }
    assert known.get(f"__NR_{name}", NUMBERS[name]) == NUMBERS[name]


def test_no_filter_no_isolation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where calls cannot be filtered the isolated levels are refused with the reason, not pretended."""
    opened("namespaces").close()  # skipped where this level is not to be had anyway
    package = tmp_path / "ttc"
    shutil.copytree(Path(__file__).parents[2] / "ttc" / "sandbox", package / "sandbox")
    module = package / "sandbox" / "inside" / "seccomp.py"
    module.write_text(module.read_text().replace('MACHINES = {"x86_64": (0', 'MACHINES = {"other": (0'))
    monkeypatch.setattr("ttc.sandbox.worker.ROOT", package)
    with pytest.raises(SandboxError, match=r"system calls cannot be filtered: .* for 64-bit other and aarch64"):
        asyncio.run(Sandbox(isolation="namespaces").start())
    sandbox = Sandbox(isolated=False, isolation="limits", python=python_for("limits"))
    assert asyncio.run(sandbox.start()) == "limits"
    sandbox.close()


TOKEN = "token-that-programs-must-not-read"


@pytest.fixture
def environment() -> Iterator[Path]:
    """A virtual environment with a project's secrets in it, as they lie around; not below /tmp, which is refused."""
    folder = Path(tempfile.mkdtemp(dir="/var/tmp"))
    folder.chmod(0o755)
    prefix = folder / "env"
    venv.create(prefix, symlinks=True)
    for name in ("pip.conf", ".env", "etc/settings", "bin/activate"):
        (prefix / name).parent.mkdir(exist_ok=True)
        (prefix / name).write_text(f"[global]\nindex-url = https://user:{TOKEN}@example.org\n")
    yield prefix
    shutil.rmtree(folder)


def test_beside_python_nothing_is_visible(environment: Path) -> None:
    code = f"""
import os, sys
assert sys.prefix == {str(environment)!r}, sys.prefix
for folder, _, names in os.walk(sys.prefix):
    for name in names:
        if {TOKEN!r} in open(os.path.join(folder, name), errors="replace").read(): print(folder, name)
print(sorted(os.listdir(sys.prefix)), os.path.exists("/usr/src"), os.path.exists("/usr/local/etc"))
"""
    sandbox = Sandbox(isolation="namespaces", workers=1, python=str(environment / "bin" / "python"))
    try:
        run = asyncio.run(sandbox.run(code))
    except SandboxError as error:
        pytest.skip(str(error))
    finally:
        sandbox.close()
    assert run.stdout == "['bin', 'lib', 'lib64', 'pyvenv.cfg'] False False\n", run


def test_the_filter_is_there_for_the_tests_side_too(isolated: Sandbox) -> None:
    """Tests are foreign as well where a data set brings them."""
    tests = (
        CALL
        + "assert call('memfd_create', b'x', 0) == os.strerror(38)\nassert call('keyctl', 0, -3, 0) == os.strerror(38)"
    )
    check = asyncio.run(isolated.check("", tests))
    assert check.right, check.reason
    assert os.strerror(38) == "Function not implemented"
