"""Accelerators: how fast they multiply, how fast they read memory, and the ratio of the two."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

KINETICS_B200 = 562.5
"""Intensity of every script of Kinetics (Sadhukhan et al., 2025, arXiv:2506.05333) [FLOP per byte].

It is 4500 TFLOP/s over 8 TB/s, and 4500 is the B200's dense *FP8* rate (or BF16 with sparsity). Dense BF16 on the
same chip is half of it: ``HARDWARE["B200"].intensity("bf16") == 281.25``. Use this number to reproduce the paper only.
"""


@dataclass(frozen=True, slots=True)
class Hardware:
    """One accelerator. Make your own by calling the class: every number below is per device."""

    name: str
    bf16_flops: float  # dense, without sparsity [FLOP/s]
    fp8_flops: float | None  # dense [FLOP/s]; None: no FP8 units
    bandwidth: float  # memory reads [byte/s]
    memory: float  # [byte]
    source: str  # where the numbers come from

    def __post_init__(self) -> None:
        for field in ("bf16_flops", "fp8_flops", "bandwidth", "memory"):
            value = getattr(self, field)
            if value is not None and not value > 0:
                raise ValueError(f"{field}={value!r} must be positive")

    def flops(self, dtype: str = "bf16") -> float:
        """Dense peak [FLOP/s] for `dtype`: "bf16", "fp16" (the same units) or "fp8"."""
        if dtype in ("bf16", "fp16"):
            return self.bf16_flops
        if dtype != "fp8":
            raise ValueError(f"dtype={dtype!r} is unknown: choose bf16, fp16 or fp8")
        if self.fp8_flops is None:
            raise ValueError(f"dtype='fp8': {self.name} has no FP8 units: choose bf16")
        return self.fp8_flops

    def intensity(self, dtype: str = "bf16") -> float:
        """Arithmetic intensity [FLOP/byte]: the work that could be done while one byte is read."""
        return self.flops(dtype) / self.bandwidth


_DOUBLE = "; FP8 taken as twice BF16"

HARDWARE: dict[str, Hardware] = {
    device.name: device
    for device in (
        Hardware("A100", 312e12, None, 2.039e12, 80e9, "A100-80 SXM data sheet"),
        Hardware("H100", 989.4e12, 1978.8e12, 3.35e12, 80e9, "H100 SXM data sheet" + _DOUBLE),
        Hardware(
            "H200", 989.4e12, 1978.8e12, 4.8e12, 141e9, "H200 SXM data sheet (memory); FLOP/s of the H100" + _DOUBLE
        ),
        Hardware("L40S", 362e12, 724e12, 0.864e12, 48e9, "specification pages (362 or 366.4 TFLOP/s)" + _DOUBLE),
        Hardware("B200", 2250e12, 4500e12, 8e12, 180e9, "specification pages (180 to 192 GB, 7.7 to 8 TB/s)" + _DOUBLE),
    )
}


def hardware(name: str) -> Hardware:
    """The accelerator of the table called `name`; ValueError names the nearest one."""
    if name in HARDWARE:
        return HARDWARE[name]
    near = difflib.get_close_matches(name.upper(), HARDWARE, n=1, cutoff=0.0)[0]
    raise ValueError(f"hardware {name!r} is not in the table {sorted(HARDWARE)}: did you mean {near!r}?")
