"""Are vLLM's attention kernels right on this host, for these head sizes? Each against attention written out in float32.

    python evals/gpu/attention_kernels.py --out kernels.json

Shapes are those of the laboratory model (6 query heads on 2, size 64) and of Qwen2.5-1.5B (12 on 2, size 128): a prompt
read at once and one token after it, over a paged cache of vLLM's layout. A right kernel is off by the rounding of its
number format: about 0.01 in bfloat16, 0.001 in float32 by TF32 and 0.00001 without (TRITON_F32_DEFAULT=ieee).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

BLOCK = 16
LENGTHS = (5, 33, 130, 257, 700)
SHAPES = {"lab": (6, 2, 64), "qwen": (12, 2, 128)}
Kernel = Callable[..., None]


def written_out(q: Any, k: Any, v: Any) -> Any:
    """Causal attention of the last len(q) positions, in float32: [positions, heads, size]."""
    shared = q.shape[1] // k.shape[1]
    q, k, v = (x.float().transpose(0, 1) for x in (q, k.repeat_interleave(shared, 1), v.repeat_interleave(shared, 1)))
    logits = q @ k.transpose(1, 2) / q.shape[-1] ** 0.5
    late = torch.ones_like(logits[0], dtype=torch.bool).triu(k.shape[1] - q.shape[1] + 1)
    return (logits.masked_fill(late, -torch.inf).softmax(-1) @ v).transpose(0, 1)


def flash(version: int, splits: int) -> Kernel:
    """FlashAttention as vLLM calls it."""
    from vllm.vllm_flash_attn import flash_attn_varlen_func

    def call(q: Any, cache: Any, out: Any, starts: Any, longest: int, lengths: Any, table: Any) -> None:
        flash_attn_varlen_func(
            q=q, k=cache[:, 0], v=cache[:, 1], out=out, cu_seqlens_q=starts, max_seqlen_q=longest, seqused_k=lengths,
            max_seqlen_k=int(lengths.max()), softmax_scale=q.shape[-1] ** -0.5, causal=True, block_table=table,
            fa_version=version, num_splits=splits,
        )  # fmt: skip

    return call


def triton(q: Any, cache: Any, out: Any, starts: Any, longest: int, lengths: Any, table: Any) -> None:
    """The unified kernel of TRITON_ATTN; for single tokens in 16 segments, as its backend has it for few sequences."""
    from vllm.v1.attention.ops.triton_unified_attention import unified_attention

    parts = torch.empty(64, q.shape[1], 16, q.shape[2], device=q.device)
    highest, total = (torch.empty(64, q.shape[1], 16, device=q.device) for _ in range(2))
    unified_attention(
        q=q, k=cache[:, 0], v=cache[:, 1], out=out, cu_seqlens_q=starts, max_seqlen_q=longest, seqused_k=lengths,
        max_seqlen_k=int(lengths.max()), softmax_scale=q.shape[-1] ** -0.5, causal=True, window_size=(-1, -1),
        block_table=table, softcap=0.0, q_descale=None, k_descale=None, v_descale=None, seq_threshold_3D=64,
        num_par_softmax_segments=16, softmax_segm_output=parts, softmax_segm_max=highest, softmax_segm_expsum=total,
    )  # fmt: skip


def error(kernel: Kernel, shape: tuple[int, int, int], dtype: torch.dtype, one_token: bool, device: str) -> float:
    """Greatest difference from attention written out, over sequences of all LENGTHS in one call."""
    heads, shared, size = shape
    torch.manual_seed(0)
    pages = [-(-length // BLOCK) for length in LENGTHS]
    order = torch.randperm(sum(pages)) + 1
    cache = torch.randn(sum(pages) + 1, 2, BLOCK, shared, size, device=device).to(dtype)
    table = torch.zeros(len(LENGTHS), max(pages), dtype=torch.int32)
    asked, wanted, used = [], [], 0
    for row, (length, count) in enumerate(zip(LENGTHS, pages, strict=True)):
        mine = order[used : used + count]
        table[row, :count], used = mine, used + count
        k, v = (cache[mine, side].reshape(-1, shared, size)[:length] for side in (0, 1))
        asked.append(torch.randn(1 if one_token else length, heads, size, device=device).to(dtype))
        wanted.append(written_out(asked[-1], k, v))
    starts = torch.tensor([0, *(len(q) for q in asked)], device=device).cumsum(0).to(torch.int32)
    q, lengths = torch.cat(asked), torch.tensor(LENGTHS, dtype=torch.int32, device=device)
    out = torch.empty_like(q)
    kernel(q, cache, out, starts, max(len(x) for x in asked), lengths, table.to(device))
    return float((out.float() - torch.cat(wanted)).abs().max())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--device", default="cuda")
    knobs = parser.parse_args()
    kernels: dict[str, tuple[Callable[[], Kernel], torch.dtype]] = {
        "flash 3 bfloat16": (lambda: flash(3, 0), torch.bfloat16),
        "flash 3 bfloat16, 32 splits": (lambda: flash(3, 32), torch.bfloat16),
        "triton bfloat16": (lambda: triton, torch.bfloat16),
        "triton float32": (lambda: triton, torch.float32),
    }
    rows = []
    for name, (kernel, dtype) in kernels.items():
        for model, shape in SHAPES.items():
            for one_token in (False, True):
                row: dict[str, Any] = {"kernel": name, "shape": model, "positions": "one" if one_token else "prompt"}
                try:
                    row["error"] = error(kernel(), shape, dtype, one_token, knobs.device)
                except Exception as problem:  # one kernel that is missing must not hide the others
                    row["failed"] = f"{type(problem).__name__}: {problem}"[:300]
                rows.append(row)
                print(json.dumps(row), flush=True)
    knobs.out.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
