"""Replayed states equal those of decoding token by token with a cache; numpy equals transformers."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ttc.backends.simulated import SimulatedBackend
from ttc.errors import VerifierError
from ttc.hidden import ReplayLlama, ReplayTransformers, VllmConnector
from ttc.hidden.connector import load
from ttc.hidden.reread import stacked
from ttc.testing.verifiers import open_session
from ttc.types import Candidate

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
from tokenizers import Tokenizer, models, pre_tokenizers  # noqa: E402

TEMPLATE = "{% for m in messages %}{{ m['content'] }} . {% endfor %}{% if add_generation_prompt %}reply {% endif %}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny random Llama with shared key-value heads, as a Hugging Face folder."""
    place = tmp_path_factory.mktemp("llama")
    torch.manual_seed(3)
    config = transformers.LlamaConfig(
        vocab_size=64, hidden_size=32, intermediate_size=48, num_hidden_layers=3, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=128, rms_norm_eps=1e-5, initializer_range=0.4,
    )  # fmt: skip
    transformers.LlamaForCausalLM(config).save_pretrained(place)
    words = Tokenizer(models.WordLevel({"reply": 1, ".": 2, "?": 3, "What": 4, "[?]": 0}, unk_token="[?]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    words.save(str(place / "tokenizer.json"))
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "[?]", "chat_template": TEMPLATE}
    (place / "tokenizer_config.json").write_text(json.dumps(settings))
    return place


CANDIDATES = [
    Candidate(id="0", text="a", token_ids=(5, 6, 7, 8, 9)),
    Candidate(id="1", text="b", token_ids=(9, 8, 7, 6, 5)),
    Candidate(id="2", text="c", token_ids=(33, 34, 35)),
]


def decoded(model: Any, prompt: list[int], ids: tuple[int, ...], steps: int) -> np.ndarray:
    """States [steps, layers + 1, width] of decoding with a cache: the last position of every step, as generated."""
    states, cache, new = [], None, prompt
    for step in range(steps):
        out = model(torch.tensor([new]), past_key_values=cache, use_cache=True, output_hidden_states=True)
        states.append(torch.stack([layer[0, -1] for layer in out.hidden_states]).detach().numpy())
        cache, new = out.past_key_values, [ids[step]]
    return np.stack(states)


@pytest.mark.parametrize("provider", [ReplayTransformers, ReplayLlama])
async def test_replay_equals_decoding(folder: Path, provider: type[ReplayTransformers] | type[ReplayLlama]) -> None:
    session = open_session(SimulatedBackend())
    replay = provider(folder)
    prompt = replay.prompt_ids(session.messages)
    assert prompt[-1] == 1  # ends with the opening of the reply
    states = await replay.states(session, CANDIDATES, steps=4)
    assert states.shape == (4, 4, 3, 32)
    model = transformers.AutoModelForCausalLM.from_pretrained(folder).eval()
    for i, candidate in enumerate(CANDIDATES):
        ids = candidate.token_ids or ()
        own = decoded(model, prompt, ids, min(4, len(ids)))
        assert np.abs(states[: len(own), :, i] - own).max() < 1e-4
    shifted = decoded(model, prompt, CANDIDATES[0].token_ids or (), 5)[1:]
    assert np.abs(states[:, :, 0] - shifted).max() > 0.1  # one position off would be seen
    (event,) = session.trace.named("replay")
    assert event.data["tokens"] == 3 * len(prompt) + 3 + 3 + 2


def test_who_ended_early_keeps_its_running_mean() -> None:
    own = np.arange(6, dtype=np.float32).reshape(2, 1, 3)
    padded = stacked([own, np.zeros((5, 1, 3), np.float32)], 5)
    assert padded.shape == (5, 1, 2, 3)
    means = np.cumsum(padded[:, 0, 0], axis=0) / np.arange(1, 6)[:, None]
    assert np.allclose(means[1:], own[:, 0].mean(axis=0))


def test_another_architecture_is_refused(folder: Path, tmp_path: Path) -> None:
    config = json.loads((folder / "config.json").read_text()) | {"model_type": "gpt2"}
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(ValueError, match="gpt2"):
        ReplayLlama(tmp_path)


async def test_connector_reads_the_window_from_the_servers_file(folder: Path, tmp_path: Path) -> None:
    from dataclasses import replace

    from safetensors.numpy import load_file, save_file

    class Writes(SimulatedBackend):
        """A server that writes position p of layer l as 10 p + l, for a prompt of seven fours and the prefix."""

        async def complete(self, request, meter):  # type: ignore[no-untyped-def]
            path = tmp_path / f"{request.key.rpartition('/')[2]}.safetensors"
            count = 7 + len(request.prefix_ids)
            grid = 10.0 * np.arange(count)[:, None, None] + np.arange(4)[None, :, None] * np.ones((1, 1, 32))
            ids = np.array([4] * 7 + list(request.prefix_ids))
            save_file({"hidden_states": grid.astype(np.float16), "token_ids": ids}, path)
            path.with_name(path.name + ".lock").touch()
            reply = await super().complete(replace(request, prefix="", prefix_ids=None), meter)
            return [replace(reply[0], message={"kv_transfer_params": {"hidden_states_path": str(path)}})]

    session = open_session(Writes())
    states = await VllmConnector(folder).states(session, CANDIDATES, steps=4)
    assert states.shape == (4, 4, 3, 32)
    assert states[:, 1, 0, 0].tolist() == [61, 71, 81, 91]  # from the last position of the prompt
    assert states[:, 2, 1, 0].tolist() == [62, 72, 82, 92]
    assert states[:, 1, 2, 0].tolist() == [61, 71, 81, 71]  # ended after three: its mean
    words = load_file(folder / "model.safetensors")["model.embed_tokens.weight"]
    assert np.array_equal(states[:, 0, 0], words[[4, *CANDIDATES[0].token_ids[:3]]])  # not the server's first layer
    assert [name for name in os.listdir(tmp_path)] == []
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none.safetensors")


def test_states_in_bfloat16_are_read(tmp_path: Path) -> None:
    from safetensors.torch import save_file

    states = torch.randn(5, 3, 4).bfloat16()
    save_file({"hidden_states": states, "token_ids": torch.arange(5)}, tmp_path / "a.safetensors")
    read, ids = load(tmp_path / "a.safetensors")
    assert np.array_equal(read, states.float().numpy())
    assert ids.tolist() == [0, 1, 2, 3, 4]


async def test_connector_mends_the_outer_layers(folder: Path, tmp_path: Path) -> None:
    """A server whose files hold no embeddings, and the states before the final norm: the states are the replay's."""
    from dataclasses import replace

    from safetensors.torch import save_file

    model = transformers.AutoModelForCausalLM.from_pretrained(folder).eval()
    torch.manual_seed(5)
    model.model.norm.weight.data.uniform_(0.5, 2.0)
    model.save_pretrained(tmp_path / "model")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (tmp_path / "model" / name).write_text((folder / name).read_text())
    replay = ReplayTransformers(tmp_path / "model")
    (tmp_path / "files").mkdir()

    class Writes(SimulatedBackend):
        async def complete(self, request, meter):  # type: ignore[no-untyped-def]
            path = tmp_path / "files" / f"{request.key.rpartition('/')[2]}.safetensors"
            raw: list[Any] = []
            hook = replay.model.model.norm.register_forward_pre_hook(lambda module, given: raw.append(given[0][0]))
            ids = [*replay.prompt_ids(request.messages), *request.prefix_ids]
            with torch.inference_mode():
                layers = replay.model(torch.tensor([ids]), output_hidden_states=True).hidden_states
            hook.remove()
            states = torch.stack([raw[-1], *(layer[0] for layer in layers[1:-1]), raw[-1]], 1)  # as on a GPU
            save_file({"hidden_states": states.contiguous(), "token_ids": torch.tensor(ids)}, path)
            reply = await super().complete(replace(request, prefix="", prefix_ids=None), meter)
            return [replace(reply[0], message={"kv_transfer_params": {"hidden_states_path": str(path)}})]

    session = open_session(Writes())
    wanted = await replay.states(session, CANDIDATES, steps=4)
    normed = await VllmConnector(tmp_path / "model").states(session, CANDIDATES, steps=4)
    assert np.abs(normed[:3] - wanted[:3]).max() < 1e-4  # candidate 2 ended after three


def test_outer_layers_of_another_kind_are_refused(folder: Path, tmp_path: Path) -> None:
    for change in ({"rms_norm_eps": None}, {"model_type": "gemma2"}, {"scale_emb": 12}):
        config = json.loads((folder / "config.json").read_text()) | change
        (tmp_path / "config.json").write_text(json.dumps(config))
        with pytest.raises(ValueError, match="root-mean-square"):
            VllmConnector(tmp_path)


async def test_connector_needs_token_ids(folder: Path) -> None:
    with pytest.raises(VerifierError, match="token ids"):
        await VllmConnector(folder).states(open_session(SimulatedBackend()), [Candidate(id="0", text="a")], steps=4)
