"""A verifier with a model of its own: its calls are charged, recorded, replayed without it, and resumed."""

from collections.abc import Sequence
from pathlib import Path

import pytest

import ttc
from tests.verifiers.pooling_server import PoolingServer
from ttc.backends.base import Completion, Meter, Request
from ttc.backends.simulated import SimulatedBackend
from ttc.errors import TapeMismatch
from ttc.strategies import BestOfN, Tournament
from ttc.testing.verifiers import Listening
from ttc.verifiers.pairwise import Pairwise
from ttc.verifiers.pooling import PoolingBackend
from ttc.verifiers.qwen_prm import QwenPRM
from ttc.verifiers.self_verify import SelfVerify

PROBLEM = ttc.Problem("What is 6 * 14 - 5?")


class Gone(SimulatedBackend):
    """A model whose server is down."""

    async def prepare(self) -> None:
        raise AssertionError("a replay has asked a server")

    async def complete(self, request: Request, meter: Meter) -> Sequence[Completion]:
        raise AssertionError("a replay has asked a server")


def same(one: ttc.Result, other: ttc.Result) -> bool:
    """The same run: choices, scores, costs and every decision."""
    told = [(e.name, {k: v for k, v in e.data.items() if k != "seconds"}) for e in one.trace.events]
    again = [(e.name, {k: v for k, v in e.data.items() if k != "seconds"}) for e in other.trace.events]
    return told == again and one.answer == other.answer and one.verdicts == other.verdicts


async def test_a_second_model_is_charged_and_on_the_tape(tmp_path: Path) -> None:
    tape, first, own = tmp_path / "run.jsonl", Listening(), Listening()
    live = await ttc.asolve(PROBLEM, BestOfN(4), backend=first, verifier=SelfVerify(backend=own), record=tape)
    assert len(own.heard) == live.cost_by_kind["verify"].calls == 4
    assert all(request.kind == "solve" for request in first.heard)
    again = await ttc.asolve(PROBLEM, BestOfN(4), verifier=SelfVerify(backend=Gone()), replay=tape)
    assert same(live, again)
    assert again.cost_by_kind["verify"].calls == 4
    assert again.cost_by_kind["verify"].output_tokens == live.cost_by_kind["verify"].output_tokens


async def test_a_judge_of_its_own_too(tmp_path: Path) -> None:
    tape = tmp_path / "run.jsonl"
    live = await ttc.asolve(PROBLEM, Tournament(8, 2), backend=SimulatedBackend(p_correct=0.3),
                            judge=Pairwise(backend=SimulatedBackend()), record=tape)  # fmt: skip
    assert live.cost_by_kind["judge"].calls > 0
    assert same(live, await ttc.asolve(PROBLEM, Tournament(8, 2), judge=Pairwise(backend=Gone()), replay=tape))


async def test_a_run_that_broke_off_goes_on_with_both_models(tmp_path: Path) -> None:
    tape = tmp_path / "run.jsonl"
    verifier = SelfVerify(backend=Listening())
    live = await ttc.asolve(PROBLEM, BestOfN(4), backend=Listening(), verifier=verifier, record=tape)
    lines = tape.read_text().splitlines()
    first_judged = next(i for i, line in enumerate(lines) if '"start"' in line and "verify/self" in line)
    tape.write_text("\n".join(lines[:first_judged]) + "\n")
    model, own = Listening(), Listening()
    again = await ttc.asolve(
        PROBLEM, BestOfN(4), backend=model, verifier=SelfVerify(backend=own), record=tape, replay=tape
    )
    assert (len(model.heard), len(own.heard)) == (0, 4)
    assert (again.answer, again.verdicts) == (live.answer, live.verdicts)
    whole = await ttc.asolve(PROBLEM, BestOfN(4), verifier=SelfVerify(backend=Gone()), replay=tape)
    assert whole.verdicts == live.verdicts


async def test_a_reward_model_is_replayed_without_its_server(tmp_path: Path) -> None:
    tape = tmp_path / "run.jsonl"
    entry = [{"index": 0, "object": "pooling", "data": [[0.3, 0.7]]}]
    async with PoolingServer(lambda path, body: entry) as server:
        backend = PoolingBackend(server.url)
        prm = QwenPRM("model", backend=backend)
        live = await ttc.asolve(PROBLEM, BestOfN(3), backend=SimulatedBackend(), verifier=prm, record=tape)
        await backend.aclose()
    assert live.cost_by_kind["verify"].prompt_tokens == 150
    down = PoolingBackend("http://127.0.0.1:9", retries=0)
    again = await ttc.asolve(PROBLEM, BestOfN(3), verifier=QwenPRM("model", backend=down), replay=tape)
    await down.aclose()
    assert same(live, again)
    assert "reward" in tape.read_text()


async def test_a_tape_without_the_verdicts_says_what_is_missing(tmp_path: Path) -> None:
    tape = tmp_path / "run.jsonl"
    await ttc.asolve(PROBLEM, BestOfN(2), backend=SimulatedBackend(), record=tape)
    with pytest.raises(TapeMismatch, match="verify/self"):
        await ttc.asolve(PROBLEM, BestOfN(2), verifier=SelfVerify(backend=SimulatedBackend()), replay=tape)
