"""The shipped weights: small enough, the tokenizer's promises, and a real answer through llama.cpp."""

import json
import urllib.request

import pytest

from ttc.lab import SCORE_TOKEN, check_answer, generate, lab_model_path
from ttc.prompts import SOLVE, VERIFY


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


def test_verdict_and_step_score_tell_right_from_wrong(post):
    problem = generate("word", 1, 2)
    steps = problem.solution.split("\n\n")
    wrong = steps[0].replace("= ", "= 9", 1)

    def verdict(text):
        form = VERIFY.format(problem=problem.prompt, solution=text)
        return chat(post, form, temperature=0, max_tokens=1)[0]["message"]["content"]

    def score(step):
        prompt = f"<|user|>\n{problem.prompt}{SOLVE}<|end|>\n<|assistant|>\n{step}\n\n{SCORE_TOKEN}"
        reply = post("/v1/completions", {"prompt": prompt, "max_tokens": 1, "temperature": 0, "logprobs": 5})
        return reply["choices"][0]["text"]

    assert (verdict(problem.solution), verdict(problem.solution.replace(problem.answer, f"9{problem.answer}"))) == (
        "Yes",
        "No",
    )
    assert (score(steps[0]), score(wrong)) == ("+", "-")
