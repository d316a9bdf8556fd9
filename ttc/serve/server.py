"""Runs a gateway: in the foreground for `ttc serve`, or beside other code in a thread of its own."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ttc.errors import TTCError
from ttc.serve.settings import Settings

if TYPE_CHECKING:
    import uvicorn

BACKLOG = 4096
KEEP_ALIVE_SECONDS = 30
START_SECONDS = 60.0


def serve(settings: Settings) -> None:
    """Serve until interrupted."""
    with _bound(settings) as listener:
        print(f"ttc: serving on {url_of(listener)}", flush=True)
        _server(settings).run(sockets=[listener])


@contextlib.contextmanager
def serving(settings: Settings) -> Iterator[str]:
    """A gateway in a thread of its own; the value is its base URL, as clients want it (http://127.0.0.1:PORT/v1)."""
    with _bound(settings) as listener:
        server = _server(settings)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="ttc-serve", daemon=True)
        thread.start()
        end = time.monotonic() + START_SECONDS
        try:
            while not server.started:
                if not thread.is_alive() or time.monotonic() > end:
                    raise TTCError("the gateway did not start; `ttc serve` with the same settings says why")
                time.sleep(0.01)
            yield url_of(listener)
        finally:
            server.should_exit = True
            thread.join()


def url_of(listener: socket.socket) -> str:
    """The base URL of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/v1"


@contextlib.contextmanager
def _bound(settings: Settings) -> Iterator[socket.socket]:
    """A listening socket, and as many files as the system allows, since every client is one."""
    with contextlib.suppress(ImportError, ValueError, OSError):  # there is no such limit on Windows
        import resource  # Windows has none

        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.create_server((settings.host, settings.port), family=family, backlog=BACKLOG) as listener:
        yield listener


def _server(settings: Settings) -> uvicorn.Server:
    try:
        import uvicorn

        from ttc.serve.app import App  # needs the extra [serve]
        from ttc.serve.protocol import timed_protocol  # needs the extra [serve]
    except ImportError as error:
        raise TTCError(f"the gateway needs the package {error.name}: pip install 'ttc-llm[serve]'") from error
    config = uvicorn.Config(
        App(settings),
        http=timed_protocol(settings.limits),
        ws="none",
        lifespan="on",
        access_log=False,
        log_level="critical",  # it would log broken-off streams as errors; ours go to the logger "ttc.serve"
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=5,
    )
    return uvicorn.Server(config)
