"""The shipped weights: small enough, the tokenizer's promises, and a real answer through llama.cpp."""

import json
import math
import urllib.request

import pytest

import ttc
from ttc.lab import SCORE_TOKEN, check_answer, generate, lab_model_path
from ttc.prompts import SOLVE, VERIFY
from ttc.strategies.verify_only import Given


def test_all_weights_together_stay_under_24_megabytes():
    assert sum(file.stat().st_size for file in lab_model_path().parent.glob("*")) < 24e6


@pytest.fixture(scope="module")
def post():
    xllamacpp = pytest.importorskip("xllamacpp")
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(lab_model_path())
    parameters.n_parallel, parameters.n_ctx, parameters.verbosity = 8, 8192, 0
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(parameters)
    address = server.listening_address

    def send(path, body):
        data = json.dumps(body).encode()
        request = urllib.request.Request(address + path, data, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request) as reply:
            return json.loads(reply.read())

    yield send
    del server


def chat(post, user, **options):
    return post("/v1/chat/completions", {"messages": [{"role": "user", "content": user}], **options})["choices"]


def test_digits_decisions_and_specials_are_single_tokens(post):
    def count(text):
        return len(post("/tokenize", {"content": text, "add_special": False, "parse_special": True})["tokens"])

    assert count("12345") == 5
    assert all(count(word) == 1 for word in ("Yes", "No", "tie", "1", "2", "+", "-", SCORE_TOKEN, "<|end|>"))
    assert count("\n\n") == 2  # never merged: a prefix that ends in a blank line is a prefix in tokens too


def test_level_1_problems_are_mostly_solved(post):
    problems = [generate(None, 1, seed) for seed in range(8)]
    texts = [chat(post, p.prompt + SOLVE, temperature=0, max_tokens=300)[0]["message"]["content"] for p in problems]
    assert sum(check_answer(p, text) for p, text in zip(problems, texts, strict=True)) >= 6


def chance(top, yes, no):
    """P(yes) against P(no) from the first token's most likely tokens."""
    odds = {entry["token"]: entry["logprob"] for entry in top}
    return 1 / (1 + math.exp(odds.get(no, -20.0) - odds.get(yes, -20.0)))


def test_verdicts_and_step_scores_tell_right_from_wrong(post):
    """A slip in the last digit of the root, carried into the answer: most are seen (by chance, half)."""
    verdicts = scores = 0
    for seed in range(8):
        problem = generate("linear", 2, seed)
        *steps, _ = problem.solution.split("\n\n")
        slip = str(int(problem.answer[:-1] + str((int(problem.answer[-1]) + 3) % 10)))

        def judged(answer, steps=steps, problem=problem):
            text = "".join(f"{step}\n\n" for step in steps[:-1])
            text += steps[-1].replace(f"= {problem.answer}", f"= {answer}") + "\n\n"
            form = VERIFY.format(problem=problem.prompt, solution=f"{text}The answer is \\boxed{{{answer}}}.")
            options = {"temperature": 0, "max_tokens": 1, "logprobs": True, "top_logprobs": 5}
            verdict = chat(post, form, **options)[0]["logprobs"]["content"][0]["top_logprobs"]
            prompt = f"<|user|>\n{problem.prompt}{SOLVE}<|end|>\n<|assistant|>\n{text}{SCORE_TOKEN}"
            reply = post("/v1/completions", {"prompt": prompt, "max_tokens": 1, "temperature": 0, "logprobs": 5})
            score = reply["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
            return chance(verdict, "Yes", "No"), chance(score, "+", "-")

        right, wrong = judged(problem.answer), judged(slip)
        verdicts += right[0] > wrong[0]
        scores += right[1] > wrong[1]
    assert verdicts >= 5
    assert scores >= 6


def test_the_score_tag_is_a_token_even_in_text_that_is_taken_as_data(post):
    def ids(special):
        return post("/tokenize", {"content": f"\n\n{SCORE_TOKEN}", "add_special": False, "parse_special": special})

    assert ids(False) == ids(True)
    assert len(ids(False)["tokens"]) == 3


async def test_the_process_verifier_scores_every_step(post):
    # whether the scores are any good is measured on the model's own solutions (evals/lab_model), not here
    problem = generate("word", 2, seed=3)
    result = await ttc.asolve(problem.prompt, Given((problem.solution,)), verifier="prm")
    verdict = result.verdicts["0"]
    assert len(verdict.steps) == problem.solution.count("\n\n") + 1
    assert verdict.score == verdict.steps[-1]
    assert len(set(verdict.steps)) > 1
