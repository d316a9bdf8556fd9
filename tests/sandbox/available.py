"""Whether this machine and this place have a sandbox: an interpreter under /tmp, for example, cannot be shown to it."""

import asyncio

import pytest

from ttc.sandbox import SandboxError, shared


def need_sandbox(isolated: bool = True) -> None:
    """Skip the test where no program can be run."""
    try:
        asyncio.run(shared(isolated).start())
    except SandboxError as error:
        pytest.skip(str(error))
