"""Programs as scripts: what they get, what comes back, and every limit."""

import asyncio
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.sandbox.bystanders import left_over
from ttc.sandbox import Limits, Sandbox, SandboxError

SMALL = Limits(seconds=0.7, cpu_seconds=1, memory_bytes=128 << 20, disk_bytes=4 << 20, file_bytes=1 << 20, files=50)


async def test_streams_and_status(sandbox: Sandbox) -> None:
    run = await sandbox.run("import sys\nfor line in sys.stdin: print(line.upper(), end='')\nsys.exit(3)", "a\nβ\n")
    assert (run.status, run.stdout, run.stderr, run.stopped) == (3, "A\nΒ\n", "", "")
    assert run.isolation == sandbox.level
    big = "x" * 300_000
    assert (await sandbox.run("print(len(input()))", big)).stdout == "300000\n"
    failed = await sandbox.run("print('before')\n1 / 0")
    assert (failed.status, failed.stdout) == (1, "before\n")
    assert failed.stderr.endswith("ZeroDivisionError: division by zero\n")
    assert (await sandbox.run("raise SystemExit('no')")).status == 1
    assert (await sandbox.run("import threading\nthreading.Timer(0.05, print, ['late']).start()")).stdout == "late\n"


async def test_commands(sandbox: Sandbox) -> None:
    assert (await sandbox.command(["cat"], "hello")).stdout == "hello"
    assert (await sandbox.command(["no-such-command"])).status == 127
    with pytest.raises(ValueError, match="argv is empty"):
        await sandbox.command([])


async def test_nothing_of_ours_and_nothing_of_those_before(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    code = "import os\nprint(os.environ, os.listdir('.'), os.getcwd() == os.environ['HOME'])\nopen('left', 'w').close()"
    for _ in range(2):
        shown = (await sandbox.run(code)).stdout
        assert "sk-secret" not in shown
        assert shown.endswith("[] True\n")


async def test_equal_runs_are_equal(sandbox: Sandbox) -> None:
    runs = [await sandbox.run("print({'a', 'b', 'c', 'd', 'e'}, hash('x'))") for _ in range(2)]
    assert runs[0].stdout == runs[1].stdout


@pytest.mark.parametrize(
    ("code", "stopped", "says"),
    [
        ("while True: pass", "time", ""),
        ("import time\ntime.sleep(60)", "time", ""),
        ("x = bytearray(1 << 30)", "", "MemoryError"),
        ("print('x' * 10_000_000)", "output", ""),
        ("import sys\nwhile True: sys.stderr.write('x' * 1000)", "output", ""),
        ("open('f', 'wb').write(b'x' * (2 << 20))", "", "File too large"),
        ("kept = [open('/dev/null') for _ in range(1000)]", "", "Too many open files"),
    ],
)
async def test_limits(sandbox: Sandbox, code: str, stopped: str, says: str) -> None:
    limits = SMALL if stopped == "time" else replace(SMALL, seconds=30.0, cpu_seconds=20)  # only one limit at a time
    run = await sandbox.run(code, limits=limits)
    assert run.stopped == stopped
    assert says in run.stderr
    assert (says == "") == (run.stopped != "")
    assert len(run.stdout) <= SMALL.output_bytes


async def test_the_number_of_processes(isolated: Sandbox) -> None:
    code = (
        "import os, time\nmade = 0\ntry:\n    while True:\n"
        "        if os.fork() == 0: time.sleep(60)\n        made += 1\n"
        "except OSError: print(made, flush=True)\nos._exit(0)"
    )
    made = int((await isolated.run(code, limits=replace(SMALL, processes=6))).stdout)
    assert 1 <= made <= 6


@pytest.mark.parametrize("code", ["open(str(i), 'wb').write(b'x' * 500_000)", "open(str(i), 'w').close()"])
async def test_the_disk_is_full(isolated: Sandbox, code: str) -> None:
    run = await isolated.run(f"for i in range(1000): {code}", limits=SMALL)
    assert "No space left on device" in run.stderr


async def test_what_isolation_means(isolated: Sandbox) -> None:
    code = """
import ctypes, os, socket
print(os.getpid(), [name for _, name in socket.if_nameindex()])
for path in (HOME, '/etc/passwd', '/proc/self', '/sys', '/var', '/home'):
    if os.path.exists(path): print('sees', path)
for path in ('/x', '/usr/x', '/dev/x', os.__file__):
    try: open(path, 'a'); print('writes', path)
    except OSError: pass
libc = ctypes.CDLL(None)
print([libc.unshare(flag) for flag in (0x10000000, 0x20000, 0x20000000)], os.getgroups() in ([], [65534], [0]))
try: os.chroot('.'); print('chroot')
except PermissionError: pass
"""
    run = await isolated.run(f"HOME = {__file__!r}\n{code}")
    assert run.stdout == "1 ['lo']\n[-1, -1, -1] True\n", run
    assert run.isolation in ("bubblewrap", "namespaces")


async def test_not_isolated_is_refused_not_pretended() -> None:
    sandbox = Sandbox(isolation="limits")
    with pytest.raises(SandboxError, match="pass isolated=False"):
        await sandbox.run("print(1)")
    with pytest.raises(ValueError, match="choose one of bubblewrap, namespaces, limits"):
        Sandbox(isolation="docker")  # type: ignore[arg-type]


@pytest.mark.parametrize("knob", [{"seconds": 0}, {"processes": -1}, {"memory_bytes": 1000}])
def test_limits_that_make_no_sense(knob: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(knob))):
        Limits(**knob)  # type: ignore[arg-type]


async def test_cancelled(sandbox: Sandbox) -> None:
    task = asyncio.create_task(sandbox.run("import os\nos.fork()\nwhile True: pass"))
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await sandbox.run("print(1)")).stdout == "1\n"
    assert not left_over()


def test_one_sandbox_in_several_loops(sandbox: Sandbox) -> None:
    for _ in range(3):
        assert asyncio.run(sandbox.run("print(1)")).stdout == "1\n"


async def test_a_dead_worker_is_replaced(isolated: Sandbox) -> None:
    for worker in list(isolated._idle):
        worker.process.kill()
        worker.process.wait()
    outcomes = await asyncio.gather(*(isolated.run("print(1)") for _ in range(6)), return_exceptions=True)
    assert any(isinstance(outcome, SandboxError) for outcome in outcomes)
    assert (await isolated.run("print(1)")).stdout == "1\n"


def test_programs_end_with_us(isolated: Sandbox, tmp_path: Path) -> None:
    """A process that dies without a word takes its sandbox and the program in it along."""
    code = (
        "import asyncio, os, sys\nfrom ttc.sandbox import Sandbox\n"
        f"sandbox = Sandbox(isolation={isolated.level!r}, workers=1)\n"
        "async def main():\n    task = asyncio.create_task(sandbox.run('import time\\ntime.sleep(7.77)'))\n"
        "    while not sandbox.level: await asyncio.sleep(0.01)\n    await asyncio.sleep(0.3)\n"
        "    print(sandbox._all.copy().pop().process.pid, flush=True)\n    os.kill(os.getpid(), 9)\nasyncio.run(main())"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment)
    worker = int(done.stdout)
    for _ in range(300):
        if not os.path.exists(f"/proc/{worker}") and not left_over():
            assert os.listdir(tmp_path) == []
            return
        time.sleep(0.01)
    pytest.fail(f"process {worker} or one of {left_over()} is still there")
