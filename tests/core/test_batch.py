"""Problems of one batch: each succeeds or fails by itself, and what would end them all is raised."""

import pytest

import ttc
from tests.sandbox.available import need_sandbox
from ttc.backends.simulated import SimulatedBackend
from ttc.errors import BackendError, VerifierError

PROBLEMS = [f"What is {i} + 4?" for i in range(6)]


class Failing(SimulatedBackend):
    """Fails on every problem that holds a text, with a status."""

    def __init__(self, text: str, status: int | None = 400, kind: str = "solve"):
        super().__init__()
        self.text, self.status, self.kind = text, status, kind

    async def complete(self, request, meter):  # type: ignore[no-untyped-def]
        if self.text in str(request.messages) and request.kind == self.kind:
            meter.attempt()
            meter.prompt(7)
            raise BackendError("the request was refused", status=self.status)
        return await super().complete(request, meter)


@pytest.mark.parametrize("status", [400, 500, None])
def test_one_that_fails_leaves_the_others_alone(status: int | None) -> None:
    backend = Failing("What is 3 + 4?", status)
    results = ttc.solve_many(PROBLEMS, "self_consistency", knobs={"n": 3}, backend=backend, budget=ttc.Budget(calls=99))
    assert [r.problem.text for r in results] == PROBLEMS
    lost = results[3]
    assert (lost.stopped, lost.answer, lost.text, lost.confidence) == ("error", None, "", None)
    assert lost.error == "the request was refused"
    assert lost.cost.prompt_tokens >= 7
    assert lost.to_dict()["error"] == lost.error
    assert all(r.answer is not None and r.error is None for i, r in enumerate(results) if i != 3)


async def test_what_was_paid_before_the_failure_is_kept_without_an_answer() -> None:
    backend = Failing("What is 2 + 4?", 500, kind="verify")
    async with ttc.Solver("best_of_n", knobs={"n": 4}, verifier="self_verify", backend=backend) as solver:
        results = {r.problem.text: r async for r in solver.solve_many(PROBLEMS)}
    lost = results["What is 2 + 4?"]
    assert (lost.answer, lost.candidate, lost.stopped) == (None, None, "error")
    assert len(lost.candidates) == 4
    assert lost.cost.output_tokens == sum(c.output_tokens for c in lost.candidates)
    assert len(results) == 6


async def test_a_shared_total_goes_to_the_problems_that_live() -> None:
    backend = Failing("What is 1 + 4?")
    async with ttc.Solver("auto", backend=backend) as solver:
        results = [r async for r in solver.solve_many(PROBLEMS, total=ttc.Budget(tokens=20_000))]
    assert sorted(r.error is None for r in results) == [False] + [True] * 5
    assert sum(r.cost.output_tokens for r in results) <= 20_000


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_ends_them_all(status: int) -> None:
    with pytest.raises(BackendError, match="refused"):
        ttc.solve_many(PROBLEMS, "self_consistency", backend=Failing("What", status))


def test_a_server_that_cannot_be_reached_ends_them_all() -> None:
    with pytest.raises(BackendError):
        ttc.solve_many(PROBLEMS, "self_consistency", backend="http://127.0.0.1:9/v1#m")


def test_a_missing_judge_ends_them_all_and_one_problem_s_fault_does_not() -> None:
    with pytest.raises(VerifierError, match="judge"):
        ttc.solve_many(PROBLEMS, "tournament", backend=SimulatedBackend())
    need_sandbox(isolated=False)
    tested = [ttc.Problem(text, domain="code", meta=meta) for text, meta in zip(
        PROBLEMS[:2], ({}, {"tests": "assert True"}), strict=True
    )]  # fmt: skip
    without, with_tests = ttc.solve_many(
        tested, "best_of_n", knobs={"n": 2}, verifier="execute:isolated=false", backend=SimulatedBackend()
    )
    assert "tests" in (without.error or "")
    assert without.cost.calls == 0
    assert with_tests.error is None
