"""What the tests of several rooms share: how examples are generated, and the sandbox in which programs run."""

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import settings

from ttc.sandbox import SandboxError, shared

settings.register_profile("ttc", deadline=None)  # a deadline for each example would be a test of the machine
settings.load_profile("ttc")


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
