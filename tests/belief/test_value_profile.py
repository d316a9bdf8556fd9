"""The value profile: round trip, refusals, classes, which law holds for a run, and the profiles that ship."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from tests.belief.planted import THETA_1, THETA_2, planted
from ttc.belief.belief import Votes
from ttc.belief.classes import Model, ModelClass
from ttc.belief.fit_judge import JudgedPair
from ttc.belief.fit_profile import described, fit_profile
from ttc.belief.lookup import composition, known_of, shares_of
from ttc.belief.profile import (
    AgreementLaw,
    Setting,
    StreamLaw,
    ValueProfile,
    WayLengths,
    nearest_profile,
    shipped_profile,
    shipped_profiles,
)
from ttc.belief.worth import BinaryWorth, JudgeWorth, VerifierWorth

SMALL = Model(name="maker/Small-1.5B", parameters=1.5e9)
LAW = StreamLaw(
    theta=THETA_1, lengths={"prose": WayLengths(log_mean=6.0, within=0.3)}, between=0.2, slope=-0.3, problems=9
)


def profile(**changes: object) -> ValueProfile:
    fields: dict[str, object] = {"name": "mine", "model": SMALL, "problems": 2, "streams": {"prose:1": LAW}, **changes}
    return ValueProfile.model_validate(fields)


# ---- the file


def test_round_trip(tmp_path: Path) -> None:
    whole = profile(
        verifiers={"prm": VerifierWorth(a=0.1, c=0.3, iota=0.2, auc=0.7), "tests": BinaryWorth(completeness=0.9)},
        judges={"pairwise": JudgeWorth(alpha=3, pairs=40)},
        agreement=AgreementLaw(b=1.5, problems=50),
        settings=(Setting(strategy="votes", knobs={"n": 8}, right=(1, None), use=((8, 1, 0, 4, 16, 4, 8), None)),),
        difficulty=((0.2, 0.5, 0.3), (0.1, 0.1, 0.8)),
    )
    whole.save(tmp_path / "mine.json")
    loaded = ValueProfile.load(tmp_path / "mine.json")
    assert loaded == whole
    assert isinstance(loaded.verifiers["tests"], BinaryWorth)
    assert (loaded.verifier("PRM"), loaded.judge("pair_wise")) == (whole.verifiers["prm"], whole.judges["pairwise"])
    assert (loaded.verifier("other"), loaded.judge(None)) == (None, None)


def test_version_1_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "old.json"
    path.write_text(json.dumps({"version": 1, "name": "old", "components": []}))
    with pytest.raises(ValueError, match="version 1, which can no longer be read; fit it again: ttc fit"):
        ValueProfile.load(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"extra": 1}, "Extra inputs are not permitted"),
        ({"streams": {"prose:1": {"theta": [1.0] * 9}}}, "at least 10 items"),
        ({"streams": {"prose:1": {"theta": [math.nan] * 10}}}, "finite"),
        ({"streams": {}}, "at least 1 item"),
        ({"settings": [{"strategy": "votes", "right": [1]}]}, "right and use need one entry for each problem"),
        ({"difficulty": [[0.2, 0.5, 0.3]]}, "difficulty has 1 rows for 2 problems"),
    ],
)
def test_wrong_files_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        profile(**changes)


# ---- classes


def test_classes_of_models() -> None:
    sizes = [0.5e9, 1e9, 1.5e9, 4e9, 8e9, 32e9, 70e9]
    assert [ModelClass.of(Model(parameters=size), "math").size for size in sizes] == [0, 0, 1, 1, 2, 3, 4]
    small, hidden = ModelClass.of(SMALL, "math"), ModelClass.of(Model(name="hosted"), "math")
    assert small.matches(ModelClass(1, False, "math"))
    assert not small.matches(ModelClass(1, True, "math"))
    assert not small.matches(ModelClass(1, False, "choice"))
    assert not hidden.matches(hidden)  # unknown is like no other
    assert str(small) == "plain model up to 4B, math"
    assert str(hidden) == "plain model of unknown size, math"


def test_the_nearest_class_begins_with_the_domain() -> None:
    math_of_small, choice_of_large = profile(), profile(domain="choice", model=Model(parameters=70e9))
    both = [math_of_small, choice_of_large]
    assert nearest_profile(Model(parameters=70e9), "math", both) is math_of_small
    assert nearest_profile(Model(parameters=1e9), "choice", both) is choice_of_large
    assert nearest_profile(SMALL, "math").name == shipped_profile().name


# ---- which law holds


def test_fitted_in_the_class_and_a_guess_elsewhere() -> None:
    mine = profile()
    assert known_of(mine).kind == "fitted"
    same_class = known_of(mine, model=Model(name="Other-3B", parameters=3e9))
    assert same_class.kind == "fitted"
    other = known_of(mine, model=Model(name="Large", parameters=70e9))
    assert other.kind == "guess"
    assert other.why == "mine: of a plain model up to 4B, math, used for a plain model above 40B, math"
    assert known_of(mine, domain="choice").kind == "guess"
    assert known_of(mine, model=Model(name="hosted")).kind == "guess"
    assert known_of(mine, model=Model(name="small-1.5b")).kind == "fitted"  # the same name, its size not told


def test_lengths_are_evidence_for_the_model_that_they_were_measured_of() -> None:
    mine, other = known_of(profile(), model=SMALL), known_of(profile(), model=Model(name="Other-3B", parameters=3e9))
    assert mine.streams[0].lengths is not None
    assert other.streams[0].lengths is not None
    assert (mine.streams[0].lengths.slope, mine.streams[0].lengths.between) == (-0.3, 0.2)
    assert (other.streams[0].lengths.slope, other.streams[0].lengths.between) == (None, 1.0)


def test_silence_of_another_class_says_nothing() -> None:
    abroad = known_of(profile(), model=Model(name="Large", parameters=70e9)).belief
    home = known_of(profile()).belief
    for belief, moves in ((home, True), (abroad, False)):
        told = belief.posterior(Votes.of([], 2)).difficulty - belief.posterior(Votes.of()).difficulty
        assert abs(told).max() > 0.05 if moves else abs(told).max() < 1e-12


def test_compositions_that_the_profile_lacks() -> None:
    program = StreamLaw(theta=THETA_2)
    mine = profile(streams={"prose:1": LAW, "program:1": program, "program:3,prose:1": program})
    assert known_of(mine, ["program:3,prose:1"]).kind == "fitted"
    near = known_of(mine, ["program:2,prose:1"])  # shares .667 and .75 differ by .167 in sum
    assert (near.kind, near.streams[0].theta) == ("fitted", THETA_2)
    far = known_of(mine, ["program:1,prose:3"])
    assert (far.kind, far.streams[0].theta) == ("guess", THETA_1)
    assert "program:1,prose:3 by the law of prose:1" in far.why
    lost = known_of(mine, ["search:1"])
    assert (lost.kind, lost.streams[0].theta) == ("guess", tuple(shipped_profile().streams["prose:1"].theta))
    assert known_of(mine, ["Other/prose:1"]).kind == "guess"  # prose of another model is another stream


def test_keys_of_streams() -> None:
    assert composition({"prose": 2, "program": 2}) == "program:1,prose:1"
    assert composition({"prose": 4, "program": 0}) == "prose:1"
    assert shares_of("Qwen/Q-0.5B/program:1,prose:3") == ("Qwen/Q-0.5B", {"program": 0.25, "prose": 0.75})
    with pytest.raises(ValueError, match="at least one way needs a positive share"):
        composition({"prose": 0})
    with pytest.raises(ValueError, match="stream 'prose' is no composition"):
        shares_of("prose")


def test_agreement_of_few_options_says_less() -> None:
    streams = {"prose:1": LAW, "B/prose:1": LAW}
    guessed = known_of(profile(streams=streams), list(streams), options=4)
    assert guessed.agreement.b == pytest.approx(math.log(3))
    fitted = known_of(profile(streams=streams, agreement=AgreementLaw(b=2.6, problems=80)), list(streams), options=4)
    assert fitted.agreement.b == 2.6


# ---- fitting a whole profile, and what ships


def test_a_whole_profile_is_fitted_and_checked() -> None:
    rng = np.random.default_rng(0)
    problems = planted(THETA_1, 80, 8, rng, slope=-0.5)
    judged = {"good": [JudgedPair(4, 0)] * 40 + [JudgedPair(1, 3)] * 5, "few": [JudgedPair(2, 0)] * 3}
    fitted = fit_profile(problems, "planted", SMALL, judged=judged, rounds=2)
    law = fitted.profile.streams["prose:1"]
    assert fitted.profile.problems == law.problems == 80
    assert law.slope is not None
    assert law.slope < -0.2
    assert [row.n for row in law.check] == [1, 2, 4, 8]
    assert fitted.profile.judges["good"].helps
    assert "few" not in fitted.profile.judges
    assert any(note.startswith("judge few: 3 pairs") for note in fitted.notes)
    words = dict(described(fitted.profile))
    assert words["class"] == "plain model up to 4B, math"
    assert "right in" in words["prose:1"]
    assert ValueProfile.model_validate_json(fitted.profile.model_dump_json()) == fitted.profile


def test_few_problems_need_a_centre_and_say_so() -> None:
    problems = planted(THETA_1, 6, 4, np.random.default_rng(1))
    with pytest.raises(ValueError, match="6 problems are too few"):
        fit_profile(problems, "few")
    fitted = fit_profile(problems, "few", SMALL, centre=profile())
    assert fitted.notes[0] == "6 problems: this is mostly the law of mine"
    assert fitted.profile.streams["prose:1"].check == ()


def test_what_ships_says_which_problems_it_knows() -> None:
    profiles = shipped_profiles()
    assert [p.problems for p in profiles] == [154, 188, 800]
    default = shipped_profile()
    assert default is profiles[0]
    assert "154 MATH problems outside MATH-500" in default.name
    assert known_of(default).kind == "fitted"
    # the law of the laboratory model is taken for no other model and no problem of a run
    laboratory = shipped_profile(profiles[2].name)
    assert known_of(laboratory, model=Model(name="tiny", parameters=1e8), domain="math").kind == "guess"
    for one in profiles:
        for row in one.streams["prose:1"].check:
            assert row.ece <= max(0.05, row.floor + 0.021)
    with pytest.raises(ValueError, match="no shipped profile is named 'x'"):
        shipped_profile("x")
