"""The server of a reward model: a URL, or a backend object, and how long its connections stay open."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from ttc.backends.base import Backend
from ttc.verifiers.pooling import PoolingBackend

if TYPE_CHECKING:
    from ttc.core.session import Session


@dataclass(slots=True, eq=False)
class _Lent:
    """The backend of a URL and how many calls of `verify` use it now."""

    backend: PoolingBackend
    users: int = 0


@dataclass(frozen=True, kw_only=True)
class RewardServer:
    """What the verifiers over pooling servers have in common: either `url` or `backend` is given."""

    url: str | None = None
    """A vLLM server, with or without /v1, for example http://localhost:8001."""
    model: str | None = None
    """The model at `url`; None = the one that is served there."""
    backend: Backend | None = None
    """From Python, a `PoolingBackend` of one's own, which stays open."""

    needs: ClassVar[frozenset[str]] = frozenset({"reward server"})

    _lent: list[_Lent] = field(default_factory=list, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if (self.url is None) == (self.backend is None):
            name = type(self).__module__.rpartition(".")[2]
            raise ValueError(
                f"{name} needs the server of its reward model: url=http://localhost:8001 (on the command line "
                f"--verifier {name}:url=http://localhost:8001), or backend=PoolingBackend(...), not both"
            )
        if self.model is not None and self.url is None:
            raise ValueError(f"model is {self.model!r}; it goes with url, a backend knows its own")
        if self.url is not None:
            self._lent.append(_Lent(PoolingBackend(self.url, self.model)))

    async def ready(self, session: Session) -> None:
        """Find the server, before anything is paid that only it can judge."""
        async with self.server() as server:
            await session.server(server).prepare()

    @asynccontextmanager
    async def server(self) -> AsyncIterator[Backend]:
        """The backend; that of a URL is closed after its last use, and opens again by itself."""
        if self.backend is not None:
            yield self.backend
            return
        (lent,) = self._lent
        lent.users += 1
        try:
            yield lent.backend
        finally:
            lent.users -= 1
            if not lent.users:
                await lent.backend.aclose()
