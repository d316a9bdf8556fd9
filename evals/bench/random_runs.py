"""Random runs of the policy against verifiers and judges that misbehave: all of them must end, inside their budget.

python -m evals.bench.random_runs [--runs 10000]     prints how many purchases the longest run made, of how many allowed

A run draws planted candidates, and its verifier and judge have a fitted worth, deserved or not. What they do is one of:
nan always (cannot be read), fail (the call raises), random, constant, first (always the first place), dear (a million
tokens), free. Prices 0, .05 and infinite, with and without a target. The tests run a tenth of it.
"""

import argparse
import itertools
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ttc.auto.options import MOST_OF_PAIR, Limits, Offer, Option, State
from ttc.auto.policy import Decision, decide
from ttc.belief.classes import Model
from ttc.belief.lookup import known_of
from ttc.belief.profile import StreamLaw, ValueProfile
from ttc.belief.right import Comparison, Seen, evidence_of
from ttc.belief.worth import JudgeWorth, VerifierWorth

BEHAVIOURS = ("nan", "fail", "random", "constant", "first", "dear", "free")
PRICES = (0.0, 0.05, math.inf)
TARGETS = (None, 0.99)
THETA = (-0.8, 1.3, 0.9, -2.5, -1.2, 1.7, 0.3, -0.7, 0.5, 0.0)
PROFILE = ValueProfile(
    name="planted",
    model=Model(name="planted", parameters=1e9),
    streams={"prose:1": StreamLaw(theta=THETA)},
    verifiers={"verifier": VerifierWorth(a=0.2, c=0.4, iota=0.3, auc=0.75)},
    judges={"judge": JudgeWorth(alpha=3, beta=1, gamma=1)},
)
KNOWN = known_of(PROFILE)
CANDIDATE = {"tokens": 400.0, "calls": 1.0}
VERDICTS = {"dear": {"tokens": 1e6, "calls": 1.0}, "free": {"tokens": 0.0, "calls": 0.0}}


@dataclass
class Run:
    """One problem; its verifier and judge behave in some way. `tokens` is the budget, n the most candidates."""

    seed: int
    verifier: str | None
    judge: str | None
    price: float
    target: float | None
    n: int
    tokens: float
    labels: list[int] = field(default_factory=list)
    scores: list[float | None] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)
    drawn: int = 0
    spent: dict[str, float] = field(default_factory=lambda: {"tokens": 0.0, "calls": 0.0})
    purchases: int = 0
    asked: Counter[frozenset[int]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)
        self.rate = self.rng.beta(1, 1)

    def play(self) -> Decision:
        """Until the policy stops; RuntimeError if it goes on for longer than it may."""
        while True:
            seen = Seen(self.labels, scores=self.scores, comparisons=self.comparisons)
            evidence = evidence_of(KNOWN, seen, "verifier", "judge")
            state = State.of(evidence, self.drawn)
            left = {"tokens": self.tokens - self.spent["tokens"]}
            limits = Limits.of({"tokens": self.tokens}, self.n, left)
            offer = Offer(
                draw=lambda stream, h: {currency: h * amount for currency, amount in CANDIDATE.items()},
                n=self.n,
                verifier=evidence.verifier if self.verifier else None,
                verdict=VERDICTS.get(self.verifier or "", {"tokens": 50.0, "calls": 1.0}),
                judge=evidence.judge if self.judge else None,
                judgement=VERDICTS.get(self.judge or "", {"tokens": 100.0, "calls": 1.0}),
            )
            decision = decide(KNOWN.belief, state, offer, limits, self.price, self.target)
            if decision.option is None or (decision.option.lacking and not self.drawn):
                return decision
            self.purchases += 1
            if self.purchases > 4 * self.n + 1:
                raise RuntimeError(f"{self} goes on after {self.purchases} purchases")
            self.buy(decision.option, evidence.answers, KNOWN.belief.leaders(evidence.votes))

    def buy(self, option: Option, answers: Sequence[int], first: Sequence[int]) -> None:
        """Do one chunk of an option."""
        if option.lacking:
            raise RuntimeError(f"{self} buys what it cannot pay: {option}")
        for currency in self.spent:
            self.spent[currency] += option.amounts.get(currency, 0.0) * option.chunk / option.size
        if option.action in ("draw", "draw and score"):
            for _ in range(option.chunk):
                self.drawn += 1
                if self.rng.random() < 0.05:
                    continue  # a call that fails for good
                self.labels.append(self.answer())
                asked = option.action == "draw and score" and self.labels[-1] >= 0
                self.scores.append(self.score() if asked else None)
        elif option.action == "score":
            for answer in first:
                mine = [i for i, label in enumerate(self.labels) if label == answers[answer] and self.scores[i] is None]
                for i in mine[:2]:
                    self.scores[i] = self.score()
        else:
            self.compare([answers[j] for j in first], option.chunk)

    def answer(self) -> int:
        """A silent candidate, a right one, or one of five wrong answers."""
        if self.rng.random() < 0.1:
            return -1
        return 0 if self.rng.random() < self.rate else int(self.rng.integers(1, 6))

    def score(self) -> float:
        """A verdict; one that fails is asked for and cannot be read."""
        if self.verifier in ("nan", "fail"):
            return math.nan
        return 0.5 if self.verifier == "constant" else float(self.rng.random())

    def compare(self, pair: Sequence[int], count: int) -> None:
        """Judgements of two answers."""
        places = [self.labels.index(label) for label in pair]
        won = lost = 0.0
        if self.judge in ("first", "constant"):
            won = float(count)
        elif self.judge not in ("nan", "fail"):
            won = float(self.rng.binomial(count, 0.5))
            lost = count - won
        self.comparisons.append(Comparison(places[0], places[1], won, lost, count))
        self.asked[frozenset(pair)] += count

    def check(self) -> None:
        """What must hold at the end."""
        judgements = sum(self.asked.values())
        assert self.drawn <= self.n, self
        assert judgements <= 2 * self.n, self
        assert max(self.asked.values(), default=0) <= MOST_OF_PAIR, self
        assert self.spent["tokens"] <= self.tokens * (1 + 1e-9), self
        assert self.purchases <= 4 * self.n + 1, self


def random_run(seed: int) -> Run:
    """Any combination of behaviours, price, target, n and budget."""
    rng = np.random.default_rng(seed)
    verifier, judge = (None if rng.random() < 0.2 else str(rng.choice(BEHAVIOURS)) for _ in range(2))
    price, target = PRICES[rng.integers(3)], TARGETS[rng.integers(2)]
    tokens = float(rng.choice([100.0, 1500.0, 6000.0, 1e9]))
    return Run(seed, verifier, judge, price, target, int(rng.integers(1, 9)), tokens)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10_000)
    options = parser.parse_args()
    fullest, stops = 0.0, Counter[str]()
    corners = [
        Run(i, verifier, judge, price, target, 8, 1e9)
        for i, (verifier, judge, price, target) in enumerate(
            itertools.product((None, *BEHAVIOURS), (None, *BEHAVIOURS), PRICES, TARGETS)
        )
    ]
    for run in itertools.chain(corners, map(random_run, range(options.runs))):
        stops[run.play().stop or "no money for one candidate"] += 1
        run.check()
        fullest = max(fullest, run.purchases / (4 * run.n + 1))
    print(f"{options.runs + len(corners)} runs ended: {dict(stops)}")
    print(f"the longest made {fullest:.0%} of the purchases that it may")


if __name__ == "__main__":
    main()
