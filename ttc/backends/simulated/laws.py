"""The laws of the simulated model: everything about it that a study needs to know, in one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import accumulate
from random import Random

from ttc.errors import check_range

Gold = Mapping[str, str] | Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Difficulty:
    """P(correct) of a problem is Beta(a, b), and 0 for some problems.

    Args:
        a: > 0.
        b: > 0.
        unsolvable: The share of problems that are never solved, in [0, 1].
    """

    a: float
    b: float
    unsolvable: float = 0.0


@dataclass(frozen=True, slots=True)
class Facts:
    """What the model knows of one problem; `bounds` are the cumulative weights of the distractors, ending in 1."""

    problem: str
    gold: str
    p_correct: float
    steps: int
    distractors: tuple[str, ...]
    bounds: tuple[float, ...]


@dataclass(kw_only=True, eq=False)
class Laws:
    """A language model with known laws. Functions and mappings are keyed by the problem's text without its suffix.

    A solution has `steps` steps. Each keeps a right solution right with probability P(correct)^(1/steps), and what went
    wrong stays wrong. So the last step is right with P(correct). Temperature and top_p change nothing, except that
    temperature 0 ignores the seed and gives the likelier verdict.
    """

    p_correct: float | Difficulty | Callable[[str], float] = 0.6
    gold: Gold | None = None
    """The right answer of a problem; None makes up a whole number in [10, 999] from the problem's text."""
    distractors: Callable[[str], Sequence[str]] | None = None
    """The wrong answers; None takes neighbours of a whole number, other letters of A-E, or variants of the text."""
    distractor_weights: Sequence[float] = (0.4, 0.25, 0.15, 0.12, 0.08)
    steps: tuple[int, int] = (3, 6)
    """Least and most steps of a solution; a problem has one number of steps, uniform in between."""
    tokens: float = 120.0
    """Median length of a solution in tokens; lengths are lognormal with `tokens_sigma`."""
    tokens_sigma: float = 0.4
    wrong_length: float = 1.0
    """Length of a wrong step relative to a right one."""
    separation: float = 1.0
    """Distance between right and wrong steps in log(-mean logprob), in standard deviations: AUC = Phi(sep / sqrt 2)."""
    verify_tpr: float = 0.8
    """P(Yes) for a right solution: the mean of a Beta law over solutions, P(Yes) of one solution being its draw."""
    verify_fpr: float = 0.3
    verify_concentration: float = 1.0
    """a + b of that Beta law: near 0, one verdict per solution; large, independent verdicts with the mean rates."""
    prm_tpr: float = 0.8
    """P(+) after a right prefix, as for `verify_tpr`; `prm_fpr` after a wrong one."""
    prm_fpr: float = 0.3
    prm_concentration: float = 4.0
    score_tag: str = "ки"
    """A prompt or prefix that ends with this asks for a process score: one token, + or - (Math-Shepherd)."""
    p_compare: float = 0.8
    """P(the right solution wins) against a wrong one, ties left aside; two equally good ones have 1/2."""
    position_bias: float = 0.0
    """Added to the log-odds of the first place."""
    p_tie: float = 0.0
    p_improve: float = 0.3
    """P(right) after the refinement of a wrong solution."""
    p_degrade: float = 0.1
    """P(wrong) after the refinement of a right solution."""
    p_rewrite: Callable[[str], float] | None = None
    """P(right) of a solution written from several shown ones, by the prompt; None takes the mean of p_improve and
    1 - p_degrade over the wrong and the right ones that are shown."""
    answer_form: str = "\\boxed{%s}"
    """How the last step gives the answer, for example "```python\\n%s\\n```"."""
    _known: dict[str, Facts] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        names = ("verify_tpr", "verify_fpr", "prm_tpr", "prm_fpr", "p_compare", "p_tie", "p_improve", "p_degrade")
        check_range("[0, 1]", **{name: getattr(self, name) for name in names})
        check_range("[0, 1]", p_correct=self.p_correct if isinstance(self.p_correct, float | int) else None)
        if not 1 <= self.steps[0] <= self.steps[1]:
            raise ValueError(f"steps is {self.steps}; it must be (least, most) with 1 <= least <= most")
        if self.answer_form.count("%s") != 1:
            raise ValueError(f"answer_form is {self.answer_form!r}; it must hold %s once, for example \\boxed{{%s}}")

    def facts(self, problem: str) -> Facts:
        """Everything about a problem, the same in every process."""
        if problem not in self._known:
            self._known[problem] = self._facts(problem)
        return self._known[problem]

    def _facts(self, problem: str) -> Facts:
        rng = random_of(b"problem", problem.encode())
        made_up, steps, p = str(rng.randint(10, 999)), rng.randint(*self.steps), self._p_correct(problem, rng)
        gold = made_up if self.gold is None else _look_up(self.gold, problem)
        wrong = (
            _neighbours(gold, len(self.distractor_weights)) if self.distractors is None else self.distractors(problem)
        )
        weights = self.distractor_weights[: len(wrong)]
        bounds = tuple(w / sum(weights) for w in accumulate(weights))
        return Facts(problem, gold, p, steps, tuple(wrong), bounds)

    def _p_correct(self, problem: str, rng: Random) -> float:
        law = self.p_correct
        if isinstance(law, Difficulty):
            return 0.0 if rng.random() < law.unsolvable else rng.betavariate(law.a, law.b)
        return law(problem) if callable(law) else law


def random_of(key: bytes, content: bytes) -> Random:
    """Random numbers that are a function of key (up to 64 bytes) and content alone."""
    return Random(int.from_bytes(blake2b(content, key=key, digest_size=8).digest(), "big"))


def _look_up(gold: Gold, problem: str) -> str:
    if callable(gold):
        return gold(problem)
    if problem in gold:
        return gold[problem]
    starts = [text for text in gold if problem.startswith(text)]  # a suffix of the user's own behind the problem
    if not starts:
        raise ValueError(f"no gold answer for the problem {problem[:80]!r}; give gold=None to make one up")
    return gold[max(starts, key=len)]


def _neighbours(gold: str, count: int) -> list[str]:
    """Wrong answers of the same form as the right one."""
    if gold in tuple("ABCDE"):
        return [letter for letter in "ABCDE" if letter != gold][:count]
    if gold.removeprefix("-").isdecimal():
        return [str(int(gold) + (k // 2 + 1) * (-1) ** k) for k in range(count)]
    return [f"{gold} + {k + 1}" for k in range(count)]
