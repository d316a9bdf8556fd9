"""q8_0 in numpy: blocks of 32 weights share one float16 scale. What is measured is exactly what is shipped."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
BLOCK = 32


def pack(weight: Floats) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """Matrix [rows, columns] to integers of the same shape and scales [rows, columns / 32]."""
    blocks = weight.reshape(weight.shape[0], -1, BLOCK)
    scale = np.abs(blocks).max(-1, keepdims=True) / np.float32(127)
    packed = np.round(blocks / np.where(scale == 0, 1, scale)).astype(np.int8)
    return packed.reshape(weight.shape), scale[..., 0].astype(np.float16)


def unpack(packed: NDArray[np.int8], scale: NDArray[np.float16]) -> Floats:
    blocks = packed.reshape(packed.shape[0], -1, BLOCK).astype(np.float32)
    return (blocks * scale.astype(np.float32)[..., None]).reshape(packed.shape)


def save(tensors: dict[str, Floats], path: Path) -> None:
    """Matrices packed, vectors (the norms) as they are."""
    out: dict[str, NDArray[np.generic]] = {}
    for name, weight in tensors.items():
        if weight.ndim == 2:
            out[f"{name}:q"], out[f"{name}:d"] = pack(weight)
        else:
            out[name] = weight.astype(np.float32)
    np.savez(path, **out)


def load(path: Path) -> dict[str, Floats]:
    """The weights that q8_0 stands for, as float32."""
    tensors = {}
    with np.load(path) as file:
        for name in file.files:
            if name.endswith(":q"):
                tensors[name[:-2]] = unpack(file[name], file[f"{name[:-2]}:d"])
            elif not name.endswith(":d"):
                tensors[name] = file[name]
    return tensors
