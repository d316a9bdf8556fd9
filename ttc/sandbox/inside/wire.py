"""Frames on a socket, and values as plain data: what travels can be compared, but it brings no code with it.

A number, a text or a container arrives as exactly that, whatever class it had. So a result that claims to be equal
to everything is only what it holds. Other objects stay where they are and travel as a handle, ["handle", number,
name].
"""

from __future__ import annotations

import importlib
import json
import os
import struct
from collections import deque
from collections.abc import Callable
from typing import Any

Value = Any
LARGEST = 16 << 20
"""Bytes of one frame; more is refused before it is read."""
_NAMES: dict[Any, str] = {list: "list", tuple: "tuple", set: "set", frozenset: "frozenset", deque: "deque"}
_FROM_TEXT = {"Fraction": "fractions", "Decimal": "decimal"}


def write_frame(fd: int, message: Any) -> None:
    """Send one message of JSON values."""
    data = json.dumps(message).encode()
    if len(data) > LARGEST:
        raise ValueError(f"a value of {len(data)} bytes is too large; {LARGEST} may travel")
    view = memoryview(struct.pack("!I", len(data)) + data)
    while view:
        view = view[os.write(fd, view) :]


def read_frame(fd: int) -> Any:
    """The next message. EOFError if the other side has gone, ValueError for what is no message."""
    size = struct.unpack("!I", _exactly(fd, 4))[0]
    if size > LARGEST:
        raise ValueError(f"a frame of {size} bytes is too large")
    try:
        return json.loads(_exactly(fd, size))
    except RecursionError:
        raise ValueError("a frame is nested too deeply") from None


def _exactly(fd: int, size: int) -> bytes:
    parts = []
    while size:
        part = os.read(fd, min(size, 1 << 16))
        if not part:
            raise EOFError("the other side has gone")
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def encode(value: Value, handle: Callable[[Any], list[Any]]) -> Any:  # noqa: PLR0911 (one for each kind of value)
    """`value` as JSON; `handle(object)` names what is not plain data."""
    if value is None or isinstance(value, bool | str):
        return value
    for scalar, write in _WRITE.items():
        if isinstance(value, scalar):
            return [scalar.__name__, *write(value)]
    for kind, name in _NAMES.items():
        if isinstance(value, kind):
            return [name, *(encode(item, handle) for item in kind.__iter__(value))]
    if isinstance(value, dict):
        return ["dict", *([encode(key, handle), encode(item, handle)] for key, item in dict.items(value))]
    name, module = type(value).__name__, type(value).__module__
    if _FROM_TEXT.get(name) == module:
        return [name, str(value)]
    if module == "numpy" and hasattr(value, "tolist"):
        plain = encode(value.tolist(), handle)
        return ["ndarray", str(value.dtype), plain] if name == "ndarray" else plain
    return handle(value)


def decode(data: Any, handle: Callable[[list[Any]], Any]) -> Value:  # noqa: PLR0911
    """The value of a JSON form; ValueError for what is none."""
    if data is None or isinstance(data, bool | str):
        return data
    try:
        name, *parts = data
        if name == "handle":
            return handle(data)
        if name == "dict":
            return {decode(key, handle): decode(item, handle) for key, item in parts}
        if name == "ndarray":
            return importlib.import_module("numpy").array(decode(parts[1], handle), dtype=parts[0])
        if name in _FROM_TEXT:
            return getattr(importlib.import_module(_FROM_TEXT[name]), name)(parts[0])
        if name in _READ:
            return _READ[name](*parts)
        kind = next(kind for kind, known in _NAMES.items() if known == name)
    except (TypeError, LookupError, ArithmeticError, ImportError, StopIteration) as error:
        raise ValueError(f"a value in no known form: {error}") from None
    return kind(decode(part, handle) for part in parts)


_WRITE: dict[Any, Callable[[Any], tuple[str, ...]]] = {
    int: lambda value: (hex(int.__index__(value)),),
    float: lambda value: (float.hex(value),),
    complex: lambda value: (float.hex(value.real), float.hex(value.imag)),
    bytes: lambda value: (bytes.hex(value),),
    bytearray: lambda value: (bytearray.hex(value),),
    range: lambda value: (hex(value.start), hex(value.stop), hex(value.step)),
}
_READ: dict[str, Callable[..., Value]] = {
    "int": lambda text: int(text, 16),
    "float": float.fromhex,
    "complex": lambda real, imag: complex(float.fromhex(real), float.fromhex(imag)),
    "bytes": bytes.fromhex,
    "bytearray": bytearray.fromhex,
    "range": lambda *texts: range(*(int(text, 16) for text in texts)),
}
