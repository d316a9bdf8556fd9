"""Execute: the candidate's program is run against tests, in a sandbox."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar

from ttc.core.session import Session
from ttc.errors import VerifierError
from ttc.sandbox import Check, Limits, Sandbox, SandboxError
from ttc.types import ABSTAIN, Candidate, Verdict
from ttc.verifiers.program import opened, program_in, program_of

MB = 1 << 20
NO_TESTS = (
    "execute needs tests in problem.meta['tests'] (on the command line: --tests FILE): Python with asserts, or pairs "
    'of {"input": ..., "output": ...}'
)


@dataclass(frozen=True, slots=True)
class Pair:
    """What a program is given on standard input, and what it must print."""

    stdin: str
    output: str


@dataclass(frozen=True)
class Execute:
    """Score 1 if the candidate's program passes all tests, 0 if it fails or is too slow; with `share` the part passed.

    The tests are `problem.meta["tests"]`, in one of three forms:

    - Python with asserts, as text, or a list of them as in MBPP;
    - HumanEval's `check(candidate)`, called with `meta["entry_point"]`;
    - pairs of input and output: texts for a program that reads standard input, or a list of arguments and a value for
      the function `entry_point`. A text may hold the pairs as JSON.

    Tests run in a process of their own, where the program can neither read nor forge them (`ttc.sandbox`). Abstains on
    candidates without a program, on tests that test nothing, and where the sandbox fails.

    Args:
        memory_mb: The most memory of one program, in megabytes.
    """

    share: bool = False
    """A share needs all tests to be run; without it the first failure ends them."""
    seconds: float = 10.0
    """Of one candidate (of each pair, where there are pairs)."""
    memory_mb: int = 512
    isolated: bool = True
    """Refuse to run programs where they could read files or use the network."""

    paper: ClassVar[str] = "Chen et al. 2021, arXiv 2107.03374"
    needs: ClassVar[frozenset[str]] = frozenset({"sandbox", "tests"})
    finished_only: ClassVar[bool] = True
    asks_no_model: ClassVar[bool] = True

    def __post_init__(self) -> None:
        _ = self.limits

    @property
    def limits(self) -> Limits:
        """What one program may use."""
        return Limits(
            seconds=self.seconds, cpu_seconds=max(1, math.ceil(self.seconds)), memory_bytes=self.memory_mb * MB
        )

    async def ready(self, session: Session) -> None:
        """Read the tests and start the sandbox, before a program is paid for that could not be run."""
        read_tests(session.problem.meta)
        await opened(self.isolated)

    async def verify(self, session: Session, candidates: Sequence[Candidate]) -> list[Verdict]:
        """What the tests say of each candidate; a program that several have is run once."""
        tests = read_tests(session.problem.meta)
        sandbox = await opened(self.isolated)
        programs = [program_of(candidate.text) for candidate in candidates]
        different = list(dict.fromkeys(program for program in programs if program is not None))
        entry_point = str(session.problem.meta.get("entry_point") or "").strip() or None
        sheet = {"entry_point": entry_point, "context": program_in(session.problem)}
        found = await asyncio.gather(*(self._verdict(sandbox, code, tests, sheet) for code in different))
        session.note("executed", programs=len(different), isolation=sandbox.level)
        verdicts = dict(zip(different, found, strict=True))
        return [verdicts[p] if p is not None else Verdict(math.nan, "no program in the text") for p in programs]

    async def _verdict(self, sandbox: Sandbox, code: str, tests: str | list[Pair], sheet: Mapping[str, Any]) -> Verdict:
        try:
            if isinstance(tests, list):
                return await self._pairs(sandbox, code, tests)
            check = await sandbox.check(code, tests, **sheet, every=self.share, limits=self.limits)
        except SandboxError as error:
            return Verdict(math.nan, str(error))
        return self._score(check)

    def _score(self, check: Check) -> Verdict:
        if check.stopped:
            return Verdict(0.0, check.reason)
        if not check.total:
            return Verdict(math.nan, check.reason or "the tests assert nothing")
        says = f"{check.passed} of {check.total} tests passed" if self.share or check.right else ""
        score = check.passed / check.total if self.share else float(check.right)
        return Verdict(score, "; ".join(part for part in (says, check.reason) if part))

    async def _pairs(self, sandbox: Sandbox, code: str, pairs: Sequence[Pair]) -> Verdict:
        if not pairs:
            return ABSTAIN
        passed, reason = 0, ""
        for number, pair in enumerate(pairs):
            run = await sandbox.run(code, pair.stdin, self.limits)
            failure = {"time": "out of time", "output": "too much output", "crash": "ended"}.get(run.stopped, "")
            if not failure and run.status != 0:
                failure = f"exit status {run.status}: {(run.stderr.strip().splitlines() or [''])[-1][:120]}"
            if not failure and lines(run.stdout) != lines(pair.output):
                failure = f"printed {run.stdout.strip()[:60]!r}, not {pair.output.strip()[:60]!r}"
            passed += not failure
            reason = reason or (failure and f"input {number}: {failure}")
            if failure and not self.share:
                return Verdict(0.0, reason)
        return Verdict(
            passed / len(pairs), f"{passed} of {len(pairs)} tests passed" + (f"; {reason}" if reason else "")
        )


def lines(text: str) -> list[str]:
    """An output up to blanks at the ends of lines and empty lines at its end."""
    return [line.rstrip() for line in text.rstrip().splitlines()]


def read_tests(meta: Mapping[str, Any]) -> str | list[Pair]:
    """The tests as one text, or as pairs for standard input. VerifierError if there are none or they are no tests."""
    tests = meta.get("tests")
    if isinstance(tests, str) and tests.lstrip()[:1] in ("[", "{"):
        with suppress(ValueError):  # Python may begin with a bracket, too
            tests = json.loads(tests)
    if isinstance(tests, Mapping) and {"inputs", "outputs"} <= tests.keys():
        inputs, outputs = tests["inputs"], tests["outputs"]
        if not (_listed(inputs) and _listed(outputs) and len(inputs) == len(outputs)):
            raise VerifierError(f"inputs and outputs must be lists of the same length. {NO_TESTS}")
        tests = [{"input": i, "output": o} for i, o in zip(inputs, outputs, strict=True)]
    if isinstance(tests, str) and tests.strip():
        return tests
    if not _listed(tests) or not tests:
        raise VerifierError(NO_TESTS)
    if all(isinstance(test, str) for test in tests):
        return "\n".join(tests)
    pairs = [_pair(test) for test in tests]
    if all(isinstance(stdin, str) for stdin, _ in pairs):
        return [Pair(stdin, str(output)) for stdin, output in pairs]
    name = str(meta.get("entry_point") or "").strip()
    if not name:
        raise VerifierError("tests with lists of arguments need problem.meta['entry_point'], the function's name")
    for arguments, _ in pairs:
        if not _listed(arguments):
            raise VerifierError(f"arguments are {str(arguments)[:80]!r}; a test of a function needs a list of them")
    return "\n".join(f"assert {name}(*{list(arguments)!r}) == {output!r}" for arguments, output in pairs)


def _listed(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _pair(test: Any) -> tuple[Any, Any]:
    if isinstance(test, Mapping) and {"input", "output"} <= test.keys():
        return test["input"], test["output"]
    if _listed(test) and len(test) == 2:
        return test[0], test[1]
    raise VerifierError(f"a test is {str(test)[:80]!r}. {NO_TESTS}")
