"""Replays of tapes that were damaged at random: `python -m evals.bench.damaged_tapes [-n 400]`.

Each must end soon, in the recorded result or with one sentence of ttc, and nothing may be lost in the event loop.
Half of them are resumed with a live backend behind the tape.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

import ttc
from evals.bench.mutated_replies import ODD, mutated
from ttc.backends.simulated import SimulatedBackend
from ttc.backends.tape import Replay
from ttc.errors import TapeMismatch

SECONDS: Final = 15.0
"""No replay may take longer."""
PATIENCE: Final = 0.3
ASKED: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("self_consistency", {"knobs": {"n": 4}}),
    ("best_of_n", {"knobs": {"n": 3}, "verifier": "genrm", "budget": ttc.Budget(seconds=60.0, usd=100.0)}),
    ("tournament", {"knobs": {"n": 3}, "judge": "pairwise"}),
    ("auto", {"knobs": {"n": 4}}),
)


def simulated() -> SimulatedBackend:
    """The backend of the recordings."""
    return SimulatedBackend(pricing=ttc.TokenPrices(prompt=1.0, output=1.0))


async def recorded(path: Path, number: int) -> str | None:
    """The answer of a run that is written to a tape."""
    strategy, options = ASKED[number % len(ASKED)]
    return (
        await ttc.asolve("What is 2 + 2?", strategy, backend=simulated(), seed=number, record=path, **options)
    ).answer


def damaged(tape: bytes, rng: random.Random) -> bytes:
    """The tape with one damage."""
    lines = tape.splitlines(keepends=True)
    place, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    match rng.randrange(9):
        case 0:
            return tape[: rng.randrange(len(tape))]
        case 1:
            at = rng.randrange(len(tape))
            return tape[:at] + bytes([rng.randrange(256)]) + tape[at + 1 :]
        case 2:
            lines.pop(place)
        case 3:
            lines.insert(other, lines[place])
        case 4:
            lines[place], lines[other] = lines[other], lines[place]
        case 5:
            lines[place] = rng.choice([b"\n", b"[" * 5000 + b"\n", b"\xff\xfe\n", b"7\n", b"{}\n", b"null\n"])
        case 6:
            lines[place] = lines[place][: rng.randrange(len(lines[place]))] + b"\n"
        case 7:
            row = json.loads(lines[place])
            row[rng.choice(list(row))] = rng.choice(ODD)
            lines[place] = json.dumps(row).encode() + b"\n"
        case _:
            lines[place] = json.dumps(mutated(json.loads(lines[place]), rng)).encode() + b"\n"
    return b"".join(lines)


async def one(path: Path, number: int, answer: str | None) -> str:
    """How the replay of a damaged tape ends; with "!" what should not have been."""
    strategy, options = ASKED[number % len(ASKED)]
    lost: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, about: lost.append(str(about.get("exception") or about["message"])))
    replay: Replay | None = None
    start = time.monotonic()
    try:
        replay = Replay(path, simulated() if number % 2 else None, patience=PATIENCE)
        async with asyncio.timeout(SECONDS):
            found = await ttc.asolve("What is 2 + 2?", strategy, backend=replay, seed=number, **options)
        end = "the recorded answer" if found.answer == answer else "another answer"
    except TimeoutError:
        end = "! no end"
    except (ttc.TTCError, ValueError) as error:
        clear = str(error).isprintable() and type(error) in (TapeMismatch, ttc.BackendError, ValueError)
        end = type(error).__name__ if clear else f"! unclear: {error!r:.200}"
    except Exception as error:
        end = f"! {error!r:.160}"
    finally:
        if replay is not None:
            await replay.aclose()
    if lost:
        return f"! lost in the event loop: {lost[0][:160]}"
    return end if time.monotonic() - start < SECONDS else "! late"


def run(n: int, seed: int = 1) -> Counter[str]:
    """How many replays end in which way."""
    ends: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        whole, path = Path(folder) / "whole", Path(folder) / "damaged"
        tapes: dict[int, tuple[bytes, str | None]] = {}
        for number in range(n):
            recording = number % 40
            if recording not in tapes:
                answer = asyncio.run(recorded(whole, recording))
                tapes[recording] = whole.read_bytes(), answer
            tape, answer = tapes[recording]
            path.write_bytes(damaged(tape, random.Random(f"{seed}/{number}")))
            ends[asyncio.run(one(path, recording, answer))] += 1
    return ends


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    ends = run(options.n, options.seed)
    for end, times in ends.most_common():
        print(f"{times:>6}  {end}")
    sys.exit(any(end.startswith("!") for end in ends))


if __name__ == "__main__":
    main()
