"""Train the tokenizer: byte-level BPE, 1024 tokens, each digit its own (llama.cpp: pre-tokenizer "smollm")."""

import random
from collections.abc import Iterator
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from evals.lab_model.chat import SPECIALS
from ttc import prompts
from ttc.lab.check import correction, split_steps
from ttc.lab.families import FAMILIES
from ttc.lab.problems import generate_raw

PATH = Path(__file__).parent / "tokenizer.json"
WORDS = (
    "Yes",
    "No",
    "tie",
    "Verdict: Yes",
    "Verdict: No",
    "Every step is right.",
    "Step 3 is right.",
    "Step 2 is wrong.",
)


def corpus(problems: int) -> Iterator[str]:
    """Problems, solutions and the fixed prompt texts in about the proportions of training."""
    rng = random.Random("tokenizer")
    for seed in range(problems):
        problem = generate_raw(rng.choice(sorted(FAMILIES)), rng.randint(1, 16), seed, "train")
        yield problem.prompt + prompts.SOLVE
        # step by step: two line breaks must stay two tokens wherever a text ends
        yield from split_steps(problem.solution)
        yield "\n" + rng.choice(WORDS)
        yield from WORDS
        if seed % 4 == 0:
            form = rng.choice((prompts.VERIFY, prompts.CRITIQUE, prompts.COMPARE, prompts.REFINE))
            for line in form.split("\n"):
                yield "\n" + line
            yield "It should be: " + correction(problem, split_steps(problem.solution), 0)


def train(problems: int, size: int = 1024) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=SPECIALS,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(corpus(problems), trainer)
    return tokenizer


def load() -> Tokenizer:
    return Tokenizer.from_file(str(PATH))


if __name__ == "__main__":
    train(40_000).save(str(PATH))
