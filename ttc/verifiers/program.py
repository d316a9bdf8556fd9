"""The program in a candidate, and the sandbox that a verifier runs it in."""

from __future__ import annotations

import ast
import re

from ttc.core import domains
from ttc.errors import VerifierError
from ttc.sandbox import Sandbox, SandboxError, shared
from ttc.types import Problem

_STATEMENTS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Assign, ast.Call)
_FENCE = re.compile(r"```(?:python|py)?[ \t]*\n(.*?)```", re.DOTALL | re.IGNORECASE)


def program_of(text: str) -> str | None:
    """The last fenced block after the thinking, or the whole text where that is a Python program; else None."""
    if "<think>" in text and "</think>" not in text:
        return None
    text = text.rpartition("</think>")[2]
    return domains.answer_of("code", text) or (text.strip() if _is_program(text) else None)


def _is_program(text: str) -> bool:
    """Whether a text is Python and does something: a single word of prose is Python too."""
    try:
        return any(isinstance(node, _STATEMENTS) for node in ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def program_in(problem: Problem) -> str:
    """The Python in a problem's text: all of it (as in HumanEval) or its fenced blocks; empty where there is none."""
    prompt = problem.prompt if isinstance(problem.prompt, str) else problem.prompt[-1].get("content")
    if not isinstance(prompt, str):
        return ""
    parts = [prompt] if _is_program(prompt) else [part for part in _FENCE.findall(prompt) if _is_program(part)]
    return "\n".join(parts)


async def opened(isolated: bool) -> Sandbox:
    """The shared sandbox, known to work; VerifierError says why there is none."""
    try:
        sandbox = shared(isolated)
        await sandbox.start()
    except SandboxError as error:
        raise VerifierError(f"programs cannot be run: {error}") from None
    return sandbox
