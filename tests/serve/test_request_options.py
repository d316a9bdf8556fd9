"""Names, fields and bytes, read without a server."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ttc.serve.job import CARRIED, UNDERSTOOD, job_of
from ttc.serve.metrics import Metrics
from ttc.serve.refusals import Refusal, refusal_of
from ttc.serve.request_options import options_of, read_budget, read_name
from ttc.serve.settings import Limits, Settings
from ttc.serve.usage import Tally, last_usage, without_usage

FIELDS = sorted(
    UNDERSTOOD | set(CARRIED) | {"strategy", "knobs", "budget", "content", "role", "type", "function", "json_schema"}
)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("ttc/auto:gpt", ({"strategy": "auto"}, "gpt")),
        ("ttc/auto", ({"strategy": "auto"}, None)),
        ("ttc", ({"strategy": "auto"}, None)),
        (
            "ttc/best-of-n@20k:org/model:free",
            ({"strategy": "best_of_n", "budget": {"tokens": 20000}}, "org/model:free"),
        ),
        (
            "ttc/auto@1.5m,30s,$0.02,8calls:m",
            ({"strategy": "auto", "budget": read_budget("1.5m,30s,$0.02,8calls")}, "m"),
        ),
    ],
)
def test_names(name: str, found: Any) -> None:
    assert read_name(name) == found


def test_budgets() -> None:
    assert read_budget("20K, 30s") == {"tokens": 20_000, "seconds": 30}
    assert read_budget("$0.02,64calls") == {"usd": 0.02, "calls": 64}
    for bad in ("", "20", "x", "$5k", "1k,2k", "-1k", "1e9", "inf"):
        if bad == "20":
            assert read_budget(bad) == {"tokens": 20}
            continue
        with pytest.raises(ValueError):
            read_budget(bad)


def test_a_plain_name_wishes_for_nothing() -> None:
    assert options_of({"model": "gpt"}, None, Limits()) == (None, "gpt")
    options, model = options_of({"model": "gpt", "ttc": {}}, None, Limits())
    assert (options and options.strategy, model) == ("auto", "gpt")


def test_the_calls_of_a_request_are_always_limited() -> None:
    options, _ = options_of({"model": "ttc/auto@9999999calls"}, None, Limits(calls=7))
    assert options is not None
    assert options.within(Limits(calls=7)).calls == 7


def test_a_header_that_is_no_object_is_refused() -> None:
    for header in (b"tournament", b"[" * 9999, b"[]"):
        with pytest.raises(Refusal, match="JSON object"):
            options_of({"model": "gpt"}, header, Limits())


def test_usage_is_found_in_bytes_and_not_in_what_a_model_says() -> None:
    real = b'{"choices":[{"message":{"content":"x"}}], "usage": {"prompt_tokens": 3, "completion_tokens": 4}, "x": 1}'
    found = last_usage(real)
    assert found is not None
    assert (found.prompt, found.output) == (3, 4)
    forged = rb'{"choices":[{"delta":{"content":"\"usage\": {\"prompt_tokens\": 0, \"completion_tokens\": 0}"}}]}'
    assert last_usage(forged) is None
    assert last_usage(b'"usage": nul') is None
    assert last_usage(b'data: {"usage":{"prompt_tokens":1,"completion_tokens":2}}\n\ndata: {"usage":null}') is not None


def test_a_stream_that_broke_off_is_charged_by_its_events() -> None:
    tally = Tally(stream=True)
    for _ in range(30):
        tally.see(b'data: {"choices": [{"delta": {"content": "' + b"x" * 500 + b'"}}]}\n\n')
    used = tally.usage(400)
    assert (used.prompt, used.output) == (100, 30)


def test_the_usage_event_is_taken_out_wherever_the_chunks_are_cut() -> None:
    events = [b'data: {"choices":[{"delta":{"content":"a"}}]}', b'data: {"choices": [], "usage": {}}', b"data: [DONE]"]
    data = b"".join(event + b"\n\n" for event in events)
    for cut in range(len(data)):
        shown, pending = without_usage(b"", data[:cut])
        more, pending = without_usage(pending, data[cut:])
        assert shown + more == events[0] + b"\n\n" + events[2] + b"\n\n"
        assert not pending


def test_metrics_are_well_formed() -> None:
    metrics = Metrics()
    metrics.add("ttc_requests_total", path="plain", status="200")
    metrics.took(0.3, "plain")
    text = metrics.text()
    assert 'ttc_requests_total{path="plain",status="200"} 1\n' in text
    assert 'ttc_request_seconds_bucket{path="plain",le="0.25"} 0\n' in text
    for bound in ("1", "600", "+Inf"):
        assert f'ttc_request_seconds_bucket{{path="plain",le="{bound}"}} 1\n' in text
    assert text.count("# TYPE") == text.count("# HELP") == 7


def test_an_unforeseen_error_says_nothing_of_the_inside() -> None:
    refusal = refusal_of(KeyError("/home/secret"))
    assert refusal.status == 500
    assert b"secret" not in refusal.body()


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["ttc/auto:m", "user"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(body=st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=6), sane=st.booleans())
def test_whatever_comes_is_understood_or_refused(body: dict[str, Any], sane: bool) -> None:
    usual = {"model": "ttc/auto:m", "messages": [{"role": "user", "content": "x"}]} if sane else {}
    whole = {**body, **usual}
    try:
        options, model = options_of(whole, None, Limits())
        if options is not None:
            job_of(whole, options, model, Settings())
    except (Refusal, ValueError):
        pass


@pytest.mark.parametrize(
    "many", ["1_000_000", "+1000000", " 1000000", "\uff11\uff10\uff10\uff10\uff10\uff10", "0" * 1001 + "1", 10**6]
)
def test_no_spelling_of_a_number_goes_beyond_the_limits(many: str | int) -> None:
    """Only plain digits were compared with the limit: `1_000_000` candidates were planned, and no one else answered."""
    with pytest.raises(Refusal, match="allows at most"):
        options_of({"model": "ttc/self_consistency", "ttc": {"knobs": {"n": many}}}, None, Limits())


@pytest.mark.parametrize("amount", [float("inf"), float("nan"), 0.0, -1.0])
@pytest.mark.parametrize("currency", ["tokens", "seconds", "usd"])
def test_a_budget_that_is_no_amount_is_refused(currency: str, amount: float) -> None:
    """JSON's 1e400 is infinite; it was an OverflowError, which the client saw as the gateway's own failure."""
    with pytest.raises(Refusal, match=f"budget {currency} is") as refused:
        options_of({"model": "ttc", "ttc": {"budget": {currency: amount}}}, None, Limits())
    assert refused.value.status == 400


def test_a_name_with_an_endless_number_is_refused() -> None:
    with pytest.raises(Refusal, match="budget tokens is inf"):
        options_of({"model": f"ttc/auto@{'9' * 400}:m"}, None, Limits())


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("stop", [None], "stop must be"),  # was the text "None"
        ("stop", {"###": 1}, "stop must be"),  # was its keys
        ("stop", ["a", ""], "stop must be"),
        ("top_p", 0, "top_p is 0"),  # was 1: the widest choice in place of the narrowest
        ("seed", "abc", "seed is abc"),
        ("seed", 1.5, "seed is 1.5"),
    ],
)
def test_a_field_is_honoured_or_refused_never_read_as_another(field: str, value: Any, words: str) -> None:
    body = {"model": "ttc/auto:m", "messages": [{"role": "user", "content": "x"}], field: value}
    options, model = options_of(body, None, Limits())
    assert options is not None
    with pytest.raises((Refusal, ValueError), match=words) as refused:
        job_of(body, options, model, Settings())
    assert refusal_of(refused.value).status == 400


@pytest.mark.parametrize(("stop", "kept"), [(None, ()), ("a", ("a",)), ([], ()), (["a", "b"], ("a", "b"))])
def test_stop_is_a_text_or_a_list_of_them(stop: Any, kept: tuple[str, ...]) -> None:
    body = {"model": "ttc/auto:m", "messages": [{"role": "user", "content": "x"}], "stop": stop}
    options, model = options_of(body, None, Limits())
    assert options is not None
    assert job_of(body, options, model, Settings()).sampling.stop == kept
