"""Plays the events of a tape in their recorded order, each at its recorded place in the event loop's queue.

The tape itself brings about some events: what a meter counts, the end of a call, a mark. The caller brings about the
others, by making a call or cancelling one. The conductor waits for those.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from ttc.backends.base import Meter
from ttc.backends.tape import rows
from ttc.backends.tape.causal_clock import Hops
from ttc.errors import BudgetExhausted, TapeMismatch

METERED = ("attempt", "prompt", "output")


@dataclass(slots=True, eq=False)
class Call:
    """A recorded call.

    Args:
        start: The row of its start.
        end: The row of its end.
        todo: The rows that its meter has not been told yet.
        meter: Its meter, once the call is made here.
        ended: Once the call is made here: whether the tape answers it, or a live backend must.
        leaves: Whether it was cancelled here.
        gone: Whether it has ended here.
    """

    start: rows.Row
    end: rows.Row
    todo: deque[rows.Row] = field(default_factory=deque)
    meter: Meter | None = None
    ended: asyncio.Future[bool] | None = None
    leaves: bool = False
    gone: bool = False

    @property
    def stays(self) -> bool:
        """Whether it was cancelled in the recording, and not yet here."""
        return self.cancelled and not self.leaves

    @property
    def cancelled(self) -> bool:
        """Whether it was cancelled in the recording."""
        return bool(self.end["outcome"] == "cancelled")


class Conductor:
    """Where a replay is: `clock` is the recorded time of the last event, `exhausted` is set after all of them."""

    def __init__(self, events: Sequence[rows.Row], calls: Mapping[int, Call], patience: float, resumes: bool):
        self.events, self.calls, self.patience, self.resumes = events, calls, patience, resumes
        self.markers: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self.exhausted = asyncio.Event()
        self.clock = 0.0
        self._waiting: set[asyncio.Future[bool]] = set()
        self._place = 0
        self._hops = Hops(self._step)
        self._broken: TapeMismatch | None = None
        self._stall: asyncio.TimerHandle | None = None

    @property
    def left(self) -> int:
        """How many events have not been played."""
        return len(self.events) - self._place

    async def play(self, call: Call, meter: Meter) -> bool:
        """Take part until the call ends; False if the run broke off while it ran, so that it must be made again.

        Raises TapeMismatch. On cancel the meter has been told all that the recording says of the call.
        """
        call.meter, call.ended = meter, asyncio.get_running_loop().create_future()
        self._caller_moved(call.start["t"], call)
        try:
            return await self._wait(call.ended)
        except asyncio.CancelledError:
            if call.cancelled and not call.gone:
                with suppress(asyncio.CancelledError, TapeMismatch):
                    await self._leave(call)
            raise
        finally:
            if not call.gone:  # cancelled otherwise than in the recording, or it cannot end
                call.gone = True
                while call.cancelled and call.todo:
                    self._tell(call)
                self._caller_moved(call.end["t"] if call.cancelled else self.clock)

    async def _leave(self, call: Call) -> None:
        """Wait for the recorded place of a cancellation: cancelled calls also end in their recorded order."""
        call.ended, call.leaves = asyncio.get_running_loop().create_future(), True
        self.look()
        await self._wait(call.ended)

    async def end(self) -> None:
        """Wait until all of the tape has been played. Raises TapeMismatch if that cannot come."""
        if not self.exhausted.is_set():
            self.look()
            await self._wait(asyncio.get_running_loop().create_future())

    def look(self) -> None:
        """See what can be played, where no chain of hops will do so."""
        if not self._hops.running:
            asyncio.get_running_loop().call_soon(self._step)

    def stop(self) -> None:
        """Wait for nothing more."""
        self._be_patient(False)

    # ---- events ---------------------------------------------------------------------------------------------------

    def _caller_moved(self, time: float, made: Call | None = None) -> None:
        """A call was made or has ended here. What a call just made counts at once belongs to making it."""
        self.clock = max(self.clock, time)
        self._hops.event()
        while self.left and self._happened(row := self.events[self._place]):
            self._pass(row)
        while self.left and (row := self.events[self._place])["event"] in METERED and row["hops"] == 0:
            if made is None or self.calls[row["call"]] is not made:
                return
            self._play(row)
            self._pass(row)

    def _step(self) -> None:
        """Go on, from the event loop. What goes wrong there would reach no caller, and all would wait for ever."""
        try:
            self._go_on()
        except Exception as error:
            self._broken = TapeMismatch(f"the tape cannot be played from event {self._place} on ({error!r:.200})")
            self._tell_all(self._broken)

    def _go_on(self) -> None:
        """Play all events whose place has come."""
        while self.left:
            row = self.events[self._place]
            if not self._happened(row):
                if row["event"] == "start" or (row["event"] == "end" and self.calls[row["call"]].stays):
                    self._be_patient(True)
                    return
                if not self._hops.has_come(row["hops"]):
                    return
                self._play(row)
            self._pass(row)
        if not self._hops.running and not self.exhausted.is_set():
            self._finish()

    def _happened(self, row: rows.Row) -> bool:
        """Whether the caller has brought it about already, or has left the call."""
        call = self.calls.get(row.get("call", -1))
        return call is not None and (call.gone or (row["event"] == "start" and call.meter is not None))

    def _play(self, row: rows.Row) -> None:
        """Let an event happen that is the tape's to bring about."""
        if row["event"] == "mark":
            self.markers[row["name"]].set()
        elif row["event"] in METERED:
            self._tell(self.calls[row["call"]])
        else:
            call = self.calls[row["call"]]
            call.gone = True
            if call.ended is not None and not call.ended.done():
                call.ended.set_result(True)
        self._hops.event()

    def _pass(self, row: rows.Row) -> None:
        self.clock = max(self.clock, row["t"])
        self._place += 1
        self._be_patient(False)

    def _tell(self, call: Call) -> None:
        """Tell the meter of a call what the recording says next; it must decide as it did."""
        row, meter = call.todo.popleft(), call.meter
        assert meter is not None
        error: Exception | None = None
        try:
            if not _decides_as_recorded(row, meter):
                error = TapeMismatch(f"the meter of {call.start['key']} decides otherwise than in the recording")
        except Exception as raised:  # a watcher's own
            error = raised
        if error is not None and call.ended is not None and not call.ended.done():
            call.ended.set_exception(error)

    # ---- waiting --------------------------------------------------------------------------------------------------

    async def _wait(self, future: asyncio.Future[bool]) -> bool:
        if self._broken is not None:
            raise self._broken
        self._waiting.add(future)
        try:
            return await future
        finally:
            self._waiting.discard(future)

    def _be_patient(self, waits: bool) -> None:
        """Start to wait for the caller, unless no call could be told that it was in vain; or stop to wait."""
        if not waits and self._stall is not None:
            self._stall.cancel()
            self._stall = None
        elif waits and self._stall is None and not all(future.done() for future in self._waiting):
            self._stall = asyncio.get_running_loop().call_later(self.patience, self._give_up)

    def _give_up(self) -> None:
        """Nothing has moved for too long: the caller does something else than in the recording."""
        self._stall = None
        rest = self.events[self._place :]
        if self.resumes and all(row["event"] in METERED or self._torn_down(row) for row in rest):
            self._place = len(self.events)
            self._finish()
            return
        row = rest[0]
        what = "was called" if row["event"] == "start" else "was cancelled"
        error = f"the recording goes on after {self.calls[row['call']].start['key']} {what}, which does not happen here"
        self._tell_all(TapeMismatch(error))

    def _tell_all(self, error: TapeMismatch) -> None:
        for future in self._waiting:
            if not future.done():
                future.set_exception(error)

    def _torn_down(self, row: rows.Row) -> bool:
        """Whether the call was cancelled; a run that broke off ends with nothing else."""
        return row["event"] == "end" and self.calls[row["call"]].cancelled

    def _finish(self) -> None:
        self.exhausted.set()
        for future in self._waiting:
            if not future.done():
                future.set_result(False)


def _decides_as_recorded(row: rows.Row, meter: Meter) -> bool:
    if row["event"] == "prompt":
        meter.prompt(row["tokens"], row["cached"])
        return True
    if row["event"] == "output":
        return meter.output(row["index"], rows.delta_of(row)) != bool(row.get("stop", False))
    refused = bool(row.get("refused", False))
    try:
        meter.attempt(row["n"])
    except BudgetExhausted:
        return refused
    return not refused
