"""How much a program may use."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

from ttc.errors import check_range

MB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What one check may use; more ends it. Memory and CPU hold for each process, `processes` says how many there are.

    So the most memory that a check can take is processes x memory_bytes + disk_bytes. What waits in its sockets (about
    half a megabyte for each of processes x open_files) and pipes (64 MB) comes on top. An isolated program has no other
    memory: no memory files, no System V segments, no larger buffers. If memory runs out, the kernel ends a sandbox
    before anything else.
    """

    seconds: float = 10.0
    """On the clock, for everything together."""
    cpu_seconds: int = 10
    memory_bytes: int = 512 * MB
    """Address space."""
    processes: int = 16
    """Processes and threads."""
    open_files: int = 64
    file_bytes: int = 16 * MB
    """The largest file."""
    disk_bytes: int = 64 * MB
    """All files together (where mounts can be had)."""
    files: int = 1024
    output_bytes: int = 1 * MB
    """Of each stream; a program that says more is ended."""

    def __post_init__(self) -> None:
        for field in fields(self):
            if not (value := getattr(self, field.name)) > 0:
                raise ValueError(f"{field.name} is {value}; it must be above 0 (default {field.default})")
        check_range(f"[{64 * MB}, inf)", "which Python itself needs", memory_bytes=self.memory_bytes)

    def plain(self) -> dict[str, float]:
        """As the other process reads them."""
        return asdict(self)
