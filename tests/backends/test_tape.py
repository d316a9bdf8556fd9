"""A recorded run replays exactly: order of arrival, cancelled calls, partial costs, errors, watchers, the clock."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from ttc.backends.base import Backend, Capabilities, Completion, Delta, Request, TokenPrices
from ttc.backends.simulated import HOSTED, SimulatedBackend
from ttc.backends.tape import Recorder, Replay
from ttc.backends.tape.rows import hash_of, scrubbed
from ttc.errors import BackendError, BudgetExhausted, TapeMismatch
from ttc.testing.clock import run_in_virtual_time
from ttc.testing.meters import CountingMeter

Log = list[Any]


def ask(key: str, seed: int = 0, **fields: Any) -> Request:
    return Request(key, ({"role": "user", "content": "What is it?"},), **{"max_tokens": 512, "seed": seed, **fields})


async def call(backend: Backend, log: Log, request: Request, meter: CountingMeter | None = None) -> list[Completion]:
    """One call as the door makes it: whatever happens, its cost and the clock are read at the end."""
    meter = meter or CountingMeter()
    started, outcome = backend.now(), "cancelled"
    try:
        completions = list(await backend.complete(request, meter))
        outcome = "done"
        return completions
    except (BackendError, BudgetExhausted) as error:
        outcome = f"{error} {getattr(error, 'retryable', '')}"
        raise
    finally:
        used = (meter.calls, meter.attempts, meter.prompt_tokens, dict(meter.output_by_index))
        log.append((request.key, outcome, used, round(started, 6), round(backend.now(), 6)))


# ---- three ways to use a backend -----------------------------------------------------------------------------------


async def all_at_once(backend: Backend, log: Log, seed: int) -> None:
    """Eight calls side by side, some of which fail."""

    async def one(k: int) -> None:
        completions = await call(backend, log, ask(f"generate/{k}", seed + k, n=1 + k % 3, stream=k % 2 == 0))
        log.append([c.text for c in completions])

    log.append([repr(r) for r in await asyncio.gather(*(one(k) for k in range(8)), return_exceptions=True)])


async def race(backend: Backend, log: Log, seed: int) -> None:
    """Takes arrivals until three agree; each arrival that disagrees starts another; the rest are cancelled."""
    arrived: asyncio.Queue[tuple[int, str]] = asyncio.Queue()

    async def one(k: int) -> None:
        try:
            text = (await call(backend, log, ask(f"generate/{k}", seed + k, stream=True)))[0].text
        except BackendError:
            text = ""
        arrived.put_nowait((k, text))

    running = [asyncio.ensure_future(one(k)) for k in range(6)]
    answers: list[str] = []
    while True:
        k, text = await arrived.get()
        answers.append(text.rpartition(" ")[2])
        log.append((k, text, arrived.qsize(), round(backend.now(), 6)))
        if max(map(answers.count, answers)) >= 3 or len(running) > 20:
            break
        if answers.count(answers[-1]) == 1:
            running.append(asyncio.ensure_future(one(len(running))))
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


async def watched(backend: Backend, log: Log, seed: int) -> None:
    """Streams side by side; when all have 24 tokens, the one with the smallest text goes on and the others stop."""
    texts: dict[int, str] = dict.fromkeys(range(4), "")
    tokens = dict.fromkeys(range(4), 0)
    decided: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    keep: set[int] = set(range(4))

    def watch(k: int) -> Callable[[int, Delta], bool]:
        def output(index: int, delta: Delta) -> bool:
            texts[k] += delta.text
            tokens[k] += delta.tokens
            log.append((k, delta.text, delta.logprobs))
            if min(tokens.values()) >= 24 and not decided.done():
                decided.set_result(min(texts, key=lambda j: texts[j]))
            return k in keep

        return output

    async def one(k: int) -> None:
        request = ask(f"generate/{k}", seed + k, stream=True, logprobs=1)
        completions = await call(backend, log, request, CountingMeter(watch(k)))
        log.append([(c.text, c.finish, c.output_tokens) for c in completions])

    async def decide() -> None:
        keep.intersection_update({await decided})
        log.append(("kept", sorted(keep), sorted(tokens.items())))

    decision = asyncio.ensure_future(decide())
    log.append([repr(r) for r in await asyncio.gather(*map(one, range(4)), return_exceptions=True)])
    decision.cancel()


Record = Callable[..., Recorder]


@pytest.fixture
async def record(tmp_path: Path) -> AsyncIterator[Record]:
    """Makes recorders that write to a file in the test's folder, and closes them."""
    made: list[Recorder] = []

    def make(backend: Backend, name: str = "t", **options: Any) -> Recorder:
        made.append(Recorder(backend, tmp_path / name, **options))
        return made[-1]

    yield make
    for recorder in made:
        await recorder.aclose()


STRATEGIES: list[Callable[[Backend, Log, int], Awaitable[None]]] = [all_at_once, race, watched]


def simulated(seed: int, **options: Any) -> SimulatedBackend:
    return SimulatedBackend(**{"latency_seed": seed, "fail_rate": 0.15, "retries": 1, "p_correct": 0.4, **options})


async def recorded(
    backend: Backend, path: Path, strategy: Callable[[Backend, Log, int], Awaitable[None]], seed: int
) -> Log:
    log: Log = []
    recorder = Recorder(backend, path)
    await recorder.prepare()
    await strategy(recorder, log, seed)
    await recorder.aclose()
    return log


@pytest.mark.parametrize("time_scale", [0.0, 0.004])
@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_recorded_runs_replay_exactly(strategy: Any, time_scale: float, tmp_path: Path) -> None:
    logs = set()
    for seed in range(17):
        path = tmp_path / f"{seed}.tape"
        log = await recorded(simulated(seed, time_scale=time_scale), path, strategy, 1000 * seed)
        again: Log = []
        replay = Replay(path, patience=2.0)
        await replay.prepare()
        await strategy(replay, again, 1000 * seed)
        assert again == log
        assert replay.left == 0
        await replay.aclose()
        logs.add(repr(log))
    assert len(logs) == 17


async def test_the_tape_reproduces_the_order_that_a_fresh_run_would_not(tmp_path: Path, record: Record) -> None:
    log = await recorded(simulated(1), tmp_path / "t", race, 0)
    fresh: Log = []
    other = record(simulated(2), "u")
    await race(other, fresh, 0)
    assert [row[0] for row in fresh] != [row[0] for row in log]


async def test_thousands_of_calls(tmp_path: Path) -> None:
    async def many(backend: Backend, log: Log, seed: int) -> None:
        await asyncio.gather(*(call(backend, log, ask(f"generate/{k}", k)) for k in range(2000)))

    log = await recorded(simulated(0, fail_rate=0.0), tmp_path / "t", many, 0)
    again: Log = []
    await many(Replay(tmp_path / "t"), again, 0)
    assert again == log


async def test_tapes_do_not_mix(tmp_path: Path) -> None:
    logs = await asyncio.gather(*(recorded(simulated(k), tmp_path / str(k), race, 1000 * k) for k in range(4)))
    again: list[Log] = [[] for _ in range(4)]
    await asyncio.gather(*(race(Replay(tmp_path / str(k)), again[k], 1000 * k) for k in range(4)))
    assert again == logs


# ---- what is on a tape ---------------------------------------------------------------------------------------------


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


async def test_the_end_of_a_call_tells_outcome_and_cost(tmp_path: Path) -> None:
    await recorded(simulated(3, time_scale=0.004), tmp_path / "t", race, 0)
    rows = lines(tmp_path / "t")
    assert rows[0]["tape"] == 1
    assert rows[0]["model"] == "simulated"
    ends = [row for row in rows[1:] if row["event"] == "end"]
    assert {"done", "cancelled"} <= {row["outcome"] for row in ends}
    for end in ends:
        told = [row for row in rows[1:] if row.get("call") == end["call"]]
        output = sum(row["tokens"] for row in told if row["event"] == "output")
        assert sum(end["cost"]["output"]) == output
        assert end["cost"]["attempts"] == sum(row["event"] == "attempt" for row in told)
    times = [row["t"] for row in rows[1:]]
    assert times == sorted(times)


async def test_an_unwatched_meter_makes_a_compact_tape(tmp_path: Path, record: Record) -> None:
    class Unwatched(CountingMeter):
        watched = False

    sizes = []
    for meter in (CountingMeter(), Unwatched()):
        path = tmp_path / type(meter).__name__
        recorder = record(simulated(0), path.name)
        log: Log = []
        await call(recorder, log, ask("a", n=4, stream=True), meter)
        again: Log = []
        await call(Replay(path), again, ask("a", n=4, stream=True), type(meter)())
        assert [row[:3] for row in again] == [row[:3] for row in log]
        sizes.append(path.stat().st_size)
        deltas = sum(row.get("event") == "output" for row in lines(path))
        assert deltas == 4 if isinstance(meter, Unwatched) else deltas > 20
    assert sizes[1] < sizes[0] / 2


async def test_completions_come_back_whole(tmp_path: Path, record: Record) -> None:
    request = ask("a", n=2, logprobs=3, stop=("\n\n",))
    recorder = record(simulated(0))
    completions = await recorder.complete(request, CountingMeter())
    assert await Replay(tmp_path / "t").complete(request, CountingMeter()) == completions


async def test_prompts_keys_and_credentials_are_not_recorded(tmp_path: Path, record: Record) -> None:
    class Leaky(SimulatedBackend):
        async def complete(self, request: Any, meter: Any) -> Any:
            raise BackendError(
                "http://me:hunter2@host/v1 said: Authorization: Bearer abc123 sk-abcdefghij1", status=401
            )

    recorder = record(Leaky(model="http://me:hunter2@host#m"))
    secret = ask("a", extra={"api_key": "hunter2"})
    with pytest.raises(BackendError):
        await recorder.complete(secret, CountingMeter())
    text = (tmp_path / "t").read_text()
    assert not any(word in text for word in ("hunter2", "abc123", "sk-abc", "What is it"))
    with pytest.raises(BackendError, match="host/v1 said") as caught:
        await Replay(tmp_path / "t").complete(secret, CountingMeter())
    assert caught.value.status == 401


def test_scrubbing_leaves_ordinary_text_alone() -> None:
    text = "cannot reach http://localhost:8000/v1 (token limit 4096), status 500"
    assert scrubbed(text) == text


def test_the_hash_sees_what_determines_the_completions() -> None:
    request = ask("a")
    assert hash_of(request) == hash_of(ask("b", stream=True))
    for fields in ({"seed": 1}, {"n": 2}, {"prefix": "x"}, {"stop": ("x",)}, {"temperature": 0.1}, {"extra": {"a": 1}}):
        assert hash_of(ask("a", **fields)) != hash_of(request)


async def test_header_counts_and_prices_replay(tmp_path: Path, record: Record) -> None:
    backend = simulated(0, capabilities=HOSTED, pricing=TokenPrices(1.0, 2.0), model="priced")
    recorder = record(backend, about={"seed": 7})
    counted, price = await recorder.count(ask("a")), recorder.pricing.usd(1000, 0, 500)
    assert recorder.pricing.eflops(1, 0, 1, 2) is None
    await recorder.aclose()
    replay = Replay(tmp_path / "t")
    assert (replay.model, replay.capabilities, replay.header["about"]) == ("priced", HOSTED, {"seed": 7})
    assert (await replay.count(ask("a")), replay.pricing.usd(1000, 0, 500)) == (counted, price)
    assert replay.pricing.eflops(1, 0, 1, 2) is None
    with pytest.raises(TapeMismatch, match="price"):
        replay.pricing.usd(1, 0, 1)
    with pytest.raises(TapeMismatch, match="count"):
        await replay.count(ask("a", prefix="x"))


# ---- marks ---------------------------------------------------------------------------------------------------------


async def until_deadline(backend: Any, log: Log, deadline: Awaitable[Any]) -> None:
    """Twelve streams that a deadline cuts off."""
    tasks = [asyncio.ensure_future(call(backend, log, ask(f"generate/{k}", k, stream=True))) for k in range(12)]
    await deadline
    log.append(("deadline", sum(task.done() for task in tasks), round(backend.now(), 6)))
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def test_a_recorded_deadline_comes_at_its_place(tmp_path: Path) -> None:
    async def recording() -> Log:
        recorder, log = Recorder(simulated(0, time_scale=1.0, fail_rate=0.0), tmp_path / "t"), []

        async def timer() -> None:
            await asyncio.sleep(1.3)
            recorder.mark("deadline", seconds=1.3)

        await until_deadline(recorder, log, timer())
        await recorder.aclose()
        return log

    async def replaying() -> Log:
        replay, log = Replay(tmp_path / "t"), []
        await until_deadline(replay, log, replay.marker("deadline").wait())
        assert replay.left == 0
        return log

    log = run_in_virtual_time(recording())
    _, done, at = next(row for row in log if row[0] == "deadline")
    assert 0 < done < 12
    assert at == pytest.approx(1.3, abs=0.1)
    assert [asyncio.run(replaying()) for _ in range(3)] == [log] * 3


async def test_a_mark_before_the_first_call_comes_at_once(tmp_path: Path, record: Record) -> None:
    recorder = record(simulated(0))
    await recorder.prepare()
    recorder.mark("deadline")
    replay = Replay(tmp_path / "t")
    await replay.prepare()
    await asyncio.wait_for(replay.marker("deadline").wait(), 10)
    await asyncio.wait_for(replay.exhausted.wait(), 10)


# ---- mismatches ----------------------------------------------------------------------------------------------------


async def test_unknown_and_changed_calls_are_named(tmp_path: Path, record: Record) -> None:
    recorder = record(simulated(0, fail_rate=0.0))
    await recorder.complete(ask("generate/0", max_tokens=99), CountingMeter())
    replay = Replay(tmp_path / "t")
    with pytest.raises(TapeMismatch, match="generate/1 is not on the tape t; the nearest is generate/0"):
        await replay.complete(ask("generate/1"), CountingMeter())
    with pytest.raises(TapeMismatch, match="max_tokens is 100, was 99"):
        await replay.complete(ask("generate/0", max_tokens=100), CountingMeter())
    with pytest.raises(TapeMismatch, match="messages, prefix or sampling differ"):
        await Replay(tmp_path / "t").complete(ask("generate/0", max_tokens=99, prefix="x"), CountingMeter())


async def test_a_replay_that_cannot_go_on_says_so(tmp_path: Path, record: Record) -> None:
    recorder = record(simulated(0, fail_rate=0.0))
    for k in range(2):  # one after the other, so that the second is recorded after the first
        await recorder.complete(ask(f"generate/{k}"), CountingMeter())
    replay = Replay(tmp_path / "t", patience=0.1)
    with pytest.raises(TapeMismatch, match="generate/0 was called, which does not happen here"):
        await replay.complete(ask("generate/1"), CountingMeter())


async def test_a_call_that_was_cancelled_waits_to_be_cancelled(tmp_path: Path, record: Record) -> None:
    recorder = record(simulated(0, time_scale=1.0))
    task = asyncio.ensure_future(recorder.complete(ask("a", stream=True), CountingMeter()))
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    with pytest.raises(TapeMismatch, match="a was cancelled, which does not happen here"):
        await Replay(tmp_path / "t", patience=0.1).complete(ask("a", stream=True), CountingMeter())


async def test_a_watcher_that_decides_otherwise_is_a_mismatch(tmp_path: Path, record: Record) -> None:
    recorder = record(simulated(0))
    await recorder.complete(ask("a", stream=True), CountingMeter())
    with pytest.raises(TapeMismatch, match="the meter of a decides otherwise"):
        await Replay(tmp_path / "t").complete(ask("a", stream=True), CountingMeter(lambda i, d: False))


async def test_a_refused_attempt_is_refused_again(tmp_path: Path, record: Record) -> None:
    recorder = record(simulated(0, fail_first=1))
    with pytest.raises(BudgetExhausted):
        await recorder.complete(ask("a"), CountingMeter(calls=1))
    with pytest.raises(BudgetExhausted):
        await Replay(tmp_path / "t").complete(ask("a"), CountingMeter(calls=1))
    with pytest.raises(TapeMismatch, match="decides otherwise"):
        await Replay(tmp_path / "t").complete(ask("a"), CountingMeter(calls=9))


@pytest.mark.parametrize("text", ["", "{}\n", '{"tape": 99}\n'])
def test_what_is_not_a_tape_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "t").write_text(text)
    with pytest.raises(TapeMismatch, match="not a tape"):
        Replay(tmp_path / "t")


# ---- resume --------------------------------------------------------------------------------------------------------


class Counted(SimulatedBackend):
    """Counts the calls that reach it."""

    reached = 0

    async def complete(self, request: Any, meter: Any) -> Any:
        self.reached += 1
        return await super().complete(request, meter)


async def in_waves(backend: Backend, log: Log, seed: int) -> list[str]:
    """Waves of four; the sizes of the texts so far decide how many there are."""
    texts: list[str] = []
    while sum(map(len, texts)) < 6000:
        names = range(len(texts), len(texts) + 4)
        came = await asyncio.gather(*(call(backend, log, ask(f"generate/{k}", seed + k)) for k in names))
        texts += [completions[0].text for completions in came]
    return texts


async def test_a_cut_tape_is_resumed_at_any_byte(tmp_path: Path, record: Record) -> None:
    whole = tmp_path / "whole"
    recorder = record(Counted(), whole.name)
    await recorder.prepare()
    texts = await in_waves(recorder, [], 0)
    await recorder.aclose()
    content, calls = whole.read_bytes(), len(texts)
    first_line = content.index(b"\n") + 1
    reached = []
    for cut in [*range(first_line, len(content), len(content) // 40), len(content)]:
        part = tmp_path / "part"
        part.write_bytes(content[:cut])
        backend = Counted()
        replay = Replay(part, then=backend, patience=1.0)
        await replay.prepare()
        assert await in_waves(replay, [], 0) == texts
        await replay.aclose()
        reached.append(backend.reached)
        assert await in_waves(Replay(part, patience=1.0), [], 0) == texts  # what was appended makes it whole
    assert reached[0] == calls
    assert reached[-1] == 0
    assert reached == sorted(reached, reverse=True)


def test_calls_torn_down_with_the_run_are_made_again(tmp_path: Path) -> None:
    async def broken_off() -> None:
        recorder = Recorder(simulated(0, time_scale=1.0, fail_rate=0.0), tmp_path / "t")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3.0):
                await in_waves(recorder, [], 0)
        await recorder.aclose()

    async def whole(backend: Any) -> list[str]:
        await backend.prepare()
        texts = await in_waves(backend, [], 0)
        await backend.aclose()
        return texts

    run_in_virtual_time(broken_off())
    outcomes = [row["outcome"] for row in lines(tmp_path / "t")[1:] if row["event"] == "end"]
    assert {"done", "cancelled"} == set(outcomes)
    resumed = run_in_virtual_time(whole(Replay(tmp_path / "t", then=simulated(0, fail_rate=0.0))))
    assert resumed == asyncio.run(whole(Recorder(simulated(0, fail_rate=0.0), tmp_path / "u")))


async def test_resuming_with_another_model_is_refused(tmp_path: Path) -> None:
    await recorded(simulated(0), tmp_path / "t", race, 0)
    replay = Replay(tmp_path / "t", then=simulated(0, model="other"))
    with pytest.raises(TapeMismatch, match="recorded with simulated, but the backend is other"):
        await replay.prepare()


async def test_a_tape_that_broke_off_says_so_without_a_live_backend(tmp_path: Path, record: Record) -> None:
    recorder = record(simulated(0, fail_rate=0.0))
    await recorder.complete(ask("a"), CountingMeter())
    content = (tmp_path / "t").read_bytes()
    (tmp_path / "t").write_bytes(content[:-10])
    with pytest.raises(TapeMismatch, match="broke off before a ended"):
        await Replay(tmp_path / "t").complete(ask("a"), CountingMeter())


def test_capabilities_survive(tmp_path: Path) -> None:
    (tmp_path / "t").write_text(
        json.dumps({"tape": 1, "model": "m", "capabilities": {"fan_out": True, "priority": True}}) + "\n"
    )
    assert Replay(tmp_path / "t").capabilities == Capabilities(fan_out=True, priority=True)
