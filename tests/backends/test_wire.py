"""What servers send, in the shapes that they send it in, read piece by piece."""

import email.utils
import time

import pytest

from tests.backends.asking import ask
from ttc.backends.dialect import DIALECTS, Shot, chat_body, native_body, text_body
from ttc.backends.pieces import UNKNOWN, Draft
from ttc.backends.render import estimate_prompt
from ttc.backends.retry import Backoff, Place, retry_after
from ttc.backends.wire import read_choices, read_native, read_usage
from ttc.errors import BackendError

VLLM, GENERIC, SGLANG = DIALECTS["vllm"], DIALECTS["generic"], DIALECTS["sglang"]
SHOT = Shot(1, 16, 7, stream=False)


def drafted(events, dialect=GENERIC, request=None) -> Draft:
    draft = Draft()
    for event in events:
        for piece in read_choices({"choices": [event]}, dialect, request or ask()):
            draft.grow(piece)
    return draft


def test_reasoning_is_counted_and_kept_beside_the_text():
    for name in ("reasoning", "reasoning_content"):
        done = drafted(
            [
                {"index": 0, "delta": {name: "Let me"}},
                {"index": 0, "delta": {name: " think"}},
                {"index": 0, "delta": {"content": "42"}, "finish_reason": "stop"},
            ]
        ).completion()
        assert (done.text, done.output_tokens, done.finish) == ("42", 3, "stop")
        assert done.message == {"role": "assistant", name: "Let me think", "content": "42"}


def test_tool_calls_that_come_in_pieces_are_joined():
    def part(**fields):
        return {"index": 0, "delta": {"tool_calls": [{"index": 0, **fields}]}}

    first = part(id="a", type="function", function={"name": "add", "arguments": '{"x"'})
    done = drafted(
        [first, part(function={"arguments": ": 1}"}), {"index": 0, "finish_reason": "tool_calls"}]
    ).completion()
    assert done.finish == "stop"
    call = {"index": 0, "id": "a", "type": "function", "function": {"name": "add", "arguments": '{"x": 1}'}}
    assert done.message == {"role": "assistant", "content": None, "tool_calls": [call]}


@pytest.mark.parametrize(
    ("dialect", "fields", "reason"),
    [
        (VLLM, {"stop_reason": "\n\n"}, "\n\n"),
        (VLLM, {"stop_reason": None}, None),
        (VLLM, {"stop_reason": 128009}, None),  # the id of an end-of-text token
        (SGLANG, {"matched_stop": "\n\n"}, "\n\n"),
        (GENERIC, {}, ""),  # may have been either
    ],
)
def test_which_stop_string_ended_the_text(dialect, fields, reason):
    choice = {"index": 0, "delta": {"content": "step"}, "finish_reason": "stop", **fields}
    done = drafted([choice], dialect, ask(stop=("\n\n",))).completion()
    assert done.stop_reason == reason
    assert done.text == "step" + (reason or "")
    assert drafted([choice], dialect).completion().stop_reason is None  # none was asked for


def test_a_generation_that_the_server_aborted_is_not_finished():
    assert drafted([{"index": 0, "delta": {"content": "a"}, "finish_reason": "abort"}], VLLM).finish is None


def test_llama_counts_tokens_whose_ids_it_leaves_out():
    draft = Draft()
    for event in (
        {"content": "So", "tokens": [5], "tokens_predicted": 1},
        {"content": "\N{PARTY POPPER}", "tokens": [228], "tokens_predicted": 4},
        {"content": "", "tokens": [], "tokens_predicted": 6, "stop": True, "stop_type": "word", "stopping_word": "##"},
    ):
        draft.grow(read_native(event, ask()))
    assert draft.ids == [5, UNKNOWN, UNKNOWN, 228, UNKNOWN, UNKNOWN]
    done = draft.completion()
    assert (done.text, done.output_tokens, done.token_ids) == ("So\N{PARTY POPPER}##", 6, None)
    assert (done.finish, done.stop_reason) == ("stop", "##")


def test_usage_in_every_shape():
    assert read_usage({"choices": []}) is None
    usage = read_usage({"usage": {"prompt_tokens": 9, "completion_tokens": 3, "prompt_tokens_details": None}})
    assert (usage.prompt, usage.cached, usage.output) == (9, 0, 3)
    assert read_usage({"prompt_token_ids": [1, 2, 3]}).prompt == 3
    native = read_usage({"tokens_evaluated": 12, "timings": {"cache_n": 11}})
    assert (native.prompt, native.cached, native.output) == (12, 11, None)


def test_samplers_that_were_not_asked_for_are_switched_off():
    request = ask(stop=("a",), logprobs=0)
    body = chat_body(VLLM, "m", request, SHOT)
    assert (body["top_k"], body["min_p"], body["repetition_penalty"], body["top_p"]) == (0, 0.0, 1.0, 1.0)
    assert body["include_stop_str_in_output"] is True
    assert body["logprobs"] is True
    assert "top_logprobs" not in body
    native = native_body(DIALECTS["llamacpp"], request, SHOT, (1, 2))
    assert (native["top_k"], native["min_p"], native["n_predict"], native["n_probs"]) == (0, 0.0, 16, 1)
    assert "max_tokens" not in native
    assert text_body(VLLM, "m", ask(logprobs=3), SHOT, (1,))["logprobs"] == 3


def test_a_plain_server_gets_only_what_the_protocol_knows():
    body = chat_body(GENERIC, "m", ask(stop=("a",), top_p=0.9), SHOT)
    assert set(body) == {"model", "messages", "max_tokens", "temperature", "seed", "top_p", "stop"}
    assert "max_completion_tokens" in chat_body(DIALECTS["openai"], "m", ask(), SHOT)


def test_what_the_user_adds_wins():
    assert chat_body(VLLM, "m", ask(extra={"top_k": 20}), SHOT)["top_k"] == 20


def test_the_estimate_is_above_the_usual_count():
    request = ask("What is the sum of the first hundred even numbers? Explain each step." * 10)
    assert estimate_prompt(request) > 10 * 15 + 20  # 15 words each, about a token a word


def test_retry_after_in_every_shape():
    assert retry_after({}) is None
    assert retry_after({"Retry-After": "2.5"}) == 2.5
    assert retry_after({"retry-after-ms": "250"}) == 0.25
    assert retry_after({"Retry-After": "soon"}) is None
    assert retry_after({"Retry-After": email.utils.formatdate(time.time() + 30)}) == pytest.approx(30, abs=2)


def test_pauses_double_with_jitter_and_obey_the_server():
    backoff, error = Backoff(9), BackendError("x", retryable=True)
    for attempt, whole in enumerate([0.5, 1, 2, 4, 8, 16, 30, 30]):
        pauses = [backoff.pause(error, attempt) for _ in range(50)]
        assert all(0.75 * whole <= pause <= whole for pause in pauses)
        assert len(set(pauses)) > 1
    assert backoff.pause(BackendError("x", retry_after=60), 0) == 60
    assert not backoff.allows(BackendError("x"), 0)
    with pytest.raises(ValueError, match="at least 0"):
        Backoff(-1)


def test_errors_are_one_line_without_the_key():
    place = Place("http://h/v1", "m", "KEY", "sk-1", ("a", "b"))
    error = place.refusal(404, '{"error": {"message": "no\\nmodel sk-1"}}', {})
    assert str(error) == (
        "http://h/v1 does not know the model 'm' or the path (404): it serves a, b (it said: no model [key])"
    )
    assert "sk-1" not in repr(place)


def test_what_a_connector_left_is_in_the_message() -> None:
    place = {"hidden_states_path": "/dev/shm/a.safetensors"}
    payload = {"choices": [{"index": 0, "text": "a", "finish_reason": "length"}], "kv_transfer_params": place}
    (piece,) = read_choices(payload, DIALECTS["vllm"], ask())
    assert piece.message == {"kv_transfer_params": place}
