"""Particle filter, Gibbs and tempering moves against exact sums over small hidden Markov models."""

import itertools

import numpy as np
import pytest

from ttc.search.resampling import RESAMPLERS, multinomial
from ttc.search.smc import (
    PICKS,
    WEIGHTS,
    annealed_temperature,
    conditional_resample,
    draw_reference,
    increments,
    log_mean_exp,
    log_normaliser,
    log_swap_acceptance,
    resample,
    resampling_due,
    softmax,
)

# A hidden Markov model: first-state law, transitions, and the likelihood g[t, state] that step t is accepted.
START = np.array([0.5, 0.3, 0.2])
MOVE = np.array([[0.7, 0.2, 0.1], [0.2, 0.5, 0.3], [0.1, 0.3, 0.6]])
LIKELIHOOD = np.array([[0.9, 0.4, 0.2], [0.3, 0.8, 0.5], [0.7, 0.2, 0.6], [0.2, 0.9, 0.3], [0.8, 0.3, 0.4]])


def exact_normaliser(start, move, likelihood):
    """The forward algorithm."""
    forward = start * likelihood[0]
    for g in likelihood[1:]:
        forward = (forward @ move) * g
    return forward.sum()


def propagate(law, rng):
    """One state from each row of `law`."""
    return (rng.random(len(law))[:, None] > law.cumsum(axis=1)[:, :-1]).sum(axis=1)


def normaliser_estimates(runs, n, rng, *, scheme=multinomial, ess=None, weight="prob", carry=None):
    """exp(log_normaliser) of `runs` filters; `carry` replaces the weights handed to survivors (a wrong filter)."""
    steps = len(LIKELIHOOD)
    paths = [propagate(np.tile(START, (runs * n, 1)), rng)]
    logs = np.zeros((runs, n))
    for t in range(steps):
        scores = LIKELIHOOD[t][paths[-1]]
        logs += increments(scores, weight=weight).reshape(runs, n)
        if t == steps - 1:
            break
        states = paths[-1].reshape(runs, n)
        for run in range(runs):
            if resampling_due(logs[run], ess):
                ancestors, survivors = resample(logs[run], rng, scheme=scheme)
                states[run] = states[run][ancestors]
                logs[run] = survivors if carry is None else carry(logs[run], ancestors)
        paths.append(propagate(MOVE[states.reshape(-1)], rng))
    return np.exp([log_normaliser(row) for row in logs])


@pytest.mark.parametrize(
    ("scheme", "ess"), [("multinomial", None), ("systematic", None), ("stratified", 0.5), ("residual", 0.7)]
)
def test_normaliser_is_unbiased(scheme, ess):
    estimates = normaliser_estimates(6000, 4, np.random.default_rng(11), scheme=RESAMPLERS[scheme], ess=ess)
    ratio = estimates / exact_normaliser(START, MOVE, LIKELIHOOD)
    assert abs(ratio.mean() - 1.0) < 0.02
    assert np.log(ratio).mean() < 0.0


def forgotten(log_weights, ancestors):
    """Survivors keep the weight that they have already been chosen for."""
    return log_weights[ancestors]


def dropped(log_weights, ancestors):
    """The weights are reset but the mean is not multiplied into the estimate."""
    return np.zeros_like(log_weights)


def counted_twice(log_weights, ancestors):
    """The mean is multiplied in, and the old weights are kept besides."""
    return log_mean_exp(log_weights) + log_weights[ancestors]


@pytest.mark.parametrize("carry", [forgotten, dropped, counted_twice])
def test_a_filter_that_forgets_to_reset_its_weights_is_caught(carry):
    estimates = normaliser_estimates(1500, 4, np.random.default_rng(12), carry=carry)
    assert abs(estimates.mean() / exact_normaliser(START, MOVE, LIKELIHOOD) - 1.0) > 0.1


def test_odds_aim_at_another_target():
    estimates = normaliser_estimates(1500, 4, np.random.default_rng(13), weight="logit")
    assert estimates.mean() / exact_normaliser(START, MOVE, LIKELIHOOD) > 2.0


def test_incremental_weights_without_resampling_are_importance_weights_of_the_last_score():
    scores = np.array([[0.2, 0.9, 0.5], [0.4, 0.1, 0.8], [0.3, 0.6, 0.7]])
    logs, previous = np.zeros(3), None
    for row in scores:
        logs, previous = logs + increments(row, previous, weight="incremental"), row
    assert softmax(logs) == pytest.approx(scores[-1] / scores[-1].sum())
    # a finished particle repeats its score and gains nothing
    assert increments(scores[-1], scores[-1], weight="incremental") == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("weight", "scores", "first_share"),
    [
        ("prob", (0.99, 0.9), 0.524),
        ("logit", (0.99, 0.9), 0.917),
        ("prob", (0.9, 0.5), 0.643),
        ("logit", (0.9, 0.5), 0.9),
    ],
)
def test_shares_of_the_two_published_weights(weight, scores, first_share):
    theta = softmax(increments(np.array(scores), weight=weight))
    assert theta[0] == pytest.approx(first_share, abs=5e-4)
    # the softmax of the raw score is neither
    assert abs(softmax(np.array(scores))[0] - theta[0]) > 1e-3


def test_odds_to_the_power_of_inverse_temperature():
    scores = np.array([0.95, 0.7, 0.2])
    odds = (scores / (1 - scores)) ** (1 / 0.5)
    assert softmax(increments(scores, temperature=0.5)) == pytest.approx(odds / odds.sum())
    assert softmax(increments(scores, temperature=1e6)) == pytest.approx(1 / 3, abs=1e-5)
    assert softmax(increments(scores, temperature=1e-3)) == pytest.approx([1, 0, 0])


@pytest.mark.parametrize("weight", WEIGHTS)
def test_scores_of_zero_and_one_give_finite_weights(weight):
    gained = increments(np.array([0.0, 1.0, 0.5]), np.array([1.0, 0.0, 0.5]), weight=weight)
    assert np.isfinite(gained).all()
    assert softmax(increments(np.zeros(4), weight=weight)) == pytest.approx(0.25)


def test_a_constant_in_all_log_weights_changes_no_share():
    logs = np.array([0.3, -2.0, 1.1])
    assert softmax(logs + 700.0) == pytest.approx(softmax(logs))
    assert log_mean_exp(logs - 2000.0) == pytest.approx(log_mean_exp(logs) - 2000.0)


def test_weights_of_zero():
    assert softmax(np.array([-np.inf, 0.0])).tolist() == [0.0, 1.0]
    assert log_normaliser(np.array([-np.inf, -np.inf])) == -np.inf
    rng = np.random.default_rng(0)
    for dead in (np.array([-np.inf, -np.inf]), np.array([np.nan, 0.0])):
        with pytest.raises(ValueError, match="greatest log-weight"):
            resample(dead, rng)
        with pytest.raises(ValueError, match="greatest log-weight"):
            resampling_due(dead, 0.5)


def test_one_particle_is_plain_sampling():
    ancestors, survivors = resample(np.array([-3.0]), np.random.default_rng(0))
    assert ancestors.tolist() == [0]
    assert survivors.tolist() == [-3.0]


def test_constant_scores_resample_uniformly():
    rng = np.random.default_rng(14)
    logs = increments(np.full(5, 0.8))
    counts = sum(np.bincount(resample(logs, rng)[0], minlength=5) for _ in range(4000))
    assert np.abs(counts / 4000 - 1.0).max() < 0.07  # five standard errors
    assert resampling_due(logs, 0.5) is False
    assert resampling_due(logs) is True


def test_trigger_follows_the_effective_sample_size():
    assert resampling_due(np.log([0.97, 0.01, 0.01, 0.01]), 0.5)
    assert not resampling_due(np.log([0.4, 0.3, 0.2, 0.1]), 0.5)


def test_frozen_particles_keep_slot_and_weight():
    rng = np.random.default_rng(15)
    logs = np.log([0.9, 0.1, 0.5, 0.3])
    frozen = np.array([True, False, False, True])
    for _ in range(50):
        ancestors, survivors = resample(logs, rng, frozen=frozen)
        assert ancestors[[0, 3]].tolist() == [0, 3]
        assert set(ancestors[[1, 2]]) <= {1, 2}
        assert survivors[[0, 3]].tolist() == logs[[0, 3]].tolist()
        # the estimate does not move by resampling
        assert log_normaliser(survivors) == pytest.approx(log_normaliser(logs))


def test_all_frozen_is_the_identity():
    ancestors, survivors = resample(np.log([0.9, 0.1]), np.random.default_rng(0), frozen=np.array([True, True]))
    assert ancestors.tolist() == [0, 1]
    assert survivors == pytest.approx(np.log([0.9, 0.1]))


def test_temperature_runs_linearly_and_stays():
    assert [annealed_temperature(t, 2.0, 1.0, 4) for t in range(6)] == [2.0, 1.75, 1.5, 1.25, 1.0, 1.0]


def test_final_picks():
    rng = np.random.default_rng(16)
    scores = np.array([0.9, 0.6, 0.7, 0.95])
    logs = np.log(scores)
    groups = np.array([0, 1, 1, -1])
    assert PICKS["best"](scores, logs, groups, rng) == 3
    assert PICKS["vote"](scores, logs, groups, rng) == 2  # group 1 holds 1.3 against 0.9; -1 has no vote
    assert PICKS["vote"](scores, logs, np.full(4, -1), rng) == 3
    drawn = np.bincount([PICKS["sample"](scores, logs, groups, rng) for _ in range(6000)], minlength=4) / 6000
    assert np.abs(drawn - scores / scores.sum()).max() < 0.03


def test_particle_filter_keeps_what_a_beam_loses():
    """The right branch is misranked (0.4 against 0.6): a beam drops it, n particles keep it with 1-(1-theta)^n."""
    rng = np.random.default_rng(17)
    logs = increments(np.array([0.6] * 4 + [0.4] * 4), weight="prob")
    kept = np.mean([(resample(logs, rng)[0] >= 4).any() for _ in range(3000)])
    assert kept == pytest.approx(1 - 0.6**8, abs=0.01)


# --- particle Gibbs: 2 states, 4 steps, 3 particles -----------------------------------------------------------------

START2 = np.array([0.3, 0.7])
MOVE2 = np.array([[0.85, 0.15], [0.4, 0.6]])
LIKELIHOOD2 = np.array([[0.1, 0.2], [0.9, 0.8], [0.1, 0.9], [0.3, 0.3]])


def exact_marginals():
    """P(state at t = 1) under the smoothed law, by enumeration of the 16 paths."""
    marginals, total = np.zeros(4), 0.0
    for path in itertools.product((0, 1), repeat=4):
        mass = START2[path[0]] * np.prod([MOVE2[a, b] for a, b in itertools.pairwise(path)])
        mass *= np.prod([LIKELIHOOD2[t, x] for t, x in enumerate(path)])
        total += mass
        marginals += mass * np.array(path)
    return marginals / total


def gibbs_marginals(sweeps, rng, *, keep=True, offset=0):
    """Marginals over iterated conditional filters; `keep` and `offset` plant the two usual mistakes."""
    n, steps = 3, 4
    log_g = increments(LIKELIHOOD2, weight="prob")
    reference, sums = np.zeros(steps, dtype=int), np.zeros(steps)
    for _ in range(sweeps):
        paths = np.zeros((n, steps), dtype=int)
        uniforms = rng.random((steps, n))
        trajectory = [LIKELIHOOD2[t, reference[t]] for t in range(steps)]
        for t in range(steps):
            law = START2[0] if t == 0 else MOVE2[paths[:, t - 1], 0]
            paths[:, t] = uniforms[t] >= law
            if keep or t == 0:
                paths[-1, : t + 1] = reference[: t + 1]
            logs = log_g[t, paths[:, t]]
            if keep:
                logs[-1] = np.log(trajectory[min(t + offset, steps - 1)])
            if t < steps - 1:
                ancestors = conditional_resample(logs, n - 1, rng) if keep else resample(logs, rng)[0]
                paths = paths[ancestors]
        sums += softmax(logs) @ paths  # the expectation of the next line
        reference = paths[draw_reference(logs, rng)]
    return sums / sweeps


def test_particle_gibbs_leaves_the_smoothed_law_invariant():
    # the standard error of the first state, the one that mixes most slowly, is about 0.01
    assert np.abs(gibbs_marginals(20_000, np.random.default_rng(18)) - exact_marginals()).max() < 0.02


@pytest.mark.parametrize(("keep", "offset"), [(False, 0), (True, 1)])
def test_gibbs_without_the_reference_or_with_its_score_one_step_ahead_is_caught(keep, offset):
    wrong = gibbs_marginals(4000, np.random.default_rng(19), keep=keep, offset=offset)
    assert np.abs(wrong - exact_marginals()).max() > 0.1


def test_reference_always_survives():
    rng = np.random.default_rng(20)
    logs = np.array([5.0, 5.0, -30.0])
    assert all(conditional_resample(logs, 2, rng)[2] == 2 for _ in range(100))


def test_swaps_of_neighbouring_temperatures_keep_their_joint_law():
    """Detailed balance of the swap for p_T(x) proportional to g(x)^(1/T) on four states."""
    log_g = np.log([0.9, 0.5, 0.2, 0.05])
    cold, hot = 0.5, 2.0
    for x, y in itertools.product(range(4), repeat=2):
        there = log_g[x] / cold + log_g[y] / hot + log_swap_acceptance(log_g[x], log_g[y], cold, hot)
        back = log_g[y] / cold + log_g[x] / hot + log_swap_acceptance(log_g[y], log_g[x], cold, hot)
        assert there == pytest.approx(back)
    assert log_swap_acceptance(-5.0, -1.0, cold, hot) == 0.0  # the better one always moves to the colder chain


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: increments(np.array([0.5, np.nan])), "nan"),
        (lambda: increments(np.array([0.5]), weight="odds"), "prob, logit, incremental"),
        (lambda: increments(np.array([0.5]), temperature=0.0), "> 0"),
        (lambda: annealed_temperature(0, 2.0, 1.0, 0), ">= 1"),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()
