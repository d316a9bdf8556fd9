"""Self-consistency: draw candidates, vote over equal answers, stop drawing when more would not change the vote."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from ttc.core.elect import elect
from ttc.core.session import Session
from ttc.errors import check_range
from ttc.forecast import Stage, Workload, simulated, waves_by, waves_of
from ttc.search.stopping import StopRule, stop_rule
from ttc.search.waves import next_wave, waves_left
from ttc.types import Candidate


@dataclass(frozen=True)
class SelfConsistency:
    """Draw at most `n` candidates in waves and return the answer with most votes.

    After each wave the `stop` rule looks at the votes in order of drawing. The first wave is the least that can end the
    run: 4 candidates with beta, one window with esc. The next wave is as large as the rule is expected to need still.
    Candidates that were cut off or gave no answer abstain. Ties go to the answer that came first. Thresholds and window
    are the papers'; n = 32 is ours.

    Args:
        n: Candidates at most.
        stop: "none": always all n. "certificate": the rest cannot change the winner. "beta" and "dirichlet": the leader
            is the mode with probability `threshold`; dirichlet looks at all rivals, beta only at the strongest. "esc":
            a window is unanimous.
        threshold: Of beta and dirichlet, in (0.5, 1).
        window: Candidates of a window of esc.
        waves: The most waves; None = no limit. With beta, n = 32 and five equal rivals no limit costs at most
            1.12 times the samples of asking one by one. It takes 1.2 to 3.9 waves on average. A limit of 4 costs up to
            1.26 times in a few waves less.
    """

    n: int = 32
    stop: Literal["none", "certificate", "beta", "dirichlet", "esc"] = "beta"
    threshold: float = 0.95
    window: int = 5
    waves: int | None = None

    paper: ClassVar[str] = (
        "Wang et al. 2022, arXiv 2203.11171; stopping: Aggarwal et al. 2023, arXiv 2305.11860; Li et al. 2024, "
        "arXiv 2401.10480"
    )
    needs: ClassVar[frozenset[str]] = frozenset()

    def __post_init__(self) -> None:
        check_range("[1, inf)", n=self.n, window=self.window)
        check_range("[1, inf)", "or None for no limit", waves=self.waves)
        self.rule()

    def rule(self) -> StopRule:
        """The stop rule by its name, with the knobs that it knows."""
        if self.stop in ("beta", "dirichlet"):
            return stop_rule(self.stop, threshold=self.threshold)
        return stop_rule(self.stop, size=self.window) if self.stop == "esc" else stop_rule(self.stop)

    def forecast(self, workload: Workload) -> list[Stage]:
        """Waves until the stop rule holds."""
        return waves_of(workload, simulated(workload, lambda urn: waves_by(self.rule(), urn, self.n, self.waves)))

    async def run(self, session: Session) -> Candidate:
        """Waves of candidates until the rule stops, then the vote."""
        rule, candidates, labels = self.rule(), list[Candidate](), list[int]()
        sent = 0
        while size := next_wave(rule, labels, self.n, self.n, waves_left=waves_left(self.waves, sent)):
            sent += 1
            with session.span(f"wave of {size}"):
                candidates += await session.sample(size)
            labels = session.labels(candidates)
            chosen = elect(session, candidates, labels)
        return chosen
