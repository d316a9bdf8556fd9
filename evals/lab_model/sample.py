"""Batched sampling with a key-value cache: thousands of replies at once.

Prompts are padded on the left, so that all rows write the same cache slot; rotary positions count from each row's
first real token, so a row computes exactly what it would compute alone.
"""

import torch
from torch import Tensor

from evals.lab_model.model import Block, LabModel, rotations


class Cache:
    """For every layer keys and values [2, rows, kv_heads, slots, head_dim]."""

    def __init__(self, model: LabModel, rows: int, slots: int) -> None:
        s, like = model.shape, model.embed_tokens.weight
        size = (2, rows, s.kv_heads, slots, s.head_dim)
        self.store = [torch.zeros(size, device=like.device, dtype=like.dtype) for _ in range(s.layers)]
        self.used = 0

    def keep(self, rows: Tensor) -> None:
        for i, layer in enumerate(self.store):  # one layer at a time: two whole caches would not fit
            self.store[i] = layer[:, rows]


def _attend(block: Block, layer: Tensor, used: int, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor) -> Tensor:
    """One block over the new tokens x [B, t, hidden]; mask [B, 1, t, used] is added to the attention scores."""
    attention, s = block.self_attn, block.self_attn.s
    b, t, _ = x.shape
    q, k, v = attention.project(block.input_layernorm(x), cos, sin)
    layer[0, :, :, used - t : used], layer[1, :, :, used - t : used] = k, v
    keys, values = layer[0, :, :, :used], layer[1, :, :, :used]
    group = s.heads // s.kv_heads
    # queries of one key head become one matrix, so that keys and values are read once and never repeated
    q = q.reshape(b, s.kv_heads, group * t, s.head_dim) * s.head_dim**-0.5
    scores = (q @ keys.transpose(-1, -2)).view(b, s.kv_heads * group, t, used) + mask
    weights = scores.float().softmax(-1).to(values.dtype)
    y = weights.view(b, s.kv_heads, group * t, used) @ values
    y = y.view(b, s.heads, t, s.head_dim).transpose(1, 2).flatten(2)
    x = x + attention.o_proj(y)
    return x + block.mlp(block.post_attention_layernorm(x))


def _forward(model: LabModel, cache: Cache, ids: Tensor, starts: Tensor) -> Tensor:
    """Logits [B, vocab] after the last of the new ids [B, t]; starts [B] are the rows' first real slots."""
    t = ids.shape[1]
    cache.used += t
    slots = torch.arange(cache.used - t, cache.used, device=ids.device)
    cos, sin = rotations(model.shape, (slots[None] - starts[:, None]).clamp(min=0))
    x = model.embed_tokens(ids).to(cache.store[0].dtype)
    cos, sin = cos[:, None].to(x.dtype), sin[:, None].to(x.dtype)
    every = torch.arange(cache.used, device=ids.device)
    # a padding row sees itself, so that its softmax is defined
    visible = (every <= slots[:, None]) & ((every >= starts[:, None, None]) | (every == slots[:, None]))
    mask = torch.zeros((), device=ids.device, dtype=x.dtype).where(visible, float("-inf"))[:, None]
    for block, layer in zip(model.layers, cache.store, strict=True):
        x = _attend(block, layer, cache.used, x, cos, sin, mask)
    return model.logits(model.norm(x[:, -1]))


@torch.no_grad()
def sample(
    model: LabModel,
    prompts: list[list[int]],
    temperature: float,
    limit: int,
    end: int,
    generator: torch.Generator,
    rows: int = 8192,
) -> list[list[int]]:
    """A reply for each prompt, without its end token; temperature 0 is greedy; at most `limit` tokens each."""
    order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
    replies: list[list[int]] = [[] for _ in prompts]
    for at in range(0, len(order), rows):
        part = order[at : at + rows]
        for i, reply in zip(
            part, _batch(model, [prompts[i] for i in part], temperature, limit, end, generator), strict=True
        ):
            replies[i] = reply
    return replies


def _batch(
    model: LabModel, prompts: list[list[int]], temperature: float, limit: int, end: int, generator: torch.Generator
) -> list[list[int]]:
    device = model.embed_tokens.weight.device
    width = max(map(len, prompts))
    limit = min(limit, model.shape.context - width)
    ids = torch.zeros(len(prompts), width, dtype=torch.long)
    for row, prompt in enumerate(prompts):
        ids[row, width - len(prompt) :] = torch.tensor(prompt)
    ids = ids.to(device)
    starts = torch.tensor([width - len(prompt) for prompt in prompts], device=device)
    cache = Cache(model, len(prompts), width + limit)
    logits = _prefill(model, cache, ids, starts)
    out = torch.full((len(prompts), limit), end, device=device)
    alive = torch.arange(len(prompts), device=device)
    for step in range(limit):
        token = _draw(logits, temperature, generator)
        out[alive, step] = token
        going = token != end
        if step % 16 == 15:
            count = int(going.sum())
            if count == 0:
                break
            if count < 0.8 * len(going):
                rows = going.nonzero()[:, 0]
                cache.keep(rows)
                alive, starts, token, going = alive[rows], starts[rows], token[rows], going[rows]
        if step + 1 < limit:
            # rows that have ended keep writing the end token until they are dropped
            logits = _forward(model, cache, token[:, None], starts)
            logits[~going, end] = float("inf")
    return [row[: row.index(end)] if end in row else row for row in out.tolist()]


def _prefill(model: LabModel, cache: Cache, ids: Tensor, starts: Tensor, chunk: int = 512) -> Tensor:
    """The prompts' logits, some rows at a time: attention scores of all rows at once would not fit."""
    parts, store = [], cache.store
    for at in range(0, len(ids), chunk):
        cache.store, cache.used = [layer[:, at : at + chunk] for layer in store], 0
        parts.append(_forward(model, cache, ids[at : at + chunk], starts[at : at + chunk]))
    cache.store = store
    return torch.cat(parts)


def _draw(logits: Tensor, temperature: float, generator: torch.Generator) -> Tensor:
    if temperature == 0:
        return logits.argmax(-1)
    noise = torch.empty_like(logits).exponential_(generator=generator)
    return (logits / temperature - noise.log()).argmax(-1)
