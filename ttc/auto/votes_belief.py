"""The belief about one problem: which of the answers so far is right, from how often each of them came.

For a component of the value profile and the guess that answer j, given n_j times among v, is the right one,

    P(votes, j right | component) = B(alpha + n_j, beta + v − n_j) / B(alpha, beta) · restaurant(the other answers),

and n_j = 0 stands for a right answer that has not been seen. Scores and comparisons multiply it by their likelihoods.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from ttc.auto.prior import Component, JudgeLaw, ScoreLaw

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def log_partition(sizes: Any, spread: Any, discount: Any) -> NDArray[np.float64]:
    """ln of the chance that w answers repeat each other in groups of these sizes [..., groups], 0 = no such group.

    Π_{i<groups} (spread + i·discount) / Π_{i<w} (spread + i) · Π_groups Γ(size − discount) / Γ(1 − discount): the
    two-parameter Chinese restaurant process (Pitman, 1995).
    """
    from scipy.special import gammaln

    sizes = np.asarray(sizes, dtype=float)
    there = sizes > 0
    groups, total = there.sum(-1), sizes.sum(-1)
    spread, discount = np.asarray(spread, dtype=float), np.maximum(np.asarray(discount, dtype=float), 1e-6)
    new = groups * np.log(discount) + gammaln(spread / discount + groups) - gammaln(spread / discount)
    again = np.where(there, gammaln(np.where(there, sizes, 1.0) - discount[..., None]), 0.0).sum(-1)
    again = again - groups * gammaln(1 - discount)
    result: NDArray[np.float64] = new + again - (gammaln(spread + total) - gammaln(spread))
    return result


class AnswerLaw:
    """The components of a profile, with tables of their log-gammas, so that many beliefs are computed at once."""

    def __init__(self, components: Sequence[Component], most: int = 1024):
        from scipy.special import betaln, gammaln

        rows = [(c.weight, c.alpha, c.beta, c.spread, max(c.discount, 1e-6)) for c in components]
        weight, self.alpha, self.beta, self.spread, self.discount = np.array(rows).T
        n = np.arange(most + 1.0)[:, None]
        again = gammaln(np.maximum(n, 1) - self.discount) - gammaln(1 - self.discount)
        again[0] = 0.0
        ratio = self.spread / self.discount
        self._again = again  # [count, component], as are the following
        self._own = gammaln(self.alpha + n) - again  # of the votes of the answer taken as right
        self._others = gammaln(self.beta + n) - gammaln(self.spread + n)  # of all other votes
        self._groups = n * np.log(self.discount) + gammaln(ratio + n) - gammaln(ratio)  # of the number of wrong answers
        self._votes = np.log(weight) - betaln(self.alpha, self.beta) + gammaln(self.spread)
        self._votes = self._votes - gammaln(self.alpha + self.beta + n)

    def log_joint(self, sizes: NDArray[np.int64]) -> NDArray[np.float64]:
        """ln P(votes, answer j right, component) [..., answers + 1, components]; the last row: none of them is right.

        sizes [..., answers] are the votes of each answer, 0 for a place that is not taken (its row is -inf).
        """
        votes, there = sizes.sum(-1), sizes > 0
        groups = there.sum(-1)
        common = self._votes[votes] + self._again[sizes].sum(-2)
        joint = np.empty((*sizes.shape[:-1], sizes.shape[-1] + 1, len(self.alpha)))
        joint[..., :-1, :] = self._own[sizes] + self._others[votes[..., None] - sizes]
        joint[..., :-1, :] += (common + self._groups[np.maximum(groups - 1, 0)])[..., None, :]
        joint[..., :-1, :][~there] = -np.inf
        joint[..., -1, :] = common + self._groups[groups] + self._own[0] + self._others[votes]
        return joint

    def posterior(self, sizes: NDArray[np.int64], evidence: NDArray[np.float64] | float = 0.0) -> NDArray[np.float64]:
        """P(answer j is right) [..., answers + 1], the last that none of them is; `evidence` [..., answers] adds up."""
        joint = self.log_joint(sizes)
        joint[..., :-1, :] += np.asarray(evidence)[..., None]
        joint -= joint.max((-2, -1), keepdims=True)
        chances: NDArray[np.float64] = np.exp(joint).sum(-1)
        chances /= chances.sum(-1, keepdims=True)
        return chances


def answer_law(components: tuple[Component, ...], votes: int = 0) -> AnswerLaw:
    """The law of these components, with tables for at least so many votes; they are made once."""
    return _tables(components, max(1024, 1 << (votes - 1).bit_length()))


@cache
def _tables(components: tuple[Component, ...], most: int) -> AnswerLaw:
    return AnswerLaw(components, most)


def joint_evidence(law: ScoreLaw, scores: Sequence[float]) -> float:
    """ln P(scores | this answer is right) − ln P(scores | it is wrong), for all scores of one answer together.

    Scores of equal answers repeat each other, so that m of them count as m^independence: mean·m^independence.
    """
    known = [law.evidence(score) for score in scores if not math.isnan(score)]
    return math.fsum(known) / len(known) * float(len(known) ** law.independence) if known else 0.0


def judged_evidence(law: JudgeLaw, wins: float, losses: float) -> float:
    """The same for a pair of answers of which this one won `wins` judgements and lost `losses`.

    ln of B(alpha + wins, beta + losses) / B(alpha, beta), over the toss-ups between two wrong answers.
    """
    from scipy.special import betaln

    said = betaln(law.alpha + wins, law.beta + losses) - betaln(law.alpha, law.beta)
    return float(said) + (wins + losses) * math.log(2)
