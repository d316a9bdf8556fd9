"""Gateways to test against: over the laboratory model, and over a scripted upstream."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

pytest.importorskip("uvicorn")
pytest.importorskip("starlette")


@pytest.fixture(scope="session")
def lab_gateway() -> Iterator[str]:
    """The base URL of a gateway over the embedded laboratory model; its own name is "ttc-lab"."""
    pytest.importorskip("xllamacpp")
    from ttc.serve.server import serving
    from ttc.serve.settings import Settings

    with serving(Settings(max_tokens=96)) as url:
        yield url


@pytest.fixture
async def upstream() -> AsyncIterator[object]:
    """A scripted model server that sees what the gateway sends and when it hangs up."""
    from tests.servers import ScriptedServer

    async with ScriptedServer(tokens=8) as server:
        yield server
