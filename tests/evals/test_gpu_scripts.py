"""The judgement of scripts that run on a GPU host: what is right passes, and what is nearly right does not."""

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from evals.gpu import attention_kernels as kernels  # noqa: E402
from evals.gpu import hidden_states, in_process, replicas  # noqa: E402
from ttc.types import Problem  # noqa: E402


def test_attention_written_out_is_torchs() -> None:
    torch.manual_seed(1)
    q, k, v = torch.randn(9, 6, 64), torch.randn(9, 2, 64), torch.randn(9, 2, 64)
    q4, k4, v4 = (x.transpose(0, 1)[None] for x in (q, k.repeat_interleave(3, 1), v.repeat_interleave(3, 1)))
    wanted = torch.nn.functional.scaled_dot_product_attention(q4, k4, v4, is_causal=True)[0].transpose(0, 1)
    assert torch.allclose(kernels.written_out(q, k, v), wanted, atol=1e-5)
    assert torch.allclose(kernels.written_out(q[-1:], k, v), wanted[-1:], atol=1e-5)


@pytest.mark.parametrize(("late", "right"), [(0, True), (1, False)])
def test_a_kernel_that_leaves_out_a_key_is_seen(late: int, right: bool) -> None:
    def kernel(q: Any, cache: Any, out: Any, starts: Any, longest: int, lengths: Any, table: Any) -> None:
        for row, length in enumerate(lengths.tolist()):
            start, end = starts[row], starts[row + 1]
            pages = table[row, : -(-length // kernels.BLOCK)].long()
            k, v = (cache[pages, side].reshape(-1, *cache.shape[3:])[late:length] for side in (0, 1))
            out[start:end] = kernels.written_out(q[start:end], k, v)

    error = kernels.error(kernel, kernels.SHAPES["lab"], torch.float32, True, "cpu")
    assert (error < 1e-5) == right
    assert right or error > 0.01


def row(server: np.ndarray, exact: np.ndarray, coarse: np.ndarray, choice: int) -> dict[str, Any]:
    """What `Compared` notes, for states given."""
    return {
        "server": hidden_states.distances(server, exact), "coarse": hidden_states.distances(coarse, exact),
        "shifted": hidden_states.distances(server[1:], exact[:-1]), "finite": bool(np.isfinite(server).all()),
        "choice": {"server": choice, "exact": 0, "coarse": 0},
    }  # fmt: skip


def test_states_one_position_off_or_twice_as_coarse_do_not_pass() -> None:
    random = np.random.default_rng(0)
    exact = random.normal(size=(8, 3, 4, 32)).astype(np.float32)

    def noisy(size: float) -> np.ndarray:
        return exact + size * random.normal(size=exact.shape).astype(np.float32)

    coarse = noisy(0.01)
    assert all(hidden_states.verdict([row(noisy(0.01), exact, coarse, 0)])["passed"].values())
    assert not hidden_states.verdict([row(noisy(0.02), exact, coarse, 0)])["passed"]["states"]
    assert not hidden_states.verdict([row(np.roll(exact, 1, axis=0), exact, coarse, 0)])["passed"]["aligned"]
    assert not hidden_states.verdict([row(noisy(0.01), exact, coarse, 1)])["passed"]["choice"]


def test_rates_are_shares_of_generate_and_unequal_work_is_said() -> None:
    legs: list[dict[str, Any]] = [
        {"prompt_tokens": 9, "runs": {"offline": [(100, 1.0), (100, 3.0)]}},
        {"prompt_tokens": 9, "runs": {"solver": [(100, 2.5)], "sampling": [(100, 2.0)]}},
    ]
    found = in_process.summary(legs)
    assert found["share"] == {"offline": 1.0, "solver": 0.8, "sampling": 1.0}
    assert found["same_work"]
    legs[1]["runs"]["solver"] = [(99, 2.5)]
    assert not in_process.summary(legs)["same_work"]


def test_growth_by_steps_is_a_share_of_plain_sampling() -> None:
    legs = [{"runs": {"plain": [(100, 1.0), (100, 3.0)], "stepwise": [(100, 2.5), (100, 2.5)]}}]
    found = in_process.summary(legs)
    assert found["share"] == {"stepwise / plain": 0.8}
    assert found["same_work"]
    legs[0]["runs"]["stepwise"][0] = (96, 2.5)
    assert not in_process.summary(legs)["same_work"]


def test_replicas_have_even_shares_of_whole_problems_and_most_keep_their_hash() -> None:
    problems, urls = [Problem(id=f"p{i}", prompt="?") for i in range(129)], ["http://a/v1", "http://b/v1"]
    found = replicas.shares(problems, urls)
    assert sorted(len(share) for share in found.values()) == [64, 65]
    assert sorted(p.id for share in found.values() for p in share) == sorted(p.id for p in problems)
    kept = sum(replicas.ranked(p.id, urls)[0] == url for url, share in found.items() for p in share)
    assert kept >= 110
    assert replicas.shares(problems, urls) == found
    assert [len(share) for share in replicas.shares(problems, urls[:1]).values()] == [129]


def test_scaling_needs_both_and_is_of_mean_rates() -> None:
    one, two = {"replicas": 1, "rate": 100.0}, {"replicas": 2, "rate": 190.0}
    assert replicas.scaling([one]) is None
    assert replicas.scaling([one, two, {**two, "rate": 200.0}]) == 1.95
