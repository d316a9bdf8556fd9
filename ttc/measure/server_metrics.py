"""What a server says of itself beside its answers: the capacity of its KV cache and its places."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import aiohttp

LARGEST_PAGE = 2**24
"""Bytes of a page that are read."""
_LINE = re.compile(r"^(?P<name>[\w:]+)(?:\{(?P<labels>[^}]*)\})?\s+(?P<value>\S+)", re.MULTILINE)
_LABEL = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Limits:
    """Tokens that the KV cache holds and sequences that run at once; None = not told. `source` says where from."""

    kv_capacity: int | None = None
    slots: int | None = None
    source: str = ""


def limits_of_metrics(text: str) -> Limits:
    """The limits in a Prometheus page of vLLM (cache_config_info) or SGLang (max_total_num_tokens)."""
    for line in _LINE.finditer(text):
        labels = dict(_LABEL.findall(line["labels"] or ""))
        if line["name"] == "vllm:cache_config_info":
            blocks, size = labels.get("num_gpu_blocks", ""), labels.get("block_size", "")
            if blocks.isdecimal() and size.isdecimal():
                return Limits(int(blocks) * int(size), None, "vllm:cache_config_info")
        if line["name"] == "sglang:max_total_num_tokens":
            return Limits(int(float(line["value"])), None, "sglang:max_total_num_tokens")
    return Limits()


def limits_of_props(text: str) -> Limits:
    """The limits in the /props of llama.cpp: its slots, each with a context of its own."""
    try:
        props = json.loads(text)
        slots = int(props["total_slots"])
        context = int(props["default_generation_settings"]["n_ctx"])
    except (ValueError, KeyError, TypeError):
        return Limits()
    return Limits(slots * context, slots, "llama.cpp /props")


async def read_limits(base_url: str) -> Limits:
    """Ask the server at `base_url` (with or without /v1); nothing is known where it does not answer."""
    import aiohttp

    root = base_url.partition("#")[0].rstrip("/").removesuffix("/v1")
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        for path, read in (("/metrics", limits_of_metrics), ("/props", limits_of_props)):
            try:
                async with session.get(root + path, allow_redirects=False) as response:
                    page = await _start_of(response) if response.status == 200 else b""
                found = read(page.decode(errors="replace"))
            except (aiohttp.ClientError, OSError, ValueError, OverflowError, RecursionError):
                continue  # OSError: time-outs too; the others: numbers that are none
            if found.kv_capacity is not None:
                return found
    return Limits()


async def _start_of(response: aiohttp.ClientResponse) -> bytes:
    """The page, or as much of it as any server needs."""
    page = b""
    while len(page) < LARGEST_PAGE and (part := await response.content.readany()):
        page += part
    return page
