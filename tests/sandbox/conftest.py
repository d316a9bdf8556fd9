"""A sandbox of every level that this machine has; the level stands in the name of each test that uses one."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ttc.sandbox import Isolation, Sandbox, SandboxError


def python_for(level: str) -> str:
    """This Python, or the system's where ours cannot be read by the user that programs become."""
    system = "/usr/bin/python3"
    hidden = os.geteuid() == 0 and any(not p.stat().st_mode & 1 for p in Path(os.__file__).resolve().parents)
    return system if level == "limits" and hidden and Path(system).exists() else sys.executable


def opened(level: Isolation, workers: int = 2) -> Sandbox:
    sandbox = Sandbox(isolated=False, isolation=level, workers=workers, python=python_for(level))
    try:
        asyncio.run(sandbox.start())
    except SandboxError as error:
        pytest.skip(str(error))
    return sandbox


@pytest.fixture(scope="session", params=["bubblewrap", "namespaces", "limits"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """Each level in turn."""
    sandbox = opened(request.param)
    yield sandbox
    sandbox.close()


@pytest.fixture(scope="session", params=["bubblewrap", "namespaces"])
def isolated(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """Each level that keeps programs apart."""
    sandbox = opened(request.param)
    yield sandbox
    sandbox.close()


@pytest.fixture(autouse=True)
def _say_the_level(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> None:
    """Reports say at which level a test ran."""
    for name in {"sandbox", "isolated"} & set(request.fixturenames):
        record_property("isolation", request.getfixturevalue(name).level)
