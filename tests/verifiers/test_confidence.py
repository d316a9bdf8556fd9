"""Confidence from the tokens' own log-probabilities and from the top 20."""

import math

import numpy as np
import pytest

from tests.verifiers.statistics import auc, pool
from ttc.backends.simulated import SimulatedBackend
from ttc.testing.verifiers import VerifierConformance, open_session
from ttc.types import Candidate
from ttc.verifiers import make_verifier
from ttc.verifiers.confidence import Confidence


class TestConformance(VerifierConformance):
    asks = False

    def make(self) -> Confidence:
        return Confidence(window=8)

    def sampling(self) -> dict[str, object]:
        return {"logprobs": 0}


class TestTop(VerifierConformance):
    asks = False

    def make(self) -> Confidence:
        return Confidence("lowest", window=8, top=True)

    def sampling(self) -> dict[str, object]:
        return {"logprobs": 20}


async def scores(candidate: Candidate, **knobs: object) -> dict[str, float]:
    session = open_session(SimulatedBackend())
    found = {}
    for name in ("mean", "tail", "lowest", "bottom"):
        (verdict,) = await session.verify([candidate], Confidence(name, **knobs))  # type: ignore[arg-type]
        found[name] = verdict.score
    return found


async def test_golden_windows() -> None:
    tokens = (4.0, 4.0, 1.0, 1.0, 4.0, 6.0)
    found = await scores(Candidate(id="0", text="x", confidences=tokens), window=2, top=True)
    c = {"mean": 20 / 6, "tail": 5.0, "lowest": 1.0, "bottom": 1.0}
    assert found == pytest.approx({name: value / (1 + value) for name, value in c.items()})
    own = await scores(Candidate(id="0", text="x", logprobs=tuple(-t for t in tokens)), window=2)
    assert own["lowest"] == pytest.approx(math.exp(-5.0))


async def test_a_dip_in_the_middle_shows_in_the_lowest_not_in_the_mean() -> None:
    flat = Candidate(id="0", text="x", confidences=(3.0,) * 60)
    dip = Candidate(id="1", text="x", confidences=(4.0,) * 25 + (1.0,) * 10 + (3.6,) * 25)
    one, two = await scores(flat, window=10, top=True), await scores(dip, window=10, top=True)
    assert two["mean"] > one["mean"]
    assert two["lowest"] < one["lowest"]


async def test_it_abstains_without_what_it_needs() -> None:
    own_only = Candidate(id="0", text="x", logprobs=(-0.1, -0.2))
    assert all(math.isnan(v) for v in (await scores(own_only, top=True)).values())
    unknown = Candidate(id="0", text="x", confidences=(math.nan, math.nan))
    assert all(math.isnan(v) for v in (await scores(unknown, top=True)).values())


async def test_auc_is_that_of_the_law() -> None:
    """log(-mean logprob) of right and wrong solutions is normal, `separation` apart: AUC = Phi(separation / sqrt 2)."""
    backend = SimulatedBackend(p_correct=0.5, separation=1.5, tokens=200.0, steps=(1, 1))
    right, found = await pool(backend, Confidence(), problems=30, n=12, logprobs=0)
    expected = 0.5 * (1 + math.erf(1.5 / 2))
    assert abs(auc(right, found) - expected) < 3 * math.sqrt(expected * (1 - expected) / min(sum(right), sum(~right)))
    assert not np.isnan(found).any()


def test_what_the_session_must_ask_for() -> None:
    assert make_verifier("confidence:top=true").logprobs == 20  # type: ignore[union-attr]
    assert make_verifier("confidence").logprobs == 0  # type: ignore[union-attr]
    with pytest.raises(ValueError, match="window is 0"):
        Confidence(window=0)
