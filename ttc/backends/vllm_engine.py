"""Everything that ttc calls of vLLM's in-process engine, so that its versions (0.25 and newer) differ in one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from ttc.backends.base import Completion, Delta, Request
from ttc.errors import BackendError
from ttc.types import Finish

TEMPLATE_FIELDS = ("tools", "chat_template_kwargs")
"""Fields of `Request.extra` that belong to the chat template; the others are vLLM's SamplingParams."""
_FINISH: dict[str, Finish] = {"length": "length", "abort": "cancelled", "error": "cancelled"}


def start(model: str, arguments: Mapping[str, Any]) -> Any:
    """A running AsyncLLM for a folder or a name on the Hub. `arguments` are those of AsyncEngineArgs.

    What they leave out is as for LLM.generate: an AsyncLLM alone would run 128 sequences at once, and 1024 are usual.
    """
    try:
        from vllm.engine.arg_utils import AsyncEngineArgs
        from vllm.usage.usage_lib import UsageContext
        from vllm.v1.engine.async_llm import AsyncLLM
    except ImportError as error:
        raise BackendError(
            "running a model in process needs vLLM 0.25 or newer: pip install 'ttc-llm[vllm]'"
        ) from error
    try:
        asked = AsyncEngineArgs(model=model, **{"disable_log_stats": True, **arguments})
        return AsyncLLM.from_engine_args(asked, usage_context=UsageContext.LLM_CLASS)
    except Exception as error:  # whatever it is, the engine did not come up
        raise BackendError(f"vLLM could not start {model!r}: {error}") from error


def name_of(engine: Any) -> str:
    """Name of the model: the folder's, or what the Hub calls it."""
    return str(engine.model_config.model).rstrip("/")


def context_of(engine: Any) -> int:
    """Tokens of prompt and completion together."""
    return int(engine.model_config.max_model_len)


def has_priorities(engine: Any) -> bool:
    """Whether the scheduler takes the lowest priority first."""
    return str(engine.vllm_config.scheduler_config.policy) == "priority"


def render(engine: Any, request: Request) -> str:
    """The chat as the tokenizer's template writes it, open for the reply."""
    fields: dict[str, Any] = dict(request.extra.get("chat_template_kwargs") or {})
    if "tools" in request.extra:
        fields["tools"] = request.extra["tools"]
    messages = [dict(message) for message in request.messages]
    tokenizer = engine.get_tokenizer()
    return str(tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True, **fields))


def tokenize(engine: Any, text: str) -> tuple[int, ...]:
    """Ids of a text that holds its special tokens itself."""
    return tuple(engine.get_tokenizer().encode(text, add_special_tokens=False))


def parameters(request: Request, n: int, seed: int, max_tokens: int) -> Any:
    """SamplingParams of n completions, with seeds `seed`, `seed + 1` and so on.

    A stream gets deltas. All else gets only the end, which costs no Python for each token beyond vLLM's own.
    """
    from vllm import SamplingParams
    from vllm.sampling_params import RequestOutputKind

    extra = {name: value for name, value in request.extra.items() if name not in TEMPLATE_FIELDS}
    if "kv_transfer_params" in extra:
        extra["extra_args"] = {"kv_transfer_params": extra.pop("kv_transfer_params")}
    fields = {
        "n": n, "seed": seed, "max_tokens": max_tokens, "temperature": request.temperature, "top_p": request.top_p,
        "stop": list(request.stop), "include_stop_str_in_output": bool(request.stop), "logprobs": request.logprobs,
        "output_kind": RequestOutputKind.DELTA if request.stream else RequestOutputKind.FINAL_ONLY,
    }  # fmt: skip
    if hasattr(SamplingParams, "skip_clone"):
        fields["skip_clone"] = True  # made for this call alone: vLLM need not copy it deeply
    try:
        return SamplingParams(**{**fields, **extra})
    except (TypeError, ValueError) as error:  # pydantic's and msgspec's errors are ValueErrors
        raise BackendError(f"vLLM does not take these sampling parameters: {error}", status=400) from error


def generate(engine: Any, ids: Sequence[int], params: Any, name: str, priority: int) -> Any:
    """An async generator of vLLM's RequestOutput; closing it ends the request."""
    return engine.generate({"prompt_token_ids": list(ids)}, params, name, priority=priority)


def translated(error: Exception) -> BackendError:
    """The BackendError for what the engine raised."""
    if isinstance(error, BackendError):
        return error
    status = 400 if isinstance(error, ValueError) else None
    cause = error.__cause__ or error
    return BackendError(f"vLLM failed: {type(cause).__name__}: {cause}", status=status)


def delta(output: Any, request: Request) -> Delta:
    """What a CompletionOutput holds, as one piece."""
    ids = tuple(output.token_ids)
    sampled = top = None
    if request.logprobs is not None and output.logprobs is not None:
        places = list(output.logprobs)
        sampled = tuple(place[token].logprob for token, place in zip(ids, places, strict=True))
        top = tuple(_top(place, request.logprobs) for place in places) if request.logprobs else None
    return Delta(output.text, len(ids), ids, sampled, top)


def _top(place: Mapping[int, Any], k: int) -> tuple[tuple[str, float], ...]:
    """The k likeliest tokens of a place; vLLM adds the sampled one where it is not among them."""
    best = sorted(place.values(), key=lambda found: -found.logprob)[:k]
    return tuple((found.decoded_token or "", found.logprob) for found in best)


def completion(pieces: Sequence[Delta], output: Any, request: Request, finish: Finish | None, extra: Any) -> Completion:
    """The pieces of one completion put together. `output` is the last CompletionOutput, which knows how it ended.

    `finish` overrides what the engine says. `extra` is the reply's kv_transfer_params, which go into the message.
    """
    text = "".join(piece.text for piece in pieces)
    reason = output.stop_reason if isinstance(output.stop_reason, str) and finish is None else None
    top = tuple(place for piece in pieces for place in piece.top or ())
    return Completion(
        text=text,
        output_tokens=sum(piece.tokens for piece in pieces),
        finish=finish or _FINISH.get(output.finish_reason, "stop"),
        stop_reason=reason,
        token_ids=tuple(chain.from_iterable(piece.token_ids or () for piece in pieces)),
        logprobs=tuple(p for piece in pieces for p in piece.logprobs or ()) if request.logprobs is not None else None,
        top=top or None,
        message=None if extra is None else {"role": "assistant", "content": text, "kv_transfer_params": extra},
    )
