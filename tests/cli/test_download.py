"""Downloads: only whole files get their name, tokens stay with the hub, and nothing is written outside the cache."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ttc.cli import download
from ttc.errors import BackendError

CONTENT = b"GGUF" + bytes(range(256)) * 40


class Hub(ThreadingHTTPServer):
    """A hub that lists `files` and sends `content`; `send_to` is where it redirects its downloads to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.files: Any = [entry("model-q4_k_m.gguf")]
        self.content, self.length = CONTENT, len(CONTENT)
        self.send_to = ""
        self.tokens: list[str | None] = []


class Handler(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        self.server.tokens.append(self.headers.get("Authorization"))
        if self.path.startswith("/api/"):
            self.send([], json.dumps({"siblings": self.server.files}).encode())
        elif self.server.send_to and "/resolve/" in self.path:
            self.send_response(302)
            self.send_header("Location", self.server.send_to + "/stored")
            self.end_headers()
        else:
            self.send([("Content-Length", str(self.server.length))], self.server.content)

    def send(self, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response(200)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def entry(name: str, content: bytes = CONTENT) -> dict[str, Any]:
    return {"rfilename": name, "size": len(content), "lfs": {"sha256": sha256(content).hexdigest()}}


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    thread = threading.Thread(target=hub.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.shutdown()
        hub.server_close()
        thread.join()


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    with serving(Hub()) as made:
        monkeypatch.setattr(download, "HUB", made.url)
        monkeypatch.setenv("TTC_CACHE", str(tmp_path / "cache"))
        monkeypatch.setenv("HF_TOKEN", "hf_secret")
        yield made


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("name", ["org/repo", "org/repo/model-q4_k_m.gguf"])
def test_a_whole_file_is_kept_and_not_fetched_again(hub: Hub, tmp_path: Path, name: str) -> None:
    path = download.fetch(name)
    assert path == tmp_path / "cache" / "org" / "repo" / "model-q4_k_m.gguf"
    assert path.read_bytes() == CONTENT
    asked = len(hub.tokens)
    assert download.fetch(name) == path
    assert len(hub.tokens) == asked


@pytest.mark.parametrize(
    ("content", "length", "said"),
    [
        (CONTENT[:-100], len(CONTENT), "ended after"),
        (CONTENT[:-100], len(CONTENT) - 100, "ended after"),  # whole by its header, and not as it was listed
        (CONTENT[:-1] + b"?", len(CONTENT), "SHA-256"),
    ],
)
def test_a_file_that_is_not_whole_gets_no_name(
    hub: Hub, tmp_path: Path, content: bytes, length: int, said: str
) -> None:
    hub.content, hub.length = content, length
    with pytest.raises(BackendError, match=said):
        download.fetch("org/repo")
    assert files_in(tmp_path) == []


def test_the_token_is_for_the_hub_alone(hub: Hub) -> None:
    with serving(Hub()) as storage:
        hub.send_to = storage.url.replace("127.0.0.1", "localhost")
        assert download.fetch("org/repo").read_bytes() == CONTENT
        assert storage.tokens == [None]
    assert set(hub.tokens) == {"Bearer hf_secret"}


def test_a_redirect_on_the_hub_keeps_the_token(hub: Hub) -> None:
    hub.send_to = hub.url
    download.fetch("org/repo")
    assert set(hub.tokens) == {"Bearer hf_secret"}


@pytest.mark.parametrize(
    "name", ["../../../out.gguf", "/tmp/out.gguf", "a/../../../../out.gguf", "..\\out.gguf", "C:x.gguf"]
)
def test_nothing_is_written_outside_the_cache(hub: Hub, tmp_path: Path, name: str) -> None:
    hub.files = [entry(name)]
    with pytest.raises(ValueError, match="no path within a repository"):
        download.fetch("org/repo")
    with pytest.raises(ValueError, match="no path within a repository"):
        download.fetch(f"org/repo/{name}")
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("name", ["../repo", "org/..", "../.."])
def test_a_repository_is_no_way_out(hub: Hub, name: str) -> None:
    with pytest.raises(ValueError, match="no path within a repository"):
        download.fetch(name)


@pytest.mark.parametrize("files", [None, 7, "x", [7], [{}], [{"rfilename": "a.gguf", "lfs": 7}]])
def test_an_odd_list_of_files_is_one_sentence(hub: Hub, files: Any) -> None:
    hub.files = files
    with pytest.raises(BackendError, match="list of files that cannot be read"):
        download.fetch("org/repo")


def test_a_file_that_is_not_there_names_the_nearest(hub: Hub) -> None:
    with pytest.raises(ValueError, match=r"did you mean 'model-q4_k_m\.gguf'"):
        download.fetch("org/repo/model-q4_k_s.gguf")
