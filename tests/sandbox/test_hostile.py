"""Hostile programs do no harm; `python -m evals.bench.hostile` runs a thousand of them."""

import asyncio
import subprocess
import sys

import pytest

from tests.sandbox.bystanders import LIMITS, SECRET_TEXT, attempt, bystanders, left_over, still_right
from tests.sandbox.hostile import PAYLOADS, RIGHT, SAFE, TESTS, WRONG, Hostile, sample, variants
from ttc.sandbox import Sandbox


async def _harm(sandbox: Sandbox, programs: list[Hostile]) -> list[str]:
    """One at a time for each worker, so that a program's time is its own."""
    turns = asyncio.Semaphore(sandbox.width)
    with bystanders() as around:

        async def one(program: Hostile) -> list[str]:
            async with turns:
                return [f"{program.name}: {harm}" for harm in await attempt(sandbox, around, program)]

        found = await asyncio.gather(*map(one, programs))
    return [harm for harms in found for harm in harms]


async def test_sixty_hostile_programs(isolated: Sandbox) -> None:
    programs = sample()
    assert len(programs) >= 60
    assert {p.category for p in programs} == set(PAYLOADS)
    assert await _harm(isolated, programs) == []
    assert await still_right(isolated)
    assert not left_over()


async def test_what_may_be_tried_without_isolation(sandbox: Sandbox) -> None:
    if sandbox.level != "limits":
        pytest.skip("isolated levels meet all programs in the test above")
    assert await _harm(sandbox, sample(categories=SAFE)) == []
    assert await still_right(sandbox)
    assert not left_over()


@pytest.mark.parametrize("name", ["network-0", "read-0"])
def test_the_bystanders_would_notice(name: str) -> None:
    """The same payloads with no sandbox around them reach what they are after."""
    category, number = name.split("-")
    program = Hostile(name, category, PAYLOADS[category][int(number)], "script")
    with bystanders() as around:
        done = subprocess.run(
            [sys.executable, "-c", around.armed(program)], capture_output=True, text=True, check=False
        )
        assert around.look(isolated=True) or SECRET_TEXT in done.stdout


@pytest.mark.parametrize("number", range(3))
def test_the_forgeries_would_work_inside_one_process(number: int) -> None:
    """Equality that says yes and patched built-ins fool tests that share a process with the program."""
    code = f"{WRONG}\n{PAYLOADS['forge'][number]}\n{TESTS.splitlines()[[0, 0, 2][number]]}"
    assert subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 0


def test_the_thousand_are_different_and_are_programs() -> None:
    programs = variants(1000)
    assert len({(p.code, p.mode) for p in programs}) > 500
    assert {p.category for p in programs} == set(PAYLOADS)
    for program in programs:
        compile(program.code, program.name, "exec")
    compile(RIGHT, "right", "exec")
    assert LIMITS.seconds < 2
