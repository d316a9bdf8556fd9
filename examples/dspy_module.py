"""A DSPy module that thinks within a budget: it stands wherever dspy.ChainOfThought stands, in programs and metrics.

pip install dspy -e ".[local]" && python examples/dspy_module.py
"""

from typing import Any

import dspy

import ttc
from ttc.backends.base import Backend

QUESTIONS = {"Compute the gcd of 84 and 126.": "42", "Compute the lcm of 12, 8 and 14.": "168"}


class Solve(dspy.Module):
    """question -> answer, reasoning, confidence, tokens. The options are those of `ttc.solve`."""

    def __init__(self, strategy: str = "auto", **options: Any):
        super().__init__()
        self.strategy, self.options = strategy, options

    def forward(self, question: str) -> dspy.Prediction:
        return self._told(ttc.solve(question, self.strategy, **self.options))

    async def aforward(self, question: str) -> dspy.Prediction:
        return self._told(await ttc.asolve(question, self.strategy, **self.options))

    @staticmethod
    def _told(result: ttc.Result) -> dspy.Prediction:
        spent = result.cost.output_tokens
        return dspy.Prediction(answer=result.answer, reasoning=result.text, confidence=result.confidence, tokens=spent)


def right(example: dspy.Example, prediction: dspy.Prediction, trace: object = None) -> bool:
    return prediction.answer == example.answer


def main(backend: Backend | str | None = None) -> float:
    program = Solve("self_consistency", backend=backend, knobs={"n": 8}, budget=ttc.Budget(tokens=3000))
    found = program(question=next(iter(QUESTIONS)))
    print(f"{found.answer} (confidence {found.confidence:.2f}, {found.tokens} tokens)")
    examples = [dspy.Example(question=q, answer=a).with_inputs("question") for q, a in QUESTIONS.items()]
    score = dspy.Evaluate(devset=examples, metric=right, num_threads=1, display_progress=False)(program)
    print("accuracy in per cent:", score.score)
    return float(score.score)


if __name__ == "__main__":
    main()
