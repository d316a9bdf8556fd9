"""Providers of hidden states for ST-BoN: replays of the same weights beside the server, or vLLM's own states.

The room may import what every run uses. torch, transformers and vllm are imported late.
"""

from ttc.hidden.connector import VllmConnector
from ttc.hidden.llama import ReplayLlama
from ttc.hidden.with_transformers import ReplayTransformers

__all__ = ["ReplayLlama", "ReplayTransformers", "VllmConnector"]
