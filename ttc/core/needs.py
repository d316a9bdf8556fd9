"""Needs: what a run must have before its first token, checked in one place for strategy, verifier and judge alike.

A role (a strategy, a verifier, a judge) says it as `needs`, a set of the names in `NEEDS`. It is a ClassVar, or a
property where knobs decide. A need that may be met in two ways joins the names by " or ".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from ttc.core.verifier import Judge, Verifier
from ttc.errors import MissingNeed

if TYPE_CHECKING:
    from ttc.backends.base import Backend
    from ttc.core.session import Session

NEEDS = {
    "logprobs": "log-probabilities of the sampled tokens",
    "top_logprobs": "log-probabilities of the likeliest tokens at each place",
    "prefill": "a server that continues a given prefix",
    "token_ids": "token ids",
    "hidden_states": "hidden states of the model",
    "streams": "a server that streams",
    "long_context": "room for several solutions in one prompt",
    "verifier": "a verifier",
    "process verifier": "a process verifier, which scores unfinished solutions",
    "judge": "a judge that compares two candidates",
    "sandbox": "a sandbox that runs programs",
    "tests": "tests of the problem",
    "reward server": "the server of a reward model",
    "embed": "the package sentence-transformers",
}
"""Name -> what is needed, in words."""
CAPABILITY = {"logprobs": "logprobs", "top_logprobs": "logprobs", "prefill": "prefill", "token_ids": "token_ids"}
"""Need -> the capability of the server that meets it."""
INSTEAD = {
    "verifier": ("verifier", "self_verify"),
    "process verifier": ("verifier", "prm"),
    "judge": ("judge", "pairwise"),
}
"""Need -> the option of a run that meets it, with a value."""


@runtime_checkable
class Needing(Protocol):
    """A role that says what it needs."""

    @property
    def needs(self) -> frozenset[str]:
        """Names of `NEEDS`."""


@runtime_checkable
class Compound(Protocol):
    """A verifier made of others, whose needs are theirs."""

    @property
    def parts(self) -> tuple[Verifier, ...]:
        """The verifiers inside."""


@runtime_checkable
class Readied(Protocol):
    """A role with something to make sure of before the first token: tests of the problem, a sandbox, a server."""

    async def ready(self, session: Session) -> None:
        """Raise what would end the run later (VerifierError, BackendError), with what to pass."""


async def check_needs(session: Session, strategy: object) -> None:
    """Make sure that the run has what its strategy, verifier and judge need. Nothing has been asked yet.

    Raises MissingNeed, with what is missing and what to pass, or what `Readied.ready` raises.
    """
    _check(session, strategy, session.backend)
    for role in _inside(session.verifier, session.judge):
        server = await _server_of(session, role)
        _check(session, role, server)
        if isinstance(role, Readied):
            await role.ready(session)
    if isinstance(strategy, Readied):
        await strategy.ready(session)


def needs_of(role: object) -> frozenset[str]:
    """What a role needs, or a class of roles with its default knobs.

    A role of another package may still have 0.1.0's text `access`; known names are read from it.
    """
    if isinstance(role, type) and isinstance(getattr(role, "needs", None), property):
        try:
            role = role()
        except (TypeError, ValueError):  # it has knobs without a default
            return frozenset()
    found = getattr(role, "needs", None)
    if isinstance(found, frozenset):
        return found
    pieces = str(getattr(role, "access", "")).replace(";", ",").split(",")
    names = {piece.strip().replace(" ", "_") if piece.strip() not in NEEDS else piece.strip() for piece in pieces}
    return frozenset(names & NEEDS.keys())


def needs_of_all(roles: Iterable[object]) -> frozenset[str]:
    """The needs of several roles together."""
    return frozenset().union(*map(needs_of, roles))


def uses_of(role: object) -> frozenset[str]:
    """What a role can use where the run has it, beyond what it needs."""
    found = getattr(role, "uses", None)
    return found if isinstance(found, frozenset) else frozenset()


def access_of(role: object) -> str:
    """Needs as one line of text: that of 0.1.0 where a role has it, else made from `needs` and `uses`."""
    if text := getattr(role, "access", None):
        return str(text)
    if hasattr(role, "parts"):
        return "as the verifiers inside"
    needed = ", ".join(sorted(need.replace("_", " ") for need in needs_of(role))) or "chat"
    used = ", ".join(sorted(use.replace("_", " ") for use in uses_of(role)))
    return f"{needed}; better with {used}" if used else needed


# ---- parts -----------------------------------------------------------------------------------------------------------


def _inside(*roles: object) -> Iterator[object]:
    """Verifier and judge; of one that is made of others, those."""
    for role in roles:
        if isinstance(role, Compound):
            yield from _inside(*role.parts)
        elif role is not None:
            yield role


async def _server_of(session: Session, role: object) -> Backend:
    """The server that a role asks: its own, prepared, or the run's."""
    own = getattr(role, "backend", None)
    server = session.server(own)
    if own is not None:
        await server.prepare()
    return server


def _check(session: Session, role: object, server: Backend) -> None:
    """Raise MissingNeed for the first need of a role that is not met."""
    declared = getattr(role, "needs", None)
    for need in sorted(declared if isinstance(declared, frozenset) else ()):
        ways = need.split(" or ")
        if not any(_is_met(session, way, server) for way in ways):
            option, value = next((INSTEAD[way] for way in ways if way in INSTEAD), _other_than(role))
            raise MissingNeed(f"{called(role)} needs {_said(ways, server)}", option, value)


def _is_met(session: Session, need: str, server: Backend) -> bool:
    """Whether the run has it; what only the role itself can tell is left to its `ready`."""
    if need in CAPABILITY:
        return bool(getattr(server.capabilities, CAPABILITY[need]))
    if need == "judge":
        return session.judge is not None
    if need == "verifier":
        return session.verifier is not None
    if need == "process verifier":
        judges = [role for role in _inside(session.verifier) if not getattr(role, "finished_only", False)]
        return bool(judges)
    return need != "embed" or find_spec("sentence_transformers") is not None


def _said(ways: list[str], server: Backend) -> str:
    """What is missing, and where it would come from."""
    wanted = ", or ".join(NEEDS.get(way, way) for way in ways)
    if "embed" in ways:
        return f"{wanted}: pip install 'ttc-llm[embed]'"
    return f"{wanted}, which {server.model} does not give" if any(way in CAPABILITY for way in ways) else wanted


def _other_than(role: object) -> tuple[str, str]:
    """The option that names a role which any server can serve, in place of this one."""
    if isinstance(role, Verifier):
        return "verifier", "self_verify"
    return ("judge", "pairwise") if isinstance(role, Judge) else ("strategy", "self_consistency")


def called(role: object) -> str:
    """The name by which users name a role: that of its file for those of ttc, else of its class."""
    kind = type(role)
    rooms = ("ttc.strategies.", "ttc.verifiers.")
    return kind.__module__.rpartition(".")[2] if kind.__module__.startswith(rooms) else kind.__name__
