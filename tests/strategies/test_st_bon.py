"""ST-BoN: conformance, the exact step c, the window, one winner from its own tokens, planted outliers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any

import numpy as np
import pytest

import ttc
from tests.strategies.stepwise import search_tree
from ttc.backends.base import Completion, Meter, Request
from ttc.backends.simulated import ALL, HOSTED, SimulatedBackend
from ttc.core.session import Session
from ttc.errors import BackendError, VerifierError
from ttc.strategies import StBon, StBonText
from ttc.testing.strategies import StrategyConformance
from ttc.types import Candidate, Sampling


@dataclass
class Planted:
    """Three layers in the plane: who has a token of `odd` turns far on the way, the others go nearly straight on."""

    odd: str = "Thus"
    asked: int = 0

    async def states(self, session: Session, candidates: Sequence[Candidate], steps: int) -> Any:
        self.asked = steps
        states = np.zeros((steps, 4, len(candidates), 2), np.float32)
        for i, candidate in enumerate(candidates):
            noise = blake2b(candidate.text.encode(), digest_size=1).digest()[0] / 2560
            angles = (
                np.array([0.3, 0.4 + noise, 0.5, 0.6]) if self.odd not in candidate.text else np.array([0, 2, 1, 3])
            )
            states[:, :, i] = np.stack([np.cos(angles), np.sin(angles)], axis=-1) * np.arange(1, 5)[:, None]
        return states


class TestConformance(StrategyConformance):
    cost_of_one = 600

    def make(self) -> StBon:
        return StBon(n=4, hidden=Planted())


class TestTexts(StrategyConformance):
    cost_of_one = 600

    def make(self) -> StBonText:
        return StBonText(n=4, chunk=8)


def backend(**laws: Any) -> SimulatedBackend:
    return SimulatedBackend(**{"steps": (4, 4), "tokens": 400.0, "tokens_sigma": 0.1, **laws})


async def test_one_is_finished_from_its_own_tokens_and_the_rest_dropped() -> None:
    provider = Planted()
    strategy = StBon(n=6, hidden=provider, chunk=4)
    result = await ttc.asolve("What is 5 + 4?", strategy, backend=backend())
    (event,) = result.trace.named("st_bon")
    assert event.data["diverged"]
    assert provider.asked == event.data["steps"] == 2 * event.data["c"]
    finished = [c for c in result.candidates if c.finish == "stop"]
    assert [c.id for c in finished] == [result.candidate.id]  # type: ignore[union-attr]
    assert result.candidate.id.startswith(event.data["winner"] + ".")  # type: ignore[union-attr]
    dropped = [c for c in result.candidates if c.finish == "stopped"]
    assert len(dropped) == 5
    assert result.cost.output_tokens == sum(c.output_tokens for c in result.candidates)
    assert sum(node.tokens for node in search_tree(result.trace).nodes[1:]) == result.cost.output_tokens
    whole = await ttc.asolve("What is 5 + 4?", "self_consistency", knobs={"n": 6, "stop": "none"}, backend=backend())
    assert result.cost.output_tokens < 0.5 * whole.cost.output_tokens


async def test_all_stages_sample_alike() -> None:
    """The winner is not finished greedily: it goes on as it would have gone on."""
    seen: list[Request] = []

    class Listening(SimulatedBackend):
        async def complete(self, request: Request, meter: Meter) -> Sequence[Completion]:
            seen.append(request)
            return await super().complete(request, meter)

    sampling = Sampling(temperature=0.7, top_p=0.95)
    backend = Listening(steps=(4, 4), tokens=400.0)
    result = await ttc.asolve("What is 5 + 4?", StBon(n=3, hidden=Planted()), backend=backend, sampling=sampling)
    assert seen[-1].prefix_ids  # the third stage
    assert result.text.endswith(result.candidate.steps[-1])  # type: ignore[union-attr]
    assert {(request.temperature, request.top_p) for request in seen} == {(0.7, 0.95)}


@pytest.mark.parametrize("chunk", [1, 3, 16, 64])
async def test_c_does_not_depend_on_the_chunks(chunk: int) -> None:
    """The shared beginning of all texts is known: c is one token behind the longest one of any two."""
    result = await ttc.asolve("What is 5 + 4?", StBon(n=5, hidden=Planted(), chunk=chunk), backend=backend())
    (event,) = result.trace.named("st_bon")
    begun = [c for c in result.candidates if c.finish == "stopped"] + [result.candidate]
    ids = [c.token_ids[: event.data["steps"]] for c in begun]  # type: ignore[union-attr, index]
    c = event.data["c"]
    assert len({prefix[:c] for prefix in ids}) == 5
    assert len({prefix[: c - 1] for prefix in ids}) < 5


async def test_the_odd_ones_are_not_chosen() -> None:
    odd = 0
    for i in range(30):
        strategy = StBon(n=8, hidden=Planted(), chunk=4)
        result = await ttc.asolve(f"What is {i} + 4?", strategy, backend=backend(p_correct=0.4))
        (event,) = result.trace.named("st_bon")
        first = {e.data["id"]: e.data["text"] for e in result.trace.named("candidate")}
        chosen = first[event.data["winner"].split(".")[0]]
        wrong = sum(first[str(k)].startswith("Thus") for k in range(8))
        odd += chosen.startswith("Thus") and wrong < 4
    assert odd == 0


async def test_texts_that_never_differ_are_read_to_their_end() -> None:
    class Same(SimulatedBackend):
        def _write(self, request, indices, most):  # type: ignore[no-untyped-def]
            return super()._write(replace(request, temperature=0.0), indices, most)

    result = await ttc.asolve("What is 5 + 4?", StBon(n=3, hidden=Planted()), backend=Same())
    (event,) = result.trace.named("st_bon")
    assert not event.data["diverged"]
    assert result.candidate.id.startswith("0")  # type: ignore[union-attr]
    assert result.answer is not None


class Losing(SimulatedBackend):
    """Refuses to go on with any beginning but the first."""

    async def complete(self, request: Request, meter: Meter) -> Sequence[Completion]:
        if request.prefix and not request.key.rpartition("/")[2].startswith("0."):
            raise BackendError("gone", status=500)
        return await super().complete(request, meter)


class Silent(SimulatedBackend):
    """Ends every text before its first token."""

    async def complete(self, request: Request, meter: Meter) -> Sequence[Completion]:
        return [replace(c, text="", token_ids=(), output_tokens=0) for c in await super().complete(request, meter)]


@pytest.mark.parametrize("strategy", [StBon(n=5, chunk=1, hidden=Planted()), StBonText(n=5, chunk=1)], ids=repr)
async def test_what_the_server_lost_on_the_way_cannot_be_elected(strategy: StBon | StBonText) -> None:
    """Candidates that can neither grow nor answer would win most of the seeds."""
    for seed in range(6):
        result = await ttc.asolve("What is 19 + 23?", strategy, backend=Losing(steps=(4, 4), tokens=200.0), seed=seed)
        assert result.answer is not None


@pytest.mark.parametrize("strategy", [StBon(n=3, hidden=Planted()), StBonText(n=3)], ids=repr)
async def test_texts_that_end_before_they_begin_are_no_error(strategy: StBon | StBonText) -> None:
    result = await ttc.asolve("What is 19 + 23?", strategy, backend=Silent())
    assert (result.answer, result.text, result.stopped) == (None, "", "finished")


async def test_what_is_missing_is_said() -> None:
    with pytest.raises(ValueError, match="at least 3"):
        StBon(n=2)
    for strategy, capabilities, message in (
        (StBon(), ALL, "hidden"),
        (StBon(hidden=Planted()), HOSTED, "prefix"),
        (StBon(hidden=Planted()), replace(ALL, token_ids=False), "token ids"),
        (StBonText(), HOSTED, "prefix"),
    ):
        with pytest.raises(VerifierError, match=message):
            await ttc.asolve("What is 5 + 4?", strategy, backend=SimulatedBackend(capabilities=capabilities))


async def test_texts_elect_the_one_nearest_to_the_mean() -> None:
    seen: list[str] = []

    def lengths(texts: Sequence[str]) -> Any:
        seen[:] = texts
        return np.array([[len(text)] for text in texts], float)

    strategy = StBonText(n=5, chunk=8, embed=lengths)
    result = await ttc.asolve("What is 5 + 4?", strategy, backend=backend(tokens=40.0))
    mean = sum(map(len, seen)) / len(seen)
    nearest = min(seen, key=lambda text: abs(len(text) - mean))
    assert len({len(text) for text in seen}) > 1
    assert result.text.startswith(nearest)
