"""What the tests of several rooms share: the sandbox in which programs run."""

import asyncio
from collections.abc import Iterator

import pytest

from ttc.sandbox import SandboxError, shared


def begun(isolated: bool) -> None:
    """Start the shared sandbox; machines that have none skip the test."""
    try:
        asyncio.run(shared(isolated).start())
    except SandboxError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def isolated_sandbox() -> Iterator[None]:
    """Machines without isolation skip this; what was started is ended."""
    begun(True)
    yield
    shared(True).close()


@pytest.fixture
def any_sandbox() -> Iterator[None]:
    """Machines without any sandbox skip this; what was started is ended."""
    begun(False)
    yield
    shared(False).close()
