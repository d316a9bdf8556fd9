"""A seeded language model with known laws, for tests, studies and examples."""

from ttc.backends.simulated.backend import ALL, HOSTED, SimulatedBackend
from ttc.backends.simulated.laws import Difficulty, Laws

__all__ = ["ALL", "HOSTED", "Difficulty", "Laws", "SimulatedBackend"]
