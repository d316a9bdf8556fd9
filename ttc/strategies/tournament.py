"""Tournament: candidates meet in pairs before a judge, and the winners go on until one is left."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ttc.core.candidates import contenders
from ttc.core.elect import elect, leading, share
from ttc.core.session import Session
from ttc.errors import BudgetExhausted, check_range
from ttc.forecast import Stage, Urn, Workload, comparisons, simulated, solutions
from ttc.search.tournament import decided, knockout_bound, knockout_success, pair_winner, pairing, seeding
from ttc.strategies.judged_pairs import JudgeRecord, Pair, points
from ttc.types import Candidate

N, VOTES = 8, 4
"""Where nothing limits the run."""
PILOT = 4
"""Candidates drawn to see what one costs and how far they agree."""
MOST_N, MOST_VOTES = 64, 16
"""Even where output tokens would allow more: every vote also reads two whole solutions."""
CURRENCIES = ("tokens", "calls", "eflops", "usd")


@dataclass(frozen=True)
class Tournament:
    """Draw `n` candidates and let a judge knock out half of them in each round, by `votes` comparisons a pair.

    The orders of the two alternate, so take an even number of votes. Then a judge that only looks at places gives a
    tie, and a tie is a fair coin. Pairs with equal answers ask nothing, and pairs whose remaining votes cannot change
    the result ask nothing more. The tournament ends when all that are left agree. Candidates without an answer do not
    enter.

    n or votes None = what the budget buys best. Four candidates and two votes show what one costs. p_gen is the
    smoothed share of the leading answer, and p_comp is read from votes that agree (`JudgeRecord`). The exact recursion
    c -> c² + 2c(1 - c) P_K then decides. How surely a right answer of the champion's share would win, and the published
    bound, are in the trace. Where nothing of a whole round can be read, and nothing before, the vote answers.
    """

    n: int | None = None
    votes: int | None = None

    paper: ClassVar[str] = "Chen et al. 2024, arXiv 2411.19477"
    needs: ClassVar[frozenset[str]] = frozenset({"judge"})

    def __post_init__(self) -> None:
        check_range("[1, inf)", "or None to let the budget choose", n=self.n, votes=self.votes)

    def forecast(self, workload: Workload) -> list[Stage]:
        """n solutions and a knockout; pairs that give the same answer are not compared, nor is a decided pair."""
        n, votes = self.n or N, self.votes or VOTES
        rounds = simulated(workload, lambda urn: _compared(urn, n, votes))
        stages = [solutions(workload, n)]
        for number in range(max(map(len, rounds), default=0)):
            asked = [run[number] for run in rounds if len(run) > number]
            stages += comparisons(workload, sum(asked) / len(asked), len(asked) / len(rounds), repeats=votes / 2)
        return stages

    async def run(self, session: Session) -> Candidate:
        """Draw, pair, judge, round by round."""
        record = JudgeRecord()
        drawn, votes = await self._enter(session, record)
        entered = contenders(drawn)
        field = [entered[i] for i in seeding(len(entered), session.rng)]
        while len(field) > 1 and _differ(session, field):
            pairs, bye = pairing(range(len(field)))
            with session.span(f"round of {len(field)}"):
                met = [(field[a], field[b]) for a, b in pairs]
                winners = await _winners(session, met, votes, record)
            if record.unreadable and not record.readable:
                field = drawn
                break
            field = [*(field[i] for i in bye), *winners]
            elect(session, field)
        champion = elect(session, field)
        _report(session, len(entered), share(session, drawn, champion), votes, record)
        return champion

    async def _enter(self, session: Session, record: JudgeRecord) -> tuple[list[Candidate], int]:
        """The candidates, and how many votes a pair gets; chosen on the way where a knob is None."""
        limited = [c for c in CURRENCIES if math.isfinite(session.left(c))]
        if (self.n and self.votes) or not limited:
            return await _draw(session, self.n or N), self.votes or VOTES
        start = {c: session.left(c) for c in limited}
        drawn = await _draw(session, min(PILOT, self.n or PILOT))
        each = {c: (start[c] - session.left(c)) / len(drawn) for c in limited}
        match = await _pilot_match(session, drawn, limited, record) or each
        prices = [(session.left(c) + each[c] * len(drawn), each[c], match[c]) for c in limited]
        p_gen = share(session, drawn, leading(session, drawn)[0])
        n, votes = self.plan(len(drawn), prices, p_gen, record.p_comp)
        session.note("plan", n=n, votes=votes, p_gen=p_gen, p_comp=record.p_comp)
        if n > len(drawn):
            try:
                drawn += await session.sample(n - len(drawn))
            except BudgetExhausted:  # what was estimated to fit did not; those who are there play
                session.note("plan_cut", n=len(drawn))
        return drawn, votes

    def plan(
        self, drawn: int, prices: Sequence[tuple[float, float, float]], p_gen: float, p_comp: float
    ) -> tuple[int, int]:
        """The n >= `drawn` and votes of highest exact success that fit into every currency; the smallest of equals.

        The knobs that are set stay. Votes are even where they are free.

        Args:
            drawn: Candidates that are there.
            prices: For each currency: the budget of the whole tournament, the cost of a candidate and of a vote.
            p_gen: P(a candidate is right).
            p_comp: P(a right candidate beats a wrong one in one comparison).
        """
        best, success = (self.n or drawn, self.votes or 2), 0.0
        for n in [self.n] if self.n else range(drawn, MOST_N + 1):
            spare = [(budget - c_gen * n) / max(n - 1, 1) for budget, c_gen, _ in prices]
            fit = min(left / max(c_comp, 1e-12) for left, (_, _, c_comp) in zip(spare, prices, strict=True))
            votes = self.votes or 2 * int(min(fit, MOST_VOTES) / 2 + 1e-9)
            if votes < 1 or fit < votes - 1e-9:
                break
            if (chance := knockout_success(n, p_gen, votes, p_comp)) > success + 1e-9:
                best, success = (n, votes), chance
        return best


def _compared(urn: Urn, n: int, votes: int) -> list[int]:
    """The comparisons of each round of one knockout between n answers."""
    first = votes // 2 + 1
    field = [label for label in urn.draw(n) if label >= 0] or [0]
    asked = []
    while len(set(field)) > 1:
        pairs, bye = pairing(range(len(field)))
        met = [(field[a], field[b]) for a, b in pairs]
        differing = sum(a != b for a, b in met)
        # a judge that is half sure: the vote after the first wave is open unless all agreed
        rest = 0 if decided(min(first, votes), 0, votes - first) else differing // 2 * (votes - first)
        asked.append(differing * min(first, votes) + max(0, rest))
        field = [*(field[i] for i in bye), *(urn.rng.choice(pair) for pair in met)]
    return asked


async def _draw(session: Session, n: int) -> list[Candidate]:
    """The first candidates, with the vote among them as the first proposal."""
    drawn = await session.sample(n)
    elect(session, drawn)
    return drawn


async def _pilot_match(
    session: Session, drawn: Sequence[Candidate], limited: Sequence[str], record: JudgeRecord
) -> dict[str, float] | None:
    """What a vote costs, from one pair of different answers shown in both orders; None where all agree."""
    entered = contenders(drawn)
    rival = next((c for c in entered[1:] if _differ(session, (entered[0], c))), None)
    if rival is None:
        return None
    before = {c: session.left(c) for c in limited}
    votes = (await session.compare([(entered[0], rival)], 2))[0]
    record.add(votes)
    return {c: (before[c] - session.left(c)) / max(1, len(votes)) for c in limited}


async def _winners(session: Session, pairs: Sequence[Pair], votes: int, record: JudgeRecord) -> list[Candidate]:
    """The winner of each pair: as many votes at first as can decide it, the rest only where they still can."""
    cast: list[list[float]] = [[] for _ in pairs]
    blind = record.readable == 0
    first = votes // 2 + 1
    for wave, left in ((min(first, votes), votes), (votes - first, votes - first)):
        undecided = [
            i for i, pair in enumerate(pairs) if _differ(session, pair) and not decided(*points(cast[i]), left)
        ]
        if wave > 0 and undecided:
            for i, row in zip(undecided, await session.compare([pairs[i] for i in undecided], wave), strict=True):
                cast[i] += row
        if blind and all(math.isnan(vote) for row in cast for vote in row):
            break  # more of the same would be paid for nothing
    for row in cast:
        record.add(row)
    return [pair[pair_winner(*points(row), session.rng)] for pair, row in zip(pairs, cast, strict=True)]


def _differ(session: Session, candidates: Sequence[Candidate]) -> bool:
    """Whether they give more than one answer; without an answer at all, each stands for itself."""
    labels = session.labels(candidates)
    return len(set(labels)) > 1 or labels[0] < 0


def _report(session: Session, n: int, p_gen: float, votes: int, record: JudgeRecord) -> None:
    """Note the exact chance that a right answer of share `p_gen` wins, the estimates and the published bound."""
    p_comp = record.p_comp
    success = knockout_success(n, p_gen, votes, p_comp)
    bound = max(0.0, 1 - knockout_bound(n, p_gen, votes, p_comp)) if p_comp > 0.5 else 0.0
    facts = {"p_gen": p_gen, "p_comp": p_comp, "success": success, "bound": bound, "unreadable": record.unreadable}
    session.note("knockout", n=n, votes=votes, **facts)
