"""A strategy of one's own: draw until two candidates agree.

python examples/custom_strategy.py
"""

from dataclasses import dataclass

import ttc
from ttc.backends.base import Backend


@dataclass(frozen=True)
class TwoAgree:
    """Draw one candidate after the other, at most `most`, until an answer has come twice."""

    most: int = 10

    async def run(self, session: ttc.Session) -> ttc.Candidate:
        candidates = await session.sample(2)
        while len(candidates) < self.most:
            groups = session.group(candidates)
            if groups and len(groups[0]) >= 2:
                return candidates[groups[0][0]]
            session.propose(candidates[0])
            candidates += await session.sample(1)
        return candidates[0]


def main(backend: Backend | str | None = None) -> str | None:
    problem = "What is the greatest common divisor of 693, 1344 and 1008?"  # 21
    result = ttc.solve(problem, TwoAgree(), backend=backend)
    print(f"{result.answer} after {len(result.candidates)} candidates")
    return result.answer


if __name__ == "__main__":
    main()
