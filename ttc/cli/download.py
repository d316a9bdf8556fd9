"""GGUF files from the Hugging Face hub, with a progress bar, into the user's cache folder.

Commands import it when they need a file, for rich is heavy.
"""

from __future__ import annotations

import json
import os
import re
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from ttc.errors import BackendError

HUB = "https://huggingface.co"


def cache_folder() -> Path:
    """Where downloads go: $TTC_CACHE, else ~/.cache/ttc."""
    return Path(os.environ.get("TTC_CACHE") or Path.home() / ".cache" / "ttc")


def downloaded() -> list[Path]:
    """The GGUF files in the cache folder."""
    return sorted(cache_folder().glob("**/*.gguf"))


def fetch(name: str) -> Path:
    """The GGUF of ORG/REPO or ORG/REPO/FILE; downloaded once. Without a file name, q4_k_m is preferred, then q8_0."""
    match = re.fullmatch(r"([\w.-]+/[\w.-]+)(?:/(.+\.gguf))?", name)
    if match is None:
        raise ValueError(f"hf:{name} names no repository; write hf:ORG/REPO or hf:ORG/REPO/FILE.gguf")
    repository, file = match[1], match[2] or _choose(match[1])
    target = cache_folder() / repository / file
    if not target.exists():
        _download(f"{HUB}/{repository}/resolve/main/{urllib.parse.quote(file)}", target)
    return target


def _choose(repository: str) -> str:
    """The file of a repository to take when none is named."""
    existing = sorted((cache_folder() / repository).glob("*.gguf"))
    if existing:
        return existing[0].name
    with _open(f"{HUB}/api/models/{repository}") as reply:
        files = [entry["rfilename"] for entry in json.load(reply).get("siblings", [])]
    choices = [file for file in files if file.lower().endswith(".gguf") and "-of-" not in file]
    if not choices:
        raise ValueError(f"hf:{repository} holds no single-file GGUF; look for a repository whose name ends in -GGUF")
    wanted = ("q4_k_m", "q8_0")
    return str(min(choices, key=lambda f: next((i for i, w in enumerate(wanted) if w in f.lower()), len(wanted))))


def _download(url: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with _open(url) as reply, part.open("wb") as file, Progress(*columns) as progress:
        task = progress.add_task(target.name, total=int(reply.headers.get("Content-Length") or 0) or None)
        while chunk := reply.read(1 << 20):
            file.write(chunk)
            progress.advance(task, len(chunk))
    part.rename(target)  # only whole files carry the final name


def _open(url: str) -> Any:
    token = os.environ.get("HF_TOKEN")
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        return urllib.request.urlopen(request, timeout=30)
    except urllib.error.HTTPError as error:
        raise BackendError(f"the hub answered {error.code} for {url}; check the name, or set HF_TOKEN") from None
    except (urllib.error.URLError, OSError) as error:
        reason = getattr(error, "reason", error)
        raise BackendError(
            f"cannot reach the model hub ({reason}); without network use --gguf FILE, --base-url URL or the default"
        ) from None
