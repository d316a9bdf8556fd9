"""`ttc calibrate`: measure a live server once, so that seconds can be predicted."""

from __future__ import annotations

import asyncio
import contextlib
import platform
import signal
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ttc.backends.base import Reachable
from ttc.cli.source import BaseUrl, Gguf, KeyEnv, Model, source_of
from ttc.version import __version__

if TYPE_CHECKING:
    from ttc.measure.calibrate import Calibration, Watch
    from ttc.prices.calibration import ServerProfile

EXAMPLES = """
Examples:

    ttc calibrate --base-url http://localhost:8000/v1 --minutes 3 --out server.json

    ttc calibrate --gguf model.gguf --out laptop.json

    ttc plan "..." --seconds 20 --profile server.json
"""


def calibrate(
    base_url: BaseUrl = None,
    model: Model = None,
    gguf: Gguf = None,
    api_key_env: KeyEnv = "OPENAI_API_KEY",
    minutes: Annotated[float, typer.Option("--minutes", help="The most that it may take.")] = 3.0,
    out: Annotated[Path, typer.Option("--out", help="The profile (JSON).")] = Path("server.json"),
    json_: Annotated[bool, typer.Option("--json", help="Print the profile as JSON.")] = False,
) -> None:
    """Measure how fast a server decodes and reads prompts, fit its laws, and report how well they predict.

    The server should have nothing else to do. Ctrl-C ends it early and keeps what was measured.
    """
    if not minutes > 0:
        raise ValueError(f"--minutes is {minutes}; it must be above 0, 3 is usual")
    if not out.parent.is_dir():  # told now, not after minutes of measuring
        raise ValueError(f"--out is {out}; there is no folder {out.parent}")
    source, options = source_of(base_url, model, gguf, api_key_env)
    profile = asyncio.run(_calibrate(source, options, base_url, minutes * 60, bar=not json_ and sys.stderr.isatty()))
    profile.save(out)
    if json_:
        print(profile.model_dump_json(indent=1))
    else:
        _show(profile, out)
    raise typer.Exit(0 if profile.decode is not None and profile.prefill is not None else 3)


calibrate.__doc__ = f"{calibrate.__doc__}\n{EXAMPLES}"


async def _calibrate(
    source: str | None, options: dict[str, object], base_url: str | None, seconds: float, bar: bool
) -> ServerProfile:
    """Connect, measure until done or interrupted, fit."""
    from ttc.connect import connect
    from ttc.measure.calibrate import Calibration
    from ttc.measure.server_metrics import read_limits

    backend = await connect(source, **options)
    try:
        limits = await read_limits(base_url or (backend.url if isinstance(backend, Reachable) else ""))
        with _bar(bar) as watch:
            calibration = Calibration(backend, seconds, watch, largest_batch=(limits.slots or 1 << 30) + 1)
            await _interruptible(calibration)
        return profile_of(calibration, base_url or "this process", limits.kv_capacity, limits.slots)
    finally:
        await backend.aclose()


def profile_of(
    calibration: Calibration, url: str, kv_capacity: int | None = None, slots: int | None = None
) -> ServerProfile:
    """What was measured, fitted."""
    from ttc.prices.calibration import ServerProfile

    return ServerProfile.fitted(
        url,
        calibration.backend.model,
        datetime.now(UTC).isoformat(timespec="seconds"),
        calibration.decode,
        calibration.prefill,
        prefix_cache=calibration.prefix_cache,
        kv_capacity=kv_capacity,
        slots=slots,
        complete=calibration.complete,
        conditions={"ttc": __version__, "client": f"Python {platform.python_version()}, {platform.machine()}"},
    )


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


@contextlib.contextmanager
def _bar(enabled: bool) -> Iterator[Watch]:
    if not enabled:
        yield lambda what, share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("connecting", total=1.0)
        yield lambda what, share: progress.update(task, description=what, completed=min(1.0, share))


def _show(profile: ServerProfile, out: Path) -> None:
    """The laws, how well they predict, and what else was found."""
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    table = Table("law", "fit", "points", "error on held-out points", box=None, header_style="bold")
    for name, law, points, form in (
        ("decode step", profile.decode, profile.decode_points, "{:.3g} + {:.3g}·batch + {:.3g}·context s"),
        (
            "prefill",
            profile.prefill,
            profile.prefill_points,
            "{:.3g} + calls·({:.3g}·new + {:.3g}·(new²/2 + cached·new) + {:.3g}) s",
        ),
    ):
        fit = "too few points" if law is None else form.format(*law.coefficients)
        table.add_row(name, fit, str(len(points)), "" if law is None else f"{100 * law.mape:.1f} %")
    console.print(f"[bold]{profile.model}[/] at {profile.url}", soft_wrap=True)
    console.print(table)
    if (cache := profile.prefix_cache) is not None:
        times = f"{1e3 * cache.cold_seconds:.1f} ms, then {1e3 * cache.warm_seconds:.1f} ms"
        console.print(f"prefix cache: {cache.cached_tokens} of {cache.prompt_tokens} tokens reported; {times}")
    if profile.kv_capacity is not None:
        console.print(
            f"KV cache: {profile.kv_capacity} tokens" + (f" in {profile.slots} slots" if profile.slots else "")
        )
    if not profile.complete:
        console.print("[yellow]not all points were measured; more --minutes measure longer contexts and batches[/]")
    if profile.decode is not None and not profile.trusted:
        console.print("[yellow]the laws err by more than 15 % on held-out points: seconds are a rough guess[/]")
    console.print(f"written to {out}", soft_wrap=True)
