"""What a run needs is checked before its first token: by strategy, verifier and judge alike, nested ones too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pytest

import ttc
from ttc.backends.base import Capabilities
from ttc.backends.simulated import ALL, SimulatedBackend
from ttc.core.needs import NEEDS, access_of, needs_of, uses_of
from ttc.core.session import Session
from ttc.errors import BackendError, MissingNeed, VerifierError
from ttc.sandbox import SandboxError
from ttc.strategies import STRATEGIES, make_strategy
from ttc.strategies.verify_only import Given
from ttc.types import Candidate, Problem, Verdict
from ttc.verifiers import JUDGES, VERIFIERS, make_verifier, program

PROBLEM = "What is 5 + 4?"
NOTHING = Capabilities(fan_out=True)
PLAIN = {"auto", "best_of_n", "self_consistency", "shortest_majority", "short_m", "rsa", "seat", "universal",
         "self_evolution", "semantic_entropy"}  # fmt: skip
"""Strategies that run on plain chat."""


class Counting(SimulatedBackend):
    """Counts what is asked."""

    asked = 0

    async def complete(self, request, meter):  # type: ignore[no-untyped-def]
        self.asked += 1
        return await super().complete(request, meter)


async def refused(strategy: Any, error: type[Exception] = MissingNeed, **options: Any) -> str:
    """What the run says that it cannot begin; nothing has been asked then."""
    backend = Counting(capabilities=options.pop("capabilities", ALL))
    with pytest.raises(error) as caught:
        await ttc.asolve(options.pop("problem", PROBLEM), strategy, backend=backend, **options)
    assert backend.asked == 0
    assert caught.value.result is None  # type: ignore[attr-defined]
    said = caught.value
    return f"{said} {said.typed}" if isinstance(said, MissingNeed) else str(said)


def test_every_role_says_what_it_needs_by_known_names() -> None:
    for kind in (STRATEGIES, VERIFIERS, JUDGES):
        for name, cls in kind.items():
            for need in needs_of(cls) | uses_of(cls):
                assert set(need.split(" or ")) <= NEEDS.keys(), name
            assert access_of(cls), name
            assert hasattr(cls, "needs") or name == "auto", name


@pytest.mark.parametrize("name", list(STRATEGIES))
async def test_a_strategy_begins_only_with_what_it_needs(name: str) -> None:
    if name in PLAIN:
        result = await ttc.asolve(PROBLEM, name, backend=SimulatedBackend(capabilities=NOTHING))
        assert result.candidates
        return
    said = await refused(name, capabilities=NOTHING)
    assert said.startswith(f"{name} needs ")
    for class_name in (*(type(make_strategy(n)).__name__ for n in STRATEGIES), "Capabilities", "Backend"):
        assert class_name not in said, "both Python and the command line must understand it"


@pytest.mark.parametrize(
    ("strategy", "options", "words"),
    [
        ("tournament", {}, "--judge pairwise"),
        ("ab_mcts", {}, "--verifier self_verify"),
        ("beam", {}, "--verifier prm"),
        ("beam", {"verifier": "prm", "capabilities": replace(ALL, prefill=False)}, "prefix"),
        ("beam", {"verifier": "agreement"}, "unfinished"),
        ("cisc", {"capabilities": NOTHING}, "verifier, or log-probabilities"),
        ("mur", {"verifier": "graded", "capabilities": replace(ALL, logprobs=False)}, "log-probabilities"),
        ("st_bon", {}, "hidden states"),
        (make_strategy("semantic_entropy", {"form": "weighted"}), {"capabilities": NOTHING}, "log-probabilities"),
        (Given(("9",)), {}, "--verifier"),
    ],
)
async def test_what_is_missing_and_what_to_pass_is_said(strategy: Any, options: Any, words: str) -> None:
    assert words in await refused(strategy, **options)


VETO = make_verifier("veto:reward=confidence:check=agreement")


@pytest.mark.parametrize(
    "verifier", ["confidence", "confidence:top=true", "prm", VETO, "hybrid:judged=prm", "cisc:confidence=confidence"]
)
async def test_a_verifier_is_checked_and_what_is_inside_it(verifier: Any) -> None:
    said = await refused("best_of_n", verifier=verifier, capabilities=NOTHING)
    assert "simulated does not give" in said
    (result,) = [await ttc.asolve(PROBLEM, "best_of_n", backend=SimulatedBackend(), verifier=verifier)]
    assert result.answer is not None


async def test_a_verifier_with_a_server_of_its_own_asks_that_one() -> None:
    able, unable = SimulatedBackend(score_tag="ки"), SimulatedBackend(capabilities=NOTHING)
    prm = make_verifier("prm:format=math-shepherd")
    assert prm is not None
    own = replace(prm, backend=able)  # type: ignore[type-var]
    result = await ttc.asolve(PROBLEM, "best_of_n", backend=unable, verifier=own)
    assert result.verdicts
    said = await refused("best_of_n", verifier=replace(prm, backend=unable))  # type: ignore[type-var]
    assert said.startswith("prm needs log-probabilities")


@pytest.mark.parametrize("verifier", ["execute", "veto:check=execute", "hybrid:checked=execute"])
async def test_programs_without_tests_are_not_drawn(verifier: str) -> None:
    problem = Problem("Write add(a, b).", domain="code")
    said = await refused("best_of_n", VerifierError, verifier=verifier, problem=problem)
    assert "--tests" in said


@pytest.mark.parametrize("verifier", ["execute", "tool_check", "veto", "calibrated", "hybrid:checked=tool_check"])
async def test_nothing_is_drawn_where_no_program_can_be_run(verifier: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        async def start(self) -> None:
            raise SandboxError("no namespaces here")

    monkeypatch.setattr(program, "shared", lambda isolated: Broken())
    role: Any = verifier
    if verifier == "calibrated":
        from ttc.verifiers import Calibrated
        from ttc.verifiers.calibration import Temperature

        role = Calibrated("tool_check", calibrator=Temperature(1.0))
    problem = Problem("Write add(a, b).", domain="code", meta={"tests": "assert add(1, 2) == 3"})
    said = await refused("best_of_n", VerifierError, verifier=role, problem=problem)
    assert "no namespaces here" in said


@pytest.mark.parametrize("name", ["orm", "qwen_prm", "skywork", "shepherd"])
async def test_a_reward_server_that_is_not_there_is_found_out_first(name: str) -> None:
    await refused("best_of_n", BackendError, verifier=f"{name}:url=http://127.0.0.1:9")


async def test_the_old_text_of_another_package_is_read_and_not_enforced() -> None:
    @dataclass(frozen=True)
    class Theirs:
        access: ClassVar[str] = "chat, verifier, hidden states"

        async def run(self, session: Session) -> Candidate:
            return (await session.sample())[0]

    assert needs_of(Theirs) == {"verifier", "hidden_states"}
    assert access_of(Theirs) == Theirs.access
    assert (await ttc.asolve(PROBLEM, Theirs(), backend=SimulatedBackend())).candidates


async def test_a_judge_of_another_package_is_checked_as_ours_are() -> None:
    class Judging:
        needs: ClassVar[frozenset[str]] = frozenset({"top_logprobs"})

        async def prefer(self, session: Session, first: Candidate, second: Candidate, vote: int) -> float:
            return 0.5

    assert "Judging needs log-probabilities" in await refused("tournament", judge=Judging(), capabilities=NOTHING)


async def test_a_verifier_that_says_nothing_is_trusted() -> None:
    class Silent:
        async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
            return [Verdict(0.5)] * len(candidates)

    assert (await ttc.asolve(PROBLEM, "beam", backend=SimulatedBackend(), verifier=Silent(), knobs={"n": 2})).candidates
