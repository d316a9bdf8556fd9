"""Probe samples become a workload."""

from __future__ import annotations

import pytest

import ttc
from ttc.backends.simulated import HOSTED, SimulatedBackend
from ttc.plan import Workload
from ttc.plan.probe import Probe, workload_of

PROBLEM = "What is 5 + 4?"


async def probed(n: int = 6, fan_out: bool = True, **options: object) -> tuple[ttc.Result, Workload]:
    backend = (
        SimulatedBackend(steps=(4, 4), tokens=80.0, p_correct=0.5) if fan_out else SimulatedBackend(capabilities=HOSTED)
    )
    result = await ttc.asolve(PROBLEM, Probe(n), backend=backend, **options)  # type: ignore[arg-type]
    return result, workload_of(result, 1024, fan_out=fan_out)


async def test_samples_are_counted() -> None:
    result, w = await probed()
    assert len(w.lengths) == 6
    assert sum(w.answers) + w.silent == 6
    assert w.steps == 4
    assert w.review > 0
    assert len(w.uncertainty) == 6
    assert len(w.common) == 15
    assert not w.has_verifier
    assert result.cost.calls == 7


@pytest.mark.parametrize("fan_out", [True, False])
async def test_the_prompt_is_that_of_one_request(fan_out: bool) -> None:
    _, one = await probed(1, fan_out)
    _, six = await probed(6, fan_out)
    assert one.prompt == six.prompt


async def test_checks_are_priced_by_what_they_cost() -> None:
    _, w = await probed(verifier="prm:format=math-shepherd", judge="pairwise")
    assert w.check.by_step
    assert w.check.calls == w.check.output == 4
    assert w.compare.calls == w.compare.output == 1
    assert w.compare.prompt > 2 * w.mean


async def test_a_free_verifier_is_free() -> None:
    _, w = await probed(verifier="agreement")
    assert w.has_verifier
    assert w.check.calls == 0


def test_a_probe_needs_a_sample() -> None:
    with pytest.raises(ValueError, match="n is 0"):
        Probe(0)
