"""Run programs that were never reviewed: isolated, within limits, with a verdict that they cannot forge.

`pool.py` keeps worker processes; `inside/` is what runs within such a process, with the standard library alone.

May import: `errors`.
"""

from ttc.sandbox.limits import Limits
from ttc.sandbox.outcome import Check, Isolation, Run, SandboxError
from ttc.sandbox.pool import Sandbox, shared

__all__ = ["Check", "Isolation", "Limits", "Run", "Sandbox", "SandboxError", "shared"]
