"""Providers of hidden states for ST-BoN: replays of the same weights beside the server, or vLLM's own states.

torch, transformers and vllm are imported late.

May import: what a run uses.
"""

from ttc.hidden.connector import VllmConnector
from ttc.hidden.llama import ReplayLlama
from ttc.hidden.with_transformers import ReplayTransformers

__all__ = ["ReplayLlama", "ReplayTransformers", "VllmConnector"]
