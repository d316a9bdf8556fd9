"""The simulated model obeys the laws it states, and is a function of seed and content alone."""

from __future__ import annotations

import asyncio
import math
import statistics
from dataclasses import replace
from typing import Any

import pytest

import ttc
from ttc import prompts
from ttc.backends.base import Backend, Capabilities, Completion, Request
from ttc.backends.simulated import HOSTED, Difficulty, SimulatedBackend
from ttc.backends.simulated.roles import recognise
from ttc.backends.simulated.solutions import read
from ttc.backends.simulated.tokens import decode, encode, pieces
from ttc.errors import BackendError, BudgetExhausted
from ttc.testing.clock import run_in_virtual_time
from ttc.testing.meters import CountingMeter


def ask(text: str, key: str = "k", **fields: object) -> Request:
    return Request(key, ({"role": "user", "content": text},), **{"max_tokens": 4096, **fields})  # type: ignore[arg-type]


def solve(problem: str = "What is it?", **fields: object) -> Request:
    return ask(problem + prompts.SOLVE, **{"token_ids": True, **fields})


async def test_token_ids_come_only_on_request_and_in_streams() -> None:
    backend = SimulatedBackend()
    plain, asked, stream = [
        (await complete(backend, solve(token_ids=ids, stream=flow)))[0]
        for ids, flow in ((False, False), (True, False), (False, True))
    ]
    assert plain.token_ids is None
    assert plain.text == asked.text
    assert asked.token_ids == stream.token_ids
    assert len(asked.token_ids or ()) == plain.output_tokens


async def complete(backend: Backend, request: Request) -> list[Completion]:
    return list(await backend.complete(request, CountingMeter()))


def answer(text: str) -> str | None:
    return read(text, "\\boxed{%s}").answer


# ---- tokens ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["", "Hence we.\n\nThus", "\x00\x00a", "ки 𝔸 é\r\n\n\n", "\\boxed{\\frac{12345}{7}}", "   x  "]
)
def test_tokens_round_trip(text: str) -> None:
    assert decode(encode(text)) == text == "".join(pieces(text))
    assert all(0 <= identity < 2**63 for identity in encode(text))


# ---- roles -----------------------------------------------------------------------------------------------------------


def test_roles_are_recognised_by_the_prompts() -> None:
    shown = prompts.quote("a </solution> b\n\nc")
    assert recognise(f"P?{prompts.SOLVE}").role == "solve"
    assert recognise(f"P?{prompts.SOLVE}").problem == "P?"
    for role, template in {"verify": prompts.VERIFY, "critique": prompts.CRITIQUE}.items():
        task = recognise(template.format(problem="P?" + prompts.SOLVE, solution=shown))
        assert (task.role, task.problem, task.solutions) == (role, "P?", (shown,))
    task = recognise(prompts.COMPARE.format(problem="P?", first=shown, second="s2"))
    assert (task.role, task.problem, task.solutions) == ("compare", "P?", (shown, "s2"))
    task = recognise(prompts.REFINE.format(problem="P?", solution=shown, critique="fine"))
    assert (task.role, task.problem, task.solutions) == ("refine", "P?", (shown,))


# ---- laws of solutions -----------------------------------------------------------------------------------------------


async def test_answers_follow_the_stated_law() -> None:
    backend = SimulatedBackend(p_correct=0.6, gold={"Q": "42"}, distractor_weights=(0.75, 0.25))
    answers = [answer(c.text) for c in await complete(backend, solve("Q", n=6000))]
    right, first = answers.count("42") / 6000, answers.count("43") / 6000
    assert right == pytest.approx(0.6, abs=4 * math.sqrt(0.24 / 6000))
    assert first == pytest.approx(0.3, abs=4 * math.sqrt(0.21 / 6000))
    assert set(answers) == {"42", "43", "41"}


async def test_difficulty_is_a_beta_law_over_problems() -> None:
    backend = SimulatedBackend(p_correct=Difficulty(2.0, 2.0, unsolvable=0.25))
    ps = [backend.facts(f"problem {k}").p_correct for k in range(4000)]
    assert ps.count(0.0) / 4000 == pytest.approx(0.25, abs=0.03)
    solvable = [p for p in ps if p]
    assert statistics.mean(solvable) == pytest.approx(0.5, abs=0.02)
    assert statistics.variance(solvable) == pytest.approx(1 / 20, abs=0.005)


async def test_lengths_are_lognormal_around_the_median() -> None:
    backend = SimulatedBackend(tokens=200, tokens_sigma=0.5, p_correct=1.0)
    logs = [math.log(c.output_tokens) for c in await complete(backend, solve(n=3000))]
    assert math.exp(statistics.median(logs)) == pytest.approx(200, rel=0.05)
    assert statistics.stdev(logs) == pytest.approx(0.5, rel=0.07)


async def test_wrong_solutions_can_be_longer() -> None:
    backend = SimulatedBackend(gold={"Q": "7"}, wrong_length=2.0, steps=(1, 1), tokens_sigma=0.0)
    lengths = {True: set(), False: set()}
    for c in await complete(backend, solve("Q", n=200)):
        lengths[answer(c.text) == "7"].add(c.output_tokens)
    assert min(lengths[False]) > 1.9 * max(lengths[True])


async def test_growing_by_steps_has_the_same_law_as_writing_at_once() -> None:
    backend = SimulatedBackend(p_correct=0.5, gold={"Q": "7"}, steps=(4, 4))

    async def grow(seed: int, by_ids: bool) -> str:
        text, ids = "", ()
        for depth in range(20):
            fields = {"prefix": text, "prefix_ids": ids if by_ids else None}
            c = (await complete(backend, solve("Q", seed=1000 * seed + depth, stop=("\n\n",), **fields)))[0]
            text, ids = text + c.text, ids + (c.token_ids or ())
            if c.stop_reason is None:
                assert depth == 3
                return text
        raise AssertionError("never ends")

    texts = [await grow(seed, by_ids=False) for seed in range(1200)]
    assert texts[:20] == [await grow(seed, by_ids=True) for seed in range(20)]
    assert sum(answer(t) == "7" for t in texts) / 1200 == pytest.approx(0.5, abs=4 * math.sqrt(0.25 / 1200))
    first_right = sum(read(t.split("\n\n")[0], "\\boxed{%s}").right for t in texts) / 1200
    assert first_right == pytest.approx(0.5**0.25, abs=0.05)


async def test_a_forced_answer_is_worth_what_the_steps_are() -> None:
    backend = SimulatedBackend(p_correct=0.5, gold={"Q": "7"}, steps=(2, 2))
    for prefix, p in (("Hence so.\n\n\\boxed{", 0.5**0.5), ("Thus so.\n\n\\boxed{", 0.0), ("\\boxed{", 0.5)):
        cs = await complete(backend, solve("Q", n=2000, prefix=prefix))
        assert sum(c.text == "7}." for c in cs) / 2000 == pytest.approx(p, abs=0.045)


async def test_prefixes_of_every_kind_lead_to_one_answer() -> None:
    backend = SimulatedBackend(p_correct=1.0, gold={"Q": "123456"})
    whole = (await complete(backend, solve("Q")))[0].text
    for end in range(0, len(whole) + 1):
        text = whole[:end] + (await complete(backend, solve("Q", prefix=whole[:end])))[0].text
        assert answer(text) == "123456", whole[:end]
        assert text.count("\\boxed{") == 1
    assert (await complete(backend, solve("Q", prefix=whole)))[0] == Completion("", 0, token_ids=())


async def test_a_second_thought_improves_and_degrades() -> None:
    backend = SimulatedBackend(p_correct=1.0, gold={"Q": "7"}, p_improve=0.4, p_degrade=0.2)
    for given, p in (("7", 0.8), ("8", 0.4)):
        cs = await complete(backend, solve("Q", n=1500, prefix=f"Hence so the answer is \\boxed{{{given}}}.\n\nWait"))
        assert sum(answer(c.text) == "7" for c in cs) / 1500 == pytest.approx(p, abs=0.05)


async def test_code_answers() -> None:
    backend = SimulatedBackend(p_correct=1.0, gold={"Q": "print(1)"}, answer_form="```python\n%s\n```")
    text = (await complete(backend, ask("Q")))[0].text
    assert "```python\nprint(1)\n```" in text


# ---- laws of judgement -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("concentration", [0.2, 1.0, 50.0])
async def test_verdicts_have_the_stated_rates_and_honest_logprobs(concentration: float) -> None:
    backend = SimulatedBackend(gold={"Q": "7"}, verify_tpr=0.8, verify_fpr=0.3, verify_concentration=concentration)
    for given, rate in (("7", 0.8), ("8", 0.3)):
        yes, p_yes = 0, []
        for k in range(1500):
            prompt = prompts.VERIFY.format(problem="Q", solution=f"Try {k}: \\boxed{{{given}}}")
            c = (await complete(backend, ask(prompt, seed=k, logprobs=2)))[0]
            assert c.output_tokens == 1
            assert c.top is not None
            assert c.logprobs == (dict(c.top[0])[c.text],)
            yes += c.text == "Yes"
            p_yes.append(math.exp(dict(c.top[0])["Yes"]))
        assert yes / 1500 == pytest.approx(rate, abs=0.05)
        assert statistics.mean(p_yes) == pytest.approx(rate, abs=0.04)


async def test_repeated_verdicts_of_one_solution_share_its_score() -> None:
    backend = SimulatedBackend(gold={"Q": "7"}, verify_tpr=0.5, verify_concentration=1.0)
    prompt = prompts.VERIFY.format(problem="Q", solution="\\boxed{7}")
    cs = await complete(backend, ask(prompt, n=400, logprobs=2))
    p = math.exp(dict(cs[0].top[0])["Yes"])
    assert sum(c.text == "Yes" for c in cs) / 400 == pytest.approx(p, abs=0.1)
    greedy = await complete(backend, ask(prompt, n=3, temperature=0.0))
    assert {c.text for c in greedy} == {"Yes" if p > 0.5 else "No"}


async def test_critiques_end_with_the_verdict_line() -> None:
    backend = SimulatedBackend(gold={"Q": "7"}, verify_tpr=1.0, verify_fpr=0.0)
    wrong = "Hence so.\n\nThus so.\n\nThus so \\boxed{8}."
    c = (await complete(backend, ask(prompts.CRITIQUE.format(problem="Q", solution=wrong), logprobs=2)))[0]
    assert c.text.endswith("\nVerdict: No")
    assert "The first error is in step 2." in c.text
    assert c.top is not None
    assert c.top[-1][0][0] == " No"
    c = (await complete(backend, ask(prompts.CRITIQUE.format(problem="Q", solution="Hence \\boxed{7}."))))[0]
    assert c.text.endswith("\nVerdict: Yes")


async def test_comparisons_have_accuracy_bias_and_ties() -> None:
    async def share(backend: SimulatedBackend, first: str, second: str, token: str) -> float:
        prompt = prompts.COMPARE.format(problem="Q", first=f"\\boxed{{{first}}}", second=f"\\boxed{{{second}}}")
        return sum(c.text == token for c in await complete(backend, ask(prompt, n=2000))) / 2000

    fair = SimulatedBackend(gold={"Q": "7"}, p_compare=0.8)
    assert await share(fair, "7", "8", "1") == pytest.approx(0.8, abs=0.04)
    assert await share(fair, "8", "7", "2") == pytest.approx(0.8, abs=0.04)
    assert await share(fair, "8", "9", "1") == pytest.approx(0.5, abs=0.045)
    biased = SimulatedBackend(gold={"Q": "7"}, p_compare=0.8, position_bias=math.log(2.0))
    assert await share(biased, "7", "8", "1") == pytest.approx(8 / 9, abs=0.03)
    assert await share(biased, "8", "7", "2") == pytest.approx(2 / 3, abs=0.045)
    assert await share(SimulatedBackend(p_tie=0.3), "7", "8", "tie") == pytest.approx(0.3, abs=0.045)


async def test_refinement_improves_and_degrades() -> None:
    backend = SimulatedBackend(gold={"Q": "7"}, p_improve=0.4, p_degrade=0.2)
    for given, p in (("7", 0.8), ("8", 0.4)):
        prompt = prompts.REFINE.format(problem="Q", solution=f"Thus so \\boxed{{{given}}}.", critique="No.")
        cs = await complete(backend, ask(prompt, n=1500))
        assert sum(answer(c.text) == "7" for c in cs) / 1500 == pytest.approx(p, abs=0.05)


async def test_process_scores_follow_the_last_step() -> None:
    backend = SimulatedBackend(prm_tpr=1.0, prm_fpr=0.0)
    for text, token in (("Q Hence so.\n\nHence so. ки", "+"), ("Q Hence so. ки\nThus so. ки", "-")):
        assert (await complete(backend, ask(text, max_tokens=1)))[0].text == token
        assert (await complete(backend, ask("Q", prefix=text, max_tokens=1)))[0].text == token


async def test_confidence_separates_right_from_wrong() -> None:
    for separation in (0.0, 1.5):
        backend = SimulatedBackend(gold={"Q": "7"}, p_correct=0.5, separation=separation)
        tails: dict[bool, list[float]] = {True: [], False: []}
        for c in await complete(backend, solve("Q", n=800, logprobs=0)):
            assert len(c.logprobs or ()) == c.output_tokens
            tails[answer(c.text) == "7"].append(statistics.mean(c.logprobs[-16:]))
        pairs = [(a > b) for a in tails[True] for b in tails[False]]
        auc = statistics.NormalDist().cdf(separation / math.sqrt(2))
        assert statistics.mean(pairs) == pytest.approx(auc, abs=0.06)


async def test_top_logprobs_are_a_distribution() -> None:
    c = (await complete(SimulatedBackend(), solve(logprobs=5)))[0]
    assert c.top is not None
    for row, piece in zip(c.top, pieces(c.text), strict=True):
        assert len(row) == 5
        assert row[0][0] == piece
        assert sum(math.exp(lp) for _, lp in row) <= 1.0 + 1e-9


# ---- a function of seed and content ----------------------------------------------------------------------------------


async def test_completions_do_not_depend_on_order_latency_or_streaming() -> None:
    requests = [solve(f"Q{k}", key=f"k{k}", seed=k, n=2, logprobs=2) for k in range(20)]
    reference = [await complete(SimulatedBackend(), r) for r in requests]
    other = SimulatedBackend(latency_seed=9, time_scale=1e-3, fail_rate=0.3, retries=50)
    streamed = [replace(r, stream=k % 2 == 0) for k, r in enumerate(requests)]
    assert await asyncio.gather(*(complete(other, r) for r in reversed(streamed))) == reference[::-1]


async def test_latency_seed_changes_the_order_of_arrival() -> None:
    async def order(latency_seed: int) -> list[int]:
        backend, ended = SimulatedBackend(latency_seed=latency_seed), []

        async def one(k: int) -> None:
            await complete(backend, solve(seed=k, key=str(k)))
            ended.append(k)

        await asyncio.gather(*(one(k) for k in range(20)))
        return ended

    assert await order(1) == await order(1)
    assert await order(1) != await order(2)


async def test_n_completions_are_those_of_consecutive_seeds_with_or_without_fan_out() -> None:
    together = await complete(SimulatedBackend(), solve(n=3, seed=5))
    assert together == [(await complete(SimulatedBackend(), solve(seed=5 + k)))[0] for k in range(3)]
    apart = SimulatedBackend(capabilities=Capabilities(token_ids=True))
    assert await complete(apart, solve(n=3, seed=5)) == together


async def test_stop_and_max_tokens_only_cut() -> None:
    whole = (await complete(SimulatedBackend(), solve()))[0]
    for most in (1, 7, 20):
        cut = (await complete(SimulatedBackend(), solve(max_tokens=most)))[0]
        assert (cut.output_tokens, cut.finish, cut.stop_reason) == (most, "length", None)
        assert whole.text.startswith(cut.text)
    stopped = (await complete(SimulatedBackend(), solve(stop=("zzz", "\n\n", ".\n"))))[0]
    assert (stopped.finish, stopped.stop_reason) == ("stop", ".\n")
    assert stopped.text == whole.text[: whole.text.index("\n\n") + 1]
    assert decode(stopped.token_ids or ()) == stopped.text + "\n"  # the stop string ends inside the last token


# ---- delivery --------------------------------------------------------------------------------------------------------


async def test_deltas_add_up() -> None:
    for stop in ((), (".\n",)):
        meter = CountingMeter()
        request = solve(n=3, stream=True, stop=stop, logprobs=2)
        completions = await SimulatedBackend(chunk_tokens=3).complete(request, meter)
        for i, c in enumerate(completions):
            parts = [d for index, d in meter.deltas if index == i]
            assert "".join(d.text for d in parts) == c.text
            assert sum((d.token_ids for d in parts), ()) == c.token_ids
            assert sum((d.logprobs for d in parts), ()) == c.logprobs
            assert sum((d.top for d in parts), ()) == c.top
            assert sum(d.tokens for d in parts) == c.output_tokens


async def test_the_meter_stops_one_stream_and_not_the_others() -> None:
    meter = CountingMeter(watch=lambda index, delta: not (index == 1 and meter.output_by_index[1] >= 16))
    stopped = await SimulatedBackend().complete(solve(n=3, stream=True), meter)
    whole = await complete(SimulatedBackend(), solve(n=3))
    assert (stopped[1].finish, stopped[1].output_tokens) == ("stopped", 16)
    assert whole[1].text.startswith(stopped[1].text)
    assert [stopped[0], stopped[2]] == [whole[0], whole[2]]


@pytest.mark.parametrize(("stream", "charged"), [(True, 248), (False, 250)])
def test_cancel_charges_what_was_generated(stream: bool, charged: int) -> None:
    meter = CountingMeter()
    backend = SimulatedBackend(time_scale=1.0, request_seconds=1e-9, token_seconds=0.01, tokens=5000.0)

    async def cut_off() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2.505):
                await backend.complete(solve(stream=stream, max_tokens=10**6), meter)

    run_in_virtual_time(cut_off())
    assert meter.output_tokens == charged  # a stream: whole deltas of eight tokens
    whole = asyncio.run(complete(SimulatedBackend(tokens=5000.0), solve(max_tokens=10**6)))[0]
    assert whole.text.startswith(meter.text_by_index[0])


async def test_failed_attempts_are_retried_and_charged() -> None:
    backend, meter = SimulatedBackend(fail_first=2, retries=2), CountingMeter()
    completions = await backend.complete(solve(n=2), meter)
    assert (meter.calls, meter.attempts) == (6, 3)
    assert meter.prompt_tokens == 3 * await backend.count(solve(n=2))
    assert meter.output_tokens > sum(c.output_tokens for c in completions)
    assert list(completions) == await complete(SimulatedBackend(), solve(n=2))


async def test_a_server_that_always_fails_says_so() -> None:
    meter = CountingMeter()
    with pytest.raises(BackendError, match="dropped 4 attempts") as caught:
        await SimulatedBackend(fail_first=4).complete(solve(), meter)
    assert caught.value.retryable
    assert meter.calls == 4


async def test_the_fail_rate_is_the_stated_one() -> None:
    backend, meter = SimulatedBackend(fail_rate=0.25, retries=50), CountingMeter()
    for k in range(1000):
        await backend.complete(solve(seed=k, key=str(k), max_tokens=1), meter)
    assert (meter.calls - 1000) / meter.calls == pytest.approx(0.25, abs=0.05)


async def test_retries_stay_inside_the_allowance() -> None:
    backend = SimulatedBackend(fail_first=1, tokens=400.0)
    meter = CountingMeter(tokens=100)
    c = (await backend.complete(solve(max_tokens=100), meter))[0]
    assert c.finish == "length"
    assert meter.output_tokens == 100
    with pytest.raises(BudgetExhausted, match="calls"):
        await backend.complete(solve(), CountingMeter(calls=1))


async def test_a_hosted_endpoint_offers_less() -> None:
    backend = SimulatedBackend(capabilities=HOSTED)
    assert (await complete(backend, solve()))[0].token_ids is None
    with pytest.raises(BackendError, match="cannot continue"):
        await complete(backend, solve(prefix="Hence"))
    meter = CountingMeter()
    await backend.complete(solve(n=4), meter)
    assert meter.calls == meter.attempts == 4
    assert meter.prompt_tokens == 4 * await backend.count(solve())


# ---- bad arguments ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("laws", "message"),
    [
        ({"p_correct": 1.2}, "p_correct is 1.2"),
        ({"verify_tpr": -0.1}, "verify_tpr is -0.1"),
        ({"steps": (3, 2)}, "steps is"),
        ({"answer_form": "boxed"}, "answer_form is 'boxed'"),
    ],
)
def test_bad_laws_are_refused(laws: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SimulatedBackend(**laws)  # type: ignore[arg-type]


async def test_a_problem_without_gold_is_named() -> None:
    with pytest.raises(ValueError, match="no gold answer for the problem 'R'"):
        await complete(SimulatedBackend(gold={"Q": "1"}), solve("R"))
    own_suffix = ask("Q Answer in one word.")
    assert "\\boxed{1}" in (await complete(SimulatedBackend(gold={"Q": "1"}, p_correct=1.0), own_suffix))[0].text


@pytest.mark.parametrize(
    ("strategy", "knobs"),
    [
        ("rsa", {"n": 6, "loops": 3}),
        ("seat", {"n": 6, "rounds": 2}),
        ("universal", {"n": 6, "style": "best"}),
        ("universal", {"n": 6}),
        ("self_evolution", {"n": 4, "rounds": 3}),
    ],
)
async def test_prompts_that_show_earlier_solutions_keep_their_problem(strategy: str, knobs: dict[str, Any]) -> None:
    """A prompt taken for a problem of its own would have another right answer: then nothing is ever right."""
    backend = SimulatedBackend(p_correct=0.6, p_improve=0.4, p_degrade=0.05)
    right = 0
    for number in range(40):
        problem = f"What is 17 + {number}?"
        result = await ttc.asolve(problem, strategy, knobs=knobs, backend=backend, seed=number)
        right += result.answer == backend.facts(problem).gold
    assert right >= 24  # one sample is right in .6; all of these are above it


async def test_a_written_check_prints_what_the_model_found() -> None:
    problem, backend = "What is 6 * 7?", SimulatedBackend(gold={"What is 6 * 7?": "42"}, verify_tpr=1.0, verify_fpr=0.0)
    for answer, result in (("42", "CORRECT"), ("41", "WRONG")):
        asked = prompts.TOOL_CHECK.format(problem=problem, solution=f"It is \\boxed{{{answer}}}.")
        request = Request("check", ({"role": "user", "content": asked},), 200)
        text = (await backend.complete(request, CountingMeter()))[0].text
        assert f"RESULT: {result}" in text


async def test_entailment_is_sameness_of_words() -> None:
    for second, said in (("a red  House", "entailment"), ("a blue house", "contradiction")):
        asked = prompts.ENTAIL.format(problem="What is it?", first="A red house", second=second)
        request = Request("entail", ({"role": "user", "content": asked},), 4)
        assert (await SimulatedBackend().complete(request, CountingMeter()))[0].text.startswith(said)
