"""A second backend on the tape of a run: a verifier's or a judge's own, recorded and replayed beside the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from ttc.backends.base import Backend, Capabilities, Completion, Meter, Request
from ttc.backends.tape import rows
from ttc.backends.wrapper import Wrapper

if TYPE_CHECKING:
    from ttc.backends.tape.recorder import Recorder
    from ttc.backends.tape.replay import Replay


class Aside(Wrapper):
    """A second backend of a run, for example a verifier's, whose calls go through the tape too.

    The tape knows calls by their key, whichever backend answers them. What the backend turned out to be when it was
    prepared is written down once, so that a replay needs no server. Its prices are those of the object, as in the
    recording.

    Args:
        tape: The tape of the run.
        backend: The backend itself.
        number: From 1, in order of first use.
    """

    def __init__(self, tape: Recorder | Replay, backend: Backend, number: int):
        super().__init__(backend)
        self._tape, self._number = tape, number

    @property
    def _known(self) -> rows.Row | None:
        return self._tape.asides.get(self._number)

    @property
    def model(self) -> str:
        """The model of the backend, on replay the recorded one."""
        return self.backend.model if self._known is None else str(self._known["model"])

    @property
    def capabilities(self) -> Capabilities:
        """What the backend can do, on replay as recorded."""
        return self.backend.capabilities if self._known is None else Capabilities(**self._known["capabilities"])

    async def prepare(self) -> None:
        """Prepare the backend, unless a tape that is replayed tells all of it; write down what it is."""
        live = self._tape.recorder
        if live is None:
            return
        await self.backend.prepare()
        if self._known is None:
            row = {"model": rows.scrubbed(self.model), "capabilities": asdict(self.capabilities)}
            self._tape.asides[self._number] = row
            live.write({"event": "aside", "number": self._number, **row})

    async def complete(self, request: Request, meter: Meter) -> Sequence[Completion]:
        """What the tape says or the backend says, which the tape writes down."""
        return await self._tape.complete(request, meter, self.backend)

    async def count(self, request: Request) -> int:
        """The prompt tokens, from the tape or from the backend, which the tape writes down."""
        return await self._tape.count(request, self.backend)
