"""A verifier of one's own: for problems whose answers are easy to check, best-of-N with the check is all one needs.

python examples/custom_verifier.py
"""

from collections.abc import Sequence

import ttc
from ttc.backends.base import Backend


class Divides:
    """Passes whole numbers that divide 84 and 126."""

    async def verify(self, session: ttc.Session, candidates: Sequence[ttc.Candidate]) -> list[ttc.Verdict]:
        return [self.check(candidate.answer) for candidate in candidates]

    @staticmethod
    def check(answer: str | None) -> ttc.Verdict:
        if answer is None or not answer.strip().isdigit() or int(answer) == 0:
            return ttc.ABSTAIN
        return ttc.Verdict(1.0 if 84 % int(answer) == 0 and 126 % int(answer) == 0 else 0.0)


def main(backend: Backend | str | None = None) -> str | None:
    problem = "Compute the gcd of 84 and 126."
    result = ttc.solve(problem, "best_of_n", backend=backend, knobs={"n": 12}, verifier=Divides())
    for candidate in result.candidates:
        print(candidate.answer, result.verdicts[candidate.id].score)
    print("chosen:", result.answer)
    return result.answer


if __name__ == "__main__":
    main()
