"""Verifiers inside verifiers."""

from __future__ import annotations

from ttc.core.verifier import Verifier


def nested(spec: str | Verifier) -> Verifier:
    """The verifier of that name with its knobs, or the object itself."""
    from ttc.verifiers import make_verifier  # the registry imports the verifiers that nest others

    verifier = make_verifier(spec)
    if verifier is None:
        raise ValueError("the verifier inside is None; it must be a name or an object")
    return verifier
