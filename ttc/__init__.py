"""ttc: spend test-time compute well.

`solve(problem, strategy=..., budget=Budget(...))` returns the best answer that the budget can buy, how sure it is and
what it cost. Inside an event loop await `asolve`; for many problems use `solve_many` or `Solver`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ttc.version import __version__

if TYPE_CHECKING:
    from ttc.answers import equivalent, extract_answer, group_answers
    from ttc.api import asolve, solve, solve_many
    from ttc.backends import open_backend
    from ttc.backends.base import Backend, TokenPrices
    from ttc.budget.budget import Budget
    from ttc.core.result import Result
    from ttc.core.session import Session
    from ttc.errors import BackendError, BudgetExhausted, TTCError, VerifierError
    from ttc.solver import Solver
    from ttc.strategies import STRATEGIES, Strategy
    from ttc.types import ABSTAIN, Candidate, Cost, Problem, Sampling, Verdict
    from ttc.verifiers import JUDGES, VERIFIERS, Judge, Verifier

_HOME = {
    "ttc.api": ("asolve", "solve", "solve_many"),
    "ttc.answers": ("equivalent", "extract_answer", "group_answers"),
    "ttc.backends": ("open_backend",),
    "ttc.backends.base": ("Backend", "TokenPrices"),
    "ttc.budget.budget": ("Budget",),
    "ttc.errors": ("BackendError", "BudgetExhausted", "TTCError", "VerifierError"),
    "ttc.core.result": ("Result",),
    "ttc.core.session": ("Session",),
    "ttc.solver": ("Solver",),
    "ttc.strategies": ("STRATEGIES", "Strategy"),
    "ttc.types": ("ABSTAIN", "Candidate", "Cost", "Problem", "Sampling", "Verdict"),
    "ttc.verifiers": ("JUDGES", "VERIFIERS", "Judge", "Verifier"),
}
_WHERE = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "ABSTAIN",
    "JUDGES",
    "STRATEGIES",
    "VERIFIERS",
    "Backend",
    "BackendError",
    "Budget",
    "BudgetExhausted",
    "Candidate",
    "Cost",
    "Judge",
    "Problem",
    "Result",
    "Sampling",
    "Session",
    "Solver",
    "Strategy",
    "TTCError",
    "TokenPrices",
    "Verdict",
    "Verifier",
    "VerifierError",
    "__version__",
    "asolve",
    "equivalent",
    "extract_answer",
    "group_answers",
    "open_backend",
    "solve",
    "solve_many",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: `import ttc` itself stays near zero."""
    if name not in _WHERE:
        raise AttributeError(f"module 'ttc' has no attribute {name!r}")
    value = getattr(import_module(_WHERE[name]), name)
    globals()[name] = value
    return value
