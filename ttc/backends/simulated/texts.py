"""A completion of the simulated model before it is sent: cut at a stop string or max_tokens, and taken in parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from ttc.backends.base import Completion, Delta
from ttc.backends.simulated.tokens import decode, piece
from ttc.types import Finish

Top = tuple[tuple[tuple[str, float], ...], ...]


@dataclass(slots=True)
class Text:
    """`text` may end inside its last token, where a stop string does; `ids` are whole tokens."""

    text: str
    ids: tuple[int, ...]
    finish: Finish = "stop"
    stop_reason: str | None = None
    logprobs: tuple[float, ...] | None = None
    top: Top | None = None
    shows_ids: bool = True

    def deltas(self, chunk: int) -> list[Delta]:
        """The text in pieces of `chunk` tokens."""
        if chunk >= len(self.ids):
            return [self.part(0, len(self.ids), self.text)] if self.ids else []
        ends = [0, *accumulate(len(piece(identity)) for identity in self.ids)]
        starts = range(0, len(self.ids), chunk)
        return [self._between(start, min(start + chunk, len(self.ids)), ends) for start in starts]

    def part(self, start: int, end: int, text: str) -> Delta:
        """Tokens [start, end), whose text is given."""
        return Delta(
            text,
            end - start,
            self.ids[start:end] if self.shows_ids else None,
            None if self.logprobs is None else self.logprobs[start:end],
            None if self.top is None else self.top[start:end],
        )

    def first(self, tokens: int) -> Delta:
        """The first tokens as one piece."""
        return self.part(0, tokens, decode(self.ids[:tokens])[: len(self.text)])

    def completion(self, tokens: int, finish: Finish) -> Completion:
        """What the caller gets when `tokens` were sent and the text ended so."""
        whole = tokens == len(self.ids)
        sent = Delta(self.text, tokens, *self._lists()) if whole else self.first(tokens)
        reason = self.stop_reason if whole and finish == "stop" else None
        return Completion(sent.text, tokens, finish, reason, sent.token_ids, sent.logprobs, sent.top)

    def _lists(self) -> tuple[tuple[int, ...] | None, tuple[float, ...] | None, Top | None]:
        return self.ids if self.shows_ids else None, self.logprobs, self.top

    def _between(self, start: int, end: int, ends: Sequence[int]) -> Delta:
        return self.part(start, end, self.text[ends[start] : ends[end]])


def cut(text: str, ids: Sequence[int], stop: Sequence[str], most: int) -> Text:
    """The text up to and including the first stop string, or to `most` tokens if that comes first."""
    if not stop and len(ids) <= most:
        return Text(text, tuple(ids))
    reason, end = None, len(text)
    for candidate in stop:
        at = text.find(candidate)
        if at >= 0 and (reason is None or at + len(candidate) < end):
            reason, end = candidate, at + len(candidate)
    tokens = len(ids) if reason is None else _covering(ids, end)
    if tokens > most:
        return Text(decode(ids[:most]), tuple(ids[:most]), "length")
    return Text(text[:end], tuple(ids[:tokens]), "stop", reason)


def _covering(ids: Sequence[int], length: int) -> int:
    """How many tokens it takes to cover so many characters."""
    covered = 0
    for tokens, identity in enumerate(ids):
        if covered >= length:
            return tokens
        covered += len(piece(identity))
    return len(ids)
