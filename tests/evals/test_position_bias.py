"""A judge that prefers the first place: both orders take the preference away, one order falls to a coin."""

import math

import pytest

from evals.tables.position_bias import P_COMP, knockout, pairs_won, tournaments_won, win
from ttc.search.tournament import knockout_success, pair_success


def close(won: int, of: int, exact: float) -> bool:
    """Within four standard errors of the exact chance."""
    return abs(won / of - exact) <= 4 * math.sqrt(max(exact * (1 - exact), 1 / of) / of)


def test_without_bias_the_closed_forms_are_those_of_the_tournament() -> None:
    for votes in (4, 16):
        for both in (True, False):
            assert win(0.0, votes, both) == pytest.approx((pair_success(P_COMP, votes),) * 2)
        assert knockout(pair_success(P_COMP, votes)) == pytest.approx(knockout_success(8, 0.4, votes, P_COMP))


@pytest.mark.parametrize("bias", [0.5, 0.9])
async def test_both_orders_leave_no_preference_and_one_order_leaves_nothing_else(bias: float) -> None:
    of = 300
    assert close(await pairs_won(bias, 4, True, None, of), of, 0.5)
    one = await pairs_won(bias, 4, False, None, of)
    assert close(one, of, win(bias, 4, False, 0.5)[0])
    assert one > 0.75 * of  # the toy version: the first named wins, whoever it is


async def test_accuracy_is_that_of_the_closed_form_and_better_in_both_orders() -> None:
    of, found = 250, {}
    for both in (True, False):
        front, behind = win(0.7, 16, both)
        found[both] = await pairs_won(0.7, 16, both, "right", of)
        assert close(found[both], of, (front + behind) / 2)
    assert found[True] - found[False] > 0.15 * of
    assert win(0.7, 16, True)[0] == pytest.approx(win(0.7, 16, True)[1])


async def test_tournaments_follow_the_recursion() -> None:
    of = 80
    for both in (True, False):
        assert close(await tournaments_won(0.5, 16, both, of), of, knockout(sum(win(0.5, 16, both)) / 2))
