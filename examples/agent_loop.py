"""A loop of one's own: the model calls a calculator, and every step is decided by a vote over its tool calls.

python examples/agent_loop.py
"""

import asyncio
import json
from typing import Any

import ttc
from ttc.backends.base import Backend
from ttc.testing.calculator import TOOL, calculate, serving_calculator

PROBLEM = "Olga starts with 96 beads. A neighbour brings Olga 9 jars of 55 beads. How many beads does Olga end up with?"
STEPS = 12


async def loop(backend: Backend | str) -> str | None:
    messages: list[dict[str, Any]] = [{"role": "user", "content": PROBLEM}]
    sampling = ttc.Sampling(max_tokens=96, suffix="", extra={"tools": [TOOL]})
    for step in range(STEPS):
        problem = ttc.Problem(tuple(messages), meta={"tools": (TOOL,)})
        result = await ttc.asolve(
            problem, "self_consistency", backend=backend, knobs={"n": 5}, sampling=sampling, seed=step
        )
        message = (result.candidate and result.candidate.message) or {}
        calls = message.get("tool_calls")
        print(f"{result.answer} (confidence {result.confidence}, {result.cost.output_tokens} tokens)")
        if not calls:
            return result.answer
        messages.append({"role": "assistant", "content": message.get("content"), "tool_calls": calls})
        for call in calls:
            value = calculate(json.loads(call["function"]["arguments"])["expression"])
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": value})
    return None


def main(backend: Backend | str | None = None) -> str | None:
    if backend is not None:
        return asyncio.run(loop(backend))
    with serving_calculator() as url:  # the laboratory model, helped to call tools
        return asyncio.run(loop(url))


if __name__ == "__main__":
    main()
