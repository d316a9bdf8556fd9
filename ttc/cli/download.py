"""GGUF files from the Hugging Face hub, with a progress bar, into the user's cache folder.

Commands import it when they need a file, for rich is heavy.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from ttc.errors import BackendError, nearest

HUB = "https://huggingface.co"
LARGEST_LIST = 2**26
"""Bytes of a repository's list of files that are read."""


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
    repository, wanted = match[1], match[2]
    folder = _inside(cache_folder(), repository)
    here = [_inside(folder, wanted)] if wanted else sorted(folder.glob("*.gguf"))
    if here and here[0].exists():
        return here[0]
    file = _chosen(repository, _listed(repository), wanted)
    target = _inside(folder, file.name)
    _download(f"{HUB}/{repository}/resolve/main/{urllib.parse.quote(file.name)}", target, file)
    return target


@dataclass(frozen=True, slots=True)
class HubFile:
    """A file as the hub lists it: its size in bytes and its SHA-256 in hexadecimal, where it says so."""

    name: str
    size: int | None
    sha256: str | None


def _inside(folder: Path, name: str) -> Path:
    """The path of a name below a folder; ValueError where it leads out of it."""
    parts = name.split("/")
    if not name.isprintable() or "\\" in name or ":" in name or any(part in ("", ".", "..") for part in parts):
        raise ValueError(f"{name!r} is no path within a repository; write hf:ORG/REPO or hf:ORG/REPO/FILE.gguf")
    return folder.joinpath(*parts)


def _listed(repository: str) -> list[HubFile]:
    """The files of a repository."""
    url = f"{HUB}/api/models/{repository}?blobs=true"
    with _open(url) as reply:
        page = _part_of(reply, LARGEST_LIST)
    try:
        return [_hub_file(entry) for entry in json.loads(page)["siblings"]]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise BackendError(f"the hub sent a list of files that cannot be read, from {url}") from error


def _hub_file(entry: dict[str, Any]) -> HubFile:
    size, stored = entry.get("size"), entry.get("lfs") or {}
    digest = stored.get("sha256") or stored.get("oid")
    return HubFile(
        str(entry["rfilename"]), size if isinstance(size, int) else None, digest if isinstance(digest, str) else None
    )


def _chosen(repository: str, files: list[HubFile], wanted: str | None) -> HubFile:
    """The file to take: the one that is named, or the one that is liked best."""
    if wanted is not None:
        named = [file for file in files if file.name == wanted]
        if not named:
            raise ValueError(f"hf:{repository} holds no file {wanted!r}; {nearest(wanted, [f.name for f in files])}")
        return named[0]
    choices = [file for file in files if file.name.lower().endswith(".gguf") and "-of-" not in file.name]
    if not choices:
        raise ValueError(f"hf:{repository} holds no single-file GGUF; look for a repository whose name ends in -GGUF")
    liked = ("q4_k_m", "q8_0")
    return min(choices, key=lambda f: next((i for i, w in enumerate(liked) if w in f.name.lower()), len(liked)))


def _download(url: str, target: Path, file: HubFile) -> None:
    """Write the file beside and put it in place when all of it is there, so that only a whole one has its name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(".part", target.name, target.parent)  # two downloads of one file do not meet
    part = Path(name)
    try:
        with os.fdopen(number, "wb") as written, _open(url) as reply:
            _copy(reply, written, file)
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _copy(reply: Any, written: BinaryIO, file: HubFile) -> None:
    """Write a reply to a file. BackendError where its length or its digest is not what the hub says."""
    said = reply.headers.get("Content-Length", "")
    size = file.size if file.size is not None else int(said) if said.isdecimal() else None
    digest, received = sha256(), 0
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns) as progress:
        task = progress.add_task(file.name, total=size)
        while chunk := _part_of(reply, 1 << 20):
            written.write(chunk)
            digest.update(chunk)
            received += len(chunk)
            progress.advance(task, len(chunk))
            if size is not None and received > size:
                break
    if size is not None and received != size:
        raise BackendError(f"the download of {file.name} ended after {received} of {size} bytes; try again")
    if file.sha256 is not None and digest.hexdigest() != file.sha256.lower():
        raise BackendError(f"the download of {file.name} is not what the hub lists (its SHA-256 differs); try again")


def _part_of(reply: Any, size: int) -> bytes:
    try:
        data: bytes = reply.read(size)
    except (OSError, http.client.HTTPException) as error:
        raise BackendError(f"the connection to the model hub broke ({type(error).__name__}); try again") from None
    return data


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, to where the files are stored, without the token: it is for the hub alone."""

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        """The request for the new place."""
        if urllib.parse.urlsplit(newurl).scheme != "https" and req.full_url.startswith("https:"):
            raise BackendError(f"the hub redirects to a place without encryption ({newurl.partition('?')[0][:200]})")
        onward = super().redirect_request(req, fp, code, msg, headers, newurl)
        if onward is not None and _origin(newurl) != _origin(req.full_url):
            onward.remove_header("Authorization")
        return onward


def _origin(url: str) -> tuple[str, str]:
    parts = urllib.parse.urlsplit(url)
    return parts.scheme, parts.netloc.lower()


def _open(url: str) -> Any:
    token = os.environ.get("HF_TOKEN")
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        return urllib.request.build_opener(_Redirects).open(request, timeout=30)
    except urllib.error.HTTPError as error:
        raise BackendError(f"the hub answered {error.code} for {url}; check the name, or set HF_TOKEN") from None
    except (OSError, http.client.HTTPException, ValueError) as error:  # ValueError: a redirect to what is no URL
        reason = getattr(error, "reason", error)
        raise BackendError(
            f"cannot reach the model hub ({reason}); without network use --gguf FILE, --base-url URL or the default"
        ) from None
