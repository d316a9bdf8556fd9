"""`ttc calibrate`: measure a live server once, so that seconds can be predicted."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from ttc.backends.base import Reachable
from ttc.cli.from_config import from_config
from ttc.cli.options import check_folder
from ttc.cli.output import bar, console, table
from ttc.cli.source import Source
from ttc.connect import connect
from ttc.measure.calibrate import Calibration
from ttc.measure.server_metrics import read_limits
from ttc.prices.calibration import ServerCalibration


@from_config
def calibrate(
    *,
    source: Source,
    minutes: Annotated[float, typer.Option("--minutes", help="The most that it may take.")] = 3.0,
    out: Annotated[Path, typer.Option("--out", help="The calibration (JSON).")] = Path("server.json"),
    json_: Annotated[bool, typer.Option("--json", help="Print the calibration as JSON.")] = False,
) -> None:
    """Measure how fast a server decodes and reads prompts, fit its laws, and report how well they predict.

    The server should have nothing else to do. Ctrl-C ends it early and keeps what was measured.

    Examples:

        ttc calibrate --base-url http://localhost:8000/v1 --minutes 3 --out server.json

        ttc calibrate --gguf model.gguf --out laptop.json

        ttc plan "..." --seconds 20 --calibration server.json
    """
    if not minutes > 0:
        raise ValueError(f"--minutes is {minutes}; it must be above 0, 3 is usual")
    check_folder(out)  # told now, not after minutes of measuring
    found = asyncio.run(_calibrate(source, minutes * 60, shown=not json_ and sys.stderr.isatty()))
    found.save(out)
    if json_:
        print(found.model_dump_json(indent=1))
    else:
        _show(found, out)
    raise typer.Exit(0 if found.decode is not None and found.prefill is not None else 3)


async def _calibrate(source: Source, seconds: float, shown: bool) -> ServerCalibration:
    """Connect, measure until done or interrupted, fit."""
    place, options = source.backend()
    backend = await connect(place, **options)
    try:
        limits = await read_limits(source.base_url or (backend.url if isinstance(backend, Reachable) else ""))
        with bar("connecting", 1.0, shown, timed=True) as update:

            def watch(what: str, share: float) -> None:
                update(description=what, completed=min(1.0, share))

            calibration = Calibration(backend, seconds, watch, largest_batch=(limits.slots or 1 << 30) + 1)
            await _interruptible(calibration)
        return calibration.fitted(source.base_url or "this process", limits.kv_capacity, limits.slots)
    finally:
        await backend.aclose()


async def _interruptible(calibration: Calibration) -> None:
    """Run it; the first Ctrl-C, or the end of the time inside a long call, ends it with what is there."""
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(calibration.run())
    with contextlib.suppress(NotImplementedError):  # Windows loops have none; there Ctrl-C ends the process
        loop.add_signal_handler(signal.SIGINT, task.cancel)
    try:
        async with asyncio.timeout(1.25 * calibration.seconds + 30):
            await task
    except (asyncio.CancelledError, TimeoutError):
        task.cancel()
        await asyncio.wait([task])
    finally:
        with contextlib.suppress(NotImplementedError):
            loop.remove_signal_handler(signal.SIGINT)


def _show(found: ServerCalibration, out: Path) -> None:
    """The laws, how well they predict, and what else was found."""
    shown = table("law", "fit", "points", "error on held-out points")
    step = "{:.3g} + {:.3g}·batch + {:.3g}·context s"
    prefill = "{:.3g} + calls·({:.3g}·new + {:.3g}·(new²/2 + cached·new) + {:.3g}) s"
    for name, law, points, form in (
        ("decode step", found.decode, found.decode_points, step),
        ("prefill", found.prefill, found.prefill_points, prefill),
    ):
        fit = "too few points" if law is None else form.format(*law.coefficients)
        shown.add_row(name, fit, str(len(points)), "" if law is None else f"{100 * law.mape:.1f} %")
    printed = console()
    printed.print(f"[bold]{found.model}[/] at {found.url}", soft_wrap=True)
    printed.print(shown)
    if (cache := found.prefix_cache) is not None:
        times = f"{1e3 * cache.cold_seconds:.1f} ms, then {1e3 * cache.warm_seconds:.1f} ms"
        printed.print(f"prefix cache: {cache.cached_tokens} of {cache.prompt_tokens} tokens reported; {times}")
    if found.kv_capacity is not None:
        printed.print(f"KV cache: {found.kv_capacity} tokens" + (f" in {found.slots} slots" if found.slots else ""))
    if found.lacking:
        printed.print(f"[yellow]seconds cannot be predicted from this: {found.lacking}[/]", soft_wrap=True)
    elif not found.complete:
        printed.print("[yellow]not all points were measured; more --minutes measure longer contexts and batches[/]")
    if found.decode is not None and not found.trusted:
        printed.print("[yellow]the laws err by more than 15 % on held-out points: seconds are a rough guess[/]")
    printed.print(f"the calibration is written to {out}", soft_wrap=True)
