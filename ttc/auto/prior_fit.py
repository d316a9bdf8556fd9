"""Fit the parts of a value profile to graded candidates, each by maximum likelihood."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ttc.auto.beta_mixture import fit_beta_mixture
from ttc.auto.prior import Component, LengthLaw, Observed, ScoreLaw
from ttc.auto.votes_belief import joint_evidence, log_partition
from ttc.errors import check_range

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LEAST_PROBLEMS = 20
SCORE_BINS = 10
_LEAST_LOG_SD = -4.6
"""Of lengths: a hundredth; pools of equal lengths have none, and no model is that steady."""
_LOW, _HIGH = 0.02, 60.0  # of alpha, beta and spread: beyond, the data cannot tell


def fit_components(problems: Sequence[Observed], components: int = 3) -> tuple[Component, ...]:
    """Degrees of difficulty, from hard to easy; see `ttc.auto.prior` for their law.

    Maximises Σ_i ln Σ_k weight_k·Beta-binomial_k(right of problem i)·restaurant_k(its wrong answers) by L-BFGS in log
    coordinates, from a start that spreads the components over the observed rates.
    """
    from scipy.optimize import minimize

    check_range("[1, inf)", "3 are usual", components=components)
    data = _Counts(problems)
    rates = np.quantile(data.right / np.maximum(data.right + data.wrong, 1), (np.arange(components) + 0.5) / components)
    rates = np.clip(rates, 0.02, 0.98)
    same = np.ones(components)
    start = np.column_stack([0 * same, np.log(3 * rates), np.log(3 * (1 - rates)), same, 0 * same])
    edge = (np.log(_LOW), np.log(_HIGH))
    bounds = [(-4.0, 4.0), edge, edge, edge, (-4.0, 2.0)] * components

    def loss(flat: NDArray[np.float64]) -> float:
        weights, *laws = _laws(flat.reshape(components, 5))
        joint = np.log(weights) + data.log_likelihood(*laws)
        # a pseudo-problem for each component keeps a component from dying or from growing on a single problem
        return float(-np.logaddexp.reduce(joint, axis=1).sum() - np.log(weights).sum())

    found = minimize(loss, start.ravel(), method="L-BFGS-B", bounds=bounds, options={"maxfun": 20000})
    rows = np.column_stack(_laws(found.x.reshape(components, 5))).tolist()
    names = ("weight", "alpha", "beta", "spread", "discount")
    return tuple(sorted((Component(**dict(zip(names, row, strict=True))) for row in rows), key=lambda c: c.rate))


def _laws(table: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Weights, alphas, betas, spreads and discounts [components] of the unbounded coordinates [components, 5]."""
    weights = np.exp(table[:, 0] - table[:, 0].max())
    alpha, beta, spread = np.exp(table[:, 1:4]).T
    return weights / weights.sum(), alpha, beta, spread, 1 / (1 + np.exp(-table[:, 4]))


class _Counts:
    """Right answers, wrong answers and the sizes of the wrong groups, of all problems."""

    def __init__(self, problems: Sequence[Observed]):
        votes = [Counter(label for label in problem.labels if label >= 0) for problem in problems]
        self.right = np.array([v[p.right] if p.right is not None else 0 for v, p in zip(votes, problems, strict=True)])
        self.wrong = np.array([sum(v.values()) for v in votes]) - self.right
        groups = [[m for label, m in v.items() if label != p.right] for v, p in zip(votes, problems, strict=True)]
        self.sizes = np.zeros((len(groups), max(map(len, groups), default=1) or 1))
        for row, sizes in zip(self.sizes, groups, strict=True):
            row[: len(sizes)] = sizes

    def log_likelihood(self, alpha: Any, beta: Any, spread: Any, discount: Any) -> NDArray[np.float64]:
        """ln P(problem's answers in their order | component) as [problem, component]."""
        from scipy.special import betaln

        right, wrong = self.right[:, None], self.wrong[:, None]
        rate = betaln(alpha + right, beta + wrong) - betaln(alpha, beta)
        result: NDArray[np.float64] = rate + log_partition(self.sizes[:, None, :], spread, discount)
        return result


def fit_silent(problems: Sequence[Observed]) -> tuple[float, float]:
    """Beta law (a, b) of the share of candidates that give no answer."""
    silent = [sum(label < 0 for label in problem.labels) for problem in problems]
    law = fit_beta_mixture([len(problem.labels) for problem in problems], silent, components=1, unsolvable=False)
    return max(law.alphas[0], _LOW), min(max(law.betas[0], _LOW), 1e3)


def fit_lengths(problems: Sequence[Observed]) -> LengthLaw:
    """Log-normal lengths, with texts that were cut off counted as at least so long (Tobin, 1958).

    The variance is then split into between and within problems in proportion to the one-way analysis of variance.
    """
    from scipy.optimize import minimize
    from scipy.stats import norm

    logs = [np.log(np.maximum(problem.tokens, 1)) for problem in problems]
    flat = np.concatenate(logs)
    cut = np.concatenate([problem.cut or [False] * len(problem.tokens) for problem in problems])
    if cut.all():  # the likelihood has no maximum: what is known are the lengths so far
        cut = ~cut

    def loss(law: NDArray[np.float64]) -> float:
        log_sd = max(law[1], _LEAST_LOG_SD)
        z = (flat - law[0]) / np.exp(log_sd)
        return float(-np.where(cut, norm.logsf(z), norm.logpdf(z) - log_sd).sum())

    mean, log_sd = minimize(loss, [flat.mean(), np.log(flat.std() + 0.01)], method="Nelder-Mead").x
    within = float(np.mean([row.var(ddof=1) for row in logs if len(row) > 1] or [flat.var()]))
    both = within + float(np.var([row.mean() for row in logs]))
    share = min(0.95, max(0.05, within / both)) if both else 0.5
    sd = float(np.exp(max(log_sd, _LEAST_LOG_SD)))
    return LengthLaw(log_mean=float(mean), between=sd * (1 - share) ** 0.5, within=sd * share**0.5)


def fit_scores(problems: Sequence[Observed], verifier: str) -> ScoreLaw:
    """Histograms of the scores of right and of wrong answers, in bins of equally many scores as far as these differ.

    Every problem weighs the same, and each histogram has one pseudo-count, spread over its bins. `independence` is the
    one of greatest likelihood for telling the right answer among those of its problem.
    """
    rows = [
        (score, label == problem.right, 1 / len(problem.labels))
        for problem in problems
        for label, score in zip(problem.labels, problem.scores.get(verifier, ()), strict=False)
        if label >= 0 and not np.isnan(score)
    ]
    if not rows:
        raise ValueError(f"no score of verifier {verifier!r} belongs to an answer; leave its scores out")
    scores, right, weight = map(np.array, zip(*rows, strict=True))
    found = np.unique(np.quantile(scores, np.arange(1, SCORE_BINS) / SCORE_BINS))
    edges = tuple(float(edge) for edge in found if edge > scores.min())
    bins = np.searchsorted(edges, scores, side="right")
    chances = []
    for kind in (right, ~right):
        counts = np.bincount(bins, weight * kind, len(edges) + 1) + 1 / (len(edges) + 1)
        chances.append(tuple(float(count) for count in counts / counts.sum()))
    laws = [ScoreLaw(edges=edges, right=chances[0], wrong=chances[1], independence=step / 10) for step in range(11)]
    return max(laws, key=lambda law: sum(_told(problem, verifier, law) for problem in problems))


def _told(problem: Observed, verifier: str, law: ScoreLaw) -> float:
    """ln of the right answer's share when answers weigh votes·exp(evidence)."""
    scores = problem.scores.get(verifier)
    if problem.right is None or scores is None:
        return 0.0
    labels = sorted({label for label in problem.labels if label >= 0})
    groups = [[score for label, score in zip(problem.labels, scores, strict=True) if label == g] for g in labels]
    logs = np.array([np.log(len(group)) + joint_evidence(law, group) for group in groups])
    return float(logs[labels.index(problem.right)] - np.logaddexp.reduce(logs)) if problem.right in labels else 0.0
