"""Hostile answers: work, memory, injection; threads, event loops, forks and the worker's life.

Work is counted in calls of functions, which is the same on every machine; `evals/bench/answers.py` measures the time.
"""

import asyncio
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ttc.answers import canonical, equivalent, extract_answer, group_answers
from ttc.answers.symbolic import PAIR_SECONDS, SYMBOLIC, Symbolic

INTEGRAL = r"\int_0^1 x^2\,dx"  # beyond the in-process reader
SLOW = (r"\sum_{k=1}^{\infty} \frac{\sin(k^2)}{k^{k}}", r"\prod_{k=1}^{99999} (1+\frac{1}{k^k})")
HOSTILE = [
    "9^9^9^9",
    "9^{9^{9^{9}}}",
    "10^10^10",
    "2^{2^{2^{2^{2^{2}}}}}",
    "100000!",
    "10^9!",
    "5!!!!!!!!",
    r"\binom{10^9}{5*10^8}",
    "1e999999",
    "1e-999999",
    "9" * 5000,
    "0." + "3" * 3000,
    "(" * 300 + "5" + ")" * 300,
    "(" * 300,
    "{" * 2000,
    "[" * 300 + "]" * 300,
    r"\frac" * 400,
    r"\sqrt{" * 300 + "2" + "}" * 300,
    r"\text{" * 300,
    "-" * 1000 + "1",
    "+".join("x" for _ in range(700)),
    ",".join("1" for _ in range(700)),
    ",".join(str(index) for index in range(300)),
    "x^" * 200 + "2",
    "1/0",
    "0^0",
    r"\log_0 0",
    r"\sqrt[0]{2}",
    r"(-8)^{1/3}",
    "a" * 1_000_000,
    "1" * 1_000_000,
    "(1," * 300_000,
    " " * 1_000_000 + "x",
    r"\begin{pmatrix}" * 50,
    "\x00\ud800\uffff",
    "0x10",
    "1_000",
    "__import__('os').system('touch {marker}')",
    "exec(\"open('{marker}','w')\")",
    r"\text{__import__('os').system('touch {marker}')}",
    "x.__class__.__mro__",
    "lambda: open('{marker}', 'w')",
    r"\sum_{k=1}^{__import__('os').system('touch {marker}')} k",
]


CALLS = 600_000
"""Calls of functions that one hostile answer may cost: three times what the worst one costs, about a second."""


@contextmanager
def work_below(calls: int) -> Iterator[None]:
    """Count the calls of functions of this thread, and fail where there are more than `calls`."""
    made = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal made
        made += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(None)
    assert made < calls


@pytest.fixture(scope="module", autouse=True)
def _worker_is_up() -> Iterator[None]:
    assert equivalent(INTEGRAL, r"\frac13")
    yield
    SYMBOLIC.close()


@pytest.mark.parametrize("answer", HOSTILE, ids=lambda answer: ascii(answer[:24]))
def test_hostile_answers_cost_little_work_and_do_nothing(answer: str, tmp_path: Path) -> None:
    marker = tmp_path / "executed"
    answer = answer.replace("{marker}", str(marker))
    with work_below(CALLS):
        assert equivalent(answer, answer)
        for other in ("5.25", r"\frac{21}{4} + x", answer + " + 1", r"\int_0^1 x\,dx"):
            assert equivalent(answer, other) == equivalent(other, answer)
        assert isinstance(canonical(answer), str)
        extract_answer(answer)
        extract_answer(r"\boxed{" + answer)
        assert group_answers([answer, "7.5", answer]) == [[0, 2], [1]]
    assert not marker.exists()


def test_deep_stacks_do_not_matter() -> None:
    def descend(frames: int) -> bool:
        return descend(frames - 1) if frames else equivalent("((x+1))^2/((2))", "x^2/2 + x + 1/2")

    assert descend(500)


def test_needless_brackets_do_not_matter() -> None:
    assert equivalent("(" * 300 + "5" + ")" * 300, "5")


@pytest.mark.parametrize("length", [1400, 5900])
def test_long_repetitions_cost_little_work(length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SYMBOLIC, "compare", lambda first, second: None)
    for piece in (
        "1 a",
        "!",
        "sin ",
        r"\frac",
        r"\sqrt",
        "x^",
        "-",
        "1,",
        "5 cm ",
        "(",
        "|",
        r"\pm ",
        "1'000 ",
        "and ",
        "{,}",
        "a=",
    ):
        answer = (piece * length)[:length]
        with work_below(CALLS):
            equivalent("1" + answer, "5")
            equivalent(answer + "1", answer)


def test_long_texts_are_searched_in_linear_work() -> None:
    with work_below(1_000):
        assert extract_answer("word " * 200_000 + r"\boxed{5}") == "5"
        extract_answer("$" * 20_000)
    with work_below(20 * 2_000):
        extract_answer(r"\boxed{" * 2_000)
    with work_below(150 * 3_000):
        extract_answer("answer is " * 3_000)


def test_time_limit_holds_and_a_late_or_dead_worker_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    symbolic = Symbolic()
    try:
        assert symbolic.compare(INTEGRAL, r"\frac13") is True
        monkeypatch.setattr("ttc.answers.symbolic.PAIR_SECONDS", 0.3)
        assert symbolic.process is not None
        first = symbolic.process.child.pid
        assert symbolic.compare(*SLOW) is None
        assert symbolic.process is None, "the late worker is gone"
        with pytest.raises(ProcessLookupError):
            os.kill(first, 0)  # killed and reaped: no zombie
        monkeypatch.setattr("ttc.answers.symbolic.PAIR_SECONDS", PAIR_SECONDS)
        assert symbolic.compare(INTEGRAL, r"\frac13") is True
        symbolic.process.child.kill()  # as if memory had run out
        symbolic.process.child.wait()
        assert symbolic.compare(INTEGRAL, "1/2") is False
    finally:
        symbolic.close()


def test_the_worker_is_bounded_in_memory() -> None:
    assert SYMBOLIC.process is not None
    limits = Path(f"/proc/{SYMBOLIC.process.child.pid}/limits")
    if not limits.exists():
        pytest.skip("needs /proc")
    (line,) = (line for line in limits.read_text().splitlines() if line.startswith("Max address space"))
    assert str(2 * 1024**3) in line


def test_many_threads_share_one_worker() -> None:
    results: list[bool] = []

    def compare(number: int) -> None:
        power = number % 8 + 2
        results.append(equivalent(rf"\int_0^1 x^{{{power}}} dx", rf"\frac{{1}}{{{power + 1}}}"))
        results.append(equivalent(f"{number}/2", f"{number * 0.5}"))

    threads = [threading.Thread(target=compare, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert results == [True] * 32


async def test_event_loop_keeps_running_beside_to_thread() -> None:
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.005)
            ticks += 1

    ticker = asyncio.create_task(tick())
    pairs = [(rf"\int_0^{number} x dx", rf"\frac{{{number**2}}}{{2}}") for number in range(2, 8)]
    results = await asyncio.gather(*(asyncio.to_thread(equivalent, *pair) for pair in pairs))
    ticker.cancel()
    assert all(results)
    assert ticks > 3


async def test_direct_call_in_an_event_loop() -> None:
    assert equivalent(r"\int_0^1 x^3\,dx", "0.25")


def run_python(code: str, tmp_path: Path, *options: str, stdin: bool = False) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh interpreter outside the repository."""
    text = textwrap.dedent(code)
    command = [sys.executable, *options, "-"] if stdin else [sys.executable, *options, "-c", text]
    return subprocess.run(
        command, input=text if stdin else None, capture_output=True, text=True, timeout=60, cwd=tmp_path, check=False
    )


def test_works_from_stdin_leaves_no_warning_and_no_process(tmp_path: Path) -> None:
    """As in a notebook: the main module is no file. All warnings are errors, also at exit."""
    code = r"""
        from ttc.answers import equivalent
        from ttc.answers.symbolic import SYMBOLIC
        print(equivalent(r"\int_0^1 x^2\,dx", "1/3"), SYMBOLIC.process.child.pid)
    """
    done = run_python(code, tmp_path, "-W", "error", "-X", "dev", stdin=True)
    assert done.stderr == ""
    result, pid = done.stdout.split()
    assert result == "True"
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_forked_child_starts_its_own_worker(tmp_path: Path) -> None:
    code = r"""
        import os, warnings
        from ttc.answers import equivalent
        warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of every fork with threads
        assert equivalent(r"\int_0^1 x^2\,dx", "1/3")
        child = os.fork()
        if child == 0:
            os._exit(0 if equivalent(r"\int_0^1 x^4\,dx", "1/5") else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert equivalent(r"\int_0^1 x^3\,dx", "1/4")
    """
    done = run_python(code, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_import_pulls_no_heavy_package(tmp_path: Path) -> None:
    code = """
        import sys, ttc.answers
        ttc.answers.equivalent("1/2", "0.5")
        heavy = {"sympy", "math_verify", "numpy", "torch"} & set(sys.modules)
        assert not heavy, heavy
    """
    assert run_python(code, tmp_path).stderr == ""
