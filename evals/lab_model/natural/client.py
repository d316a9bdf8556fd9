"""Ask a server for rewritings, answers, votes and problems of its own; write every reply at once, go on after a stop.

python -m evals.lab_model.natural.client --base http://127.0.0.1:8000/v1 --out FOLDER --shard 0/4 --seconds 540
"""

import argparse
import asyncio
import json
import random
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

import aiohttp

from evals.lab_model.natural.checks import Rejected, template_of
from evals.lab_model.natural.draw import FORMS
from evals.lab_model.natural.problems import NaturalProblem, generate
from evals.lab_model.natural.topics import topic_prompt, well_formed
from evals.lab_model.natural.values import answer_of, majority, value_of
from evals.lab_model.natural.voices import VOICES, Voice, programming, rewriting, solving

SIGNS_ONLY = {"add", "subtract", "multiply", "divide", "expression", "powers", "rounding", "decimals", "fraction_sum"}
"""Kinds whose wordings repeat soon; they are asked for half as often."""
ROUNDS = 40
STOPS = [151645, 151643]
"""<|im_end|> and <|endoftext|> of Qwen2.5."""


@dataclass(frozen=True, slots=True)
class Item:
    """One rewriting to ask for."""

    number: int
    form: str
    seed: int
    voice: Voice


def items(shard: int, shards: int) -> Iterator[Item]:
    """The shard's rewritings, each form in each voice once a round, in an order that mixes all of them."""
    number = 0
    for turn in range(ROUNDS):
        pairs = [
            (form, k)
            for form in FORMS
            for k in range(len(VOICES))
            if turn % 2 == 0 or form.split("/")[0] not in SIGNS_ONLY
        ]
        random.Random(f"items/{turn}").shuffle(pairs)
        for form, k in pairs:
            if number % shards == shard:
                yield Item(number, form, turn * len(VOICES) + k, VOICES[k])
            number += 1


@dataclass
class Rewriting:
    """A rewriting that passed the rules and waits for answers."""

    number: int
    text: str
    known: str


@dataclass
class Client:
    """The state of one shard's run."""

    base: str
    model: str
    file: TextIO
    until: float
    session: aiohttp.ClientSession
    todo: Iterator[Item]
    own: Iterator[int]
    batch: int
    unsure: deque[Rewriting] = field(default_factory=deque)
    counts: Counter[str] = field(default_factory=Counter)

    def write(self, **row: Any) -> None:
        self.file.write(json.dumps(row, ensure_ascii=False) + "\n")

    def late(self) -> bool:
        return time.time() > self.until

    async def ask(self, prompts: list[str], n: int, max_tokens: int, temperature: float) -> list[list[str]]:
        """For each prompt n replies; a reply that was cut off is empty."""
        one = prompts[0] if len(prompts) == 1 else prompts
        body: dict[str, Any] = {
            "model": self.model,
            "prompt": one,
            "n": n,
            "max_tokens": max_tokens,
            "temperature": temperature,
        }
        body["stop_token_ids"] = STOPS
        async with self.session.post(f"{self.base}/completions", json=body) as response:
            answer = await response.json()
        if "choices" not in answer:
            raise RuntimeError(str(answer)[:300])
        self.counts["tokens"] += answer["usage"]["completion_tokens"]
        self.counts["requests"] += 1
        choices = sorted(answer["choices"], key=lambda choice: choice["index"])
        texts = [choice["text"].strip() if choice["finish_reason"] == "stop" else "" for choice in choices]
        return [texts[i * n : i * n + n] for i in range(len(prompts))]

    async def rewrite(self) -> bool:
        """A batch of rewritings and one greedy answer to each that passes; False when there is nothing left to ask."""
        chosen = [item for _, item in zip(range(self.batch), self.todo, strict=False)]
        if not chosen:
            return False
        problems = [generate(item.form, item.seed) for item in chosen]
        prompts = [rewriting(item.voice, problem.prompt) for item, problem in zip(chosen, problems, strict=True)]
        replies = await self.ask(prompts, 1, 200, 0.8)
        passed = [self.look(*one) for one in zip(chosen, problems, [reply[0] for reply in replies], strict=True)]
        await self.answer([one for one in passed if one is not None])
        return True

    def look(self, item: Item, problem: NaturalProblem, text: str) -> Rewriting | None:
        """Write a rewriting down, with its template or with the rule that it broke."""
        self.counts["rewritings"] += 1
        try:
            template = template_of(problem, item.voice, text)
        except Rejected as reason:
            self.counts[str(reason)] += 1
            self.write(i=item.number, f=item.form, s=item.seed, v=item.voice.name, r=str(reason), x=text)
            return None
        filled = {"m": problem.numbers, "w": problem.words, "c": problem.kinds, "k": problem.answer}
        self.write(i=item.number, f=item.form, s=item.seed, v=item.voice.name, t=template, x=text, **filled)
        return Rewriting(item.number, text, value_of(problem.answer) or "")

    async def answer(self, passed: list[Rewriting]) -> None:
        if not passed:
            return
        replies = await self.ask([solving(one.text) for one in passed], 1, 400, 0.0)
        for one, reply in zip(passed, replies, strict=True):
            value = answer_of(reply[0])
            self.counts["agreed" if value == one.known else "unsure"] += 1
            self.write(i=one.number, g=value, k=one.known)
            if value != one.known:
                self.unsure.append(one)

    async def vote(self) -> bool:
        """Eight votes on each rewriting of a small batch whose greedy answer differs."""
        chosen = [self.unsure.popleft() for _ in range(min(max(1, self.batch // 4), len(self.unsure)))]
        if not chosen:
            return False
        replies = await self.ask([solving(one.text) for one in chosen], 8, 400, 0.7)
        for one, texts in zip(chosen, replies, strict=True):
            values = [answer_of(text) for text in texts]
            self.counts["voted"] += 1
            self.counts["won"] += majority(values)[0] == one.known
            self.write(i=one.number, n=values, k=one.known)
        return True

    async def invent(self) -> bool:
        """A batch of the model's own problems: four votes, four more where they agree, then four programs."""
        numbers = [number for _, number in zip(range(self.batch), self.own, strict=False)]
        if not numbers:
            return False
        asked = [topic_prompt(number) for number in numbers]
        replies = await self.ask([prompt for _, prompt in asked], 1, 160, 0.9)
        rows = [(n, topic, reply[0]) for n, (topic, _), reply in zip(numbers, asked, replies, strict=True)]
        self.counts["invented"] += len(rows)
        good = [row for row in rows if well_formed(row[2])]
        votes: dict[int, list[str | None]] = {n: [] for n, _, _ in good}
        for least in (3, 6):
            if good:
                texts = await self.ask([solving(text) for _, _, text in good], 4, 400, 0.7)
                for (n, _, _), some in zip(good, texts, strict=True):
                    votes[n] += [answer_of(text) for text in some]
            good = [row for row in good if majority(votes[row[0]])[1] >= least]
        if good:
            programs = await self.ask([programming(text) for _, _, text in good], 4, 300, 0.6)
            for (n, topic, text), some in zip(good, programs, strict=True):
                self.counts["own kept"] += 1
                self.write(o=n, topic=topic, x=text, n=votes[n], p=some)
        return True

    async def lane(self, *works: Any) -> None:
        """Do the first work that has something to do, again and again until the time is up."""
        while not self.late():
            try:
                for work in works:
                    if await work():
                        break
                else:
                    await asyncio.sleep(0.5)
            except Exception as error:  # the lease goes on; what was asked in vain is asked again by the next run
                self.counts["errors"] += 1
                print(repr(error)[:300], flush=True)
                await asyncio.sleep(1)

    async def report(self) -> None:
        start, last = time.time(), 0
        while True:
            await asyncio.sleep(20)
            self.file.flush()
            rate = (self.counts["tokens"] - last) / 20
            last = self.counts["tokens"]
            print(f"{time.time() - start:.0f} s, {rate:.0f} tokens/s, {dict(self.counts)}", flush=True)


def resume(path: Path, shard: int, shards: int) -> tuple[set[int], set[int], deque[Rewriting]]:
    """Which rewritings and which own problems were asked for, and which answers still want votes."""
    texts: dict[int, str] = {}
    done, own, unsure = set(), set(), {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            row = json.loads(line)
        except json.JSONDecodeError:
            continue  # the last line of a run that was stopped
        if "o" in row:
            own.add(row["o"])
        elif "g" in row:
            if row["g"] != row["k"]:
                unsure[row["i"]] = Rewriting(row["i"], texts[row["i"]], row["k"])
        elif "n" in row:
            unsure.pop(row["i"], None)
        else:
            done.add(row["i"])
            texts[row["i"]] = row.get("x", "")
    return done, own, deque(unsure.values())


async def run(args: argparse.Namespace) -> None:
    shard, shards = map(int, args.shard.split("/"))
    path = Path(args.out) / f"part-{shard}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    done, own, unsure = resume(path, shard, shards)
    todo = [item for item in items(shard, shards) if item.number not in done][: max(0, args.rewritings - len(done))]
    first = max(own, default=shard - shards) + shards
    invented = range(first, args.own * shards, shards)
    print(f"shard {shard}: {len(done)} done, {len(todo)} to do, {len(unsure)} unsure, own from {first}", flush=True)
    limits = aiohttp.ClientTimeout(total=None, sock_read=300)
    async with aiohttp.ClientSession(timeout=limits, connector=aiohttp.TCPConnector(limit=0)) as session:
        with path.open("a", encoding="utf-8") as file:
            file.write("\n" if path.stat().st_size else "")  # a run that was stopped may have left half a line
            until = time.time() + args.seconds
            client = Client(args.base, args.model, file, until, session, iter(todo), iter(invented), args.batch, unsure)
            lanes = [
                asyncio.create_task(client.lane(client.rewrite, client.vote, client.invent)) for _ in range(args.lanes)
            ]
            lanes += [
                asyncio.create_task(client.lane(client.vote, client.invent, client.rewrite)) for _ in range(args.votes)
            ]
            lanes += [
                asyncio.create_task(client.lane(client.invent, client.vote, client.rewrite)) for _ in range(args.invent)
            ]
            told = asyncio.create_task(client.report())
            await asyncio.wait(lanes, timeout=args.seconds + args.grace)
            for task in (*lanes, told):
                task.cancel()
            await asyncio.gather(*lanes, told, return_exceptions=True)
            print(f"shard {shard} ended: {dict(client.counts)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", default="http://127.0.0.1:8000/v1")
    parser.add_argument("--model", default="m")
    parser.add_argument("--out", required=True)
    parser.add_argument("--shard", default="0/1")
    parser.add_argument("--seconds", type=float, default=540)
    parser.add_argument("--grace", type=float, default=8, help="seconds that running requests may take at the end")
    parser.add_argument("--rewritings", type=int, default=30_000, help="at most so many in this shard")
    parser.add_argument("--own", type=int, default=4_000, help="at most so many own problems in this shard")
    parser.add_argument("--batch", type=int, default=16, help="prompts in a request")
    parser.add_argument("--lanes", type=int, default=24, help="batches of rewritings at once")
    parser.add_argument("--votes", type=int, default=6, help="batches of votes at once")
    parser.add_argument("--invent", type=int, default=5, help="batches of own problems at once")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
