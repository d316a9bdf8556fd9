"""Tapes: record what a backend did, replay it exactly, or resume a run that broke off."""

from ttc.backends.tape.recorder import Recorder
from ttc.backends.tape.replay import Replay

__all__ = ["Recorder", "Replay"]
