"""Generated problems: distinct, repeatable, and known to the simulated model."""

from __future__ import annotations

import asyncio

from ttc.answers import extract_answer
from ttc.backends.base import Request
from ttc.backends.simulated import SimulatedBackend
from ttc.testing.meters import CountingMeter
from ttc.testing.problems import choice_problems, gold_of, math_problems


def test_generated_problems_are_distinct_repeatable_and_known_to_the_model() -> None:
    posed = math_problems(300) + choice_problems(300)
    assert posed == math_problems(300) + choice_problems(300)
    assert math_problems(5, seed=1) != math_problems(5)
    gold = gold_of(posed)
    assert len(gold) == 600
    assert set("ABCDE") == {one.gold for one in posed if one.problem.domain == "choice"}
    backend = SimulatedBackend(gold=gold, p_correct=1.0)

    async def main() -> None:
        for one in posed[::50]:
            request = Request("k", ({"role": "user", "content": one.problem.text},), 4096)
            assert extract_answer((await backend.complete(request, CountingMeter()))[0].text) == one.gold

    asyncio.run(main())
