import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.prices.golden import GOLDEN
from ttc.plan.flop_matching import flop_matching_multiple
from ttc.plan.solve_verify import solve_verify_cost, solve_verify_split, split_growth


@pytest.mark.parametrize(("multiple", "solve", "verify", "digits"), [(2, 1.485, 1.310, 6e-4), (8, 3.27, 2.25, 6e-3)])
def test_golden_growth(multiple, solve, verify, digits):
    assert split_growth(multiple) == (pytest.approx(solve, abs=digits), pytest.approx(verify, abs=digits))


def test_the_exponents_do_not_spend_the_budget():
    """As laws rather than slopes they would cost 64.9 at 64 and 433.9 at 512: they add up to 0.96."""
    for budget, cost in ((64, 64.9), (512, 433.9)):
        assert solve_verify_cost(*split_growth(budget)) == pytest.approx(cost, abs=0.05)


@given(st.integers(2, 100_000), st.sampled_from([0.3, 1.0, 2.0]), st.integers(1, 64), st.integers(1, 32))
def test_split_keeps_to_the_budget_and_spends_it(budget, verify_cost, solutions, verifications):
    if budget < 1 + verify_cost:
        return
    s, v = solve_verify_split(budget, (solutions, verifications), verify_cost)
    assert s >= 1
    assert v >= 1
    assert solve_verify_cost(s, v, verify_cost) <= budget * (1 + 1e-9)
    assert solve_verify_cost(s + 1, v, verify_cost) > budget


def test_split_at_the_anchor_and_beyond():
    assert solve_verify_split(solve_verify_cost(32, 8), (32, 8)) == (32, 8)
    s, v = solve_verify_split(8 * solve_verify_cost(32, 8), (32, 8))
    assert v == 18  # 8·8^0.39
    assert s == 8 * 32 * 9 // 19


def test_bad_arguments():
    with pytest.raises(ValueError, match=r"budget=1\.5"):
        solve_verify_split(1.5, (4, 4))
    with pytest.raises(ValueError, match="anchor"):
        solve_verify_split(10, (0, 4))
    with pytest.raises(ValueError, match="multiple=0"):
        split_growth(0)


# -- matching a larger model ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(("token_ratio", "multiple"), GOLDEN["flop_matching"])
def test_golden_flop_matching(token_ratio, multiple):
    assert flop_matching_multiple(14, token_ratio) == pytest.approx(multiple, rel=1e-12)


def test_flop_matching_balances_the_books():
    """6·N·D_pre + 2·N·D_inf·m on the small model equals the same with 14·N and m = 1 on the large one."""
    n, pretrain, inference = 1e9, 1e12, 0.79e12
    m = flop_matching_multiple(14, inference / pretrain)
    assert 6 * n * pretrain + 2 * n * inference * m == pytest.approx(6 * 14 * n * pretrain + 2 * 14 * n * inference)
    assert flop_matching_multiple(1, 5) == 1


def test_bad_ratios():
    with pytest.raises(ValueError, match=r"size_ratio=0\.5"):
        flop_matching_multiple(0.5, 1)
    with pytest.raises(ValueError, match="token_ratio=0"):
        flop_matching_multiple(2, 0)
