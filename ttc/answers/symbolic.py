"""Symbolic comparison in a process of its own, so that a time limit can be kept by killing it."""

import atexit
import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Final

PAIR_SECONDS: Final = 10.0  # on the clock, for one comparison: `worker` ends it after two seconds of CPU
START_SECONDS: Final = 30.0  # for the imports of a new process, on a busy machine
WAIT_SECONDS: Final = 30.0  # for the turn of a thread when others compare too
START_ATTEMPTS: Final = 3  # processes that may fail to start before symbolic comparison is given up
RETRY_SECONDS: Final = 60.0  # and for how long: a machine that is too busy now will not always be


class Late(TimeoutError):
    """The process did not answer in time."""


class Process:
    """One running worker and the thread that collects its lines."""

    def __init__(self) -> None:
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONWARNINGS": "ignore"}
        self.child = subprocess.Popen(
            [sys.executable, "-P", str(Path(__file__).with_name("worker.py"))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True, encoding="utf-8", env=environment, start_new_session=True,
        )  # fmt: skip
        self.owner = os.getpid()
        self.lines: queue.SimpleQueue[str] = queue.SimpleQueue()
        self.reader = threading.Thread(target=self._collect, name="ttc-answers", daemon=True)
        self.reader.start()

    def _collect(self) -> None:
        assert self.child.stdout is not None
        with contextlib.suppress(ValueError, OSError):
            for line in self.child.stdout:
                self.lines.put(line)
        self.lines.put("")

    def receive(self, seconds: float) -> str:
        """The next line; Late if none comes in time or the process has ended."""
        try:
            line = self.lines.get(timeout=seconds)
        except queue.Empty:
            line = ""
        if not line:
            raise Late(f"no answer in {seconds} s")
        return line

    def ask(self, first: str, second: str) -> bool | None:
        """Have one pair compared within PAIR_SECONDS; None if the process cannot tell."""
        assert self.child.stdin is not None
        try:
            self.child.stdin.write(json.dumps([first, second]) + "\n")
            self.child.stdin.flush()
        except (OSError, ValueError) as error:
            raise Late(str(error)) from error
        result = json.loads(self.receive(PAIR_SECONDS))
        return result if isinstance(result, bool) else None

    def close(self) -> None:
        """Kill the process and reap it; a copy inherited by fork is left to its owner."""
        if self.owner == os.getpid():
            self.child.kill()
            self.child.wait()
            self.reader.join(timeout=1.0)
        for pipe in (self.child.stdin, self.child.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError, ValueError):
                    pipe.close()


class Symbolic:
    """The worker of this process: started when first needed, restarted after a kill, shared by all threads."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.process: Process | None = None
        self.failures = 0
        self.given_up = -RETRY_SECONDS
        self.asking = 0

    def _running(self) -> Process:
        if self.process is None or self.process.owner != os.getpid() or self.process.child.poll() is not None:
            self._drop()
            self.process = Process()
            try:
                self.process.receive(START_SECONDS)
            except Late:
                self._count_failure()
                raise
            self.failures = 0
        return self.process

    def _count_failure(self) -> None:
        """A process that did not start; one that was interrupted says nothing."""
        if self.asking:
            self.failures += 1
        if self.failures >= START_ATTEMPTS:
            self.failures, self.given_up = 0, time.monotonic()

    def interrupt(self, thread: int) -> None:
        """End the comparison for which that thread waits, if it waits for one."""
        process = self.process
        if thread and self.asking == thread and process is not None:
            self.asking = 0
            process.child.kill()  # the thread finds its end, and reaps it

    def _drop(self) -> None:
        if self.process is not None:
            self.process.close()
            self.process = None

    def compare(self, first: str, second: str) -> bool | None:
        """Compare two LaTeX answers; None if the worker cannot tell, or not in time."""
        if not self.lock.acquire(timeout=WAIT_SECONDS):
            return None
        try:
            if time.monotonic() < self.given_up + RETRY_SECONDS:
                return None
            self.asking = threading.get_ident()
            return self._running().ask(first, second)
        except (Late, OSError):
            self._drop()
            return None
        finally:
            self.asking = 0
            self.lock.release()

    def close(self) -> None:
        """Stop the worker; the next comparison starts another."""
        with self.lock:
            self._drop()

    def forked(self) -> None:
        """In a forked child: forget the parent's worker and its lock, which another thread may have held."""
        self.lock = threading.Lock()
        if self.process is not None:
            self.process.child.returncode = 0  # it is no child of this process: nothing to wait for
            self.process = None


SYMBOLIC: Final = Symbolic()
atexit.register(SYMBOLIC.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=SYMBOLIC.forked)
