"""Power sampling on a Markov model of three tokens, whose texts can all be listed."""

import itertools
import math

import numpy as np
import pytest

from ttc.search.power import Tail, accepted, log_acceptance, position, tail

END, LIMIT, ALPHA = 2, 4, 4.0
# P(next | previous); the last row opens a text
MODEL = np.array([[0.35, 0.35, 0.30], [0.50, 0.25, 0.25], [0.45, 0.30, 0.25]])
SHARP = MODEL ** (1 / 0.5) / (MODEL ** (1 / 0.5)).sum(axis=1, keepdims=True)  # sampler at temperature 1/2


def texts():
    """All texts that end with the end token or at the limit."""
    for length in range(1, LIMIT + 1):
        for ids in itertools.product(range(3), repeat=length):
            if END not in ids[:-1] and (ids[-1] == END or length == LIMIT):
                yield ids


def logprobs(law, ids):
    """Log-probability of each token."""
    return [math.log(law[previous, token]) for previous, token in itertools.pairwise((END, *ids))]


TEXTS = list(texts())
TARGET = np.exp([ALPHA * sum(logprobs(MODEL, ids)) for ids in TEXTS])
TARGET /= TARGET.sum()


def correct(x, y, cut):
    """Log-acceptance by the module."""
    return log_acceptance(
        tail(logprobs(MODEL, x), logprobs(SHARP, x), cut), tail(logprobs(MODEL, y), logprobs(SHARP, y), cut), ALPHA
    )


def without_lengths(x, y, cut):
    """The same with the term of the two lengths left out."""
    p, q = logprobs(MODEL, x)[cut:], logprobs(SHARP, x)[cut:]
    p_new, q_new = logprobs(MODEL, y)[cut:], logprobs(SHARP, y)[cut:]
    return min(0.0, ALPHA * (sum(p_new) - sum(p)) + sum(q) - sum(q_new))


def shared_tokens_only(x, y, cut):
    """The released ratio: both tails cut to the shorter of the two texts, and no term of lengths."""
    end = min(len(x), len(y))
    p, q = logprobs(MODEL, x)[cut:end], logprobs(SHARP, x)[cut:end]
    p_new, q_new = logprobs(MODEL, y)[cut:end], logprobs(SHARP, y)[cut:end]
    return min(0.0, ALPHA * (sum(p_new) - sum(p)) + sum(q) - sum(q_new))


def kernel(log_chance, grow=True):
    """Exact transition matrix [texts, texts]; `grow` False refuses texts longer than the current one."""
    matrix = np.zeros((len(TEXTS), len(TEXTS)))
    for (i, x), (j, y) in itertools.product(enumerate(TEXTS), repeat=2):
        for cut in range(len(x)):
            if y[:cut] == x[:cut] and (grow or len(y) <= len(x)):
                chance = math.exp(sum(logprobs(SHARP, y)[cut:])) / len(x)
                matrix[i, j] += chance * math.exp(log_chance(x, y, cut))
    return matrix + np.diag(1.0 - matrix.sum(axis=1))


def distance(matrix, steps):
    """Total variation to the target after so many moves from a text of the sampler."""
    law = np.exp([sum(logprobs(SHARP, ids)) for ids in TEXTS])
    return 0.5 * np.abs(law @ np.linalg.matrix_power(matrix, steps) - TARGET).sum()


def test_the_target_is_invariant_and_reached():
    matrix = kernel(correct)
    assert TARGET @ matrix == pytest.approx(TARGET, abs=1e-12)
    flow = TARGET[:, None] * matrix
    assert flow == pytest.approx(flow.T, abs=1e-12)  # detailed balance
    assert distance(matrix, 60) < 0.005 < 0.5 < distance(matrix, 0)
    assert distance(matrix, 500) < 1e-9


@pytest.mark.parametrize(
    ("log_chance", "grow", "least"),
    [(without_lengths, True, 0.01), (shared_tokens_only, True, 0.05), (shared_tokens_only, False, 0.05)],
)
def test_shortcuts_reach_another_law(log_chance, grow, least):
    matrix = kernel(log_chance, grow)
    assert np.abs(TARGET @ matrix - TARGET).max() > 1e-3
    assert distance(matrix, 500) > least


def test_sampled_moves_follow_the_exact_kernel():
    rng = np.random.default_rng(1)
    current, counts = TEXTS[0], dict.fromkeys(TEXTS, 0)
    for _ in range(6_000):
        cut = position(len(current), rng)
        new = list(current[:cut])
        while len(new) < LIMIT and (not new or new[-1] != END):
            new.append(int(rng.choice(3, p=SHARP[new[-1] if new else END])))
        if accepted(correct(current, tuple(new), cut), rng):
            current = tuple(new)
        counts[current] += 1
    found = np.array(list(counts.values())) / 6_000
    assert 0.5 * np.abs(found - TARGET).sum() < 0.05


def test_acceptance_by_hand():
    now, then = Tail(-4.0, -2.0, 8), Tail(-4.5, -2.5, 4)
    # 4 * (-0.5) + (-2 + 2.5) + ln 2
    assert log_acceptance(now, then) == pytest.approx(-1.5 + math.log(2))
    assert log_acceptance(then, now) == 0.0
    assert log_acceptance(now, now) == 0.0


def test_tail_counts_from_the_position():
    assert tail([-1.0, -2.0, -3.0], [-0.1, -0.2, -0.3], 1) == Tail(-5.0, pytest.approx(-0.5), 3)


def test_positions_are_uniform():
    rng = np.random.default_rng(2)
    drawn = np.bincount([position(4, rng) for _ in range(4000)], minlength=4)
    assert drawn.min() > 850
    assert len(drawn) == 4


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: tail([-1.0], [-1.0], 1), "inside the text"),
        (lambda: tail([-1.0], [], 0), "one of each"),
        (lambda: position(0, np.random.default_rng(0)), ">= 1"),
        (lambda: log_acceptance(Tail(-1, -1, 1), Tail(-1, -1, 1), alpha=0.0), "> 0"),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()
