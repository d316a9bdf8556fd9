"""Verifiers and judges by name. One file for each; a new one is one file and one line here."""

from __future__ import annotations

from ttc.core.verifier import Judge, Verifier
from ttc.registry import make, split
from ttc.verifiers.agreement import Agreement
from ttc.verifiers.calibrated import Calibrated
from ttc.verifiers.cisc import Cisc
from ttc.verifiers.confidence import Confidence
from ttc.verifiers.exact import Exact
from ttc.verifiers.execute import Execute
from ttc.verifiers.genrm import GenRM
from ttc.verifiers.graded import Graded
from ttc.verifiers.hybrid import Hybrid
from ttc.verifiers.orm import ORM
from ttc.verifiers.pairwise import Pairwise
from ttc.verifiers.panel import Panel
from ttc.verifiers.process import Process
from ttc.verifiers.qwen_prm import QwenPRM
from ttc.verifiers.scrutinize import Scrutinize
from ttc.verifiers.self_verify import SelfVerify
from ttc.verifiers.shepherd import Shepherd
from ttc.verifiers.skywork import Skywork
from ttc.verifiers.tool_check import ToolCheck
from ttc.verifiers.veto import Veto

VERIFIERS: dict[str, type[Verifier]] = {
    "agreement": Agreement,
    "calibrated": Calibrated,
    "cisc": Cisc,
    "confidence": Confidence,
    "exact": Exact,
    "execute": Execute,
    "genrm": GenRM,
    "graded": Graded,
    "hybrid": Hybrid,
    "orm": ORM,
    "panel": Panel,
    "prm": Process,
    "qwen_prm": QwenPRM,
    "scrutinize": Scrutinize,
    "self_verify": SelfVerify,
    "shepherd": Shepherd,
    "skywork": Skywork,
    "tool_check": ToolCheck,
    "veto": Veto,
}
JUDGES: dict[str, type[Judge]] = {
    "pairwise": Pairwise,
}


def make_verifier(spec: str | Verifier | None) -> Verifier | None:
    """A verifier by name with its knobs (`confidence:window=64`), or the object itself."""
    if spec is None or not isinstance(spec, str):
        if spec is not None and not hasattr(spec, "verify"):
            raise ValueError(f"verifier is {spec!r}; it needs a method verify(session, candidates), or be a name")
        return spec
    name, knobs = split(spec)
    return make("verifier", name, VERIFIERS, knobs)


def make_judge(spec: str | Judge | None) -> Judge | None:
    """A judge by name with its knobs, or the object itself."""
    if spec is None or not isinstance(spec, str):
        if spec is not None and not hasattr(spec, "prefer"):
            raise ValueError(f"judge is {spec!r}; it needs a method prefer(session, first, second, vote), or be a name")
        return spec
    name, knobs = split(spec)
    return make("judge", name, JUDGES, knobs)


__all__ = ["JUDGES", "VERIFIERS", "Judge", "Verifier", "make_judge", "make_verifier"]
