"""Headers that name a request's problem, so that a router keeps what shares a prefix on one replica."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache

AFFINITY_HEADERS = ("x-session-id", "x-smg-routing-key")
"""Read by vLLM's production stack and by SGLang's router."""


class Affinity:
    """The headers of each problem: a hash of its name, so that no name of the user's goes over the wire."""

    def __init__(self, headers: Sequence[str]):
        names = tuple(headers)
        self._of = lru_cache(maxsize=4096)(lambda problem: dict.fromkeys(names, _hash(problem)) if problem else {})

    def headers(self, problem: str) -> Mapping[str, str]:
        """Those of a problem's calls, one dictionary for all of them; none where it has no name."""
        return self._of(problem)


def _hash(name: str) -> str:
    return hashlib.blake2b(name.encode(), digest_size=8).hexdigest()
