"""Universal self-consistency and generative selection: one call reads all candidates and chooses one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from ttc import prompts
from ttc.core.candidates import contenders
from ttc.core.elect import elect
from ttc.core.session import Session
from ttc.errors import BackendError, check_choice, check_range
from ttc.forecast import Stage, Workload, simulated, solutions
from ttc.strategies.rewriting import fitting, prompted
from ttc.types import Candidate

_JUDGMENT = re.compile(r"judge?ment\W*(?:solution\W*)?(\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Universal:
    """Draw `n` candidates, show them in random order in one prompt, and take the one that the model names.

    style="consistent" asks which agrees best with the majority: universal self-consistency, for answers that no program
    can compare. style="best" shows one candidate for each answer and asks which is best (GenSelect). Candidates that do
    not fit into the model's context are not shown; the trace says how many. No call is made where all that would be
    shown agree: the vote answers. A reply without a valid number falls back to the vote and is counted in the trace.
    """

    n: int = 8
    style: Literal["consistent", "best"] = "consistent"

    paper: ClassVar[str] = "Chen et al. 2023, arXiv 2311.17311; GenSelect: NVIDIA 2025 (NeMo-Skills)"
    needs: ClassVar[frozenset[str]] = frozenset({"long_context"})

    def __post_init__(self) -> None:
        check_range("[1, inf)", n=self.n)
        check_choice(("consistent", "best"), style=self.style)

    def forecast(self, workload: Workload) -> list[Stage]:
        """n solutions, and one call that reads them where they differ; its reply is taken to be a critique long."""
        w = workload
        answers = simulated(w, lambda urn: len({label for label in urn.draw(self.n) if label >= 0}))
        asked = [number for number in answers if number > 1]
        if not asked:
            return [solutions(w, self.n)]
        shown = sum(asked) / len(asked) if self.style == "best" else self.n
        choice = Stage("judge", 1, w.critique, w.prompt + shown * w.mean, 1, chance=len(asked) / len(answers))
        return [solutions(w, self.n), choice]

    async def run(self, session: Session) -> Candidate:
        """Draw, show, choose."""
        candidates = await session.sample(self.n)
        field = contenders(candidates)
        labels = session.labels(field)
        voted = elect(session, field, labels)  # the answer where the call is refused or says nothing
        if len(set(labels)) < 2:
            return voted
        firsts = [labels.index(label) for label in sorted(set(labels))]
        indices = firsts if self.style == "best" else list(range(len(field)))
        order = [indices[int(i)] for i in session.rng.permutation(len(indices))]
        shown = await fitting(session, [field[i] for i in order], self._question(session))
        if len({labels[i] for i in order[: len(shown)]}) < 2:
            return voted  # what fits into the context leaves nothing to choose
        number = await self._ask(session, shown)
        if number is None:
            return voted
        session.propose(shown[number])
        return shown[number]

    def _question(self, session: Session) -> Callable[[Sequence[Candidate]], str]:
        """Writes the prompt that shows these candidates."""
        template = prompts.CONSISTENT if self.style == "consistent" else prompts.SELECT
        return lambda shown: prompts.listing(template, session.problem.text, [c.text for c in shown])

    async def _ask(self, session: Session, shown: Sequence[Candidate]) -> int | None:
        """The index that the model names last, None (with a note) where it names none of them."""
        asked = prompted(session, self._question(session)(shown), suffix="").messages
        try:
            reply = (await session.ask("judge/universal", asked, kind="judge"))[0].text
        except BackendError as error:
            session.note("fallback", reason=str(error))
            return None
        named = [int(number) for number in _JUDGMENT.findall(reply)]
        if named and 1 <= named[-1] <= len(shown):
            return named[-1] - 1
        session.warn("universal: the reply that chooses could not be read, so the vote answers")
        session.note("fallback", reason=f"named {named[-1]} of {len(shown)}" if named else "no judgment")
        return None
