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
LAST_RESORT = 60  # s of one comparison after which the process ends itself, should its owner have died


def limit_resources() -> None:
    """Bound the memory of this process and forbid it to write files."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # Windows has none

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


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
    alarm = getattr(signal, "alarm", None)
    print("ready", file=replies, flush=True)
    for line in sys.stdin:
        if alarm:
            alarm(LAST_RESORT)
        try:
            result = decide(*json.loads(line))
        except Exception:  # MemoryError and RecursionError too: the verdict is "cannot tell"
            result = None
        if alarm:
            alarm(0)
        print(json.dumps(result), file=replies, flush=True)


if __name__ == "__main__":
    main()
