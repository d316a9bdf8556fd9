"""How long the belief and the policy take: CPU time of a posterior, of the gains of one state, and of a decision.

python -m evals.bench.decisions        medians over states; set OMP_NUM_THREADS=1 to count one core alone
"""

import statistics
import time
from collections.abc import Callable

import numpy as np

from ttc.auto.gains import draw_gains
from ttc.auto.options import Limits, Offer, State
from ttc.auto.policy import decide
from ttc.belief.belief import Belief, Stream, Votes, belief_of
from ttc.belief.worth import JudgeWorth, VerifierWorth

THETA_1 = (-0.8, 1.3, 0.9, -2.5, -1.2, 1.7, 0.3, -0.7, 0.5, 0.0)
THETA_2 = (-0.3, 1.3, 0.5, -1.1, -1.0, 1.5, 0.5, -0.6, 0.3, 0.1)
ONE = belief_of((Stream("prose:1", THETA_1),))
BOTH = belief_of((Stream("a/prose:1", THETA_1), Stream("b/prose:1", THETA_2)))
STATES = {
    "1 candidate": Votes.of([1]),
    "6 candidates": Votes.of([3, 1, 1], 1),
    "32 candidates, 9 answers": Votes.of([8, 6, 4, 1, 1, 1, 1, 1, 1], 8),
    "24 candidates, 24 answers": Votes.of([1] * 24),
    "two streams, 7 candidates": Votes(((2, 1, 0), (0, 2, 1)), (0, 1)),
}


def milliseconds(work: Callable[[int], object], repeats: int = 60) -> float:
    """Median CPU time of a call, each with another number."""
    took = []
    for number in range(repeats):
        begin = time.process_time()
        work(number)
        took.append(time.process_time() - begin)
    return 1000 * statistics.median(took)


def main() -> None:
    verifier, judge = VerifierWorth(a=0.3, c=0.3, iota=0.2, auc=0.71), JudgeWorth(alpha=3, beta=1, gamma=1)
    print("| state | posterior ms | gains of one stream ms | decision ms | with verifier and judge ms |")
    print("|---|---|---|---|---|")
    for name, votes in STATES.items():
        belief: Belief = ONE if len(votes.counts) == 1 else BOTH

        def nudged(number: int, votes: Votes = votes) -> Votes:
            """The same state with other extra odds, so that nothing is remembered."""
            return Votes(votes.counts, votes.silent, tuple(0.01 * (number + 1) for _ in range(votes.answers)))

        def decided(number: int, helped: bool, votes: Votes = votes, belief: Belief = belief) -> object:
            ones = (1,) * votes.answers
            state = State(nudged(number + 1000 * helped, votes), votes.drawn, (0,) * votes.answers, ones)
            offer = Offer(lambda stream, h: {"tokens": 400.0 * h}, 64, verifier if helped else None, None)
            if helped:
                offer = Offer(offer.draw, 64, verifier, {"tokens": 50.0}, judge, {"tokens": 100.0})
            return decide(belief, state, offer, Limits({"tokens": 1e5}))

        columns = [
            milliseconds(lambda number, b=belief, v=votes: b.posterior(v), 400),
            milliseconds(lambda number, b=belief, v=votes: draw_gains(b, v, rng=np.random.default_rng(number))),
            milliseconds(lambda number: decided(number, False)),
            milliseconds(lambda number: decided(number, True)),
        ]
        print(f"| {name} | {columns[0]:.3f} | " + " | ".join(f"{column:.2f}" for column in columns[1:]) + " |")


if __name__ == "__main__":
    main()
