"""A tenth of the campaigns of mutated replies and damaged tapes: each ends in a result, or in an error of ttc."""

from evals.bench import damaged_tapes, mutated_replies


async def test_solves_on_mutated_replies_raise_only_errors_of_ttc() -> None:
    ends = await mutated_replies.run(150, seed=1)
    assert ends.total() == 150
    assert [end for end in ends if end.startswith("!")] == []
    assert ends["result"] > 40
    assert ends["Garbled"] > 20


def test_damaged_tapes_end_soon_in_the_recorded_answer_or_in_one_sentence() -> None:
    ends = damaged_tapes.run(40, seed=1)
    assert ends.total() == 40
    assert [end for end in ends if end.startswith("!") or end == "another answer"] == []
    assert ends["the recorded answer"] > 0
    assert ends["TapeMismatch"] > 10
