"""The OpenAI Agents SDK, unchanged, over a gateway: only base_url and the model's name say that it thinks harder.

The agent uses a calculator; every step is drawn five times and the tool call with most votes is made.

pip install openai-agents -e ".[serve,local]" && python examples/openai_agents.py
"""

import asyncio

from agents import Agent, OpenAIChatCompletionsModel, RunConfig, Runner, function_tool
from openai import AsyncOpenAI

from ttc.serve.server import serving
from ttc.serve.settings import Settings
from ttc.testing.calculator import calculate, serving_calculator

PROBLEM = "Olga starts with 96 beads. A neighbour brings Olga 9 jars of 55 beads. How many beads does Olga end up with?"


@function_tool
def calculator(expression: str) -> str:
    """Works out whole numbers with + - * / between them."""
    return calculate(expression)


async def ask(base_url: str) -> str:
    client = AsyncOpenAI(base_url=base_url, api_key="any")
    model = OpenAIChatCompletionsModel("ttc/self-consistency@5calls:ttc-lab", client)
    agent = Agent("Solver", model=model, tools=[calculator])
    run = await Runner.run(agent, PROBLEM, max_turns=12, run_config=RunConfig(tracing_disabled=True))
    for item in run.new_items:
        print(item.type, getattr(item.raw_item, "arguments", "") or getattr(item, "output", ""))
    print("tokens of all tries:", run.context_wrapper.usage.output_tokens)
    return str(run.final_output)


def main() -> str:
    # the laboratory model has to be helped to call tools; a server of your own needs only `ttc serve --base-url URL`
    with serving_calculator() as upstream, serving(Settings(base_url=upstream, max_tokens=96)) as url:
        answer = asyncio.run(ask(url))
    print(answer)
    return answer


if __name__ == "__main__":
    main()
