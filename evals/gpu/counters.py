"""vLLM's own counters, and the highest use of its KV cache while something runs."""

from __future__ import annotations

import asyncio
import re
import time
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

KEPT = ("generation_tokens_total", "prompt_tokens_total", "prefix_cache_queries_total", "prefix_cache_hits_total",
        "num_preemptions_total")  # fmt: skip


def counters(url: str) -> dict[str, float]:
    """All counters and gauges of the server, summed over labels; none where the server has no /metrics of vLLM's."""
    found: dict[str, float] = {}
    try:
        with urllib.request.urlopen(url.removesuffix("/v1") + "/metrics", timeout=10) as reply:
            lines = reply.read().decode().splitlines()
    except OSError:
        return found
    for line in lines:
        if match := re.match(r"vllm:(\w+)(?:\{.*\})? ([\d.e+-]+)$", line):
            found[match[1]] = found.get(match[1], 0.0) + float(match[2])
    return found


@asynccontextmanager
async def metered(url: str) -> AsyncIterator[dict[str, Any]]:
    """Fills the dictionary it gives, when the block ends: seconds, the counters' growth and the KV cache's peak use."""
    seen: dict[str, Any] = {}
    before, start, peak = await asyncio.to_thread(counters, url), time.perf_counter(), 0.0

    async def watch() -> None:
        nonlocal peak
        while before:
            peak = max(peak, (await asyncio.to_thread(counters, url)).get("kv_cache_usage_perc", 0.0))
            await asyncio.sleep(0.5)

    watching = asyncio.create_task(watch())
    try:
        yield seen
    finally:
        watching.cancel()
        after = await asyncio.to_thread(counters, url)
        seen["seconds"] = round(time.perf_counter() - start, 3)
        if after:
            seen |= {name.removesuffix("_total"): after.get(name, 0.0) - before.get(name, 0.0) for name in KEPT}
            seen["kv_cache_peak"] = round(peak, 4)
