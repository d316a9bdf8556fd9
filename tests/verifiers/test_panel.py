"""The panel: aspects from files, approvals counted, the binomial law of m members."""

import asyncio
import math
from pathlib import Path

import pytest
from scipy import stats

from tests.verifiers.scripted import Scripted, words
from ttc.backends.base import Capabilities, Request
from ttc.backends.simulated import SimulatedBackend
from ttc.budget.budget import Budget
from ttc.testing.verifiers import HOSTILE, VerifierConformance, open_session
from ttc.types import Candidate, Problem
from ttc.verifiers import make_verifier
from ttc.verifiers.aspect import SHIPPED, Aspect, aspects_for
from ttc.verifiers.panel import Panel

OVERALL = Aspect.read(SHIPPED / "overall.toml").text


def members(folder: Path, m: int) -> Panel:
    """m members that all look at everything, and are independent of each other."""
    for number in range(m):
        (folder / f"m{number:02}.toml").write_text(f"text = '''{OVERALL}'''")
    return Panel(aspects=tuple(f"m{number:02}" for number in range(m)), folder=str(folder), warm=False)


class TestConformance(VerifierConformance):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def make(self) -> Panel:
        return members(self.folder, 3)


class TestWarm(VerifierConformance):
    def make(self) -> Panel:
        return Panel(aspects=("overall",))


SOLUTION = Candidate(id="0", text="It is \\boxed{4}.", answer="4")


async def test_members_share_all_but_the_aspect_and_one_goes_first() -> None:
    release, running = asyncio.Event(), 0

    class Slow(Scripted):
        async def complete(self, request, meter):  # type: ignore[no-untyped-def]
            nonlocal running
            running += 1
            await release.wait()
            return await super().complete(request, meter)

    backend = Slow(lambda _: words("Verdict: Yes"), logprobs=False)
    task = asyncio.create_task(open_session(backend).verify([SOLUTION], Panel()))  # type: ignore[arg-type]
    for _ in range(20):
        await asyncio.sleep(0)
    assert running == 1
    release.set()
    (verdict,) = await task
    texts = [request.messages[0]["content"] for request in backend.heard]
    aspects = aspects_for("math")
    assert len(texts) == len(aspects) >= 6
    heads = {t.removesuffix(a.text) for t, a in zip(texts, aspects, strict=True)}
    assert len(heads) == 1
    assert heads.pop().endswith("</solution>\n\n")
    assert verdict.score == 1.0


async def test_an_unreadable_member_abstains_and_is_reported() -> None:
    def reply(request: Request) -> object:
        text = request.messages[0]["content"]
        return words("Verdict: No" if "arith" in request.key else "hmm" if "units" in request.key else "Verdict: Yes")[
            : len(text)
        ]

    session = open_session(Scripted(reply, logprobs=False))  # type: ignore[arg-type]
    (verdict,) = await session.verify([SOLUTION], Panel(aspects=("arithmetic", "units", "logic")))
    assert verdict.score == pytest.approx(0.5)
    assert "1 unreadable" in verdict.reason
    notes = {e.data["verifier"]: e.data["abstained"] for e in session.trace.named("readings")}
    assert notes == {"panel/arithmetic": 0, "panel/units": 1, "panel/logic": 0}


async def test_aspects_times_models() -> None:
    yes = Scripted(lambda _: words("Verdict: Yes"), logprobs=False)
    no = Scripted(lambda _: words("Verdict: No"), logprobs=False)
    panel = Panel(aspects=("logic", "facts"), models=(yes, no))
    session = open_session(SimulatedBackend())
    verdicts = await session.verify([SOLUTION, Candidate(id="1", text=HOSTILE[1])], panel)
    assert [v.score for v in verdicts] == [0.5, 0.5]
    assert len(yes.heard) == len(no.heard) == 4
    assert session.ledger.cost.calls == 8


async def test_the_rest_that_cannot_be_paid_does_not_lose_the_first() -> None:
    backend = Scripted(lambda _: words("Verdict: Yes"), logprobs=False)
    session = open_session(backend, Budget(calls=1))  # type: ignore[arg-type]
    (verdict,) = await session.verify([SOLUTION], Panel(aspects=("logic", "facts", "overall")))
    assert verdict.score == 1.0
    assert "2 failed" in verdict.reason


def choice(m: int, tpr: float, fpr: float, wrong: int) -> float:
    """P(the one right candidate is chosen) with m independent members and ties broken by lot."""
    right, other = stats.binom(m, tpr), stats.binom(m, fpr)
    total = 0.0
    for s in range(m + 1):
        below, equal = other.cdf(s - 1), other.pmf(s)
        total += right.pmf(s) * sum(
            math.comb(wrong, k) * equal**k * below ** (wrong - k) / (k + 1) for k in range(wrong + 1)
        )
    return float(total)


async def test_more_members_choose_better_as_the_binomial_says(tmp_path: Path) -> None:
    tpr, fpr, wrong, trials = 0.8, 0.3, 7, 45
    backend = SimulatedBackend(
        verify_tpr=tpr, verify_fpr=fpr, verify_concentration=1e9, capabilities=Capabilities(fan_out=True)
    )
    rates = []
    for m in (1, 4, 12):
        panel, found = members(tmp_path, m), 0.0
        for trial in range(trials):
            problem = Problem(f"What is {trial} + {m}?")
            gold = int(backend.facts(problem.text).gold)
            candidates = [
                Candidate(id=str(i), text=f"I get \\boxed{{{gold + i}}}.", answer=str(gold + i))
                for i in range(wrong + 1)
            ]
            verdicts = await open_session(backend, problem=problem, seed=trial).verify(candidates, panel)
            scores = [v.score for v in verdicts]
            found += (scores[0] == max(scores)) / scores.count(max(scores))
        rates.append(found / trials)
        assert abs(rates[-1] - choice(m, tpr, fpr, wrong)) < 4 * math.sqrt(0.15 / trials)
    assert rates == sorted(rates)
    assert rates[-1] > rates[0] + 0.3


async def test_a_constant_member_does_not_change_who_wins() -> None:
    def reply(request: Request) -> object:
        good = "\\boxed{4}" in request.messages[0]["content"] or "logic" in request.key
        return words("Verdict: Yes" if good else "Verdict: No")

    pair = [Candidate(id="0", text="\\boxed{5}"), Candidate(id="1", text="\\boxed{4}")]
    for aspects in (("facts",), ("facts", "logic")):
        verdicts = await open_session(Scripted(reply, logprobs=False)).verify(pair, Panel(aspects=aspects))  # type: ignore[arg-type]
        assert verdicts[1].score > verdicts[0].score


def test_aspects_are_files_that_a_user_can_add(tmp_path: Path) -> None:
    (tmp_path / "style.toml").write_text('text = "Nice? Verdict: Yes or Verdict: No"\ndomains = ["code"]')
    (tmp_path / "logic.toml").write_text('text = "Mine. Verdict: Yes or Verdict: No"')
    names = [a.name for a in aspects_for("code", folder=tmp_path)]
    assert "style" in names
    assert "arithmetic" not in names
    assert "style" not in [a.name for a in aspects_for("math", folder=tmp_path)]
    assert next(a for a in aspects_for("math", folder=tmp_path) if a.name == "logic").text.startswith("Mine")
    assert make_verifier("panel:aspects=logic,facts") == Panel(aspects=("logic", "facts"))


@pytest.mark.parametrize(
    ("content", "message"),
    [("text = 3", "no aspect"), ("x = 1", "no aspect"), ('text = "Good?"', "Verdict: Yes"), ("=", "no aspect"),
     ('text = "Verdict: Yes Verdict: No"\nname = "x"', "unknown field 'name'")],
)  # fmt: skip
def test_broken_aspects(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "bad.toml").write_text(content)
    with pytest.raises(ValueError, match=message):
        Panel(aspects=("bad",), folder=str(tmp_path))


def test_unknown_aspects_and_folders(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no aspect 'beauty'"):
        Panel(aspects=("beauty",))
    with pytest.raises(ValueError, match="must be a folder"):
        Panel(folder=str(tmp_path / "none"))
    assert all(Aspect.read(path).text for path in SHIPPED.glob("*.toml"))
