"""pydantic-ai, unchanged, over a gateway: only base_url and the model's name say that it thinks harder.

The agent uses a calculator; every step is drawn several times and the tool call with most votes is made.

pip install "pydantic-ai-slim[openai]" -e ".[serve,local]" && python examples/pydantic_ai_agent.py
"""

from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from ttc.serve.server import serving
from ttc.serve.settings import Settings
from ttc.testing.calculator import calculate, serving_calculator

PROBLEM = "Olga starts with 96 beads. A neighbour brings Olga 9 jars of 55 beads. How many beads does Olga end up with?"


def calculator(expression: str) -> str:
    """Works out whole numbers with + - * / between them."""
    return calculate(expression)


def ask(base_url: str) -> str:
    provider = OpenAIProvider(base_url=base_url, api_key="any")
    model = OpenAIChatModel("ttc/self-consistency@5calls:ttc-lab", provider=provider)
    run = Agent(model, tools=[calculator]).run_sync(PROBLEM)
    for message in run.all_messages():
        for part in message.parts:
            print(part.part_kind, getattr(part, "args", None) or part.content)
    print("tokens of all tries:", run.usage.output_tokens)
    return run.output


def main() -> str:
    # the laboratory model has to be helped to call tools; a server of your own needs only `ttc serve --base-url URL`
    with serving_calculator() as upstream, serving(Settings(base_url=upstream, max_tokens=96)) as url:
        answer = ask(url)
    print("answer:", answer)
    return answer


if __name__ == "__main__":
    main()
