"""Tapes: record what a backend did, replay it exactly, or resume a run that broke off."""

from pathlib import Path

from ttc.backends.base import Backend
from ttc.backends.tape import rows
from ttc.backends.tape.recorder import Recorder
from ttc.backends.tape.replay import Replay

__all__ = ["Recorder", "Replay", "resume"]


def resume(path: str | Path, backend: Backend) -> Recorder | Replay:
    """A run that goes on where its tape ends: from the start where it broke off before the first line was written."""
    return Replay(path, then=backend) if rows.begun(Path(path)) else Recorder(backend, path)
