"""Providers of hidden states for ST-BoN: replays of the same weights beside the server, or vLLM's own states."""

from ttc.hidden.connector import VllmConnector
from ttc.hidden.llama import ReplayLlama
from ttc.hidden.with_transformers import ReplayTransformers

__all__ = ["ReplayLlama", "ReplayTransformers", "VllmConnector"]
