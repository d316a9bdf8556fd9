"""DeepConf: votes weighted by the confidence of the tokens, and streams that end when their confidence drops."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

from ttc.backends.base import Delta
from ttc.core.elect import elect
from ttc.core.session import Session
from ttc.errors import check_choice, check_range
from ttc.forecast import ABSTAIN, Stage, Urn, Workload, simulated, solutions, waves_by, waves_of
from ttc.search import confidence
from ttc.search.confidence import GroupMeter, keep_threshold, token_confidence
from ttc.search.stopping import Consensus
from ttc.search.voting import deepconf
from ttc.search.waves import next_wave, waves_left
from ttc.strategies.rewriting import side_by_side
from ttc.types import Candidate

TOP = 20
"""Likeliest tokens that the paper reads at each place; servers give no more."""
LEAST_VOTERS = 4
"""Votes without which there is no consensus (ours): eta = 10 keeps one candidate of eight, and one always agrees."""
PART = 8
"""The window by default is max_tokens over this (ours), and at most the paper's."""


@dataclass(frozen=True)
class DeepConf:
    """Draw at most `n` candidates and let the most confident `eta` percent vote, weighted by their confidence.

    A token's confidence is minus the mean log-probability of the `top` likeliest tokens, a group's the mean over
    `window` tokens. mode="offline" draws all n and scores each. mode="online" draws `warmup` whole candidates first and
    sets the bar that keeps eta percent of their lowest groups. Every further stream ends when its group falls below the
    bar. What was ended does not vote, nor do warm-up candidates below the bar.

    The paper draws up to 512 candidates at temperature 0.6 with top_p 0.95.

    Args:
        n: Candidates at most.
        mode: "online" or "offline".
        eta: What is KEPT, in percent. 90 is the paper's high and the cautious choice. 10 is its low: it takes fewer
            tokens, and loses where the model is confidently wrong.
        window: Tokens of a group; no stream ends before a whole one. None takes the paper's 2,048 tokens, or an eighth
            of `Sampling.max_tokens` where that is less.
        warmup: Whole candidates that set the bar.
        consensus: It stops drawing when the leading answer holds this share of the weight. It is asked after each wave;
            the paper asks after each stream.
        waves: The most waves after the warm-up; None = no limit.
        score: Of a candidate offline: its lowest group, the mean of the bottom tenth of groups, the tail (last group),
            or the mean of all tokens.
        top: The paper's 20 is dear on vLLM, whose front then writes some 2,000 tokens a second for all clients.
            (0.25.1, one process: 520 microseconds a token; 200 with 5, 70 without log-probabilities.)
    """

    n: int = 32
    mode: Literal["online", "offline"] = "online"
    eta: float = 90.0
    window: int | None = None
    warmup: int = 16
    consensus: float = 0.95
    waves: int | None = None
    score: Literal["lowest", "bottom", "tail", "mean"] = "lowest"
    top: int = TOP

    paper: ClassVar[str] = "Fu et al. 2025, arXiv 2508.15260"

    def __post_init__(self) -> None:
        check_range("[1, inf)", n=self.n, warmup=self.warmup)
        check_range("[1, inf)", "or None", window=self.window, waves=self.waves)
        # of the likeliest token alone, a sure model would have the least confidence
        check_range(f"[2, {TOP}]", "as the likeliest tokens that are read at each place", top=self.top)
        check_range("(0, 100]", "as the percentage that is kept, for example 90", eta=self.eta)
        check_range("(0, 1]", "the paper uses 0.95", consensus=self.consensus)
        check_choice(("online", "offline"), mode=self.mode)
        check_choice(("lowest", "bottom", "tail", "mean"), score=self.score)

    @property
    def needs(self) -> frozenset[str]:
        """The likeliest tokens at each place; online streams, so that they can be ended."""
        return frozenset({"top_logprobs"} | ({"streams"} if self.mode == "online" else set()))

    def forecast(self, workload: Workload) -> list[Stage]:
        """Offline all n; online waves after a warm-up, where 1 - eta of the streams end early, after `window`."""
        if self.mode == "offline" or self.warmup >= self.n:
            return [solutions(workload, self.n)]
        kept = self.eta / 100

        def run(urn: Urn) -> list[int]:
            labels = [label if urn.rng.random() < kept else ABSTAIN for label in urn.draw(self.warmup)]
            rule = Consensus(self.consensus, max(LEAST_VOTERS, sum(label >= 0 for label in labels)))
            return [self.warmup, *waves_by(rule, urn, self.n, self.waves, labels)]

        warmup, *waves = waves_of(workload, simulated(workload, run))
        window = self.tokens(workload.max_tokens)
        tail = [max(0, min(length, workload.max_tokens) - window) / 2 for length in workload.lengths]
        saved = (1 - kept) * sum(tail) / len(tail)
        streams = (replace(stage, output=stage.output - saved, requests=stage.calls) for stage in waves)
        return [warmup, *(replace(stage, cached=stage.prompt, known=1.0) for stage in streams)]

    def tokens(self, most: int) -> int:
        """The length of a group where a solution has at most so many tokens."""
        return max(1, min(confidence.WINDOW, most // PART)) if self.window is None else self.window

    async def run(self, session: Session) -> Candidate:
        """Draw and vote; online in waves against the bar of the warm-up."""
        if self.mode == "offline":
            candidates = await session.sample(self.n, logprobs=self.top)
            return self._elect(session, candidates, self._scores(session, candidates))
        return await self._online(session)

    async def _online(self, session: Session) -> Candidate:
        candidates = await session.sample(min(self.warmup, self.n), logprobs=self.top)
        scores = self._scores(session, candidates)
        if all(math.isnan(score) for score in scores):
            return self._elect(session, candidates, scores)
        bar = keep_threshold(scores, self.eta)
        session.note("bar", confidence=bar, eta=self.eta)
        chosen = self._elect(session, candidates, scores, bar)
        labels = _kept(session, candidates, scores, bar)
        # the rule may stop only after as many voters as the warm-up kept, and at least LEAST_VOTERS
        rule = Consensus(self.consensus, max(LEAST_VOTERS, sum(label >= 0 for label in labels)))
        window, sent = self.tokens(session.sampling.max_tokens), 0
        while size := next_wave(rule, labels, self.n, self.n, waves_left=waves_left(self.waves, sent), weights=scores):
            sent += 1
            with session.span(f"wave of {size}"):
                new = await side_by_side(
                    session,
                    lambda _: session.sample(watch=GroupWatch(window, bar, self.top), logprobs=self.top),
                    range(size),
                )
            candidates += [candidate for candidate in new if candidate is not None]
            scores = self._scores(session, candidates)
            chosen, labels = self._elect(session, candidates, scores, bar), _kept(session, candidates, scores, bar)
        return chosen

    def _scores(self, session: Session, candidates: Sequence[Candidate]) -> list[float]:
        """The confidence of each candidate; nan without log-probabilities."""
        window = self.tokens(session.sampling.max_tokens)
        if self.mode == "online" or self.score == "lowest":
            return [confidence.lowest_confidence(c.confidences or (), window) for c in candidates]
        if self.score == "mean":
            return [confidence.mean_confidence(c.confidences or ()) for c in candidates]
        pool = confidence.tail_confidence if self.score == "tail" else confidence.bottom_confidence
        return [pool(c.confidences or (), window) for c in candidates]

    def _elect(
        self, session: Session, candidates: Sequence[Candidate], scores: Sequence[float], bar: float | None = None
    ) -> Candidate:
        """The weighted vote, proposed with the winner's part of the weight; the first candidate if none votes."""
        labels = session.labels(candidates)
        return elect(session, candidates, labels, deepconf(labels, scores, eta=self.eta, threshold=bar))


def _kept(session: Session, candidates: Sequence[Candidate], scores: Sequence[float], bar: float) -> list[int]:
    """The labels of those who reach the bar; -1 for the others."""
    return [label if score >= bar else -1 for label, score in zip(session.labels(candidates), scores, strict=True)]


class GroupWatch:
    """Ends one stream when the mean confidence of its latest group falls below the bar.

    Args:
        window: Tokens of a group.
        bar: The least confidence.
        top: Likeliest tokens whose log-probabilities make up a token's confidence.
    """

    def __init__(self, window: int, bar: float, top: int = TOP):
        self.meter, self.bar, self.top = GroupMeter(window), bar, top

    def __call__(self, index: int, delta: Delta) -> bool:
        """Whether the stream goes on."""
        rows = [[logprob for _, logprob in top] for top in delta.top or ()]
        groups = [self.meter.add(value) for value in token_confidence(rows, self.top).tolist() if not math.isnan(value)]
        return all(group is None or group >= self.bar for group in groups)
