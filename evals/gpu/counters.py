"""vLLM's own counters, the highest use of its KV cache while something runs, and the CPU time of its processes."""

from __future__ import annotations

import asyncio
import os
import re
import time
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
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


def server_cpu() -> dict[str, float]:
    """CPU seconds so far of `vllm serve` on this host, its front and each of its children; none where it is not."""
    parents, used, names = dict[int, int](), dict[int, float](), dict[int, str]()
    for folder in Path("/proc").glob("[0-9]*"):
        pid = int(folder.name)
        try:
            names[pid] = (folder / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        parents[pid], used[pid] = int(fields[1]), (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    fronts = {pid for pid, name in names.items() if re.search(r"vllm\S* serve ", name) and "python" in name}
    found = {f"front {pid}": used[pid] for pid in fronts if pid in used}
    for pid, parent in parents.items():
        if parent in fronts and pid not in fronts:
            title = re.match(r"VLLM::\S+", names[pid])
            found[f"{title[0] if title else 'child'} {pid}"] = used[pid]
    return found


@asynccontextmanager
async def metered(url: str, every: float = 0.5) -> AsyncIterator[dict[str, Any]]:
    """Fills the dictionary it gives, when the block ends: seconds, the counters' growth, the KV cache's use at its peak
    and on average.

    `every`: seconds between looks at the cache; each look costs the server some CPU.
    """
    seen: dict[str, Any] = {}
    before, start, held = await asyncio.to_thread(counters, url), time.perf_counter(), list[float]()

    async def watch() -> None:
        while before:
            held.append((await asyncio.to_thread(counters, url)).get("kv_cache_usage_perc", 0.0))
            await asyncio.sleep(every)

    watching = asyncio.create_task(watch())
    try:
        yield seen
    finally:
        watching.cancel()
        after = await asyncio.to_thread(counters, url)
        seen["seconds"] = round(time.perf_counter() - start, 3)
        if after:
            seen |= {name.removesuffix("_total"): after.get(name, 0.0) - before.get(name, 0.0) for name in KEPT}
            seen["kv_cache_peak"] = round(max(held, default=0.0), 4)
            seen["kv_cache_mean"] = round(sum(held) / max(1, len(held)), 5)
