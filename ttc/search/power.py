"""Power sampling: Metropolis-Hastings moves whose law is p(text)^alpha, sharper than the model's own p.

Karan and Du (2025), "Reasoning with Sampling: Your Base Model is Smarter Than You Think", arXiv 2510.14901. A move
picks a position of the current text uniformly, regrows everything behind it at a low temperature up to the block limit
(not merely up to the current length), and is accepted by `log_acceptance`. Tails count in full, and the term of the two
lengths pays for picking positions from texts of different length; without either the law is another one.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Tail:
    """The part of a text behind the position of a move, scored token by token including its end token."""

    model_logprob: float  # nats, at temperature 1
    proposal_logprob: float  # nats, under the sampler that regrows tails
    text_length: int  # tokens of the WHOLE text, prefix and tail


def tail(model_logprobs: Sequence[float], proposal_logprobs: Sequence[float], position: int) -> Tail:
    """Tail of a text from token `position` (from 0), given the log-probabilities of all its tokens under both laws."""
    length = len(model_logprobs)
    if len(proposal_logprobs) != length or not 0 <= position < length:
        raise ValueError(
            f"position {position} with {length} and {len(proposal_logprobs)} log-probabilities; "
            "give one of each for every token and a position inside the text"
        )
    return Tail(math.fsum(model_logprobs[position:]), math.fsum(proposal_logprobs[position:]), length)


def position(length: int, rng: np.random.Generator) -> int:
    """Token at which to cut a text of `length` tokens, uniform from 0 to length - 1."""
    if length < 1:
        raise ValueError(f"length {length} must be >= 1; sample a first text before moving")
    return int(rng.integers(length))


def log_acceptance(current: Tail, proposed: Tail, alpha: float = 4.0) -> float:
    """log of the chance to move: min(0, alpha * (p' - p) + (q - q') + ln(length / length')), in log-probabilities.

    Primes mark the proposed tail, p is the model's and q the sampler's. The published sampler runs at temperature
    1 / alpha, so that it proposes nearly what the target wants.
    """
    if not alpha > 0.0:
        raise ValueError(f"alpha {alpha} must be > 0 (4 is the published setting, 1 the model itself)")
    sharpened = alpha * (proposed.model_logprob - current.model_logprob)
    proposals = current.proposal_logprob - proposed.proposal_logprob
    return min(0.0, sharpened + proposals + math.log(current.text_length / proposed.text_length))


def accepted(log_chance: float, rng: np.random.Generator) -> bool:
    """One coin with probability exp(log_chance)."""
    return bool(rng.random() < math.exp(log_chance))
