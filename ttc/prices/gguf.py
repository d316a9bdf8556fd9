"""Read the header of a GGUF file: key/value metadata and the names and sizes of its tensors, never the weights."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

MAGIC = b"GGUF"
# GGUF's numeric value types and their struct codes; 8 is a string and 9 an array
_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9


@dataclass(frozen=True, slots=True)
class GGUFHeader:
    """What the header says: `metadata` by key, `tensors` as name -> sizes."""

    metadata: dict[str, Any]
    tensors: dict[str, tuple[int, ...]]


def read_gguf_header(path: str | Path) -> GGUFHeader:
    """Read the header of the little-endian GGUF file at `path`; ValueError if it is not one or is cut short."""
    with open(path, "rb") as file:
        if file.read(4) != MAGIC:
            raise ValueError(f"{str(path)!r} is not a GGUF file: it must start with the four bytes 'GGUF'")
        try:
            version, tensor_count, pair_count = struct.unpack("<IQQ", file.read(20))
            if version not in (2, 3):
                raise ValueError(f"{str(path)!r} has GGUF version {version}: only 2 and 3 can be read")
            metadata = {_string(file): _value(file, _number(file, "I")) for _ in range(pair_count)}
            tensors = dict(_tensor(file) for _ in range(tensor_count))
        except (struct.error, UnicodeDecodeError, OverflowError, MemoryError) as error:  # or an impossible length
            raise ValueError(f"{str(path)!r} is not a whole GGUF file: its header is cut short or damaged") from error
    return GGUFHeader(metadata, tensors)


def _number(file: BinaryIO, code: str) -> Any:
    return struct.unpack("<" + code, file.read(struct.calcsize("<" + code)))[0]


def _string(file: BinaryIO) -> str:
    length = _number(file, "Q")
    text = file.read(length)
    if len(text) < length:
        raise struct.error("string is cut short")
    return text.decode()


def _value(file: BinaryIO, kind: int) -> Any:
    if kind == _STRING:
        return _string(file)
    if kind == _ARRAY:
        item_kind, count = struct.unpack("<IQ", file.read(12))
        return [_value(file, item_kind) for _ in range(count)]
    if kind not in _NUMBERS:
        raise struct.error(f"value type {kind} is unknown")
    return _number(file, _NUMBERS[kind])


def _tensor(file: BinaryIO) -> tuple[str, tuple[int, ...]]:
    name = _string(file)
    sizes = tuple(_number(file, "Q") for _ in range(_number(file, "I")))
    _number(file, "I"), _number(file, "Q")  # storage type and offset
    return name, sizes
