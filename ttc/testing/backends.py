"""What every backend must do: subclass `BackendConformance` and define the fixture `backend`."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ttc.backends.base import Backend, Capabilities, Completion, Delta, Request
from ttc.errors import BackendError
from ttc.testing.meters import CountingMeter

SLOW = 5.0
"""Seconds within which a cancelled call must have ended."""


class BackendConformance:
    """Subclass it and define a fixture `backend` that gives a prepared backend; it is closed by the fixture or here.

    `question` should be answered at some length, and `stop` occur early in every answer.
    """

    question = "Count from one to fifty in words, one number after the other."
    stop = " "
    short, long = 24, 400
    """max_tokens of ordinary calls, and of one that is to be stopped on the way."""
    at_once = 16
    """Calls in flight together."""

    def ask(self, name: str, text: str = "", **fields: Any) -> Request:
        """A request of this suite."""
        fields = {"max_tokens": self.short, "seed": 7, **fields}
        return Request(f"conformance/{name}", ({"role": "user", "content": text or self.question},), **fields)

    # ---- completions ----------------------------------------------------------------------------------------------

    async def test_prepare_is_idempotent(self, backend: Backend) -> None:
        """Twice is once."""
        before = (backend.model, backend.capabilities)
        await backend.prepare()
        await backend.prepare()
        assert (backend.model, backend.capabilities) == before
        assert backend.model
        assert isinstance(backend.capabilities, Capabilities)
        assert isinstance(backend, Backend)

    @pytest.mark.parametrize("stream", [False, True])
    @pytest.mark.parametrize("n", [1, 3])
    async def test_n_completions_in_order_and_all_metered(self, backend: Backend, n: int, stream: bool) -> None:
        """What the meter saw of each index is what that completion holds, and nothing else was charged."""
        meter = CountingMeter()
        completions = await backend.complete(self.ask(f"n{n}", n=n, stream=stream), meter)
        assert len(completions) == n
        assert meter.calls == n
        assert meter.prompt_tokens >= 1
        for index, completion in enumerate(completions):
            assert completion.output_tokens == meter.output_by_index[index]
            assert completion.text == meter.text_by_index.get(index, "")
            assert 1 <= completion.output_tokens <= self.short

    async def test_max_tokens_is_respected(self, backend: Backend) -> None:
        """A text that is cut says so."""
        completion = (await backend.complete(self.ask("max", max_tokens=5), CountingMeter()))[0]
        assert (completion.output_tokens, completion.finish) == (5, "length")

    @pytest.mark.parametrize("stream", [False, True])
    async def test_a_stop_string_ends_the_text_and_is_part_of_it(self, backend: Backend, stream: bool) -> None:
        """Included, first occurrence, named (or "" where the server does not tell)."""
        request = self.ask("stop", stop=("\0never", self.stop), stream=stream)
        completion = (await backend.complete(request, CountingMeter()))[0]
        assert completion.finish == "stop"
        assert completion.stop_reason in (self.stop, "")
        assert completion.text.endswith(self.stop)
        assert completion.text.count(self.stop) == 1

    async def test_a_prefix_is_continued_and_not_repeated(self, backend: Backend) -> None:
        """Only what is new comes back; without the capability it is refused."""
        prefix = "One, two, three, four"
        request = self.ask("prefix", prefix=prefix)
        if not backend.capabilities.prefill:
            with pytest.raises(BackendError):
                await backend.complete(request, CountingMeter())
            return
        meter = CountingMeter()
        completion = (await backend.complete(request, meter))[0]
        assert not completion.text.startswith(prefix)
        assert completion.text == meter.text_by_index.get(0, "")

    async def test_token_ids_continue_where_they_end(self, backend: Backend) -> None:
        """One id for each output token, which are prompt tokens of what continues them."""
        first = (await backend.complete(self.ask("ids", max_tokens=8, token_ids=True), CountingMeter()))[0]
        if not backend.capabilities.token_ids:
            assert first.token_ids is None
            return
        assert first.token_ids is not None
        assert len(first.token_ids) == first.output_tokens == 8
        meter = CountingMeter()
        request = self.ask("more-ids", prefix=first.text, prefix_ids=first.token_ids, max_tokens=8)
        more = (await backend.complete(request, meter))[0]
        assert more.token_ids is not None
        assert len(more.token_ids) == more.output_tokens
        assert meter.prompt_tokens > len(first.token_ids)

    async def test_logprobs_come_only_on_request(self, backend: Backend) -> None:
        """None, those of the sampled tokens, or the top k as well."""

        async def one(logprobs: int | None) -> Completion:
            request = self.ask(f"logprobs-{logprobs}", logprobs=logprobs)
            return (await backend.complete(request, CountingMeter()))[0]

        plain, sampled, top = await one(None), await one(0), await one(3)
        assert (plain.logprobs, plain.top) == (None, None)
        if not backend.capabilities.logprobs:
            assert sampled.logprobs is None
            return
        for completion in (sampled, top):
            assert completion.logprobs is not None
            assert len(completion.logprobs) == completion.output_tokens
            assert all(logprob <= 1e-6 for logprob in completion.logprobs)
        assert top.top is not None
        assert len(top.top) == top.output_tokens
        assert all(3 <= len(place) <= 4 for place in top.top)

    # ---- stopping -------------------------------------------------------------------------------------------------

    async def test_the_meter_can_stop_a_stream(self, backend: Backend) -> None:
        """At once, with what is there; what was counted is what comes back."""
        meter = CountingMeter(lambda index, delta: meter.output_tokens < 5)
        completion = (await backend.complete(self.ask("watch", max_tokens=self.long, stream=True), meter))[0]
        assert completion.finish == "stopped"
        assert completion.output_tokens == meter.output_tokens < self.long / 2
        assert completion.text == meter.text_by_index[0]

    async def test_a_cancelled_stream_ends_promptly_and_is_charged(self, backend: Backend) -> None:
        """What had arrived is on the meter, and nothing arrives any more."""
        begun = asyncio.Event()

        def watch(index: int, delta: Delta) -> bool:
            begun.set()
            return True

        meter = CountingMeter(watch)
        task = asyncio.ensure_future(backend.complete(self.ask("cancel", max_tokens=self.long, stream=True), meter))
        await asyncio.wait_for(begun.wait(), 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(task, SLOW)
        charged = meter.output_tokens
        assert 1 <= charged < self.long
        assert meter.prompt_tokens >= 1
        await asyncio.sleep(0.05)
        assert meter.output_tokens == charged

    async def test_calls_run_side_by_side(self, backend: Backend) -> None:
        """Many calls, one of them cancelled: each gets its own, and the others do not notice."""
        meters = [CountingMeter() for _ in range(self.at_once)]
        requests = [self.ask(f"many/{k}", f"{self.question} ({k})", seed=k) for k in range(self.at_once)]
        calls = [asyncio.ensure_future(backend.complete(r, m)) for r, m in zip(requests, meters, strict=True)]
        await asyncio.sleep(0)
        calls[0].cancel()
        results = await asyncio.gather(*calls, return_exceptions=True)
        assert isinstance(results[0], asyncio.CancelledError)
        for result, meter in zip(results[1:], meters[1:], strict=True):
            assert not isinstance(result, BaseException), result
            assert [completion.output_tokens for completion in result] == [meter.output_tokens]

    # ---- the rest -------------------------------------------------------------------------------------------------

    async def test_prompts_are_counted(self, backend: Backend) -> None:
        """At least one token, and more for a longer text."""
        short, long = self.ask("count", "Hi"), self.ask("count", "Hi " * 200)
        assert 1 <= await backend.count(short) < await backend.count(long)

    async def test_prices_are_numbers_or_unknown(self, backend: Backend) -> None:
        """None, or a number that does not fall with more tokens."""
        for price in (backend.pricing.usd, backend.pricing.eflops):
            cheap, dear = price(10, 0, 10), price(10, 0, 1000)
            assert (cheap is None) == (dear is None)
            assert cheap is None or dear is None or 0.0 <= cheap <= dear

    async def test_closing_twice_is_closing_once(self, backend: Backend) -> None:
        """No error, and no task stays behind."""
        await backend.complete(self.ask("last"), CountingMeter())
        await backend.aclose()
        await backend.aclose()
