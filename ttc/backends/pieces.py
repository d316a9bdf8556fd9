"""From pieces to completions: every token goes through the meter, and what is finished is never lost again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ttc.backends.base import Completion, Delta, Meter, Request
from ttc.backends.wire import Piece, Usage
from ttc.errors import BackendError, BudgetExhausted, TTCError
from ttc.types import Finish

MOST_PIECES = 256
"""Pieces of a message that are kept before they are joined: as one by one, a long text would be copied each time."""
ENDLESS_TOKENS, ENDLESS_BYTES = 2**17, 2**23
"""What a stream may bring beyond 16 tokens and 64 bytes for each token asked for: reasoning that is not limited."""
UNKNOWN = -1  # stands in `Draft.ids` for a token whose id the server did not send


@dataclass(slots=True)
class Draft:
    """One completion as it grows in one attempt."""

    texts: list[str] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    top: list[tuple[tuple[str, float], ...]] = field(default_factory=list)
    tokens: int = 0
    size: int = 0
    finish: Finish | None = None
    stop_reason: str | None = None
    message: list[Mapping[str, Any]] = field(default_factory=list)
    """What came beside text, in pieces; they are joined when it is read, and now and then before."""
    stopped: bool = False

    def grow(self, piece: Piece) -> Delta | None:
        """Take in a piece; its new tokens as a Delta, or None where it brought none."""
        tokens = self._count(piece)
        if piece.message is not None:
            self.message.append(piece.message)
            if len(self.message) >= MOST_PIECES:
                self.message = [join(self.message)]
        if piece.finish is not None and piece.finish != "cancelled" and not self.stopped:
            self.finish, self.stop_reason = piece.finish, piece.stop_reason
        if not tokens and not piece.text:
            return None
        self.tokens += tokens
        delta = Delta(piece.text, tokens, piece.ids or None, piece.logprobs or None, piece.top or None)
        if not self.stopped:
            self.texts.append(piece.text)
            if piece.ids is not None or self.ids:
                self.ids += (UNKNOWN,) * (tokens - len(piece.ids or ())) + (piece.ids or ())
            self.logprobs += piece.logprobs or ()
            self.top += piece.top or ()
        return delta

    def _count(self, piece: Piece) -> int:
        if piece.total is not None:
            return max(0, piece.total - self.tokens)
        if piece.ids is not None:
            return len(piece.ids)
        if piece.logprobs:
            return len(piece.logprobs)
        if not piece.text and piece.message is None:
            return 0
        return 1  # a piece of text is a token on most servers; what a usage says beyond it is charged at the end

    def completion(self, finish: Finish | None = None) -> Completion:
        """The text so far as a completion."""
        text = with_stop("".join(self.texts), self.stop_reason)
        return Completion(
            text=text,
            output_tokens=self.tokens,
            finish=finish or ("stopped" if self.stopped else self.finish or "cancelled"),
            stop_reason=self.stop_reason,
            token_ids=tuple(self.ids) if self.ids and UNKNOWN not in self.ids else None,
            logprobs=tuple(self.logprobs) or None,
            top=tuple(self.top) or None,
            message={**join(self.message), "role": "assistant", "content": text or None} if self.message else None,
        )


def with_stop(text: str, stop: str | None) -> str:
    """The text with the stop string that ended it, which most servers cut off."""
    return text + stop if stop and not text.endswith(stop) else text


class Ask:
    """One `complete` call: which of its completions are there, what each has cost, what went wrong."""

    __slots__ = ("done", "drafts", "error", "meter", "request", "sent", "spent")

    def __init__(self, request: Request, meter: Meter):
        self.request = request
        self.meter = meter
        self.done: list[Completion | None] = [None] * request.n
        self.drafts: list[Draft | None] = [None] * request.n
        self.spent = [0] * request.n
        self.sent = 0
        """Requests for which the prompt has to be paid."""
        self.error: TTCError | None = None

    def pending(self, indices: Sequence[int]) -> list[int]:
        """Those of the completions that are still to be had."""
        return [i for i in indices if self.done[i] is None]

    def charge(self, index: int, delta: Delta) -> bool:
        """Count a delta. False = stop this completion now."""
        self.spent[index] += delta.tokens
        return self.meter.output(index, delta)

    def room(self, indices: Sequence[int]) -> int:
        """Tokens that a new attempt at each of `indices` may cost, beside what their siblings may still use."""
        whole = self.request.max_tokens
        others = set(self.pending(range(self.request.n))).difference(indices)
        promised = sum(max(0, whole - self.spent[i]) for i in others)
        room = min(whole, (self.meter.allowance() - promised) // len(indices))
        if room < 1:
            raise BudgetExhausted("tokens", "no tokens are left to repeat a call that failed")
        return room

    def result(self) -> list[Completion]:
        """All completions. If some failed for good, the others are not thrown away: those that failed are marked."""
        if self.error is not None and not any(self.done):
            raise self.error
        finish: Finish = "budget" if isinstance(self.error, BudgetExhausted) else "cancelled"
        return [c or (self.drafts[i] or Draft()).completion(finish) for i, c in enumerate(self.done)]


class Attempt:
    """What one request to the server brings for the completions `indices` of an ask."""

    __slots__ = ("ask", "drafts", "indices", "limit", "mismatch", "usage")

    def __init__(self, ask: Ask, indices: Sequence[int], limit: int):
        self.ask = ask
        self.indices = indices
        self.limit = limit
        self.drafts: list[Draft] = []
        self.usage = Usage()
        self.mismatch = False

    def open_stream(self) -> None:
        """Get ready for pieces."""
        self.drafts = [Draft() for _ in self.indices]
        for index, draft in zip(self.indices, self.drafts, strict=True):
            self.ask.drafts[index] = draft

    def take(self, piece: Piece) -> bool:
        """Take in a piece of a stream. False once the rest of the stream is not wanted."""
        if not 0 <= piece.index < len(self.drafts):
            return True
        draft = self.drafts[piece.index]
        self._check_end(draft, piece)
        delta = draft.grow(piece)
        if delta is not None and not self.ask.charge(self.indices[piece.index], delta) and draft.finish is None:
            draft.stopped = True
        return not (draft.stopped and all(other.stopped for other in self.drafts))

    def _check_end(self, draft: Draft, piece: Piece) -> None:
        """Raise where a server does not stop: what it writes would fill the memory."""
        draft.size += len(piece.text) if piece.message is None else _size(piece)
        tokens = max(draft.tokens, piece.total or 0)
        if tokens > 16 * self.limit + ENDLESS_TOKENS or draft.size > 64 * self.limit + ENDLESS_BYTES:
            raise BackendError(f"the server goes on far beyond max_tokens ({self.limit}), without an end")

    def take_whole(self, pieces: Sequence[Piece]) -> None:
        """Take in all choices of a plain reply."""
        self.mismatch = _settle_counts(pieces, self.usage, self.limit)
        for piece in pieces:
            if not 0 <= piece.index < len(self.indices):
                continue
            index, tokens, text = self.indices[piece.index], piece.total or 0, with_stop(piece.text, piece.stop_reason)
            self.ask.charge(index, Delta(text, tokens, piece.ids, piece.logprobs, piece.top))
            if piece.finish != "cancelled":
                finish, message = piece.finish or "stop", piece.message
                self.ask.done[index] = Completion(
                    text, tokens, finish, piece.stop_reason, piece.ids, piece.logprobs, piece.top, message
                )

    def close_stream(self) -> None:
        """Compare our count with the server's, and charge what it counted beyond ours: reasoning that is not shown."""
        counted, said = sum(draft.tokens for draft in self.drafts), self.usage.output
        if said is None or said == counted:
            return
        self.mismatch = not any(draft.stopped for draft in self.drafts)
        if said > counted:
            place, draft = max(enumerate(self.drafts), key=lambda item: item[1].tokens)
            draft.tokens += said - counted
            self.ask.charge(self.indices[place], Delta("", said - counted))

    def keep_finished(self) -> None:
        """Hand what has ended over to the ask."""
        for index, draft in zip(self.indices, self.drafts, strict=True):
            if draft.finish is not None or draft.stopped:
                self.ask.done[index] = draft.completion()

    def check_whole(self) -> None:
        """Raise where a reply ended before its completions did. Too few choices are another matter."""
        ended = [self.ask.done[index] is not None for index in self.indices]
        if not any(ended) or any(d.tokens and not there for d, there in zip(self.drafts, ended, strict=False)):
            raise BackendError("the server ended its reply before the text", retryable=True)


def estimate_tokens(size: int) -> int:
    """Tokens of `size` bytes of UTF-8 that the server does not count: a quarter of them, at least one."""
    return max(1, size // 4) if size else 0


def _size(piece: Piece) -> int:
    """Bytes that were generated: the text, and the tool calls or reasoning beside it."""
    beyond = piece.message or {}
    texts = [piece.text, beyond.get("reasoning_content") or beyond.get("reasoning") or ""]
    for call in beyond.get("tool_calls") or ():
        texts += map(str, (call.get("function") or {}).values())
    return sum(len(text.encode(errors="replace")) for text in texts)


def _settle_counts(pieces: Sequence[Piece], usage: Usage, limit: int) -> bool:
    """Give every choice of a plain reply its token count. True where the server's usage is missing or surprising.

    Counts come from token ids or logprobs. Without them the usage is shared out, if there is at least a token for eight
    bytes. (llama.cpp reports one choice's tokens for all n.) A choice that the limit cut has `limit`, the others share
    the rest by length of text. A usage above all that is believed: it has reasoning in it that is not shown.
    """
    said, sizes = usage.output or 0, [_size(piece) for piece in pieces]
    if pieces and all(piece.ids or piece.logprobs for piece in pieces):
        for piece in pieces:
            piece.total = len(piece.ids or piece.logprobs or ())
        counted = sum(piece.total or 0 for piece in pieces)
        longest = max(pieces, key=lambda piece: piece.total or 0)
        longest.total = (longest.total or 0) + max(0, said - counted)
        return usage.output != counted
    if not pieces or said < sum(sizes) / 8:
        for piece, size in zip(pieces, sizes, strict=True):
            piece.total = min(limit, estimate_tokens(size))
        return True
    if len(pieces) == 1:
        pieces[0].total = said
        return said > limit
    ended = [(piece, size) for piece, size in zip(pieces, sizes, strict=True) if piece.finish != "length"]
    rest = said - limit * (len(pieces) - len(ended))
    if len(ended) <= rest <= limit * len(ended):
        for piece in pieces:
            piece.total = limit
        _share_out(rest, ended)
    else:  # an empty text has no tokens, the context's end cut some before the limit, or reasoning came on top of it
        _share_out(said, list(zip(pieces, sizes, strict=True)))
    return said > limit * len(pieces)


def _share_out(tokens: int, among: Sequence[tuple[Piece, int]]) -> None:
    """Give each piece its part of the tokens by its size in bytes, all of the same if they have none."""
    even = not any(size for _, size in among)
    whole, before, passed = sum(size + even for _, size in among), 0, 0
    for piece, size in among:
        passed += size + even
        upto = tokens * passed // whole
        piece.total, before = upto - before, upto


def join(pieces: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Merge a message that came in pieces: strings are appended, tool calls joined by their index.

    Its time and memory go with what came, whatever the numbers in it say.
    """
    values: dict[str, list[Any]] = {}
    for piece in pieces:
        for name, value in piece.items():
            if value is not None:
                values.setdefault(name, []).append(value)
    return {name: _joined(name, found) for name, found in values.items()}


def _joined(name: str, values: Sequence[Any]) -> Any:
    kind = type(values[-1])
    if any(type(value) is not kind for value in values):
        return values[-1]  # a server that changed its mind
    if kind is str and name not in ("role", "id", "type"):
        return "".join(values)
    if kind is dict:
        return join(values)
    return _joined_lists(values) if kind is list else values[-1]


def _joined_lists(lists: Sequence[Sequence[Any]]) -> list[Any]:
    """The entries in the order of their first piece; those without an index go by their place."""
    found: dict[Any, list[Any]] = {}
    for entries in lists:
        for place, entry in enumerate(entries):
            index = entry.get("index") if isinstance(entry, Mapping) else None
            found.setdefault(index if isinstance(index, int) else place, []).append(entry)
    return [join(same) if all(isinstance(one, Mapping) for one in same) else same[-1] for same in found.values()]
