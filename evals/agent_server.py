"""The laboratory model as the model of an agent: it solves the open part, and its answer becomes a calculator call.

The model was never taught tools or tasks of several parts. This adapter shows it the open part alone, with the results
so far in place, and writes the call around the answer that the solution boxes; a solution without one calls nothing.
When every part has its result, the last one is said without asking the model. So which tool is called, and in which
order, is scripted; whether the argument is right is up to the model.
"""

from collections.abc import Mapping
from typing import Any

from evals.agent_parts import Part, expression, open_part
from ttc.backends.base import Completion, Request
from ttc.lab.check import boxed
from ttc.testing.calculator import CalculatorServer, message_of
from ttc.testing.meters import CountingMeter

MAX_TOKENS = 640
DIGITS = 15
"""Longer answers are no whole numbers that the calculator takes."""


class PartsServer(CalculatorServer):
    """The routes of `CalculatorServer`, for tasks in the form of `evals.agent_parts`."""

    async def choices(self, body: Mapping[str, Any], n: int, meter: CountingMeter) -> list[dict[str, Any]]:
        """n tries at the open part, or n times the last result."""
        part = open_part(body["messages"])
        if part is None:
            message = {"role": "assistant", "content": f"\\boxed{{{body['messages'][-1]['content']}}}"}
            return [{"index": index, "finish_reason": "stop", "message": message} for index in range(n)]
        asked = Request(
            key="part",
            messages=({"role": "user", "content": part.question},),
            n=n,
            max_tokens=body.get("max_tokens") or body.get("max_completion_tokens") or MAX_TOKENS,
            seed=body.get("seed") or 0,
            temperature=body["temperature"],
        )
        drawn = await self.backend.complete(asked, meter)
        return [choice_of(index, completion, part) for index, completion in enumerate(drawn)]


def choice_of(index: int, drawn: Completion, part: Part) -> dict[str, Any]:
    """A solution as a choice of the reply: its call where it boxes a whole number, else its text alone."""
    answer = boxed(drawn.text)
    if answer is None or not answer.removeprefix("-").isdecimal() or len(answer) > DIGITS:
        finish = "length" if drawn.finish == "length" else "stop"
        message = {"role": "assistant", "content": drawn.text}
        return {"index": index, "finish_reason": finish, "message": message}
    message = message_of(drawn.text, expression(int(answer), part.shift))
    return {"index": index, "finish_reason": "tool_calls", "message": message}
