"""Best-of-N with verifiers that err, against the closed forms."""

import math

import ttc
from ttc.backends.base import Capabilities
from ttc.backends.simulated import SimulatedBackend
from ttc.strategies import BestOfN
from ttc.verifiers.self_verify import SelfVerify


def accuracy(n: int, p: float, tpr: float, fpr: float) -> float:
    """A binary verifier: one of the accepted by lot, or of all if none is accepted."""
    accepted = p * tpr + (1 - p) * fpr
    none = (1 - accepted) ** n
    return (1 - none) * p * tpr / accepted + none * p * (1 - tpr) / (1 - accepted)


async def test_a_binary_verifier_reaches_its_closed_form_and_not_more() -> None:
    p, tpr, fpr, problems = 0.35, 0.8, 0.3, 250
    backend = SimulatedBackend(
        p_correct=p, verify_tpr=tpr, verify_fpr=fpr, verify_concentration=1e9, capabilities=Capabilities(fan_out=True)
    )
    found = {}
    for n in (1, 4, 12):
        right = 0
        for number in range(problems):
            problem = f"What is {number} + {n}?"
            result = await ttc.asolve(problem, BestOfN(n=n), backend=backend, verifier=SelfVerify(votes=1), seed=number)
            right += result.answer == backend.facts(problem).gold
        found[n] = right / problems
        expected = accuracy(n, p, tpr, fpr)
        assert abs(found[n] - expected) < 4 * math.sqrt(expected * (1 - expected) / problems)
    ceiling = p * tpr / (p * tpr + (1 - p) * fpr)
    assert found[4] > found[1] + 0.1
    assert found[12] < ceiling + 4 * math.sqrt(ceiling * (1 - ceiling) / problems)
    assert 1 - (1 - p) ** 12 > 0.99  # a perfect verifier would be right there
