"""A backend around another one: what `complete` does is its own, all else is the inner backend's."""

from __future__ import annotations

from ttc.backends.base import Backend, Capabilities, Pricing, Request


class Wrapper:
    """Everything of a Backend but `complete`, passed on to `backend`."""

    def __init__(self, backend: Backend):
        self.backend = backend

    @property
    def model(self) -> str:
        """The model of the backend."""
        return self.backend.model

    @property
    def capabilities(self) -> Capabilities:
        """Those of the backend."""
        return self.backend.capabilities

    @property
    def pricing(self) -> Pricing:
        """That of the backend."""
        return self.backend.pricing

    async def prepare(self) -> None:
        """Prepare the backend."""
        await self.backend.prepare()

    async def count(self, request: Request) -> int:
        """What the backend counts."""
        return await self.backend.count(request)

    async def aclose(self) -> None:
        """Nothing: the backend belongs to whoever opened it."""
