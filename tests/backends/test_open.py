"""`open_backend`: from a name to a backend that is not connected yet."""

import pytest

from tests.servers import ScriptedServer
from ttc.backends import open_backend
from ttc.backends.client import ClientBackend
from ttc.backends.llamacpp import LlamaCppBackend
from ttc.backends.openai import OpenAIBackend


def test_a_url_with_or_without_v1_and_with_a_model():
    for spec in ("http://host:8000", "http://host:8000/", "http://host:8000/v1", "http://host:8000/v1/#m/x"):
        backend = open_backend(spec)
        assert isinstance(backend, OpenAIBackend)
        assert backend._channel.place.url == "http://host:8000/v1"
    assert backend.model == "m/x"
    assert open_backend("https://host/api/openai")._channel.place.url == "https://host/api/openai"


def test_a_backend_is_itself_and_a_client_is_wrapped():
    backend = open_backend("http://host/v1")
    assert open_backend(backend) is backend
    openai = pytest.importorskip("openai")
    client = openai.AsyncOpenAI(base_url="http://host/v1", api_key="sk-secret")
    wrapped = open_backend(client, model="m")
    assert isinstance(wrapped, ClientBackend)
    assert "sk-secret" not in repr(wrapped)


def test_a_hosted_model_needs_its_key(monkeypatch):
    monkeypatch.setenv("TOY_KEY", "sk-secret")
    assert isinstance(open_backend("openai:gpt-x", api_key_env="TOY_KEY"), ClientBackend)
    monkeypatch.delenv("TOY_KEY")
    with pytest.raises(ValueError, match="set TOY_KEY"):
        open_backend("openai:gpt-x", api_key_env="TOY_KEY")


def test_a_path_is_an_embedded_model(tmp_path):
    path = tmp_path / "toy.gguf"
    path.write_bytes(b"GGUF....")
    backend = open_backend(path, api_key_env="IGNORED")
    assert isinstance(backend, LlamaCppBackend)
    assert backend.model == "toy"
    with pytest.raises(ValueError, match="there is no file"):
        open_backend("missing.gguf")


@pytest.mark.parametrize(
    ("spec", "hint"),
    [
        ("localhost:8000/v1", "did you mean http://localhost:8000/v1"),
        ("openia:gpt-x", "did you mean openai:gpt-x"),
        ("htp://host/v1", "did you mean http://host/v1"),
        ("gpt-x", "did you mean openai:gpt-x"),
        ("/some/dir", "give a base URL such as"),
        (object(), "cannot open a object"),
    ],
)
def test_an_unknown_spec_names_the_nearest_valid_choice(spec, hint):
    with pytest.raises(ValueError, match=hint):
        open_backend(spec)


async def test_a_server_without_a_list_of_models_needs_a_name():
    async with ScriptedServer() as server:
        backend = open_backend(server.url + "/v2#toy")
        await backend.prepare()
        await backend.aclose()
        assert backend.model == "toy"
