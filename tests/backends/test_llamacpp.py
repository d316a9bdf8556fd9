"""The embedded backend on a real model. What is checked holds for any model, however weak."""

import asyncio
import json
import math
import urllib.request
from pathlib import Path

import pytest

from tests.backends.asking import ask
from ttc.backends import llamacpp
from ttc.backends.base import Backend, Completion, Request
from ttc.backends.llamacpp import LlamaCppBackend
from ttc.errors import BackendError
from ttc.testing.meters import CountingMeter


@pytest.fixture(scope="module", autouse=True)
def keep_loaded(gguf: Path):
    """Hold the model in memory between the tests of this file."""
    settings = LlamaCppBackend(gguf, slots=4, context_per_slot=512, threads=1)._settings
    llamacpp._load(settings)
    yield
    llamacpp._unload(settings)
    assert settings not in llamacpp._LOADED


async def one(model: LlamaCppBackend, request: Request) -> tuple[Completion, CountingMeter]:
    meter = CountingMeter()
    (done,) = await model.complete(request, meter)
    return done, meter


async def test_one_completion_is_counted_exactly(model: LlamaCppBackend):
    assert isinstance(model, Backend)
    done, meter = await one(model, ask(max_tokens=12))
    assert done.token_ids is not None
    assert done.output_tokens == len(done.token_ids) == meter.output_tokens <= 12
    assert meter.text_by_index[0] == done.text
    assert meter.prompt_tokens == await model.count(ask())
    assert meter.calls == 1


async def test_prepared_by_several_at_once_it_is_loaded_once_and_unloaded(gguf: Path):
    model = LlamaCppBackend(gguf, slots=4, context_per_slot=512, threads=1)
    before = llamacpp._LOADED[model._settings].users
    await asyncio.gather(*(model.prepare() for _ in range(3)))
    assert llamacpp._LOADED[model._settings].users == before + 1
    await model.aclose()
    assert llamacpp._LOADED[model._settings].users == before


async def test_a_model_whose_loading_was_cancelled_does_not_stay_loaded(gguf: Path):
    model = LlamaCppBackend(gguf, slots=4, context_per_slot=512, threads=1)
    before = llamacpp._LOADED[model._settings].users
    preparing = asyncio.create_task(model.prepare())
    await asyncio.sleep(0)
    preparing.cancel()
    await asyncio.wait([preparing])
    await asyncio.sleep(0.1)
    assert preparing.cancelled()
    assert llamacpp._LOADED[model._settings].users == before


async def test_one_seed_gives_one_text_and_another_another(model: LlamaCppBackend):
    texts = [(await one(model, ask(max_tokens=10, temperature=1.5, seed=s)))[0].text for s in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


async def test_fan_out_beyond_the_slots_equals_single_requests_by_seed(model: LlamaCppBackend):
    meter = CountingMeter()
    many = await model.complete(ask(n=6, max_tokens=5, temperature=1.5, seed=40), meter)
    alone, _ = await one(model, ask(max_tokens=5, temperature=1.5, seed=45))
    assert len({c.text for c in many}) > 1
    assert many[5].text == alone.text
    assert meter.calls == 6
    assert meter.output_tokens == sum(c.output_tokens for c in many)


async def test_continuing_by_ids_or_by_text_equals_one_go(model: LlamaCppBackend):
    whole, _ = await one(model, ask("Tell me about the sea.", max_tokens=14, temperature=0))
    start, _ = await one(model, ask("Tell me about the sea.", max_tokens=6, temperature=0))
    assert start.finish == "length"
    for fields in ({"prefix_ids": start.token_ids}, {"prefix": start.text}):
        rest, _ = await one(model, ask("Tell me about the sea.", max_tokens=8, temperature=0, **fields))
        assert start.text + rest.text == whole.text
    assert start.token_ids + rest.token_ids == whole.token_ids


async def test_a_long_prompt_comes_from_the_cache_the_second_time(model: LlamaCppBackend):
    long = "Here is a long story. " * 12
    _, first = await one(model, ask(long + "One?", max_tokens=2))
    _, second = await one(model, ask(long + "Two?", max_tokens=2))
    assert first.prompt_tokens > 60
    assert second.cached_tokens >= 0.7 * second.prompt_tokens


@pytest.mark.parametrize("n", [1, 3])
async def test_a_stop_string_stays_in_the_text_and_is_named(model: LlamaCppBackend, n: int):
    free, _ = await one(model, ask("Tell me about the sea.", max_tokens=12, temperature=0))
    stop = free.text[4:6]  # held back by the server as soon as its first letter comes
    at = free.text.index(stop)
    meter = CountingMeter()
    for done in await model.complete(
        ask("Tell me about the sea.", max_tokens=12, temperature=0, stop=(stop, "#never#"), n=n), meter
    ):
        assert done.text == free.text[: at + len(stop)]
        assert (done.finish, done.stop_reason) == ("stop", stop)
        assert done.token_ids is None or len(done.token_ids) == done.output_tokens
    assert set(meter.text_by_index.values()) == {done.text}


async def test_end_of_text_is_no_stop_string(model: LlamaCppBackend):
    done, _ = await one(model, ask(max_tokens=200, temperature=0, stop=("#never#",)))
    assert done.finish in ("stop", "length")
    assert done.stop_reason is None


async def test_logprobs_are_those_of_the_tokens(model: LlamaCppBackend):
    none, _ = await one(model, ask(max_tokens=4, temperature=0))
    sampled, _ = await one(model, ask(max_tokens=4, temperature=0, logprobs=0))
    top, _ = await one(model, ask(max_tokens=4, temperature=0, logprobs=3))
    assert none.logprobs is None
    assert sampled.top is None
    assert top.logprobs is not None
    assert top.top is not None
    assert len(top.logprobs) == len(top.top) == top.output_tokens
    for logprob, places in zip(top.logprobs, top.top, strict=True):
        assert len(places) == 3
        assert logprob == pytest.approx(max(p for _, p in places))  # greedy takes the likeliest
        assert sum(math.exp(p) for _, p in places) <= 1.0 + 1e-6


LONG = ask("Count to a hundred.", max_tokens=450, extra={"ignore_eos": True})
"""A completion of 450 tokens."""


async def test_the_meter_ends_a_completion_and_the_text_so_far_is_kept(model: LlamaCppBackend):
    other = asyncio.create_task(model.complete(LONG, CountingMeter()))
    meter = CountingMeter(watch=lambda index, delta: meter.output_tokens < 5)
    (done,) = await model.complete(LONG, meter)
    assert done.finish == "stopped"
    assert done.output_tokens == meter.output_tokens == 5
    assert await freed_before(model, other)


async def test_cancelling_frees_the_slot(model: LlamaCppBackend):
    begun = asyncio.Event()
    other = asyncio.create_task(model.complete(LONG, CountingMeter()))
    meter = CountingMeter(watch=lambda index, delta: begun.set() or True)
    task = asyncio.create_task(model.complete(LONG, meter))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await freed_before(model, other)
    assert meter.output_tokens >= 1
    assert meter.prompt_tokens == await model.count(LONG)  # charged, though the reply never ended


async def freed_before(model: LlamaCppBackend, other: asyncio.Task[object]) -> bool:
    """Whether one slot of two is free while the equally long completion `other` still needs its own."""
    freed = False
    while not freed and not other.done():
        slots = await asyncio.to_thread(read_slots, model.url)
        freed = sum(slot["is_processing"] for slot in slots) == 1
    other.cancel()
    await asyncio.gather(other, return_exceptions=True)
    return freed


def read_slots(url: str) -> list[dict]:
    with urllib.request.urlopen(url + "/slots") as reply:
        return json.load(reply)


async def test_chat_only_fields_go_over_chat_and_the_prefill_is_not_repeated(model: LlamaCppBackend):
    fields = {"max_tokens": 6, "temperature": 0, "prefix": "The sum of 2 and"}
    native, _ = await one(model, ask(**fields))
    chat, meter = await one(model, ask(**fields, extra={"response_format": {"type": "text"}}))
    assert chat.text == native.text
    assert chat.token_ids is None
    assert meter.output_tokens == chat.output_tokens


async def test_two_backends_share_one_loaded_model(model: LlamaCppBackend, gguf: Path):
    other = LlamaCppBackend(gguf, slots=4, context_per_slot=512, threads=1)
    await other.prepare()
    assert other.url == model.url
    await other.aclose()
    assert (await one(model, ask(max_tokens=2)))[0].text


async def test_more_requests_than_slots_all_end(model: LlamaCppBackend):
    meters = [CountingMeter() for _ in range(20)]
    await asyncio.gather(*(model.complete(ask(max_tokens=2, seed=i), m) for i, m in enumerate(meters)))
    assert [m.calls for m in meters] == [1] * 20


async def test_too_long_a_prompt_is_one_error(model: LlamaCppBackend):
    with pytest.raises(BackendError, match="exceeds"):
        await one(model, ask("word " * 4000))


@pytest.mark.parametrize("content", [b"not a model at all", b""])
def test_a_file_that_is_no_gguf_is_refused_at_once(tmp_path: Path, content: bytes):
    path = tmp_path / "model.gguf"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="is not a GGUF"):
        LlamaCppBackend(path)


def test_a_missing_file_is_refused_at_once():
    with pytest.raises(ValueError, match="there is no file"):
        LlamaCppBackend("nowhere.gguf")


def test_a_broken_gguf_is_one_clear_error(tmp_path: Path, gguf: Path):
    path = tmp_path / "half.gguf"
    path.write_bytes(gguf.read_bytes()[:100_000])
    with pytest.raises(BackendError, match=r"could not load .* is the file whole"):
        asyncio.run(LlamaCppBackend(path).prepare())


@pytest.mark.parametrize(("running", "threads"), [(1, 2), (2, 1), (5, 1)])
def test_threads_follow_what_runs_now_and_not_the_last_minute(
    running: int, threads: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The run before leaves a high load behind; the next one must not get half of the cores for that."""
    (tmp_path / "loadavg").write_text(f"7.50 7.50 7.50 {running}/99 4321\n")
    monkeypatch.setattr(llamacpp, "LOADAVG", tmp_path / "loadavg")
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr("os.getloadavg", lambda: (7.5, 7.5, 7.5), raising=False)
    assert llamacpp.idle_threads() == threads


def test_without_the_kernels_word_the_load_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(llamacpp, "LOADAVG", tmp_path / "none")
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    monkeypatch.setattr("os.getloadavg", lambda: (6.2, 0.0, 0.0), raising=False)
    assert llamacpp.idle_threads() == 2
