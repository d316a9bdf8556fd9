"""MUR: spend extra compute only on steps that are more uncertain than the solution has been so far.

Yan et al. (2025), "MUR: Momentum Uncertainty Guided Reasoning", arXiv 2507.14958. The uncertainty of step t is its
mean negative log-likelihood u_t (nats a token). The momentum M is an exponential mean of the uncertainties of the
steps that were accepted. It starts at M = 0 without bias correction, so the second step is judged against a
confident reference.
"""

import math
from collections.abc import Sequence


def step_uncertainty(logprobs: Sequence[float]) -> float:
    """Mean negative log-probability of the tokens of one step, in nats; an empty step is a ValueError."""
    if len(logprobs) == 0:
        raise ValueError("logprobs is empty; a step has at least one token")
    return -math.fsum(logprobs) / len(logprobs)


def triggered(step: int, uncertainty: float, momentum: float, scale: float = 0.8) -> bool:
    """Whether a step deserves extra compute: exp(-u_t) < scale * exp(-M_(t-1)), never the first.

    Args:
        step: Its number, from 0.
        uncertainty: u_t in nats a token.
        momentum: M_(t-1) in nats a token.
        scale: In [0, 1]. With the published 0.8 the step must be 0.2231 nats less certain than the momentum; 1
            triggers on any excess, 0 never.
    """
    if not 0.0 <= scale <= 1.0:
        raise ValueError(f"scale {scale} must lie in [0, 1] (0.8 is the published setting)")
    return step > 0 and scale > 0.0 and uncertainty - momentum > -math.log(scale)


def updated(momentum: float, uncertainty: float, rate: float = 0.9) -> float:
    """Momentum after a step: rate * M + (1 - rate) * u.

    Args:
        momentum: M before the step, in nats a token.
        uncertainty: u of the ACCEPTED version of the step, in nats a token.
        rate: In [0, 1); 0.9 is the published setting.
    """
    if not 0.0 <= rate < 1.0:
        raise ValueError(f"rate {rate} must lie in [0, 1) (0.9 is the published setting)")
    return rate * momentum + (1.0 - rate) * uncertainty
