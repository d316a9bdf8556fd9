"""The tokenizer of the simulated model: short pieces of text whose id is their own bytes, so nothing is stored."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_PIECE = re.compile(r"\n\n| ?[A-Za-z]{1,6}|\d{1,3}|.", re.DOTALL)


def pieces(text: str) -> list[str]:
    """The text cut into tokens: a blank line, up to six letters with the space before them, up to three digits, or
    one character. Their concatenation is the text."""
    return _PIECE.findall(text)


@lru_cache(maxsize=65536)
def token_id(piece: str) -> int:
    """The id of a token, in [0, 2^56): its UTF-8 bytes read as a number."""
    return int.from_bytes(piece.encode("utf-8", "surrogatepass"), "big")


@lru_cache(maxsize=65536)
def piece(identity: int) -> str:
    """The text of a token id."""
    length = max(1, (identity.bit_length() + 7) // 8)
    return identity.to_bytes(length, "big").decode("utf-8", "surrogatepass")


def encode(text: str) -> tuple[int, ...]:
    """Token ids of a text."""
    return tuple(map(token_id, pieces(text)))


def decode(ids: Iterable[int]) -> str:
    """The text of token ids."""
    return "".join(map(piece, ids))
