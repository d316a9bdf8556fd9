"""Replaying: every call gets what it got in the recording, in the recorded order of all arrivals."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from ttc.backends.base import Backend, Capabilities, Completion, Meter, Pricing, Request, eflops_of
from ttc.backends.tape import rows
from ttc.backends.tape.recorder import Recorder
from ttc.backends.tape.replay_order import METERED, Call, Conductor
from ttc.backends.tape.second_backend import Aside
from ttc.errors import TapeMismatch


class Replay:
    """A backend that answers from a tape. A call that the tape does not hold raises TapeMismatch.

    Events are played in the recorded order, each as soon as possible after the event that caused it.

    Args:
        path: The tape.
        then: Where calls go once all of the tape has been played. They are appended to it, so the run goes on where it
            broke off. None: such a call is a mismatch.
        patience: Seconds to wait for the caller's next call or cancellation; after them TapeMismatch is raised.
    """

    def __init__(self, path: str | Path, then: Backend | None = None, *, patience: float = 30.0):
        self.path = Path(path)
        self.header, everything, self._length = rows.read(self.path)
        calls = _whole_calls(everything)
        events = [row for row in everything if row["event"] == "mark" or row.get("call") in calls]
        self._unmade: dict[str, deque[Call]] = defaultdict(deque)
        for call in calls.values():
            self._unmade[call.start["key"]].append(call)
        self._broken_off = {r["key"] for r in everything if r["event"] == "start" and r["call"] not in calls}
        self._keys = {row["key"] for row in everything if row["event"] == "start"}
        self._started = sum(row["event"] == "start" for row in everything)
        self._last_time = max((row["t"] for row in everything if "t" in row), default=0.0)
        self._counts: dict[str, int] = {row["hash"]: row["tokens"] for row in everything if row["event"] == "count"}
        self.asides: dict[int, rows.Row] = {row["number"]: row for row in everything if row["event"] == "aside"}
        self._beside: dict[int, Aside] = {}
        self._live = None if then is None else Recorder(then, self.path)
        self._conductor = Conductor(events, calls, patience, then is not None)
        prices = {tuple(row["of"]): row["value"] for row in everything if row["event"] == "price"}
        self.pricing: Pricing = ReplayedPricing(prices, None if self._live is None else self._live.pricing)

    @property
    def model(self) -> str:
        """The recorded model."""
        return str(self.header["model"])

    @property
    def capabilities(self) -> Capabilities:
        """The recorded capabilities."""
        return Capabilities(**self.header["capabilities"])

    @property
    def exhausted(self) -> asyncio.Event:
        """Set when all of the tape has been played; from then on calls are live, or a mismatch."""
        return self._conductor.exhausted

    @property
    def recorder(self) -> Recorder | None:
        """Where the run is written on after the tape; None = nothing is live."""
        return self._live

    def beside(self, backend: Backend) -> Backend:
        """Another backend of the same run, whose calls are on this tape too."""
        return self._beside.setdefault(id(backend), Aside(self, backend, len(self._beside) + 1))

    @property
    def left(self) -> int:
        """How many recorded events have not been played; 0 after a run like the recorded one."""
        return self._conductor.left

    def now(self) -> float:
        """The recorded time of the last event; live time after the tape."""
        live = self._live is not None and self.exhausted.is_set()
        return max(self._conductor.clock, self._live.now() if live and self._live else 0.0)

    def marker(self, name: str) -> asyncio.Event | None:
        """Set when the mark of that name has been reached: never, if the tape has none. None where the run goes on."""
        return self._conductor.markers[name] if self._live is None else None

    def mark(self, name: str, **data: Any) -> None:
        """Record a mark where the run is live; on the tape it is there already."""
        if self._live is not None and self.exhausted.is_set():
            self._live.mark(name, **data)

    async def prepare(self) -> None:
        """Play what comes before the first call; prepare the backend that goes on, if there is one, to be appended."""
        self._conductor.look()
        if self._live is None:
            return
        await self._live.backend.prepare()
        if rows.scrubbed(self._live.model) != self.model:
            raise TapeMismatch(f"the tape was recorded with {self.model}, but the backend is {self._live.model}")
        if not self._live.begun:
            self._live.go_on(self._length, self._started, self._last_time)

    async def complete(self, request: Request, meter: Meter, backend: Backend | None = None) -> Sequence[Completion]:
        """What the recording says, when its turn comes; live calls go to the given backend, if there is one."""
        call = self._call(request)
        if call is not None and await self._conductor.play(call, meter):
            if "error" in call.end:
                raise rows.error_of(call.end["error"])
            return [rows.completion_of(row) for row in call.end["completions"]]
        if self._live is None or self._of_another(request):
            raise TapeMismatch(self._unknown(request))
        await self._conductor.end()
        return await self._live.complete(request, meter, backend)

    async def count(self, request: Request, backend: Backend | None = None) -> int:
        """The recorded count."""
        tokens = self._counts.get(rows.hash_of(request))
        if tokens is not None:
            return tokens
        if self._of_another(request):
            raise TapeMismatch(self._unknown(request))
        if self._live is None:
            raise TapeMismatch(f"the recording did not count the prompt of {request.key}")
        return await self._live.count(request, backend)

    async def aclose(self) -> None:
        """Close the tape; calls that still wait get no more."""
        self._conductor.stop()
        if self._live is not None:
            await self._live.aclose()

    # ---- finding the call -----------------------------------------------------------------------------------------

    def _call(self, request: Request) -> Call | None:
        """The recorded call of that key, or None. Raises TapeMismatch if it was asked something else."""
        if not self._unmade[request.key]:
            return None
        call = self._unmade[request.key].popleft()
        if call.start["hash"] == rows.hash_of(request):
            return call
        asked = {"n": request.n, "max_tokens": request.max_tokens, "seed": request.seed}
        other = [
            f"{name} is {value}, was {call.start[name]}" for name, value in asked.items() if call.start[name] != value
        ]
        what = ", ".join(other) or "its messages, prefix or sampling differ"
        raise TapeMismatch(f"{request.key} is not the call that was recorded: {what}")

    def _of_another(self, request: Request) -> bool:
        """Whether the tape is of another problem: no call on it is of the problem that the request is about."""
        about = f"{request.affinity}/"
        return bool(request.affinity and self._keys) and not any(key.startswith(about) for key in self._keys)

    def _unknown(self, request: Request) -> str:
        if self._of_another(request):
            return f"the tape {self.path.name} is of another problem; replay it with the problem that was recorded"
        key = request.key
        if key in self._broken_off:
            return f"the recording broke off before {key} ended; resume it with a live backend"
        nearest = get_close_matches(key, sorted(self._keys - self._broken_off), 1, cutoff=0.0)
        return f"{key} is not on the tape {self.path.name}" + (f"; the nearest is {nearest[0]}" if nearest else "")


class ReplayedPricing:
    """The prices that were asked for in the recording; others only where a live backend can tell."""

    def __init__(self, prices: Mapping[tuple[Any, ...], float | None], live: Pricing | None):
        self._prices, self._live = prices, live

    def usd(self, prompt: int, cached: int, output: int) -> float | None:
        """Price of a call in USD."""
        if (key := ("usd", prompt, cached, output)) in self._prices:
            return self._prices[key]
        if self._live is None and not prompt and not output:
            return 0.0  # a call that is not on the tape: what is wrong with it is said where it was asked for
        return self._other(key).usd(prompt, cached, output)

    def eflops(self, prompt: int, cached: int, output: int, n: int = 1) -> float | None:
        """Effective compute of a call in 10^12 eFLOPs."""
        if (key := ("eflops", prompt, cached, output, n)) in self._prices:
            return self._prices[key]
        if self._live is None and not prompt and not output:
            return 0.0
        return self._other(key).eflops(prompt, cached, output, n)

    def eflops_of(self, prompt: int, cached: int, lengths: Sequence[int], prompts: int = 1) -> float | None:
        """Effective compute of completions of these lengths in 10^12 eFLOPs.

        A tape of version 0.1 knows only the price at the mean length; the run costs what it cost then.
        """
        if (key := ("eflops_of", prompt, cached, prompts, *lengths)) in self._prices:
            return self._prices[key]
        start = ("eflops", prompt, cached, sum(lengths))
        if (old := next((price for price in self._prices if price[:4] == start), None)) is not None:
            return self._prices[old]
        return eflops_of(self._other(key), prompt, cached, lengths, prompts, len(lengths))

    def _other(self, key: tuple[Any, ...]) -> Pricing:
        if self._live is None:
            raise TapeMismatch(f"the recording did not ask for the price {key}")
        return self._live


def _whole_calls(everything: Sequence[rows.Row]) -> dict[int, Call]:
    """The calls of the tape that ended, by number."""
    ends = {row["call"]: row for row in everything if row["event"] == "end"}
    starts = [row for row in everything if row["event"] == "start" and row["call"] in ends]
    calls = {row["call"]: Call(row, ends[row["call"]]) for row in starts}
    for row in everything:
        if row["event"] in METERED and row["call"] in calls:
            calls[row["call"]].todo.append(row)
    return calls
