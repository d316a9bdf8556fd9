"""vLLM's engine in this process, on a CPU build with the laboratory model: skipped where vLLM is not installed."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
import pytest_asyncio

from ttc import prompts
from ttc.backends import open_backend, vllm_engine
from ttc.backends.base import Backend, Request
from ttc.backends.vllm import VLLMBackend
from ttc.errors import BackendError
from ttc.testing.backends import BackendConformance
from ttc.testing.meters import CountingMeter

MISSING = importlib.util.find_spec("vllm") is None
needs_vllm = [
    pytest.mark.skipif(MISSING, reason="vLLM is not installed"),
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.timeout(900),
]
QUESTION = f"A shelf holds 7 boxes of 12 pens. 9 pens are missing. How many pens are there?{prompts.SOLVE}"


def test_a_spec_names_a_folder_and_nothing_is_started() -> None:
    backend = open_backend("vllm:some/folder/", api_key_env="X", concurrency=3, max_model_len=512)
    assert isinstance(backend, VLLMBackend)
    assert (backend.model, backend.limiter.limit) == ("some/folder", 3)
    assert not backend.capabilities.priority
    with pytest.raises(ValueError, match="vllm: names no model"):
        open_backend("vllm:")


async def test_it_must_be_prepared() -> None:
    with pytest.raises(BackendError, match=r"await prepare\(\) first"):
        await VLLMBackend("folder").count(ask("x"))


@pytest.mark.skipif(not MISSING, reason="vLLM is installed")
async def test_without_vllm_it_says_what_to_install() -> None:
    with pytest.raises(BackendError, match=r"ttc-llm\[vllm\]"):
        await VLLMBackend("folder").prepare()


def test_an_engine_takes_as_many_sequences_as_vllm_s_own_offline_class(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, object] = {}

    def from_engine_args(asked: object, **options: object) -> str:
        seen.update(vars(asked), **options)
        return "engine"

    class Usage:
        LLM_CLASS = "llm class"

    made = {
        "vllm.engine.arg_utils": {"AsyncEngineArgs": SimpleNamespace},
        "vllm.usage.usage_lib": {"UsageContext": Usage},
        "vllm.v1.engine.async_llm": {"AsyncLLM": SimpleNamespace(from_engine_args=from_engine_args)},
    }
    for name in ("vllm", "vllm.engine", "vllm.usage", "vllm.v1", "vllm.v1.engine", *made):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    for name, contents in made.items():
        for attribute, value in contents.items():
            setattr(sys.modules[name], attribute, value)
    assert vllm_engine.start("folder", {"dtype": "float32"}) == "engine"
    assert seen == {"model": "folder", "disable_log_stats": True, "dtype": "float32", "usage_context": "llm class"}


class FakeEngine:
    """Enough of an AsyncLLM to be prepared."""

    class model_config:
        model, max_model_len = "toy/", 16

    class vllm_config:
        class scheduler_config:
            policy = "priority"

    def generate(self) -> None: ...


def test_an_engine_keeps_to_its_event_loop_and_its_owner() -> None:
    backend = VLLMBackend(FakeEngine())
    asyncio.run(backend.prepare())
    assert backend.model == "toy"
    assert backend.capabilities.priority
    with pytest.raises(BackendError, match="another event loop"):
        asyncio.run(backend.count(ask("x")))
    asyncio.run(backend.aclose())


def ask(name: str, **fields: object) -> Request:
    values = {"max_tokens": 24, "seed": 7, **fields}
    return Request(f"test/{name}", ({"role": "user", "content": QUESTION},), **values)  # type: ignore[arg-type]


async def test_a_chat_is_rendered_once_and_its_template_fields_tell_it_apart() -> None:
    rendered: list[dict[str, object]] = []

    class Tokenizer:
        def apply_chat_template(self, messages: list[dict[str, str]], **fields: object) -> str:
            rendered.append(fields)
            return messages[0]["content"] + ("!" if fields.get("enable_thinking") else "")

        def encode(self, text: str, add_special_tokens: bool) -> list[int]:
            return list(text.encode())

    class Engine(FakeEngine):
        def get_tokenizer(self) -> Tokenizer:
            return Tokenizer()

    backend = VLLMBackend(Engine())
    await backend.prepare()
    plain, thinking = ask("x"), ask("x", extra={"chat_template_kwargs": {"enable_thinking": True}})
    lengths = [await backend.count(r) for r in (plain, thinking, plain, thinking, ask("y", prefix_ids=(1, 2)))]
    size = len(QUESTION.encode())
    assert lengths == [size, size + 1, size, size + 1, size + 2]
    assert len(rendered) == 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The laboratory model as vLLM loads it; TTC_TEST_HF names a folder where gguf is not there to make one."""
    if named := os.environ.get("TTC_TEST_HF"):
        return Path(named)
    pytest.importorskip("gguf")
    from evals.lab_model.to_hf import write
    from ttc.lab import lab_model_path

    place = tmp_path_factory.mktemp("lab")
    write(lab_model_path(), place)
    return place


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(folder: Path) -> AsyncIterator[VLLMBackend]:
    """One engine for the module: it takes half a minute to start."""
    settings = {"VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_CPU_OMP_THREADS_BIND": "nobind", "OMP_NUM_THREADS": "1"}
    settings |= {
        "TORCHDYNAMO_DISABLE": "1",
        "TORCH_COMPILE_DISABLE": "1",
        "VLLM_NO_USAGE_STATS": "1",
        "VLLM_PLUGINS": "",
    }
    before = dict(os.environ)
    os.environ.update(settings)
    backend = VLLMBackend(
        folder, dtype="float32", enforce_eager=True, max_model_len=1024, max_num_seqs=32, scheduling_policy="priority"
    )
    await backend.prepare()
    os.environ.clear()
    os.environ.update(before)
    yield backend
    await backend.aclose()


class TestVLLM(BackendConformance):
    pytestmark = needs_vllm
    question = QUESTION

    @pytest_asyncio.fixture(loop_scope="module")
    async def backend(self, engine: VLLMBackend) -> Backend:
        """A backend over the running engine, which outlives the suite's test of closing."""
        backend = VLLMBackend(engine._open())
        await backend.prepare()
        return backend


class TestReal:
    pytestmark = needs_vllm

    async def test_a_dropped_plain_call_is_charged_and_stopped(self, engine: VLLMBackend) -> None:
        meter = CountingMeter()
        request = ask("drop", n=3, max_tokens=900, extra={"ignore_eos": True})
        task = asyncio.ensure_future(engine.complete(request, meter))
        await asyncio.sleep(1.0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert 3 <= meter.output_tokens < 2700
        assert meter.prompt_tokens == await engine.count(request)
        assert not engine._open().output_processor.request_states

    async def test_one_of_a_stream_stops_alone(self, engine: VLLMBackend) -> None:
        meter = CountingMeter(lambda index, delta: index != 1)
        request = ask("alone", n=3, max_tokens=20, stream=True, extra={"ignore_eos": True})
        first, second, third = await engine.complete(request, meter)
        assert (second.output_tokens, second.finish) == (meter.output_by_index[1], "stopped")
        assert second.output_tokens < 20
        assert (first.output_tokens, third.output_tokens) == (20, 20)
        assert meter.prompt_tokens == await engine.count(request)  # once: the prompt is shared

    async def test_streams_and_plain_calls_write_the_same(self, engine: VLLMBackend) -> None:
        plain = await engine.complete(ask("same", n=3), CountingMeter())
        streamed = await engine.complete(ask("same", n=3, stream=True), CountingMeter())
        assert [c.token_ids for c in plain] == [c.token_ids for c in streamed]
        assert len({c.text for c in plain}) > 1

    async def test_growing_by_ids_is_writing_at_once(self, engine: VLLMBackend) -> None:
        (whole,) = await engine.complete(ask("whole", max_tokens=48, temperature=0.0), CountingMeter())
        ids: tuple[int, ...] = ()
        meter = CountingMeter()
        while len(ids) < len(whole.token_ids or ()):
            (more,) = await engine.complete(ask("grow", max_tokens=16, temperature=0.0, prefix_ids=ids), meter)
            ids += more.token_ids or ()
        assert ids == whole.token_ids

    async def test_a_long_prefix_comes_from_the_cache(self, engine: VLLMBackend) -> None:
        for cached in (0, 256):  # the CPU's blocks hold 128 tokens, a GPU's 16
            meter = CountingMeter()
            await engine.complete(ask("cache", max_tokens=2, prefix_ids=(20, 21, 22) * 100), meter)
            assert meter.cached_tokens >= cached

    async def test_the_context_is_not_exceeded(self, engine: VLLMBackend) -> None:
        request = ask("long", max_tokens=5000, prefix_ids=(20,) * 900, extra={"ignore_eos": True})
        (done,) = await engine.complete(request, CountingMeter())
        assert done.output_tokens == 1024 - await engine.count(request)
        with pytest.raises(BackendError, match="takes 1024 in all"):
            await engine.complete(ask("over", prefix_ids=(20,) * 1024), CountingMeter())

    async def test_priorities_are_taken_and_nonsense_is_refused(self, engine: VLLMBackend) -> None:
        assert engine.capabilities.priority
        assert await engine.complete(ask("urgent", priority=-3), CountingMeter())
        with pytest.raises(BackendError, match="sampling parameters"):
            await engine.complete(ask("odd", extra={"no_such_field": 1}), CountingMeter())
        with pytest.raises(BackendError):
            await engine.complete(ask("hot", temperature=-1.0), CountingMeter())
