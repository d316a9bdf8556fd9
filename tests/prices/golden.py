"""The golden numbers of the cost models and value rules, computed independently of this package."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from ttc.prices.call_cost import CostModel
from ttc.prices.hardware import KINETICS_B200
from ttc.prices.kinetics import KineticsCost
from ttc.prices.models import SHAPES
from ttc.prices.shapes import ModelShape

GOLDEN = json.loads((Path(__file__).parent.parent / "golden" / "cost_golden.json").read_text(encoding="utf-8"))

KINETICS_PARAMS = {
    "Qwen3-0.6B": 0.752e9,
    "Qwen3-1.7B": 2.03e9,
    "Qwen3-4B": 4.02e9,
    "Qwen3-8B": 8.19e9,
    "Qwen3-14B": 14.77e9,
    "Qwen3-32B": 32.76e9,
}
"""Parameters as the scripts of Kinetics (2025, arXiv:2506.05333) put them into its formulas; to reproduce it only.

They are not one quantity: 0.752 and 2.03 count the tied embedding twice, 4.02 counts it once. See `params_gemm`.
"""


def kinetics_shape(name: str) -> ModelShape:
    """The shape of the table with the paper's number of parameters in its FLOPs and weight bytes."""
    return replace(SHAPES[name], gemm_params_given=KINETICS_PARAMS[name])


def kinetics_dense(
    shape: ModelShape, prompt: float, output: float, n: int = 1, *, shared: bool = False, **settings: Any
) -> KineticsCost:
    """Dense attention as in the paper: decode only, so the prompt counts as cached."""
    cost = CostModel(shape, shared_reads=shared, **settings).call(prompt, prompt, output, n)
    linear = 2 * shape.params_gemm * output * n
    return KineticsCost(linear, cost.flops_decode - linear, cost.kv_bytes, settings.get("intensity", KINETICS_B200))
