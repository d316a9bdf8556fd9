"""The laboratory: a small language model that ships with the package, its problems and their exact checks.

`problems.py` makes seeded problems of the kinds in `families/`; `check.py` checks answers and single steps by rules.
The model is trained on these texts (evals/lab_model), so a change of a text changes what the model can do.

May import: nothing of ttc.
"""

from pathlib import Path

from ttc.lab.check import check_answer, check_steps, split_steps
from ttc.lab.families import FAMILIES
from ttc.lab.problems import LabProblem, generate

__all__ = ["FAMILIES", "LabProblem", "check_answer", "check_steps", "generate", "lab_model_path", "split_steps"]

SCORE_TOKEN = "<|score|>"
"""Put after a step's blank line; the next token is "+" (all right so far) or "-": the process reward model."""


def lab_model_path() -> Path:
    """The shipped weights (GGUF, q8_0): solver, judge and process reward model in one file."""
    path = Path(__file__).parent / "weights" / "ttc-lab.gguf"
    if not path.exists():
        raise FileNotFoundError(f"{path} is missing: this installation lacks the laboratory model's weights")
    return path
