"""The same protocol through a user's AsyncOpenAI object."""

import asyncio
import gc
import queue
import threading
import warnings

import pytest

from tests.backends.asking import ask
from tests.servers import PROMPT_TOKENS, ScriptedServer
from ttc.backends.base import Backend
from ttc.backends.client import ClientBackend
from ttc.backends.retry import Backoff
from ttc.errors import BackendError
from ttc.testing.meters import CountingMeter

openai = pytest.importorskip("openai")


@pytest.fixture
async def server():
    async with ScriptedServer("vllm") as server:
        yield server


@pytest.fixture
async def backend(server: ScriptedServer):
    async with openai.AsyncOpenAI(base_url=server.url + "/v1", api_key="sk-secret") as client:
        backend = ClientBackend(client)
        backend._backoff = Backoff(3, first=0.01)
        await backend.prepare()
        yield backend


@pytest.mark.parametrize("stream", [False, True])
async def test_completions_come_with_vendor_fields_and_exact_counts(backend, server, stream):
    assert isinstance(backend, Backend)
    meter = CountingMeter()
    done = await backend.complete(ask(n=2, seed=4, logprobs=2, token_ids=True, stream=stream, affinity="p"), meter)
    assert [c.text.split()[0] for c in done] == ["s4", "s5"]
    assert done[0].token_ids == (4, 1, 2, 3, 4, 5, 6, 7)
    assert done[0].top[0] == (("alt0", -1.0), ("alt1", -2.0))
    assert (meter.calls, meter.output_tokens, meter.prompt_tokens) == (2, 16, PROMPT_TOKENS)
    assert server.bodies[0]["top_k"] == 0
    assert server.headers[0]["x-session-id"]


async def test_continuing_from_ids_goes_over_completions(backend, server):
    (done,) = await backend.complete(ask(prefix_ids=(1, 2)), CountingMeter())
    assert server.bodies[0]["prompt"] == [100, 101, 102, 103, 104, 1, 2]
    assert done.text.startswith("s0")


def test_one_client_serves_several_event_loops():
    """As with `ttc.solve`, called again and again; the server outlives every loop."""
    starting: queue.Queue[tuple[str, asyncio.Event, asyncio.AbstractEventLoop]] = queue.Queue()

    async def serve() -> None:
        async with ScriptedServer() as server:
            over = asyncio.Event()
            starting.put((server.url, over, asyncio.get_running_loop()))
            await over.wait()

    async def once(client: object) -> str:
        backend = ClientBackend(client)
        backend._backoff = Backoff(3, first=0.01)
        await backend.prepare()
        (done,) = await backend.complete(ask(), CountingMeter())
        await backend.aclose()
        return done.text

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    url, over, loop = starting.get()
    client = openai.AsyncOpenAI(base_url=url + "/v1", api_key="sk-secret")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # what the client itself has open is its owner's to close
        assert len({asyncio.run(once(client)) for _ in range(4)}) == 1
        del client
        gc.collect()
    loop.call_soon_threadsafe(over.set)
    thread.join()


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("fault", ["429:0.01", "500", "reset", "reset-mid", "truncate", "badjson", "error"])
async def test_faults_are_retried_and_charged(backend, server, fault, stream):
    server.say(fault)
    meter = CountingMeter()
    (done,) = await backend.complete(ask(stream=stream), meter)
    assert done.text == "s0 w1 w2 w3 w4 w5 w6 w7"
    midway = fault in ("reset-mid", "truncate", "badjson", "error")
    if stream or not midway:
        assert meter.calls == 2
        assert meter.output_tokens == (11 if midway else 8)
    elif fault == "badjson":
        assert (meter.calls, meter.output_tokens) == (2, 8 + 32)  # charged by its size, at most max_tokens


async def test_the_client_does_not_retry_by_itself(backend, server):
    server.say(*["500"] * 4)
    with pytest.raises(BackendError, match="gave up after 4 attempts"):
        await backend.complete(ask(), CountingMeter())
    assert len(server.bodies) == 4


async def test_a_lasting_error_surfaces_at_once_without_the_key(backend, server):
    server.key = "other"
    with pytest.raises(BackendError, match="OPENAI_API_KEY") as caught:
        await backend.complete(ask(), CountingMeter())
    assert caught.value.status == 401
    assert "sk-secret" not in str(caught.value)
    assert len(server.bodies) == 1


async def test_cancelling_a_stream_closes_it(backend, server):
    server.tokens, server.pace = 500, 0.01
    begun = asyncio.Event()
    meter = CountingMeter(watch=lambda index, delta: begun.set() or True)
    task = asyncio.create_task(backend.complete(ask(stream=True, max_tokens=500), meter))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(0.3)
    assert server.in_flight == 0
    assert backend.limiter.held == 0


async def test_an_unreachable_server_is_one_sentence():
    async with openai.AsyncOpenAI(base_url="http://127.0.0.1:9/v1", api_key="x") as client:
        with pytest.raises(BackendError, match=r"cannot reach http://127.0.0.1:9/v1"):
            await ClientBackend(client).prepare()
