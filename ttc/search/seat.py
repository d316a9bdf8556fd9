"""When to stop rounds of parallel reasoning by their semantic entropies (SEAT, 2025, arXiv 2507.06829).

The paper gives two rules, a threshold preset on samples and a threshold-free one in the spirit of the secretary
problem. Its details (quantile, length of the look, guard) were not available; the choices made here are marked "ours".
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def preset_threshold(calibration: Sequence[float], q: float = 0.2) -> float:
    """Return the q-quantile of first-round entropies of a calibration set: stop at or below it (q = .2 is ours).

    It holds for the same model, temperature and number of candidates only, since few candidates look too sure (see
    `entropy`).
    """
    if not 0 < q < 1 or not calibration:
        raise ValueError(f"q must be in (0, 1) and calibration not empty, got q={q} and {len(calibration)} entropies")
    return float(np.quantile(np.asarray(calibration, dtype=float), q))


def best_chance(look: int, horizon: int) -> float:
    """Return the chance to stop at the best of `horizon` rounds after only looking at the first `look`.

    (r/n) sum_{i = r+1}^{n} 1/(i - 1); 1/n for r = 0, where the first is taken. For independent continuous values.
    """
    if not 0 <= look < horizon:
        raise ValueError(f"look must be between 0 and horizon - 1 = {horizon - 1}, got {look}")
    return look / horizon * sum(1 / (i - 1) for i in range(look + 1, horizon + 1)) if look else 1 / horizon


def best_look(horizon: int) -> int:
    """Return r*, the number of first rounds to look at that maximises `best_chance` (3 of 10)."""
    return max(range(horizon), key=lambda look: best_chance(look, horizon))


def secretary_stop(entropies: Sequence[float], look: int, horizon: int) -> bool:
    """Say whether to stop: the newest entropy is below all of the first `look`, or the horizon is reached.

    Discrete entropies tie often, and nothing is strictly below 0. Where the least of the look is 0 already, a tie
    suffices (ours).

    Args:
        entropies: Those of the rounds so far, in nats.
        look: Rounds that are only looked at; 0 stops at once.
        horizon: Rounds at most.
    """
    rounds = len(entropies)
    if rounds >= horizon:
        return True
    if rounds <= look:
        return False
    bar = min(entropies[:look], default=np.inf)
    return bool(entropies[-1] < bar or entropies[-1] <= bar == 0)


def chosen_round(entropies: Sequence[float], winners: Sequence[int | None], high: float) -> int:
    """Return the index of the round to answer from: the least entropy, the earliest of equals, with a guard.

    Later rounds read earlier answers and can agree on a wrong one. Guard (ours): a round has collapsed if its entropy
    is 0, its winner differs from the first round's, and the first round was undecided. It and all later rounds are
    left out.

    Args:
        entropies: [rounds] in nats.
        winners: [rounds] the label that won each round.
        high: An entropy from which the first round counts as undecided, in nats.
    """
    if not entropies or len(entropies) != len(winners):
        raise ValueError(f"need one entropy and one winner for each round, got {len(entropies)} and {len(winners)}")
    trusted = len(entropies)
    if entropies[0] >= high:
        changed = [t for t, h in enumerate(entropies) if h == 0 and winners[t] != winners[0]]
        trusted = min(changed, default=trusted)
    return int(np.argmin(entropies[: max(trusted, 1)]))
