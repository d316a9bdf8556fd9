"""Deep self-evolving reasoning: chains of verify-and-refine rounds, and a vote over their last rounds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from ttc import prompts
from ttc.core.candidates import votable
from ttc.core.elect import elect, leading
from ttc.core.session import Session
from ttc.errors import check_choice, check_range
from ttc.forecast import KEPT, Stage, Urn, Workload, checks, rewritings, simulated, solutions
from ttc.search.self_evolution import Chain, Transitions
from ttc.strategies.rewriting import prompted, write
from ttc.types import Candidate

_VERDICT = re.compile(r"verdict:\W*(yes|no)\b", re.IGNORECASE)
LEAST_ROUNDS = 2
"""Rounds before the estimates may end the run."""


@dataclass
class Line:
    """One chain.

    Args:
        states: Its solution after each round.
        accepted: How often in a row the review accepted it.
        rejected: How often in a row the review rejected it.
        ended: Whether its gate has closed.
        right: [rounds] whether each solution is right, as far as the run can tell.
    """

    states: list[Candidate]
    accepted: int = 0
    rejected: int = 0
    ended: bool = False
    right: list[bool] = field(default_factory=list)


@dataclass(frozen=True)
class SelfEvolution:
    """Let `n` chains review and rewrite their solution for at most `rounds` rounds; the last `window` rounds vote.

    Published runs have 80 rounds and vote over the last 10. A chain that is always rewritten converges to right answers
    if it improves a wrong one more often than it spoils a right one. The program of the gate draws at temperature 0.1.

    The trace reports p_improve, p_degrade and the share of right answers pi that they imply in the long run. With a
    verifier, right means a score of at least 1/2. Without one only moves towards and away from the elected answer can
    be counted. pi is then the long-run share of that answer, which is the accuracy if it is right. Whether it is right
    cannot be known from the chains.

    Args:
        n: Chains.
        rounds: Rounds at most; 0 is self-consistency.
        window: Rounds that vote, the last ones.
        gate: "none" rewrites whatever the review says, as published. "consecutive" rewrites only what the review
            rejects.
        passes: With the gate: reviews in a row that a solution passes to end its chain. Then only such chains vote.
        failures: With the gate: reviews in a row that a solution fails to end its chain.
        gain: The run ends early when one more round would raise the share by less (0 = never). Without a verifier this
            holds only once the elected answer has more than half of the votes and of pi.
    """

    n: int = 8
    rounds: int = 8
    window: int = 4
    gate: Literal["none", "consecutive"] = "none"
    passes: int = 5
    failures: int = 10
    gain: float = 0.01

    paper: ClassVar[str] = "Deep Self-Evolving Reasoning 2025, arXiv 2510.17498; gate: Huang and Yang 2025 (IMO25)"
    needs: ClassVar[frozenset[str]] = frozenset({"long_context"})
    uses: ClassVar[frozenset[str]] = frozenset({"verifier"})

    def __post_init__(self) -> None:
        check_range("[1, inf)", n=self.n, window=self.window, passes=self.passes, failures=self.failures)
        check_range("[0, inf]", rounds=self.rounds, gain=self.gain)
        check_choice(("none", "consecutive"), gate=self.gate)

    def forecast(self, workload: Workload) -> list[Stage]:
        """n solutions; each round reviews and rewrites all of them, until one more round would not pay.

        gate="consecutive" rewrites only what is rejected: all rounds are counted, with every other solution rewritten.
        """
        w, n = workload, self.n
        rewritten = n * (1.0 if self.gate == "none" else 0.5)
        lengths = simulated(w, self._rounds) if self.gain else [self.rounds]
        stages = [solutions(w, n), *checks(w, n)]
        for number in range(1, self.rounds + 1):
            chance = sum(rounds >= number for rounds in lengths) / len(lengths)
            if not chance:
                break
            shown = w.prompt + w.mean + w.frame
            longest = w.stretched(w.critique, n)
            reviews = Stage("verify", n, w.critique, shown, n, w.prompt, longest=longest, chance=chance)
            stages += [reviews, rewritings(w, rewritten, shown + w.critique, chance=chance)]
            stages += checks(w, rewritten, chance)
        return stages

    def _rounds(self, urn: Urn) -> int:
        """Rounds of one run whose solutions keep their answers with P = KEPT."""
        rows = [[label] for label in urn.draw(self.n)]
        for number in range(1, self.rounds + 1):
            for row in rows:
                row.append(row[-1] if urn.rng.random() < KEPT else urn.draw(1)[0])
            late = [label for row in rows for label in row[-self.window :]]
            winner = max(set(late), key=late.count)
            right = [[label == winner for label in row] for row in rows]
            chain = Transitions.count(right).chain()
            share = sum(row[-1] for row in right) / len(right)
            sure = min(chain.stationary, late.count(winner) / len(late)) > 0.5
            if number >= LEAST_ROUNDS and sure and chain.paying_rounds(share, self.gain) == 0:
                return number
        return self.rounds

    async def run(self, session: Session) -> Candidate:
        """Draw, then rounds of review and rewriting until they cannot pay."""
        lines = [Line([candidate]) for candidate in await session.sample(self.n)]
        chosen = await self._elect(session, lines)
        for number in range(1, self.rounds + 1):
            if all(line.ended for line in lines):
                break
            with session.span(f"round {number}"):
                await self._round(session, [line for line in lines if not line.ended], number)
            for line in lines:
                line.states += line.states[-1:] * (number + 1 - len(line.states))
            chosen = await self._elect(session, lines)
            if self._settled(session, lines, chosen, number):
                break
        return chosen

    async def _round(self, session: Session, lines: Sequence[Line], number: int) -> None:
        """Review every solution, then rewrite those that the gate does not keep."""

        async def review(line: Line) -> str:
            now = line.states[-1]
            text = prompts.CRITIQUE.format(problem=session.problem.text, solution=prompts.shown(now.text))
            asked = prompted(session, text, suffix="").messages
            return (await session.ask(f"verify/critique/{now.id}#{number}", asked, kind="verify"))[0].text

        reviews = await session.map(review, lines)
        todo = [(line, text) for line, text in zip(lines, reviews, strict=True) if text is not None]
        if todo and self.gate != "none" and not any(_VERDICT.search(text) for _, text in todo):
            session.warn(f"self_evolution: none of {len(todo)} reviews of round {number} has a verdict")
        todo = [(line, text) for line, text in todo if self._rewrites(line, text)]
        new = await write(session, [self._question(session, line, text) for line, text in todo], suffix="")
        for (line, _), candidate in zip(todo, new, strict=True):
            if candidate is not None and (votable(candidate) is not None or votable(line.states[-1]) is None):
                session.note("rewrote", parent=line.states[-1].id, id=candidate.id)
                line.states.append(candidate)
                line.accepted = 0

    def _rewrites(self, line: Line, review: str) -> bool:
        """Whether to rewrite the solution; counts for the gate, where a review without a verdict counts as neither."""
        if self.gate == "none":
            return True
        found = _VERDICT.findall(review)
        if not found:
            return False
        passed = found[-1].lower() == "yes"
        line.accepted, line.rejected = (line.accepted + 1, 0) if passed else (0, line.rejected + 1)
        line.ended = line.accepted >= self.passes or line.rejected >= self.failures
        return not passed and not line.ended

    @staticmethod
    def _question(session: Session, line: Line, review: str) -> str:
        """The prompt that asks for a corrected solution."""
        solution, critique = prompts.shown(line.states[-1].text), prompts.shown(review)
        return prompts.REFINE.format(problem=session.problem.text, solution=solution, critique=critique)

    async def _elect(self, session: Session, lines: Sequence[Line]) -> Candidate:
        """The plurality over chains and last rounds, proposed."""
        passed = [line for line in lines if line.accepted >= self.passes and self.gate == "consecutive"]
        voters = passed or list(lines)
        states = [state for line in voters for state in line.states[-self.window :]]
        labels = session.labels(states)
        chosen, share = leading(session, states, labels)
        if share is None:
            session.propose(chosen)
            return chosen
        await self._mark(session, lines, chosen)
        return elect(session, states, labels)

    @staticmethod
    async def _mark(session: Session, lines: Sequence[Line], chosen: Candidate) -> None:
        """Say of every solution whether it is right: by the verifier, else by the elected answer."""
        states = [state for line in lines for state in line.states]
        if session.verifier is None:
            labels = session.labels([*states, chosen])
            right = [label == labels[-1] for label in labels[:-1]]
        else:
            known = session.verdicts
            await session.verify(list({s.id: s for s in states if s.id not in known}.values()))
            right = [known[state.id].known and known[state.id].score >= 0.5 for state in states]
        marks = iter(right)
        for line in lines:
            line.right = [next(marks) for _ in line.states]

    def _settled(self, session: Session, lines: Sequence[Line], chosen: Candidate, number: int) -> bool:
        """Report the estimates of this round; whether one more round would pay too little."""
        if not lines[0].right:
            return False
        chain, share = _chain(lines), sum(line.right[-1] for line in lines) / len(lines)
        session.note(
            "evolution", round=number, p_improve=chain.p_ic, p_degrade=chain.p_ci, stationary=chain.stationary,
            share=share, labelled=session.verifier is not None, states=[line.states[-1].id for line in lines],
        )  # fmt: skip
        sure = session.verifier is not None or min(chain.stationary, _share_of_votes(lines, self.window)) > 0.5
        return self.gain > 0 and number >= LEAST_ROUNDS and sure and chain.paying_rounds(share, self.gain) == 0


def _chain(lines: Sequence[Line]) -> Chain:
    """The two-state chain with the posterior means of what was counted."""
    return Transitions.count([line.right for line in lines]).chain()


def _share_of_votes(lines: Sequence[Line], window: int) -> float:
    """The elected answer's part of the solutions that vote."""
    votes = [right for line in lines for right in line.right[-window:]]
    return sum(votes) / len(votes)
