"""Verifiers by name, and judges. One file for each; a new one is one file and one line here (a judge: in `judges`).

A verifier's name is that of its file.

May import: what a run uses, `backends`, `prompts`, `quoting`, `registry`, `sandbox`, `search`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ttc.core.verifier import Judge, Verifier
from ttc.registry import Registry, listed, made
from ttc.verifiers.judges import JUDGES, make_judge

if TYPE_CHECKING:
    from ttc.verifiers.agreement import Agreement as Agreement
    from ttc.verifiers.calibrated import Calibrated as Calibrated
    from ttc.verifiers.cisc import Cisc as Cisc
    from ttc.verifiers.confidence import Confidence as Confidence
    from ttc.verifiers.exact import Exact as Exact
    from ttc.verifiers.execute import Execute as Execute
    from ttc.verifiers.genrm import GenRM as GenRM
    from ttc.verifiers.graded import Graded as Graded
    from ttc.verifiers.hybrid import Hybrid as Hybrid
    from ttc.verifiers.orm import ORM as ORM
    from ttc.verifiers.panel import Panel as Panel
    from ttc.verifiers.prm import Process as Process
    from ttc.verifiers.qwen_prm import QwenPRM as QwenPRM
    from ttc.verifiers.scrutinize import Scrutinize as Scrutinize
    from ttc.verifiers.self_verify import SelfVerify as SelfVerify
    from ttc.verifiers.shepherd import Shepherd as Shepherd
    from ttc.verifiers.skywork import Skywork as Skywork
    from ttc.verifiers.tool_check import ToolCheck as ToolCheck
    from ttc.verifiers.veto import Veto as Veto

VERIFIERS: Registry[type[Verifier]] = Registry("verifier", "ttc.verifiers", listed(__name__))
"""Name -> class, other packages' included; loaded when asked for."""
if not TYPE_CHECKING:
    __getattr__ = VERIFIERS.exported


def make_verifier(spec: str | Verifier | None) -> Verifier | None:
    """A verifier by name with its knobs (`confidence:window=64`), or the object itself."""
    return None if spec is None else made("verifier", spec, VERIFIERS, "verify(session, candidates)")


__all__ = ["JUDGES", "VERIFIERS", "Judge", "Verifier", "make_judge", "make_verifier"]
