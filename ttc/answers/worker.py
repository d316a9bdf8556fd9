"""The process that does symbolic algebra: `symbolic` starts it by path, feeds it JSON lines, kills it when it is late.

It runs as a script and imports nothing of ttc, so that it also works when the main module cannot be imported.
"""

import contextlib
import json
import os
import signal
import sys
import warnings
from typing import Any

MEMORY = 2 * 1024**3  # bytes of address space
CPU_SECONDS = 2.0  # of one comparison, after which the answers are different: on a busy machine as on an idle one
PATIENCE = 1.0  # further ones, in which a comparison may come to an end that catches every exception
LAST_RESORT = 60  # s of one comparison after which the process ends itself, should its owner have died


def limit_resources() -> None:
    """Bound the memory of this process and forbid it to write files."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # Windows has none

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Spent(BaseException):
    """A comparison has used up its CPU_SECONDS."""


class Clock:
    """The CPU time of one comparison (where the system has such a timer)."""

    def __init__(self) -> None:
        self.timer = getattr(signal, "setitimer", None)
        self.rings = 0
        if self.timer:
            signal.signal(signal.SIGPROF, self.ring)

    def ring(self, *_: object) -> None:
        """Time is up: end the comparison, and at the third time the process."""
        self.rings += 1
        if self.rings > 2:
            os._exit(1)
        raise Spent

    def decide(self, first: str, second: str) -> bool:
        """As `decide` below; what cannot be parsed or compared, or not within CPU_SECONDS, is different."""
        self.rings = 0
        try:
            if self.timer:
                self.timer(signal.ITIMER_PROF, CPU_SECONDS, PATIENCE)
            return bool(decide(first, second))
        except (Spent, Exception):  # MemoryError and RecursionError too
            return False
        finally:
            if self.timer:
                self.timer(signal.ITIMER_PROF, 0.0)


def decide(first: str, second: str) -> bool | None:
    """Compare two LaTeX answers with math-verify in both directions, None if one of them cannot be parsed."""
    from math_verify import LatexExtractionConfig, parse, verify

    def read(text: str) -> list[Any]:
        config = [LatexExtractionConfig()]  # its plain-expression reader evaluates Python, so it stays out
        return list(parse(f"${text}$", config, fallback_mode="no_fallback", parsing_timeout=None))

    mine, yours = read(first), read(second)
    if not mine or not yours:
        return None
    return any(
        verify(gold, other, timeout_seconds=None, allow_set_relation_comp=True)
        for gold, other in ((mine, yours), (yours, mine))
    )


def main() -> None:
    """Answer one JSON line with another until the input ends."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever the libraries print stays out of the protocol
    warnings.simplefilter("ignore")
    decide(r"\int_0^1 x dx", "2")  # imports take a second; the limit of a pair starts after them
    limit_resources()
    clock, alarm = Clock(), getattr(signal, "alarm", None)
    print("ready", file=replies, flush=True)
    for line in sys.stdin:
        if alarm:
            alarm(LAST_RESORT)
        print(json.dumps(clock.decide(*json.loads(line))), file=replies, flush=True)
        if alarm:
            alarm(0)


if __name__ == "__main__":
    main()
