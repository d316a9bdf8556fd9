"""The training code's two tricks against the plain way: cached sampling, and all score tokens in one pass."""

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("tokenizers")

from evals.lab_model import tokenizer  # noqa: E402
from evals.lab_model.batches import Packer, score_batch, score_document, text_batch  # noqa: E402
from evals.lab_model.chat import END, SCORE, encode, encode_pair, prompt_text  # noqa: E402
from evals.lab_model.loss import score_logits, text_loss  # noqa: E402
from evals.lab_model.model import LabModel, Shape  # noqa: E402
from evals.lab_model.sample import sample  # noqa: E402
from evals.lab_model.tasks import Exchange, Scored  # noqa: E402
from ttc.lab import generate  # noqa: E402

TINY = Shape(hidden=64, layers=2, heads=4, kv_heads=2, ffn=96)
WORDS = tokenizer.load()


@pytest.fixture(scope="module")
def model() -> LabModel:
    torch.manual_seed(3)
    net = LabModel(TINY)
    with torch.no_grad():
        for weight in net.parameters():
            if weight.ndim == 2:
                weight.mul_(6)  # sharp enough that attention and argmax depend on every token
    return net


@torch.no_grad()
def plain_greedy(model, prompt, limit, end):
    ids = list(prompt)
    for _ in range(limit):
        token = int(model.logits(model(torch.tensor([ids])))[0, -1].argmax())
        if token == end:
            break
        ids.append(token)
    return ids[len(prompt) :]


def test_cached_sampling_writes_what_single_greedy_decoding_writes(model):
    prompts = [encode(WORDS, prompt_text(generate("word", level, 1).prompt)) for level in (1, 2, 3)]
    prompts += [encode(WORDS, prompt_text("x")), prompts[0]]
    end = plain_greedy(model, prompts[0], 7, -1)[5]  # some rows stop early, others go on
    cached = sample(model, prompts, 0.0, 20, end, torch.Generator().manual_seed(0), rows=4)
    assert cached == [plain_greedy(model, prompt, 20, end) for prompt in prompts]
    assert len({len(reply) for reply in cached}) > 1


def test_sampling_follows_the_softmax_at_its_temperature(model):
    prompt = encode(WORDS, prompt_text("What is 3 modulo 2?"))
    with torch.no_grad():
        expected = (model.logits(model(torch.tensor([prompt])))[0, -1] / 0.8).softmax(-1)
    drawn = sample(model, [prompt] * 4000, 0.8, 1, -1, torch.Generator().manual_seed(0))
    counts = torch.bincount(torch.tensor(drawn)[:, 0], minlength=1024) / 4000
    assert float((counts - expected).abs().sum()) / 2 < 0.1 * max(1.0, float(1 / expected.max()) ** 0.5)
    assert abs(float(counts[expected.argmax()] - expected.max())) < 0.03


@torch.no_grad()
def test_score_tokens_in_one_pass_equal_one_request_for_each_prefix(model):
    problems = [generate("linear", 2, 0), generate("countdown", 1, 1)]
    documents = []
    for problem in problems:
        steps = tuple(problem.solution.split("\n\n"))
        documents.append(score_document(WORDS, Scored(problem.prompt, steps, (True,) * len(steps))))
    width = max(len(ids) + len(ends) for ids, ends, _ in documents) + 5
    batch = score_batch(documents, width, WORDS.token_to_id(SCORE))
    ids, ends, labels = (torch.from_numpy(a.astype("int64")) for a in (batch.ids, batch.ends, batch.labels))
    together = score_logits(model, ids, ends, labels >= 0)
    alone = []
    for problem in problems:
        steps = problem.solution.split("\n\n")
        for i in range(len(steps)):
            prefix = "".join(f"{step}\n\n" for step in steps[: i + 1])
            served = encode(WORDS, prompt_text(problem.prompt) + prefix + SCORE)
            alone.append(model.logits(model(torch.tensor([served])))[0, -1])
    torch.testing.assert_close(together, torch.stack(alone), atol=2e-3, rtol=2e-3)


def test_only_the_reply_has_weight(model):
    ids, start = encode_pair(WORDS, "What is 1 + 1?", "Yes")
    batch = text_batch([(ids, start, 2.0)], 32)
    taught = [int(batch.ids[0, 1:][i]) for i in range(32) if batch.weights[0, i] > 0]
    assert WORDS.decode(taught, skip_special_tokens=False) == f"Yes{END}"
    tokens, weights = torch.from_numpy(batch.ids.astype("int64")), torch.from_numpy(batch.weights.astype("float32"))
    with torch.no_grad():
        logp = model.logits(model(tokens[:, :-1])).log_softmax(-1)[0]
        expected = -sum(float(logp[i, ids[i + 1]]) for i in range(start - 1, len(ids) - 1)) / 2
        assert abs(float(text_loss(model, tokens, weights)) - expected) < 1e-4


def test_full_batches_come_out_and_long_documents_are_dropped():
    packer = Packer(WORDS, 256)
    first = packer.add(Exchange("a", "b"))
    second = packer.add(Exchange("c", "d"))
    assert first is None
    assert second is not None
    assert second.ids.shape == (2, 129)
    assert packer.add(Exchange("7 " * 2000, "No")) is None
    assert packer.dropped == 1
