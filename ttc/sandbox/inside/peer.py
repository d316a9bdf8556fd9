"""Two processes that call each other's functions: the tests on one side, the program on the other."""

from __future__ import annotations

import builtins
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from ttc.sandbox.inside import wire


class ProgramError(Exception):
    """The program raised something that this side has no class for."""


class Gone(ProgramError):
    """The program ended: it crashed, left, or was stopped."""


class Remote:
    """An object of the program: callable, with attributes, items and iteration, all asked for over the wire.

    It has no arithmetic and no order. It is asked about equality only with another object of the program. So no method
    of a program's class can decide a comparison with a value of the tests.
    """

    __slots__ = ("_number", "_peer")
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Remote) and bool(self._peer.ask("eq", self, [other], {}))

    def __init__(self, peer: Peer, number: int):
        object.__setattr__(self, "_peer", peer)
        object.__setattr__(self, "_number", number)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the program's function or class."""
        return self._peer.ask("call", self, list(args), kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._peer.ask("getattr", self, [name], {})

    def __setattr__(self, name: str, value: Any) -> None:
        self._peer.ask("setattr", self, [name, value], {})

    def __getitem__(self, key: Any) -> Any:
        return self._peer.ask("getitem", self, [key], {})

    def __len__(self) -> int:
        return int(self._peer.ask("len", self, [], {}))

    def __iter__(self) -> Iterator[Any]:
        iterator = self._peer.ask("iter", self, [], {})
        while True:
            try:
                yield self._peer.ask("next", iterator, [], {})
            except StopIteration:
                return

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        return "<an object of the program>"


OPERATIONS: dict[str, Callable[..., Any]] = {
    "call": lambda target, *args, **kwargs: target(*args, **kwargs),
    "getattr": getattr,
    "setattr": setattr,
    "getitem": lambda target, key: target[key],
    "eq": lambda target, other: bool(target == other),
    "len": len,
    "iter": iter,
    "next": next,
}


class Peer:
    """One end. `allowed` are the operations that the other side may ask for.

    The tests' side allows "call" alone, on functions that a test handed over: nothing else of it can be reached.
    """

    def __init__(self, fd: int, allowed: Sequence[str], names: Mapping[str, Any]):
        self.fd = fd
        self.allowed = allowed
        self.names = names
        self.lent: list[Any] = []
        self.numbers: dict[int, int] = {}
        self.borrowed: dict[int, Remote] = {}

    def ask(self, operation: str, target: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """Have the other side do something. What it raises is raised here; lists that it changed are changed here."""
        self._send(["ask", operation, *(self._encode(part) for part in (target, args, kwargs))])
        while True:
            message = self._receive()
            if message[0] == "ask":
                self._answer(message)
                continue
            if message[0] == "raised":
                raise _error(*message[1:])
            result, changed = self._decode(message[1]), self._decode(message[2])
            for index, value in changed.items():
                _update(args[index], value)
            return result

    def serve(self) -> None:
        """Answer until the other side leaves."""
        while True:
            self._answer(self._receive())

    def _answer(self, message: list[Any]) -> None:
        try:
            _, operation, *parts = message
            if operation not in self.allowed:
                raise PermissionError(f"a program may not {operation} on objects of the tests")
            target, args, kwargs = (self._decode(part) for part in parts)
            if operation == "lookup":
                return self._send(["did", self._encode(self._lookup(args)), ["dict"]])
            before = [self._encode(arg) if isinstance(arg, list | dict | set | bytearray) else None for arg in args]
            result = OPERATIONS[operation](target, *args, **kwargs)
            changed = {
                i: args[i] for i, form in enumerate(before) if form is not None and self._encode(args[i]) != form
            }
            self._send(["did", self._encode(result), self._encode(changed)])
        except Gone:
            raise
        except BaseException as error:
            self._send(["raised", *_described(error)])

    def _lookup(self, names: list[str]) -> dict[str, Any]:
        """Those of the names that the program has: values as they are, modules as ("module", name)."""
        found = {name: self.names[name] for name in names if name in self.names}
        return {
            name: ("module", value.__name__) if isinstance(value, types.ModuleType) else ("value", value)
            for name, value in found.items()
        }

    def _send(self, message: Any) -> None:
        try:
            wire.write_frame(self.fd, message)
        except OSError:
            raise Gone("the program ended") from None

    def _receive(self) -> list[Any]:
        try:
            message = wire.read_frame(self.fd)
        except (EOFError, OSError):
            raise Gone("the program ended") from None
        sizes = {"ask": 5, "did": 3, "raised": 4}
        if not isinstance(message, list) or not message or sizes.get(str(message[0])) != len(message):
            raise Gone("the program broke the connection")
        return message

    def _encode(self, value: Any) -> Any:
        return wire.encode(value, self._lend)

    def _decode(self, data: Any) -> Any:
        return wire.decode(data, self._borrow)

    def _lend(self, value: Any) -> list[Any]:
        if isinstance(value, Remote):
            return ["handle", "yours", value._number]
        number = self.numbers.setdefault(id(value), len(self.lent))
        if number == len(self.lent):
            self.lent.append(value)  # kept alive, so that no other object gets its id
        return ["handle", "mine", number]

    def _borrow(self, data: list[Any]) -> Any:
        _, whose, number = data
        if whose == "yours":
            return self.lent[number]
        return self.borrowed.setdefault(number, Remote(self, number))


def _described(error: BaseException) -> tuple[str, str, bool]:
    """The built-in class that an error belongs to, its text, and whether that is its own class."""
    kind = next((k.__name__ for k in type(error).__mro__ if k.__module__ == "builtins"), "Exception")
    try:
        text = str(error)[:500]
    except Exception:
        text = ""
    own = type(error).__name__
    return kind, text if own == kind else f"{own}: {text}", own == kind


def _error(kind: Any, text: Any, own: Any) -> Exception:
    """The error as this side raises it: a built-in class, but nothing that would end the tests."""
    found = getattr(builtins, str(kind), None)
    if isinstance(found, type) and issubclass(found, Exception) and kind != "Exception":
        try:
            return found(str(text))
        except TypeError:  # UnicodeDecodeError and its like want more arguments
            pass
    return ProgramError(str(text) if kind == "Exception" else f"{kind}: {text}")


def _update(target: Any, value: Any) -> None:
    if isinstance(target, list | bytearray):
        target[:] = value
    elif isinstance(target, dict | set):
        target.clear()
        target.update(value)
