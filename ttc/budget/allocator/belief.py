"""The belief about one problem: which of the answers so far is right, from how often each of them came."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ttc.budget.allocator.prior import ScoreLaw

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def log_partition(sizes: Any, spread: Any, discount: Any) -> NDArray[np.float64]:
    """ln of the chance that w answers repeat each other in groups of these sizes [..., groups], 0 = no such group.

    Π_{i<groups} (spread + i·discount) / Π_{i<w} (spread + i) · Π_groups Γ(size − discount) / Γ(1 − discount): the
    two-parameter Chinese restaurant process (Pitman, 1995).
    """
    import numpy as np
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


def joint_evidence(law: ScoreLaw, scores: Sequence[float]) -> float:
    """ln P(scores | this answer is right) − ln P(scores | it is wrong), for all scores of one answer together.

    Scores of equal answers repeat each other, so that m of them count as m^independence: mean·m^independence.
    """
    known = [law.evidence(score) for score in scores if not math.isnan(score)]
    return math.fsum(known) / len(known) * float(len(known) ** law.independence) if known else 0.0
