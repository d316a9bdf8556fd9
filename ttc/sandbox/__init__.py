"""Run programs that nobody has read: apart from everything, within limits, with a verdict that they cannot forge."""

from ttc.sandbox.limits import Limits
from ttc.sandbox.outcome import Check, Isolation, Run, SandboxError
from ttc.sandbox.pool import Sandbox, shared

__all__ = ["Check", "Isolation", "Limits", "Run", "Sandbox", "SandboxError", "shared"]
