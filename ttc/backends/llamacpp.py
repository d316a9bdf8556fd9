"""A GGUF model inside this process: llama.cpp serves the OpenAI protocol on a loopback port, and we are its client."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from ttc.backends.base import Capabilities, Completion, Meter, Pricing, Request, TokenPrices
from ttc.backends.dialect import DIALECTS
from ttc.backends.limiter import Limiter
from ttc.backends.openai import OpenAIBackend
from ttc.errors import BackendError, check_range

MAGIC = b"GGUF"
LOADAVG = Path("/proc/loadavg")


@dataclass(frozen=True, slots=True)
class _Settings:
    """What a loaded model is shared by: the same file with the same settings is loaded once in a process."""

    path: Path
    slots: int
    context: int
    threads: int
    prompt_cache_mb: int = 0


@dataclass(slots=True)
class _Loaded:
    server: Any
    users: int = 0


_LOADED: dict[_Settings, _Loaded] = {}
_LOCK = threading.Lock()


class LlamaCppBackend:
    """A GGUF file that llama.cpp runs in this process (needs the extra `local`).

    Args:
        path: The file.
        slots: Completions that are generated at the same time.
        context_per_slot: Tokens of prompt and completion together that each of them may have.
        threads: Threads of llama.cpp; None = `idle_threads()`.
        prompt_cache_mb: MiB of host memory in which llama.cpp keeps the caches of finished prompts. At llama.cpp's own
            8,192 memory grows with every problem. At 0 votes ran .99 times as fast and step searches .95 times, in two
            pairs of runs (`evals/bench/embedded_memory.py --compare`).
        concurrency: Requests in flight at most; None = `slots`.
        pricing: How tokens turn into money and compute.
        options: Further ones, as for OpenAIBackend.

    Raises:
        ValueError: The file is no GGUF, or a number is below 1.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        slots: int = 16,
        context_per_slot: int = 2048,
        threads: int | None = None,
        prompt_cache_mb: int = 0,
        concurrency: int | None = None,
        pricing: Pricing = TokenPrices(),  # noqa: B008 (frozen)
        **options: Any,
    ):
        check_range("[1, inf)", slots=slots, context_per_slot=context_per_slot, threads=threads or 1)
        check_range("[0, inf)", "0 keeps no prompts", prompt_cache_mb=prompt_cache_mb)
        context = slots * context_per_slot
        self._settings = _Settings(check_gguf(path), slots, context, threads or idle_threads(), prompt_cache_mb)
        self._options = {"concurrency": concurrency or slots, "pricing": pricing, **options}
        self.pricing = pricing
        self._backend: OpenAIBackend | None = None
        self._preparing = Limiter(1)

    def __repr__(self) -> str:
        return f"LlamaCppBackend({str(self._settings.path)!r}, slots={self._settings.slots})"

    @property
    def model(self) -> str:
        """Name of the file without its ending."""
        return self._settings.path.stem

    @property
    def capabilities(self) -> Capabilities:
        """Those of llama.cpp."""
        return replace(DIALECTS["llamacpp"].capabilities, context=self._settings.context // self._settings.slots)

    @property
    def url(self) -> str:
        """Where the model listens, for other clients in this machine. Only after `prepare`."""
        return str(_LOADED[self._settings].server.listening_address)

    async def prepare(self) -> None:
        """Load the model, unless this process has it loaded already, and connect to it."""
        async with self._preparing:
            if self._backend is None:
                await self._load()
                self._backend = OpenAIBackend(
                    self.url, self.model, api_key="", called=f"the embedded model {self.model}", **self._options
                )
            await self._backend.prepare()

    async def _load(self) -> None:
        """Load the model in a thread. One that is cancelled cannot be stopped: the model is unloaded after it."""
        loading = asyncio.get_running_loop().run_in_executor(None, _load, self._settings)
        try:
            await asyncio.shield(loading)
        except asyncio.CancelledError:
            loading.add_done_callback(lambda done: None if done.exception() else _unload(self._settings))
            raise

    async def complete(self, request: Request, meter: Meter) -> Sequence[Completion]:
        """All n completions, in order of their index."""
        return await self._open().complete(request, meter)

    async def count(self, request: Request) -> int:
        """Number of prompt tokens, exactly."""
        return await self._open().count(request)

    async def aclose(self) -> None:
        """Close connections; the last user of a model unloads it."""
        backend, self._backend = self._backend, None
        if backend is not None:
            await backend.aclose()
            await asyncio.to_thread(_unload, self._settings)

    def _open(self) -> OpenAIBackend:
        if self._backend is None:
            raise BackendError(f"{self.model} is not loaded; await prepare() first")
        return self._backend


def idle_threads() -> int:
    """Half of the logical cores (two where there are two or three), less those that are busy; one at least.

    Threads of llama.cpp wait for each other after every matrix, so one that shares its core stops all. On two cores
    with one busy process, two threads are slower than one.
    """
    cores = os.cpu_count() or 1
    return max(1, min(max(cores // 2, 2), round(cores - running_elsewhere())))


def running_elsewhere(looks: int = 5) -> float:
    """Threads that run or wait for a core just now, without this one: the median of some looks, 2 ms apart.

    Not the load of the last minute, which on Linux still holds the run before: the second of two runs would get one
    thread. Where the kernel does not say (no /proc/loadavg) it has to serve.
    """
    seen = []
    for look in range(looks):
        time.sleep(0.002 if look else 0)
        try:
            running, _, _ = LOADAVG.read_text().split()[3].partition("/")
            seen.append(int(running) - 1)
        except (OSError, IndexError, ValueError):
            return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return max(0.0, median(seen))


def check_gguf(path: str | Path) -> Path:
    """The resolved path of a file that starts as a GGUF does. Raises ValueError that says what is wrong with it."""
    file = Path(path).expanduser()
    if not file.is_file():
        raise ValueError(f"there is no file {str(path)!r}; give the path of a GGUF model")
    with file.open("rb") as stream:
        start = stream.read(len(MAGIC))
    if start != MAGIC:
        raise ValueError(
            f"{str(path)!r} is not a GGUF model (it starts with {start!r}, not {MAGIC!r}); give a .gguf file"
        )
    return file.resolve()


def _load(settings: _Settings) -> None:
    with _LOCK:
        loaded = _LOADED.get(settings)
        if loaded is None:
            loaded = _LOADED[settings] = _Loaded(_serve(settings))
        loaded.users += 1


def _unload(settings: _Settings) -> None:
    with _LOCK:
        loaded = _LOADED[settings]
        loaded.users -= 1
        if not loaded.users:
            del _LOADED[settings]


def _serve(settings: _Settings) -> Any:
    try:
        import xllamacpp
    except ImportError as error:
        raise BackendError("running a GGUF needs the package xllamacpp: pip install 'ttc-llm[local]'") from error
    params = xllamacpp.CommonParams()
    params.model.path = str(settings.path)
    # One cache for each slot: in a common one every token attends past the other slots' cells (1.7 times slower at 16).
    params.n_parallel, params.n_ctx, params.kv_unified = settings.slots, settings.context, False
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = settings.threads
    params.n_threads_http = 2 * settings.slots + 16  # a connection holds a thread
    params.cache_ram_mib = settings.prompt_cache_mb
    params.endpoint_metrics = params.endpoint_slots = True
    params.verbosity, params.ui = -1, False
    try:
        return xllamacpp.Server(params)
    except RuntimeError as error:
        size = settings.path.stat().st_size / 1e6
        raise BackendError(
            f"llama.cpp could not load {str(settings.path)!r} ({size:.1f} MB): is the file whole, its architecture "
            f"known to the installed xllamacpp, and memory enough for {settings.context} tokens of context?"
        ) from error
