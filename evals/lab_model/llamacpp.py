"""The shipped weights through llama.cpp on this machine: speed, pass@1, and the same greedy tokens as transformers.

python -m evals.lab_model.llamacpp --results evals/lab_model/results
"""

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp
import xllamacpp

import ttc
from evals.lab_model import to_gguf, to_hf, tokenizer
from evals.lab_model.chat import encode, prompt_text
from ttc.backends.llamacpp import LlamaCppBackend
from ttc.lab import LabProblem, check_answer, generate, lab_model_path
from ttc.prompts import SOLVE
from ttc.strategies import SelfConsistency


def start(path: Path, parallel: int, threads: int) -> tuple[xllamacpp.Server, float]:
    """A server on a free local port, set up as the embedded backend does, and the seconds it took to load."""
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.n_parallel, parameters.n_ctx, parameters.verbosity = parallel, 2048 * parallel, 0
    parameters.kv_unified = False
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = threads
    before = time.monotonic()
    server = xllamacpp.Server(parameters)
    return server, time.monotonic() - before


async def complete(address: str, jobs: list[dict[str, Any]], parallel: int) -> tuple[list[dict[str, Any]], float]:
    """Replies of /completion in the order of the jobs, at most `parallel` at a time, and output tokens per second."""
    room, begin = asyncio.Semaphore(parallel), time.monotonic()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as session:

        async def one(job: dict[str, Any]) -> dict[str, Any]:
            async with room, session.post(f"{address}/completion", json=job) as reply:
                body: dict[str, Any] = await reply.json()
                return body

        replies = await asyncio.gather(*map(one, jobs))
    return replies, sum(reply["tokens_predicted"] for reply in replies) / (time.monotonic() - begin)


def job(problem: LabProblem, temperature: float, seed: int = 0, limit: int = 640) -> dict[str, Any]:
    """Plain temperature sampling: llama.cpp's other samplers are off."""
    ids = encode(tokenizer.load(), prompt_text(problem.prompt + SOLVE))
    options = {"temperature": temperature, "samplers": ["temperature"], "seed": seed, "return_tokens": True}
    return {"prompt": ids, "n_predict": limit, **options}


def greedy(path: Path, problems: list[LabProblem]) -> list[list[int]]:
    """What llama.cpp writes at temperature 0, one problem after another."""
    server, _ = start(path, 1, 1)
    replies, _ = asyncio.run(complete(server.listening_address, [job(p, 0.0, limit=300) for p in problems], 1))
    return [reply["tokens"] for reply in replies]


def same_greedy(problems: list[LabProblem]) -> dict[str, float]:
    """Shares of problems on which transformers (float32, the dequantised weights) writes the same greedy tokens.

    As shipped, llama.cpp multiplies in 8 bits (it packs the activations too), so near-ties fall the other way; with the
    same weights in a float32 file both engines compute the same numbers up to rounding.
    """
    with tempfile.TemporaryDirectory() as folder:
        tensors, shape = to_hf.read(lab_model_path())
        to_gguf.write(tensors, Path(folder) / "float32.gguf", shape, packed=False)
        to_hf.write(lab_model_path(), Path(folder) / "hf")
        truth = with_transformers(Path(folder) / "hf", problems)
        whole = greedy(Path(folder) / "float32.gguf", problems)
    packed = greedy(lab_model_path(), problems)

    def share(theirs: list[list[int]]) -> float:
        # llama.cpp may leave the end token out
        equal = [a[: len(b)] == b and len(a) - len(b) in (0, 1) for a, b in zip(truth, theirs, strict=True)]
        return sum(equal) / len(equal)

    return {"as shipped (8-bit activations)": share(packed), "the same weights in float32": share(whole)}


async def embedded(repeats: int, length: int = 200) -> list[int]:
    """Output tokens a second of ttc's embedded backend: votes of 16 on one problem at a time, all of the same length.

    Each repeat loads the model anew and takes six problems of level 3, so that the machine's changing speed shows.
    """
    rates = []
    votes, sampling = SelfConsistency(n=16, stop="none"), ttc.Sampling(max_tokens=length, extra={"ignore_eos": True})
    problems = [generate(None, 3, seed).prompt for seed in range(6)]
    for _ in range(repeats):
        backend = LlamaCppBackend(lab_model_path(), slots=16)
        await backend.prepare()
        async with ttc.Solver(votes, backend=backend, sampling=sampling) as solver:
            begin = time.monotonic()
            tokens = sum([(await solver.solve(problem)).cost.output_tokens for problem in problems])
            rates.append(round(tokens / (time.monotonic() - begin)))
        await backend.aclose()
    return rates


def with_transformers(folder: Path, problems: list[LabProblem]) -> list[list[int]]:
    """Greedy tokens by transformers in float32."""
    import torch
    from transformers import AutoModelForCausalLM

    torch.set_num_threads(1)
    model: Any = AutoModelForCausalLM.from_pretrained(folder)  # its stubs do not fit its own method `generate`
    out = []
    for problem in problems:
        ids = torch.tensor([job(problem, 0.0)["prompt"]])
        with torch.no_grad():
            reply = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=300, do_sample=False)
        out.append(reply[0, ids.shape[1] :].tolist())
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--problems", type=int, default=100)
    args = parser.parse_args()
    embedded_rates = asyncio.run(embedded(5))
    server, loading = start(lab_model_path(), 16, args.threads)
    address = server.listening_address
    problems = [generate(None, 1 + i % 5, i, "test") for i in range(args.problems)]
    _, alone = asyncio.run(complete(address, [job(p, 0.8) for p in problems[:8]], 1))
    few = problems[:25]
    replies, together = asyncio.run(complete(address, [job(p, 0.8) for p in problems], 16))
    right = [check_answer(p, reply["content"]) for p, reply in zip(problems, replies, strict=True)]
    result = {
        "threads": args.threads,
        "load seconds": round(loading, 2),
        "output tokens/s of the embedded backend, 16 in parallel, equal lengths": embedded_rates,
        "output tokens/s alone": round(alone),
        "output tokens/s at 16 in parallel, real lengths": round(together),
        "problems, levels 1 to 5 equally": len(problems),
        "pass@1": sum(right) / len(right),
        f"greedy sequences equal to transformers ({len(few)} problems)": same_greedy(few),
    }
    args.results.mkdir(parents=True, exist_ok=True)
    (args.results / "llamacpp.json").write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
