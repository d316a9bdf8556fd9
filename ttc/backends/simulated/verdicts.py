"""What the simulated model says of solutions: Yes or No, a critique, which is better, a process score."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from ttc.backends.simulated.laws import Facts, Laws, random_of
from ttc.backends.simulated.solutions import is_right, read

_LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class Choice:
    """A one-token reply with a known law: `chances` are (token, probability)."""

    chances: tuple[tuple[str, float], ...]

    def draw(self, rng: Random, greedy: bool) -> str:
        """A token by its probability; the likeliest where greedy."""
        if greedy:
            return max(self.chances, key=lambda pair: pair[1])[0]
        chance = rng.random()
        for token, p in self.chances[:-1]:
            chance -= p
            if chance < 0.0:
                return token
        return self.chances[-1][0]

    def spaced(self) -> Choice:
        """The same choice with a space before each token."""
        return Choice(tuple((f" {token}", p) for token, p in self.chances))

    def top(self, drawn: str) -> tuple[tuple[str, float], ...]:
        """(token, logprob) of all choices, the drawn one first."""
        ordered = sorted(self.chances, key=lambda pair: (pair[0] != drawn, -pair[1]))
        return tuple((token, math.log(max(p, _LEAST))) for token, p in ordered)


def verdict(laws: Laws, facts: Facts, solution: str) -> Choice:
    """Yes or No to one solution: P(Yes) is Beta with mean TPR or FPR, drawn once for each solution."""
    mean = laws.verify_tpr if is_right(solution, facts, laws.answer_form) else laws.verify_fpr
    p = _beta(mean, laws.verify_concentration, random_of(b"verdict", f"{facts.problem}\0{solution.strip()}".encode()))
    return Choice((("Yes", p), ("No", 1.0 - p)))


def process_score(laws: Laws, text: str) -> Choice:
    """+ or - after the last step of a text."""
    mean = laws.prm_tpr if read(text, laws.answer_form).right else laws.prm_fpr
    p = _beta(mean, laws.prm_concentration, random_of(b"process", text.encode()))
    return Choice((("+", p), ("-", 1.0 - p)))


def preference(laws: Laws, facts: Facts, first: str, second: str) -> Choice:
    """1, 2 or tie."""
    right = [is_right(solution, facts, laws.answer_form) for solution in (first, second)]
    p = 0.5 if right[0] == right[1] else laws.p_compare if right[0] else 1.0 - laws.p_compare
    p = min(max(p, _LEAST), 1.0 - _LEAST)
    p = 1.0 / (1.0 + math.exp(-(math.log(p / (1.0 - p)) + laws.position_bias)))
    return Choice((("1", (1 - laws.p_tie) * p), ("2", (1 - laws.p_tie) * (1 - p)), ("tie", laws.p_tie)))


def selection(laws: Laws, facts: Facts, solutions: Sequence[str]) -> Choice:
    """The number of one of several solutions: of a right one with `p_compare` where there are right and wrong ones."""
    right = [is_right(solution, facts, laws.answer_form) for solution in solutions]
    return _named([number for number, is_one in enumerate(right) if is_one], len(solutions), laws.p_compare)


def consistency(laws: Laws, solutions: Sequence[str]) -> Choice:
    """The same of a solution with the most frequent answer, whatever it is worth."""
    answers = [read(solution, laws.answer_form).answer for solution in solutions]
    most = max(answers.count(answer) for answer in answers)
    members = [number for number, answer in enumerate(answers) if answers.count(answer) == most]
    return _named(members, len(solutions), laws.p_compare)


def _named(better: Sequence[int], n: int, p: float) -> Choice:
    """One of n numbers, from 1: with chance p one of the better, evenly; evenly among all where all are as good."""
    if len(better) in (0, n):
        return Choice(tuple((str(number + 1), 1 / n) for number in range(n)))
    worse = n - len(better)
    chances = [p / len(better) if number in better else (1 - p) / worse for number in range(n)]
    return Choice(tuple((str(number + 1), chance) for number, chance in enumerate(chances)))


def comparison(solutions: Sequence[str]) -> str:
    """What a reply that names one of several solutions says before the number."""
    return f"I compare the {len(solutions)} solutions.\nJudgment: "


def entailment(first: str, second: str) -> Choice:
    """Whether an answer entails another one: where their words are the same."""
    same = " ".join(first.split()).casefold() == " ".join(second.split()).casefold()
    return Choice((("entailment", float(same)), ("contradiction", float(not same))))


def critique(solution: str, verdict: str, rng: Random) -> str:
    """A report that ends with the verdict line; where that is No it names the first wrong step, or else any."""
    chunks = [chunk for chunk in solution.split("\n\n") if chunk.strip()] or [solution]
    report = [f"I check the {len(chunks)} steps of the proposed solution one by one."]
    if verdict == "No":
        wrong = [number for number, chunk in enumerate(chunks, 1) if not read(chunk, "\0%s\0").right]
        report.append(f"The first error is in step {wrong[0] if wrong else rng.randint(1, len(chunks))}.")
    else:
        report.append("I found no error.")
    return "\n".join([*report, f"Verdict: {verdict}"])


def _beta(mean: float, concentration: float, rng: Random) -> float:
    """Beta with that mean and a + b = concentration; the mean itself at 0 and 1."""
    if mean in (0.0, 1.0):
        return mean
    return rng.betavariate(mean * concentration, (1.0 - mean) * concentration)
