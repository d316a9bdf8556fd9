"""Recording: every call is written down at once, line by line, so that a crash loses nothing that was finished."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from ttc.backends.base import Backend, Clocked, Completion, Delta, Meter, Pricing, Request, eflops_of
from ttc.backends.tape import file, rows
from ttc.backends.tape.causal_clock import Hops
from ttc.backends.tape.second_backend import Aside
from ttc.backends.wrapper import MeterWrapper, Wrapper
from ttc.version import __version__


class Recorder(Wrapper):
    """A backend that does what the given one does and writes it to a file. Prompts and credentials are not written.

    Args:
        backend: What is recorded.
        path: The file.
        about: Plain JSON values for the header: a seed, the name of the problem.
    """

    def __init__(self, backend: Backend, path: str | Path, about: Mapping[str, Any] | None = None):
        super().__init__(backend)
        self.path = Path(path)
        self.about = dict(about or {})
        self._pricing = RecordedPricing(self)
        self._file: TextIO | None = None
        self._calls = 0
        self._clock = 0.0
        self._start: float | None = None
        self._hops = Hops()
        self.asides: dict[int, rows.Row] = {}
        self._beside: dict[int, Aside] = {}

    @property
    def recorder(self) -> Recorder:
        """Itself; a replay has one where it goes on live."""
        return self

    def beside(self, backend: Backend) -> Backend:
        """Another backend of the same run, whose calls are written here too."""
        return self._beside.setdefault(id(backend), Aside(self, backend, len(self._beside) + 1))

    @property
    def pricing(self) -> Pricing:
        """The backend's prices, written down as they are asked for."""
        return self._pricing

    @property
    def begun(self) -> bool:
        """Whether the file is open."""
        return self._file is not None

    def now(self) -> float:
        """Seconds from the first recorded event to the last: a clock that a replay can show again."""
        return self._clock

    def mark(self, name: str, **data: Any) -> None:
        """Write down that something happened now ("deadline"); `Replay.marker` waits for it."""
        self.note("mark", name=name, data=data)

    def marker(self, name: str) -> None:
        """None: the run is live, and says itself when it happens."""

    def go_on(self, length: int, calls: int, clock: float) -> None:
        """Append to a tape of `length` bytes that holds so many calls and ends at that time."""
        self._file = file.go_on(self.path, length)
        self._calls, self._clock, self._start = calls, clock, self._time() - clock

    async def prepare(self) -> None:
        """Prepare the backend and begin the file; one that is there is overwritten."""
        await self.backend.prepare()
        if not self.begun:
            self._begin()

    async def complete(self, request: Request, meter: Meter, backend: Backend | None = None) -> Sequence[Completion]:
        """Ask the backend (or the given one, see `beside`) and write down what comes."""
        call, self._calls = self._calls, self._calls + 1
        asked: rows.Row = {"n": request.n, "max_tokens": request.max_tokens, "seed": request.seed}
        self.note("start", call=call, key=request.key, hash=rows.hash_of(request), **asked)
        noting = NotingMeter(self, call, meter)
        try:
            completions = await (backend or self.backend).complete(request, noting)
            stopped = any(completion.finish == "stopped" for completion in completions)
            result = [rows.completion_row(completion) for completion in completions]
            await _delivered(lambda then: noting.end("stopped" if stopped else "done", then, completions=result))
        except asyncio.CancelledError:
            if not noting.ended:
                with suppress(asyncio.CancelledError):
                    await _delivered(lambda then: noting.end("cancelled", then))
                noting.end("cancelled")  # where a second cancellation came in between
            raise
        except Exception as error:
            row = rows.error_row(error)
            await _delivered(lambda then: noting.end("error", then, error=row))
            raise
        return completions

    async def count(self, request: Request, backend: Backend | None = None) -> int:
        """What the backend (or the given one) counts."""
        tokens = await (backend or self.backend).count(request)
        self.write({"event": "count", "hash": rows.hash_of(request), "tokens": tokens})
        return tokens

    async def aclose(self) -> None:
        """Close the file. The backend stays open: its opener closes it."""
        if self._file is not None:
            with suppress(OSError):  # what could not be written was told when it was
                self._file.close()

    # ---- writing --------------------------------------------------------------------------------------------------

    def note(self, event: str, then: Callable[[], None] = lambda: None, **fields: Any) -> None:
        """Write an event that a replay reproduces in order; `then` brings it about."""
        time = self._time()
        self._start = time if self._start is None else self._start
        self._clock = max(self._clock, round(time - self._start, 6))
        self.write({"event": event, **fields, "t": self._clock, "hops": self._hops.place})
        then()
        self._hops.event()

    def write(self, row: rows.Row) -> None:
        """Write a line, at once."""
        if self._file is None:
            self._begin()
        assert self._file is not None
        try:
            self._file.write(json.dumps(row, separators=(",", ":")) + "\n")
            self._file.flush()
        except OSError as error:
            raise file.TapeLost(f"cannot write {self.path}: {error.strerror or error}") from error

    def _begin(self) -> None:
        self._file = file.begin(self.path)
        self.write(
            {
                "tape": rows.VERSION,
                "ttc": __version__,
                "model": rows.scrubbed(self.model),
                "capabilities": asdict(self.capabilities),
                "about": self.about,
            }
        )

    def _time(self) -> float:
        return self.backend.now() if isinstance(self.backend, Clocked) else asyncio.get_running_loop().time()


class NotingMeter(MeterWrapper):
    """Passes everything on to the meter and writes it down: of one that is not `watched` one delta a completion."""

    def __init__(self, recorder: Recorder, call: int, meter: Meter):
        super().__init__(meter)
        self._recorder, self._call = recorder, call
        self._unwritten: dict[int, list[Delta]] = {}
        self._watched = meter.watched
        self._attempts = 0
        self.ended = False

    def attempt(self, n: int = 1) -> None:
        """Count and note an attempt, also one that the budget refuses."""
        try:
            super().attempt(n)
        except BaseException:
            self._recorder.note("attempt", call=self._call, n=n, refused=True)
            raise
        self._attempts += 1
        self._recorder.note("attempt", call=self._call, n=n)

    def prompt(self, tokens: int, cached: int = 0) -> None:
        """Count and note prompt tokens."""
        super().prompt(tokens, cached)
        self._recorder.note("prompt", call=self._call, tokens=tokens, cached=cached)

    def output(self, index: int, delta: Delta) -> bool:
        """Count and note a delta."""
        goes_on = super().output(index, delta)
        if self._watched:
            stop: rows.Row = {} if goes_on else {"stop": True}
            self._recorder.note("output", call=self._call, index=index, **rows.delta_row(delta), **stop)
        else:
            self._unwritten.setdefault(index, []).append(delta)
        return goes_on

    def end(self, outcome: str, then: Callable[[], None] = lambda: None, **fields: Any) -> None:
        """Note how the call ended and what it cost; only the first end counts."""
        if self.ended:
            return
        self.ended = True
        for index, deltas in self._unwritten.items():
            text = "" if "completions" in fields else "".join(delta.text for delta in deltas)
            tokens = sum(delta.tokens for delta in deltas)
            self._recorder.note("output", call=self._call, index=index, tokens=tokens, text=text)
        output = [self.lengths[index] for index in range(max(self.lengths, default=-1) + 1)]
        cost = {
            "attempts": self._attempts,
            "calls": self.calls,
            "prompt": self.prompt_tokens,
            "cached": self.cached_tokens,
        }
        cost_row = {"cost": cost | {"output": output}}
        self._recorder.note("end", then, call=self._call, outcome=outcome, **cost_row, **fields)


async def _delivered(note: Callable[[Callable[[], None]], None]) -> None:
    """Note the end of a call and let its caller go on, the same way as a replay does: from the event loop."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[None] = loop.create_future()

    def deliver() -> None:
        if future.cancelled():
            return
        try:
            note(lambda: future.set_result(None))
        except Exception as error:
            future.set_exception(error)
        if not future.done():  # the end was noted before, and could not be written: the disk is full
            future.set_result(None)

    loop.call_soon(deliver)
    await future


class RecordedPricing:
    """The backend's prices; each one that is asked for is written down, so that a replay knows it."""

    def __init__(self, recorder: Recorder):
        self._recorder = recorder
        self._written: set[tuple[Any, ...]] = set()

    def usd(self, prompt: int, cached: int, output: int) -> float | None:
        """Price of a call in USD."""
        return self._note(self._recorder.backend.pricing.usd(prompt, cached, output), "usd", prompt, cached, output)

    def eflops(self, prompt: int, cached: int, output: int, n: int = 1) -> float | None:
        """Effective compute of a call in 10^12 eFLOPs."""
        value = self._recorder.backend.pricing.eflops(prompt, cached, output, n)
        return self._note(value, "eflops", prompt, cached, output, n)

    def eflops_of(self, prompt: int, cached: int, lengths: Sequence[int], prompts: int = 1) -> float | None:
        """Effective compute of completions of these lengths in 10^12 eFLOPs."""
        value = eflops_of(self._recorder.backend.pricing, prompt, cached, lengths, prompts, len(lengths))
        return self._note(value, "eflops_of", prompt, cached, prompts, *lengths)

    def _note(self, value: float | None, *arguments: Any) -> float | None:
        if arguments not in self._written:
            self._written.add(arguments)
            self._recorder.write({"event": "price", "of": arguments, "value": value})
        return value
